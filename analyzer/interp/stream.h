// Sequences whose elements are known and whose length is not: the batches of a data loader.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace cobra::interp {

/// Field of an object that stands for each element a range-for over it would see. The loop's body is read
/// once, as for any loop whose number of turns only a run would tell.
inline constexpr llvm::StringLiteral eachElement = "each element";

} // namespace cobra::interp
