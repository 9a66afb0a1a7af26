// Members that all sequence-like classes share (std::vector, std::array, std::deque, c10::ArrayRef ...), for the tables of each.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

/// Answers size, push_back, operator[], begin, insert ... of an object of the kind Sequence.
Result sequenceMember(Evaluator&, const LibraryCall&);
/// Constructors of sequences: (), (n), (n, value), {a, b, ...}, (first, last), copies.
Result sequenceConstructor(Evaluator&, const LibraryCall&);
/// Operators of iterators that are Pointers: ++, --, *, ->, +, -, ==, <, [].
Result iteratorOperator(Evaluator&, const LibraryCall&);
/// Elements between two iterators of one sequence; nullopt if they are not such.
std::optional<std::vector<Cell*>> elementsBetween(const Value& first, const Value& last);
/// Takes over what iterators of the string in this place, or references to its characters, have written.
void readBack(Evaluator&, Cell* string);
/// The n-th type argument of a class template specialization; null if there is none.
clang::QualType typeArgument(clang::QualType type, unsigned n);
clang::QualType typeArgument(const clang::CXXRecordDecl* record, unsigned n);
/// Orders values as operator< does: numbers, strings, then tuples and sequences elementwise; nullopt if open.
std::optional<int> compareValues(Evaluator&, const Value& a, const Value& b);

} // namespace cobra::interp
