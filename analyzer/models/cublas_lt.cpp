// cuBLASLt: products described by layouts and attributes, one node each. What an epilogue adds runs in the same kernel.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration_cuda.h"

namespace cobra::interp {

using namespace cudnn_model;

namespace {

using Attributes = std::span<const std::pair<std::int64_t, const char*>>;
constexpr std::pair<std::int64_t, const char*> operationAttributes[] = {{3, "transa"}, {4, "transb"}};
constexpr std::pair<std::int64_t, const char*> layoutAttributes[] = {{2, "rows"}, {3, "columns"}, {5, "batch"}};

Result layout(Evaluator& ev, const LibraryCall& call) { // &layout, type, rows, columns, distance
  Object* o = ev.heap.object(Object::Kind::Record, {});
  set(ev, o, "type", call.value(1));
  set(ev, o, "rows", call.value(2));
  set(ev, o, "columns", call.value(3));
  give(ev, call.value(0), Pointer{o->home, nullptr, 0});
  return ok();
}
Result create(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, {});
  give(ev, call.value(0), Pointer{o->home, nullptr, 0});
  return ok();
}

/// What a pointer to one number holds.
Value behind(Evaluator& ev, const Value& pointer, At at) {
  auto* p = as<Pointer>(pointer);
  return p && !p->isNull() ? ev.pointee(pointer, at)->value() : Value(Nothing{});
}
Result attribute(Evaluator& ev, const LibraryCall& call) { // object, attribute, &value, bytes
  const Descriptor d = descriptor(ev, call, 0);
  const auto which = ev.integer(call.value(1));
  if (!d || !which) return ok();
  const Attributes known = call.name.contains("Layout") ? Attributes(layoutAttributes) : Attributes(operationAttributes);
  for (const auto& [number, field] : known)
    if (number == *which) set(ev, d.object, field, behind(ev, call.value(2), call.at));
  return ok();
}

/// [batch,] rows, columns; their order in memory changes no size.
TensorType matrix(Evaluator& ev, Operation& op, std::size_t argument, const char* what) {
  const Descriptor d = op.parameters(argument, what);
  const auto r = ev.integer(d.get("rows")), c = ev.integer(d.get("columns"));
  const auto dtype = cudaDataTypeOf(ev.integer(d.get("type")).value_or(-1));
  if (d && (!r || !c || !dtype)) op.open("a size or the data type of its " + std::string(what) + " is not known");
  if (!op.good()) return {};
  Shape shape = {*r, *c};
  if (const std::int64_t batch = ev.integer(d.get("batch")).value_or(1); batch > 1) shape.insert(shape.begin(), batch);
  return {*dtype, std::move(shape)};
}

// handle, descriptor, alpha, A, layout, B, layout, beta, C, layout, D, layout, ...
Result matmul(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "matmul descriptor");
  const TensorType a = matrix(ev, op, 4, "Adesc"), b = matrix(ev, op, 6, "Bdesc"), out = matrix(ev, op, 11, "Ddesc");
  const Value ta = d.get("transa"), tb = d.get("transb");
  if (isOpen(ta) || isOpen(tb)) op.open("whether a matrix is transposed is not known", reason(isOpen(ta) ? ta : tb));
  const bool batched = a.shape.size() == 3;
  return op.run(
      batched ? "cublas::gemm_batched" : "cublas::gemm",
      {op.input(3, a), op.input(5, b), std::int64_t{ev.integer(ta).value_or(0) != 0}, std::int64_t{ev.integer(tb).value_or(0) != 0}},
      {{out, 10, "Ddesc"}});
}

Result heuristic(Evaluator& ev, const LibraryCall& call) { // ..., wanted, results, &given
  give(ev, call.value(call.size() - 1), std::int64_t{1});
  if (Object* first = ev.object(call.value(call.size() - 2)); first && first->kind == Object::Kind::Record) {
    set(ev, first, "state", success);
    set(ev, first, "workspaceSize", std::int64_t{1} << 20);
  }
  return ok();
}
Result nothingHappens(Evaluator&, const LibraryCall&) { return ok(); }

} // namespace

void registerCublasLt(Library& library) {
  library.function("cublasLtMatrixLayoutCreate", layout);
  for (const char* name : {"cublasLtMatmulDescCreate", "cublasLtMatmulPreferenceCreate", "cublasLtCreate"}) library.function(name, create);
  for (const char* name : {"cublasLtMatrixLayoutSetAttribute", "cublasLtMatmulDescSetAttribute"}) library.function(name, attribute);
  library.function("cublasLtMatmulAlgoGetHeuristic", heuristic);
  library.function("cublasLtMatmul", matmul);
  for (const char* name : {"cublasLtDestroy", "cublasLtMatrixLayoutDestroy", "cublasLtMatmulDescDestroy", "cublasLtMatmulPreferenceDestroy",
                           "cublasLtMatmulPreferenceSetAttribute"})
    library.function(name, nothingHappens);
}

} // namespace cobra::interp
