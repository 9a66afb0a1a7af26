// at::Tensor: what the program can ask of a tensor without running anything, and the ways to write it that LibTorch turns into operators.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_contents.h"
#include "analyzer/models/torch_devices.h"
#include "analyzer/models/torch_options.h"
#include "analyzer/models/torch_strides.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
const Value& selfValue(const LibraryCall& call) {
  static const Value nothing;
  return call.self ? call.self->value() : call.size() > 0 ? call.value(0) : nothing;
}
/// The tensor of a member call, or a reason to stop.
struct Self {
  Tensor* tensor = nullptr;
  Result stop;
  Self(Evaluator& ev, const LibraryCall& call, const char* asked) {
    const Value& v = selfValue(call);
    tensor = tensorOf(v);
    if (tensor) return;
    if (isOpen(v))
      stop = v;
    else
      stop = ev.unknown(call.at, std::string("an undefined tensor is asked for its ") + asked);
  }
};

Result construct(Evaluator&, const LibraryCall& call) {
  if (call.size() == 0) return Value(TensorHandle{});
  const Value& v = call.value(0);
  if (auto* p = as<Pointer>(v); p && p->isNull()) return Value(TensorHandle{});
  if (std::holds_alternative<NullOpt>(v)) return Value(TensorHandle{});
  return v;
}

/// `a = b` rebinds the handle; `x[0] = b` (on a temporary) copies into it.
Result assign(Evaluator& ev, const LibraryCall& call) {
  const auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call.callee);
  if (method && method->getRefQualifier() == clang::RQ_RValue) {
    const bool tensor = as<TensorHandle>(call.value(0)) || isOpen(call.value(0));
    run(ev, call.at, tensor ? "aten::copy_" : "aten::fill_.Scalar", {call.self->value(), call.value(0)});
    return call.self;
  }
  ev.heap.write(call.self, call.value(0));
  return call.self;
}

// ---- questions
Result isDefinedTensor(Evaluator& ev, const LibraryCall& call) {
  (void)ev;
  const Value& v = selfValue(call);
  if (isOpen(v)) return v;
  return boolean(isDefined(v));
}
Result dim(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "number of dimensions");
  return self.tensor ? Result(integerValue(self.tensor->type.rank())) : self.stop;
}
Result numel(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "number of elements");
  return self.tensor ? Result(integerValue(self.tensor->type.elements())) : self.stop;
}
Result nbytes(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "size in bytes");
  return self.tensor ? Result(integerValue(self.tensor->type.bytes())) : self.stop;
}
Result itemsize(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "element size");
  return self.tensor ? Result(integerValue(byteSize(self.tensor->type.dtype))) : self.stop;
}
Result sizes(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "sizes");
  if (!self.tensor) return self.stop;
  Tensor* t = self.tensor;
  if (!t->sizes || ev.integers(t->sizes) != t->type.shape) {
    Value made = list(ev, t->type.shape);
    ev.heap.edit(t).sizes = asObject(made);
  }
  return Value(t->sizes);
}
Result strides(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "strides");
  return self.tensor ? Result(list(ev, stridesOf(*self.tensor))) : self.stop;
}
/// Element `dim` of sizes or strides, negative from the end.
Result along(Evaluator& ev, const LibraryCall& call, const Shape& values) {
  const Value& which = call.value(call.size() - 1);
  std::optional<std::int64_t> d = ev.integer(which);
  if (!d) return open(call.at, "the dimension is not known", reason(which));
  const auto rank = static_cast<std::int64_t>(values.size());
  if (*d < -std::max<std::int64_t>(rank, 1) || *d >= rank) {
    const std::int64_t range = std::max<std::int64_t>(rank, 1);
    if (rank == 0) ev.raise(call.at, "Dimension specified as " + std::to_string(*d) + " but tensor has no dimensions");
    ev.raise(call.at, "Dimension out of range (expected to be in range of [" + std::to_string(-range) + ", " + std::to_string(range - 1) +
                          "], but got " + std::to_string(*d) + ")");
  }
  return integerValue(values[static_cast<std::size_t>(*d < 0 ? *d + rank : *d)]);
}
Result size(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "size");
  return self.tensor ? along(ev, call, self.tensor->type.shape) : self.stop;
}
Result stride(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "stride");
  return self.tensor ? along(ev, call, stridesOf(*self.tensor)) : self.stop;
}
Result dtype(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "dtype");
  return self.tensor ? Result(integerValue(scalarTypeOf(self.tensor->type.dtype))) : self.stop;
}
template <bool (*is)(DType)> Result dtypeIs(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "dtype");
  return self.tensor ? Result(boolean(is(self.tensor->type.dtype))) : self.stop;
}
bool isSigned(DType d) { return d != DType::UInt8 && d != DType::Bool; }
/// The tool does not follow devices: without one to ask, LibTorch has the CPU.
Result device(Evaluator&, const LibraryCall&) { return Value(Text("cpu")); }
Result yes(Evaluator&, const LibraryCall&) { return boolean(true); }
Result no(Evaluator&, const LibraryCall&) { return boolean(false); }
Result zero(Evaluator&, const LibraryCall&) { return integerValue(0); }
Result options(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "options");
  if (!self.tensor) return self.stop;
  Object* o = newTensorOptions(ev, call.resultType);
  ev.heap.write(o->field("dtype"), integerValue(scalarTypeOf(self.tensor->type.dtype)));
  ev.heap.write(o->field("device"), Text("cpu"));
  ev.heap.write(o->field("layout"), integerValue(0));
  return Value(o);
}
Result contiguousOrNot(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "memory format");
  if (!self.tensor) return self.stop;
  const bool channelsLast = call.size() > 0 && ev.integer(call.value(0)) == 2;
  return boolean(channelsLast ? isChannelsLast(*self.tensor) : isContiguous(*self.tensor));
}
Result memory(Evaluator&, const LibraryCall& call) { return open(call.at, "the elements of a tensor are only known at run time"); }
/// Of real numbers nothing; `_conj` is what the inline conj() of TensorBody.h calls otherwise.
Result conjugated(Evaluator& ev, const LibraryCall& call) {
  const Value self = call.self ? call.self->value() : call.value(0);
  Tensor* t = tensorOf(self);
  return t && !isComplex(t->type.dtype) ? Result(self) : Result(run(ev, call.at, "aten::_conj", {self}));
}
Result requiresGrad(Evaluator& ev, const LibraryCall& call) {
  Self self(ev, call, "gradient");
  return self.tensor ? Result(boolean(self.tensor->requiresGrad)) : self.stop;
}
Result setRequiresGrad(Evaluator& ev, const LibraryCall& call) {
  if (Tensor* t = tensorOf(selfValue(call))) ev.heap.edit(t).requiresGrad = call.size() == 0 || ev.integer(call.value(0)).value_or(1) != 0;
  return call.self;
}
/// A gradient is as large as what it is of.
Result gradient(Evaluator& ev, const LibraryCall& call) {
  Tensor* t = call.self ? tensorOf(call.self->value()) : nullptr;
  return t ? ev.makeTensor(t->type)
           : open(call.at, "the gradient of a tensor that is not known", call.self ? reason(call.self->value()) : nullptr);
}
Result gradientFunction(Evaluator&, const LibraryCall& call) {
  return open(call.at, "gradients are not computed: only the forward pass is followed");
}
Result nothing(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }
Result itself(Evaluator&, const LibraryCall& call) { return call.self ? Result(call.self->value()) : Result(call.value(0)); }
Result sameImpl(Evaluator&, const LibraryCall& call) { return boolean(tensorOf(call.self->value()) == tensorOf(call.value(0))); }
Result reset(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, TensorHandle{});
  return Value(Nothing{});
}
Result setData(Evaluator& ev, const LibraryCall& call) {
  run(ev, call.at, "aten::_has_compatible_shallow_copy_type", {call.self->value(), call.value(0)});
  Tensor *to = tensorOf(call.self->value()), *from = tensorOf(call.value(0));
  if (to && from) {
    Tensor& edited = ev.heap.edit(to);
    edited.type = from->type;
    edited.strides = from->strides;
    edited.contents = from->contents;
    edited.source = from->source;
  }
  return Value(Nothing{});
}

// ---- methods that run operators under some condition
Result contiguous(Evaluator& ev, const LibraryCall& call) {
  const Value v = selfValue(call);
  const std::int64_t format = call.size() > 0 ? ev.integer(call.value(0)).value_or(0) : 0;
  Tensor* t = tensorOf(v);
  if (t && (format == 2 ? isChannelsLast(*t) : isContiguous(*t))) return v;
  Value out = run(ev, call.at, "aten::contiguous", {v, format});
  Tensor* made = tensorOf(out);
  if (made && format == 2 && made->type.rank() == 4) {
    const Shape& n = made->type.shape;
    Shape last = {n[1] * n[2] * n[3], 1, n[3] * n[1], n[1]};
    ev.heap.edit(made).strides = std::move(last);
  }
  return out;
}
/// view() throws where the memory does not allow it; the registry knows no strides.
Result view(Evaluator& ev, const LibraryCall& call) {
  const Value v = selfValue(call);
  if (call.callee->getParamDecl(0)->getType()->isEnumeralType()) return run(ev, call.at, "aten::view.dtype", {v, call.value(0)});
  std::optional<Ints> to = ev.integers(call.value(0));
  Tensor* t = tensorOf(v);
  if (t && to && !isContiguous(*t)) {
    std::int64_t known = 1, unknownAt = -1;
    for (std::size_t i = 0; i < to->size(); ++i)
      (*to)[i] == -1 ? unknownAt = static_cast<std::int64_t>(i) : known = mulClamped(known, (*to)[i]);
    if (unknownAt >= 0 && known > 0) (*to)[static_cast<std::size_t>(unknownAt)] = t->type.elements() / known;
    std::int64_t total = 1;
    for (std::int64_t n : *to) total = mulClamped(total, n);
    if (total == t->type.elements() && !viewStrides(t->type.shape, stridesOf(*t), *to))
      ev.raise(call.at, "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
                        "contiguous subspaces). Use .reshape(...) instead");
  }
  return run(ev, call.at, "aten::view", {v, call.value(0)});
}
Result moved(Evaluator& ev, const LibraryCall& call) { // cpu(), cuda()
  Tensor* t = tensorOf(selfValue(call));
  Value type = t ? integerValue(scalarTypeOf(t->type.dtype)) : none();
  return run(ev, call.at, "aten::to.dtype_layout", {selfValue(call), type, none(), Text(lastName(call.name).str())});
}
Result toType(Evaluator& ev, const LibraryCall& call) {
  return run(ev, call.at, "aten::to.dtype_layout", {selfValue(call), call.value(0)});
}
Result subscript(Evaluator& ev, const LibraryCall& call) {
  Value index = call.value(0);
  if (Tensor* t = tensorOf(index)) { // x[i] with a 0-dimensional tensor reads it
    std::optional<Value> known = element(t);
    run(ev, call.at, "aten::item", {index});
    index = known ? *known : open(call.at, "the value of an index tensor is only known at run time");
  }
  return run(ev, call.at, "aten::select.int", {selfValue(call), integerValue(0), index});
}

// ---- operators between tensors and numbers (ATen/TensorOperators.h)
struct BinaryOperator {
  const char* spelling;
  const char* tensorFirst;     // x op y
  const char* scalarFirst;     // s op y as y op' s; null: built with empty_like, fill_
  const char* meant = nullptr; // what s op y means as one operator
};
constexpr BinaryOperator binaryOperators[] = {{"operator+", "add", "add"},
                                              {"operator-", "sub", nullptr, "aten::rsub.Scalar"},
                                              {"operator*", "mul", "mul"},
                                              {"operator/", "div", nullptr, "aten::reciprocal"},
                                              {"operator%", "remainder", nullptr},
                                              {"operator&", "bitwise_and", "bitwise_and"},
                                              {"operator|", "bitwise_or", "bitwise_or"},
                                              {"operator^", "bitwise_xor", "bitwise_xor"},
                                              {"operator<", "lt", "gt"},
                                              {"operator<=", "le", "ge"},
                                              {"operator>", "gt", "lt"},
                                              {"operator>=", "ge", "le"},
                                              {"operator==", "eq", "eq"},
                                              {"operator!=", "ne", "ne"}};

bool isTensorArgument(Evaluator& ev, const Arg& a) {
  if (as<TensorHandle>(a.value())) return true;
  if (!isOpen(a.value()) || a.type.isNull()) return false;
  return ev.isOrDerivesFrom(a.type->getAsCXXRecordDecl(), "at::TensorBase");
}
std::string overload(const std::string& name, bool tensor) { return "aten::" + name + (tensor ? ".Tensor" : ".Scalar"); }

Result binary(Evaluator& ev, const LibraryCall& call) {
  const auto* op = llvm::find_if(binaryOperators, [&](const BinaryOperator& b) { return lastName(call.name) == b.spelling; });
  if (op == std::end(binaryOperators) || call.size() != 2) return notModelled(ev, call);
  const Value x = call.value(0), y = call.value(1);
  const bool tensorX = isTensorArgument(ev, call.args[0]), tensorY = isTensorArgument(ev, call.args[1]);
  if (tensorX || !tensorY) return run(ev, call.at, overload(op->tensorFirst, tensorY), {x, y});
  if (op->scalarFirst) return run(ev, call.at, overload(op->scalarFirst, false), {y, x});
  Values meaning = llvm::StringRef(op->tensorFirst) == "sub" ? Values{y, x} : Values{y};
  Evaluator::Meant meant(ev, op->meant ? op->meant : "", meaning, call.at);
  Value filled = run(ev, call.at, "aten::empty_like", {y, none(), none(), none(), none(), integerValue(1)});
  run(ev, call.at, "aten::fill_.Scalar", {filled, x});
  return run(ev, call.at, overload(op->tensorFirst + std::string("_"), true), {filled, y});
}

struct MemberOperator {
  const char* spelling;
  const char* inPlace;
};
constexpr MemberOperator compoundOperators[] = {
    {"operator+=", "add_"},         {"operator-=", "sub_"},        {"operator*=", "mul_"},        {"operator/=", "div_"},
    {"operator&=", "bitwise_and_"}, {"operator|=", "bitwise_or_"}, {"operator^=", "bitwise_xor_"}};
Result compound(Evaluator& ev, const LibraryCall& call) {
  const auto* op = llvm::find_if(compoundOperators, [&](const MemberOperator& m) { return lastName(call.name) == m.spelling; });
  if (op == std::end(compoundOperators)) return notModelled(ev, call);
  run(ev, call.at, overload(op->inPlace, isTensorArgument(ev, call.args[0])), {call.self->value(), call.value(0)});
  return call.self;
}
Result negated(Evaluator& ev, const LibraryCall& call) { return run(ev, call.at, "aten::neg", {selfValue(call)}); }
Result inverted(Evaluator& ev, const LibraryCall& call) { return run(ev, call.at, "aten::bitwise_not", {selfValue(call)}); }
Result printed(Evaluator&, const LibraryCall& call) { return call.args[0].place; }

constexpr std::pair<const char*, Handler> members[] = {{"defined", isDefinedTensor},
                                                       {"dim", dim},
                                                       {"ndimension", dim},
                                                       {"numel", numel},
                                                       {"nbytes", nbytes},
                                                       {"itemsize", itemsize},
                                                       {"element_size", itemsize},
                                                       {"sizes", sizes},
                                                       {"sym_sizes", sizes},
                                                       {"strides", strides},
                                                       {"size", size},
                                                       {"sym_size", size},
                                                       {"stride", stride},
                                                       {"dtype", dtype},
                                                       {"scalar_type", dtype},
                                                       {"device", device},
                                                       {"options", options},
                                                       {"is_contiguous", contiguousOrNot},
                                                       {"is_floating_point", dtypeIs<isFloating>},
                                                       {"is_complex", dtypeIs<isComplex>},
                                                       {"is_signed", dtypeIs<isSigned>},
                                                       {"is_cpu", yes},
                                                       {"is_cuda", no},
                                                       {"is_hip", no},
                                                       {"is_mps", no},
                                                       {"is_sparse", no},
                                                       {"is_quantized", no},
                                                       {"is_meta", no},
                                                       {"is_mkldnn", no},
                                                       {"is_leaf", yes},
                                                       {"is_pinned", no},
                                                       {"has_names", no},
                                                       {"is_view", no},
                                                       {"layout", zero},
                                                       {"get_device", zero},
                                                       {"storage_offset", zero},
                                                       {"requires_grad", requiresGrad},
                                                       {"requires_grad_", setRequiresGrad},
                                                       {"set_requires_grad", setRequiresGrad},
                                                       {"grad", gradient},
                                                       {"mutable_grad", gradient},
                                                       {"grad_fn", gradientFunction},
                                                       {"retain_grad", nothing},
                                                       {"register_hook", nothing},
                                                       {"print", nothing},
                                                       {"data", itself},
                                                       {"tensor_data", itself},
                                                       {"variable_data", itself},
                                                       {"expect_contiguous", contiguous},
                                                       {"is_same", sameImpl},
                                                       {"is_alias_of", sameImpl},
                                                       {"reset", reset},
                                                       {"set_data", setData},
                                                       {"storage", memory},
                                                       {"unsafeGetTensorImpl", memory},
                                                       {"type", memory},
                                                       {"toString", memory},
                                                       {"contiguous", contiguous},
                                                       {"operator=", assign}};
} // namespace

void registerTorchMemory(Library& library);    // torch_memory.cpp
void registerTorchGradients(Library& library); // torch_gradients.cpp

void registerTorchTensor(Library& library) {
  registerTorchMemory(library);
  registerTorchGradients(library);
  for (const char* type : {"at::Tensor", "at::TensorBase"}) {
    library.constructor(type, construct);
    for (auto& [name, handler] : members) library.function(std::string(type) + "::" + name, handler);
  }
  for (const char* name : {"at::Tensor::cpu", "at::Tensor::cuda", "at::Tensor::hip", "at::Tensor::meta"}) library.function(name, moved);
  library.function("at::Tensor::toType", toType);
  for (const char* name : {"at::Tensor::conj", "at::conj"}) library.function(name, conjugated);
  library.function("at::Tensor::view", view);
  library.function("at::Tensor::operator[]", subscript);
  library.function("at::Tensor::operator-", negated);
  library.function("at::Tensor::operator~", inverted);
  for (const BinaryOperator& op : binaryOperators) library.function(std::string("at::") + op.spelling, binary);
  for (const MemberOperator& op : compoundOperators) library.function(std::string("at::Tensor::") + op.spelling, compound);
  for (const char* name : {"at::operator<<", "c10::operator<<", "caffe2::operator<<", "torch::operator<<"}) library.function(name, printed);
  // Free functions of the same name ask the same.
  constexpr std::pair<const char*, Handler> freeFunctions[] = {
      {"numel", numel}, {"size", size}, {"is_floating_point", dtypeIs<isFloating>}, {"is_complex", dtypeIs<isComplex>}};
  for (auto& [name, handler] : freeFunctions) library.function(std::string("at::") + name, handler);
}

} // namespace cobra::interp
