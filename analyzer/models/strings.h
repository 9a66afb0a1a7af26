// What the files about strings share.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

/// Gives each character of the string in a cell a place, for iterators and references; the value stays the
/// same text.
void characterPlaces(Evaluator&, Cell* string, const clang::FunctionDecl* member);
/// insert, replace, erase, resize and what else changes a string.
Result editString(Evaluator&, const LibraryCall&, const std::string& now);

} // namespace cobra::interp
