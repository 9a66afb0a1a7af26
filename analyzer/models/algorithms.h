// <algorithm> and <numeric> over sequences of cells, by name ("sort"), for the forms that take iterators and
// those of std::ranges.
#pragma once

#include "analyzer/interp/library.h"

namespace cobra::interp {

struct Algorithm {
  llvm::StringRef name;
  Handler handler; // of the form that takes iterators
};

/// std_rearrange.cpp: those that move, drop, scan and merge elements.
llvm::ArrayRef<Algorithm> rearrangingAlgorithms();
/// std_search.cpp: those that only look.
llvm::ArrayRef<Algorithm> searchingAlgorithms();
/// Writes through an output iterator and moves it on; a back_inserter appends. False: it leads nowhere that
/// is known.
bool writeOut(Evaluator&, Cell* iterator, Value v);

} // namespace cobra::interp
