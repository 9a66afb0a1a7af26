// Options: c10::TensorOptions, and the options structs of torch::nn with their chained setters.
#pragma once

#include "analyzer/models/torch_support.h"

#include "clang/AST/DeclCXX.h"

namespace cobra::interp::torch_model {

/// A c10::TensorOptions object: fields "dtype" (number of the c10::ScalarType), "device" (Text), "layout", "pinned_memory",
/// "requires_grad", "memory_format"; NullOpt where not given.
Object* newTensorOptions(Evaluator& ev, clang::QualType type = {});
/// One part of a TensorOptions object, or of a value that converts to one (a bare dtype or device). Absent: NullOpt.
Value tensorOption(const Value& options, llvm::StringRef part);

/// Number of a c10::ScalarType (c10/core/ScalarType.h) and back.
std::int64_t scalarTypeOf(DType dtype);
std::optional<DType> dtypeOf(std::int64_t scalarType);

/// An options struct of a layer (torch::nn::ConvOptions<2>, torch::nn::functional::PadFuncOptions): default member initializers, then the
/// constructor's parameters: each writes the field of its name with a trailing underscore.
Object* newOptions(Evaluator& ev, const clang::CXXRecordDecl* record, clang::QualType type, const LibraryCall& call);
/// The options of a module that is being built, in its field "options": from an options object among the arguments, or from the
/// arguments that the options' own constructor takes.
Object* requireOptions(Evaluator& ev, Object& module, const LibraryCall& call);

} // namespace cobra::interp::torch_model
