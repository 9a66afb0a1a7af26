// Structs of C: nothing but fields. They have no constructors, neither in a C program nor in a C library's header, and may lie in
// memory that malloc gave.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

/// A struct whose fields are not set; structs and arrays in it likewise.
Object* plainStruct(Evaluator& ev, const clang::RecordDecl* record, clang::SourceRange at);
/// Fields in order from an initializer list; those it leaves out are zero.
Object* plainAggregate(Evaluator& ev, const clang::RecordDecl* record, llvm::ArrayRef<Arg> args, clang::SourceRange at);
/// Fields of numbers become 0, pointers null, as memset(p, 0, n) does.
void zeroStruct(Evaluator& ev, Object* object, const clang::RecordDecl* record);
bool isPlainStruct(const clang::RecordDecl* record);

} // namespace cobra::interp
