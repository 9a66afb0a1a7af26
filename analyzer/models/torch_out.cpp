// Variants that write into tensors they are given: mm_out(out, self, mat2), mm_outf(self, mat2, out).
#include "analyzer/models/torch_out.h"

#include "analyzer/models/torch_binding.h"

namespace cobra::interp::torch_model {

namespace {
/// `Tensor&` that is no `const Tensor&`: what is written.
bool isOutput(Evaluator& ev, const clang::ParmVarDecl* p) {
  const clang::QualType type = p->getType();
  if (!type->isLValueReferenceType() || type.getNonReferenceType().isConstQualified()) return false;
  const clang::CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  return record && ev.library.nameOf(record) == "at::Tensor";
}

/// What LibTorch leaves in `out`: the result's shape, in the dtype that `out` had.
void give(Evaluator& ev, const LibraryCall& call, const Value& to, const Value& result) {
  Tensor *out = tensorOf(to), *made = tensorOf(result);
  if (!out || !made) return;
  if (!isDefined(to)) ev.raise(call.at, "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument out");
  Tensor& written = ev.heap.edit(out);
  written.type.shape = made->type.shape;
  written.source = made->source;
  written.contents = made->contents;
}
} // namespace

std::optional<Result> runOut(Evaluator& ev, const LibraryCall& call) {
  llvm::StringRef function = lastName(call.name);
  function.consume_back("_symint");
  const bool behind = function.consume_back("_outf");
  if (!behind && !function.consume_back("_out")) return std::nullopt;
  unsigned outputs = 0;
  const unsigned count = call.callee->getNumParams();
  while (outputs < count && isOutput(ev, call.callee->getParamDecl(behind ? count - 1 - outputs : outputs))) ++outputs;
  if (outputs == 0 || call.size() < outputs) return std::nullopt;

  const unsigned first = behind ? 0 : outputs;
  const Binding binding = torch_model::bind(ev, call.callee, ("aten::" + function).str(), first, count - outputs);
  if (!binding.op) return std::nullopt;
  LibraryCall inner = call;
  inner.args = call.args.slice(first, std::min<std::size_t>(count - outputs, call.size() - outputs));
  const Value made = runBound(ev, inner, binding).value;
  auto out = [&](unsigned i) -> const Arg& { return call.args[behind ? call.size() - outputs + i : i]; };
  if (isOpen(made)) {
    for (unsigned i = 0; i < outputs; ++i) ev.heap.write(out(i).place, made);
    return made;
  }
  Object* several = asObject(made);
  for (unsigned i = 0; i < outputs; ++i)
    give(ev, call, out(i).value(), several && i < several->items.size() ? several->items[i]->value() : made);
  if (outputs == 1) return Result(out(0).place);
  Object* all = ev.heap.tuple({}, call.resultType);
  for (unsigned i = 0; i < outputs; ++i) all->items.push_back(out(i).place);
  return Result(Value(all));
}

} // namespace cobra::interp::torch_model
