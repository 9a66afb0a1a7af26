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
/// The n-th type argument of a class template specialization; null if there is none.
clang::QualType typeArgument(clang::QualType type, unsigned n);
clang::QualType typeArgument(const clang::CXXRecordDecl* record, unsigned n);
/// Orders values as operator< does: numbers, strings, then tuples and sequences elementwise; nullopt if open.
std::optional<int> compareValues(Evaluator&, const Value& a, const Value& b);
/// As operator== does.
std::optional<bool> equalValues(Evaluator&, const Value& a, const Value& b);
/// Whether a comes before b by a callable; by operator< where `order` is Nothing. nullopt if open.
std::optional<bool> comesBefore(Evaluator&, const Value& order, Cell* a, Cell* b, clang::SourceRange at);
/// An element as an argument of a callable, with the type that the container says it has.
Arg elementArg(Cell* element, const Object* container = nullptr);
/// An iterator of a list, set or map stays at its element when others come and go: its index now.
Pointer settled(const Pointer&);
Pointer iteratorAt(Evaluator&, Object& container, std::int64_t index);

} // namespace cobra::interp
