// ATen: free functions of at:: and torch::, methods of at::Tensor that are operators.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_binding.h"
#include "analyzer/models/torch_contents.h"
#include "analyzer/models/torch_out.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
/// "view_symint" is "view".
std::string schemaName(llvm::StringRef function) {
  function.consume_back("_symint");
  return ("aten::" + function).str();
}

Result runNamed(Evaluator& ev, const LibraryCall& call, llvm::StringRef schema) {
  Binding binding = bind(ev, call.callee, schema);
  if (binding.op) return runBound(ev, call, binding);
  ev.noteUnknownFunction(call.name);
  WhyRef because;
  for (const Arg& a : call.args)
    if (!because) because = reason(a.value());
  const bool known = !ops::overloads({schema.data(), schema.size()}).empty();
  return ev.unknown(call.at,
                    schema.str() +
                        (known ? " has no overload in the operator registry with these arguments" : " is not in the operator registry"),
                    because);
}

Result aten(Evaluator& ev, const LibraryCall& call) {
  if (std::optional<Result> written = runOut(ev, call)) return *written;
  return runNamed(ev, call, schemaName(lastName(call.name)));
}

/// torch::fft::rfft is aten::fft_rfft; torch::special and torch::linalg likewise.
Result family(Evaluator& ev, const LibraryCall& call) {
  std::string function = lastName(call.name).str(), prefix = scopeName(call.name).str() + "_";
  if (function.compare(0, prefix.size(), prefix) != 0) function.insert(0, prefix);
  return runNamed(ev, call, "aten::" + function);
}

/// Rules of the registry give no values; those that are known from contents are.
Result item(Evaluator& ev, const LibraryCall& call) {
  Tensor* t = call.self ? tensorOf(call.self->value()) : nullptr;
  std::optional<Value> known = element(t);
  run(ev, call.at, "aten::item", {call.self ? call.self->value() : Value(Nothing{})});
  if (known) return *known;
  return open(call.at, "the value of a tensor's element is only known at run time");
}

Result isNonzero(Evaluator& ev, const LibraryCall& call) {
  const Value& self = call.self ? call.self->value() : call.value(0);
  std::optional<Value> known = element(tensorOf(self));
  run(ev, call.at, "aten::is_nonzero", {self});
  if (known) return boolean(ev.number(*known).value_or(0) != 0);
  return open(call.at, "whether a tensor's element is zero is only known at run time");
}

Result equalTensors(Evaluator& ev, const LibraryCall& call) {
  const Value& a = call.self ? call.self->value() : call.value(0);
  const Value& b = call.value(call.self ? 0 : 1);
  Result r = runNamed(ev, call, "aten::equal");
  Tensor *x = tensorOf(a), *y = tensorOf(b);
  if (x && y) {
    if (x == y) return boolean(true);
    if (x->type.shape != y->type.shape) return boolean(false);
    const std::vector<double>*p = contentsOf(x), *q = contentsOf(y);
    if (p && q) return boolean(*p == *q);
  }
  return r;
}

/// torch::functions that are no operators.
Result torchFunction(Evaluator& ev, const LibraryCall& call) {
  if (std::optional<Result> written = runOut(ev, call)) return *written;
  std::string schema = schemaName(lastName(call.name));
  if (!ops::overloads(schema).empty()) return runNamed(ev, call, schema);
  return notModelled(ev, call);
}
} // namespace

void registerTorchOps(Library& library) {
  library.scope("at", aten);
  library.scope("torch", torchFunction);
  for (const char* scope : {"torch::fft", "torch::special", "torch::linalg"}) library.scope(scope, family);
  for (const char* scope : {"torch::special::detail", "torch::linalg::detail"}) library.scope(scope, family);
  library.function("at::Tensor::item", item);
  library.function("at::Tensor::is_nonzero", isNonzero);
  library.function("at::is_nonzero", isNonzero);
  library.function("at::Tensor::equal", equalTensors);
  library.function("at::equal", equalTensors);
}

} // namespace cobra::interp
