// Small values of c10:: and torch::: scalars, views of arrays, devices, dtypes, enumerators.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_devices.h"
#include "analyzer/models/torch_options.h"

#include "clang/AST/DeclTemplate.h"

#include <cmath>

namespace cobra::interp {

using namespace torch_model;

namespace {
Value converted(const Value& v, clang::QualType to) {
  if (to.isNull()) return v;
  to = to.getNonReferenceType();
  if (to->isBooleanType()) {
    if (auto* i = as<std::int64_t>(v)) return boolean(*i != 0);
    if (auto* d = as<double>(v)) return boolean(*d != 0);
  }
  if (auto* d = as<double>(v); d && to->isIntegralOrEnumerationType()) return static_cast<std::int64_t>(*d);
  if (auto* i = as<std::int64_t>(v); i && to->isRealFloatingType()) return static_cast<double>(*i);
  return v;
}

// ---- c10::Scalar, c10::SymInt, at::IValue: worth what they hold
Result worthArgument(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(std::int64_t{0});
  (void)ev;
  return call.value(0);
}
Result worthSelf(Evaluator&, const LibraryCall& call) {
  return converted(call.self ? call.self->value() : Value(Nothing{}), call.resultType);
}
template <class T> Result holds(Evaluator&, const LibraryCall& call) {
  const Value& v = call.self->value();
  if (isOpen(v)) return v;
  return boolean(as<T>(v) != nullptr);
}

// ---- c10::ArrayRef
bool isList(const Value& v) {
  Object* o = asObject(v);
  return o && (o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Opaque);
}
/// The elements between two iterators into one sequence; null if they are none.
Object* between(Evaluator& ev, const Pointer& first, std::int64_t end, clang::QualType type) {
  if (!first.sequence || first.index < 0 || end > static_cast<std::int64_t>(first.sequence->items.size()) || end < first.index)
    return nullptr;
  Object* o = ev.heap.object(Object::Kind::Sequence, type);
  o->items.assign(first.sequence->items.begin() + first.index, first.sequence->items.begin() + end);
  return o;
}
Result arrayRef(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(ev.heap.sequence({}, call.resultType));
  const Value& v = call.value(0);
  if (call.size() == 2) {
    auto* first = as<Pointer>(v);
    if (auto* end = as<Pointer>(call.value(1)); first && end)
      if (Object* o = between(ev, *first, end->index, call.resultType)) return Value(o);
    if (std::optional<std::int64_t> n = ev.integer(call.value(1)); first && n)
      if (Object* o = between(ev, *first, first->index + *n, call.resultType)) return Value(o);
    return open(call.at, "the elements of this array view are not followed", reason(v));
  }
  if (isList(v)) return v; // a view: the same elements
  if (std::holds_alternative<NullOpt>(v)) return v;
  if (isOpen(v)) {
    const auto* record = call.args[0].type.isNull() ? nullptr : call.args[0].type->getAsCXXRecordDecl();
    if (record && ev.library.nameOf(record).starts_with("std::")) return v;
  }
  return Value(ev.heap.sequence({v}, call.resultType));
}

Result optionalArrayRef(Evaluator& ev, const LibraryCall& call) { // its members are those of std::optional
  return call.size() == 0 ? Result(Value(NullOpt{})) : arrayRef(ev, call);
}

Object* sequenceOf(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  return o && o->kind == Object::Kind::Sequence ? o : nullptr;
}
Result opaqueElements(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  if (o && o->lost) return Value(OpenValue{o->lost});
  return open(call.at, "the elements of this list are not known", call.self ? reason(call.self->value()) : nullptr);
}
Result elementAt(Evaluator& ev, const LibraryCall& call, std::int64_t index) {
  Object* o = sequenceOf(call);
  if (!o) return opaqueElements(call);
  if (index < 0 || index >= static_cast<std::int64_t>(o->items.size()))
    ev.raise(call.at, "Invalid index " + std::to_string(index) + " for a list of " + std::to_string(o->items.size()) + " elements");
  return o->items[static_cast<std::size_t>(index)];
}
Result listAt(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::int64_t> i = ev.integer(call.value(0));
  if (!i) return open(call.at, "the index is not known", reason(call.value(0)));
  return elementAt(ev, call, *i);
}
Result listFront(Evaluator& ev, const LibraryCall& call) { return elementAt(ev, call, 0); }
Result listBack(Evaluator& ev, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  return o ? elementAt(ev, call, static_cast<std::int64_t>(o->items.size()) - 1) : opaqueElements(call);
}
Result listSize(Evaluator&, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  return o ? Result(integerValue(static_cast<std::int64_t>(o->items.size()))) : opaqueElements(call);
}
Result listEmpty(Evaluator&, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  return o ? Result(boolean(o->items.empty())) : opaqueElements(call);
}
Result listBegin(Evaluator&, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  return o ? Result(Value(Pointer{nullptr, o, 0})) : opaqueElements(call);
}
Result listEnd(Evaluator&, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  return o ? Result(Value(Pointer{nullptr, o, static_cast<std::int64_t>(o->items.size())})) : opaqueElements(call);
}
Result listVec(Evaluator& ev, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  if (!o) return opaqueElements(call);
  Values items;
  for (Cell* item : o->items) items.push_back(ev.heap.copy(item->value()));
  return Value(ev.heap.sequence(std::move(items), call.resultType));
}
Result listSlice(Evaluator& ev, const LibraryCall& call) {
  Object* o = sequenceOf(call);
  std::optional<std::int64_t> from = ev.integer(call.value(0));
  std::optional<std::int64_t> count = call.size() > 1 ? ev.integer(call.value(1))
                                      : o && from     ? std::optional(static_cast<std::int64_t>(o->items.size()) - *from)
                                                      : std::nullopt;
  if (!o || !from || !count) return opaqueElements(call);
  if (Object* part = between(ev, Pointer{nullptr, o, *from}, *from + *count, call.resultType)) return Value(part);
  ev.raise(call.at, "ArrayRef: invalid slice, N = " + std::to_string(*from) + "; M = " + std::to_string(*count) +
                        "; size = " + std::to_string(o->items.size()));
}
Result listsEqual(Evaluator&, const LibraryCall& call) {
  const Value& a = call.self ? call.self->value() : call.value(0);
  const Value& b = call.value(call.self ? 0 : 1);
  Object *x = asObject(a), *y = asObject(b);
  if (!x || !y || x->kind != Object::Kind::Sequence || y->kind != Object::Kind::Sequence) return opaqueElements(call);
  bool same = x->items.size() == y->items.size();
  for (std::size_t i = 0; same && i < x->items.size(); ++i) {
    const Value &p = x->items[i]->value(), &q = y->items[i]->value();
    if (isOpen(p) || isOpen(q)) return open(call.at, "elements of these lists are not known", reason(isOpen(p) ? p : q));
    same = sameValue(p, q);
  }
  return boolean(same != (lastName(call.name) == "operator!="));
}

// ---- torch::ExpandingArray
std::optional<std::size_t> extentOf(clang::QualType type) {
  const auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(
      type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl());
  if (!spec || spec->getTemplateArgs().size() == 0) return std::nullopt;
  const clang::TemplateArgument& n = spec->getTemplateArgs()[0];
  if (n.getKind() != clang::TemplateArgument::Integral) return std::nullopt;
  return static_cast<std::size_t>(n.getAsIntegral().getZExtValue());
}
Result expandingArray(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::size_t> n = extentOf(call.resultType);
  if (call.size() != 1 || !n) return notModelled(ev, call);
  const Value& v = call.value(0);
  if (Object* o = asObject(v); o && o->kind == Object::Kind::Sequence) {
    if (o->items.size() != *n)
      ev.raise(call.at, "Expected " + std::to_string(*n) + " values, but instead got " + std::to_string(o->items.size()));
    return ev.heap.copy(v);
  }
  if (asObject(v)) return v;
  return Value(ev.heap.sequence(Values(*n, v), call.resultType));
}
Result selfPlace(Evaluator&, const LibraryCall& call) { return call.self; }
Result selfPointer(Evaluator&, const LibraryCall& call) { return Value(Pointer{call.self, nullptr, 0}); }

// ---- c10::Device, dtypes
Result device(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return notModelled(ev, call);
  const Value& v = call.value(0);
  if (std::optional<std::string> text = ev.text(v)) return Value(Text(*text));
  std::optional<std::int64_t> type = ev.integer(v);
  std::optional<std::int64_t> index = call.size() > 1 ? ev.integer(call.value(1)) : -1;
  if (!type || !index) return open(call.at, "the device is not known", reason(v));
  return Value(Text(deviceName(*type, *index)));
}
std::optional<std::string> deviceText(Evaluator& ev, const LibraryCall& call) {
  return call.self ? ev.text(call.self->value()) : std::nullopt;
}
Result deviceType(Evaluator& ev, const LibraryCall& call) {
  if (std::optional<std::string> d = deviceText(ev, call)) return integerValue(deviceTypeOf(*d));
  return open(call.at, "the device is not known", call.self ? reason(call.self->value()) : nullptr);
}
Result deviceIndex(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::string> d = deviceText(ev, call);
  if (!d) return open(call.at, "the device is not known", call.self ? reason(call.self->value()) : nullptr);
  std::size_t colon = d->find(':');
  const std::int64_t index = colon == std::string::npos ? -1 : std::atoll(d->c_str() + colon + 1);
  if (lastName(call.name) == "has_index") return boolean(index >= 0);
  return integerValue(index);
}
Result deviceIs(Evaluator& ev, const LibraryCall& call) { // is_cuda, is_cpu, ...
  std::optional<std::string> d = deviceText(ev, call);
  if (!d) return open(call.at, "the device is not known", call.self ? reason(call.self->value()) : nullptr);
  llvm::StringRef kind = lastName(call.name);
  kind.consume_front("is_");
  return boolean(llvm::StringRef(*d).split(':').first == kind);
}

/// == and != of values that are worth an integer or a text, and of lists.
Result sameWorth(Evaluator& ev, const LibraryCall& call) {
  const Value& a = call.self ? call.self->value() : call.value(0);
  const Value& b = call.value(call.self ? 0 : 1);
  if (asObject(a) && asObject(b)) return listsEqual(ev, call);
  if (isOpen(a) || isOpen(b)) return isOpen(a) ? a : b;
  return boolean(sameValue(a, b) != (lastName(call.name) == "operator!="));
}
Result elementSize(Evaluator& ev, const LibraryCall& call) {
  const Value& v = call.self ? call.self->value() : call.value(0);
  std::optional<std::int64_t> i = ev.integer(v);
  if (std::optional<DType> dtype = i ? dtypeOf(*i) : std::nullopt) return integerValue(byteSize(*dtype));
  return open(call.at, "the dtype is not known", reason(v));
}
template <bool (*is)(DType)> Result dtypeIs(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::int64_t> i = ev.integer(call.value(0));
  if (std::optional<DType> dtype = i ? dtypeOf(*i) : std::nullopt) return boolean(is(*dtype));
  return open(call.at, "the dtype is not known", reason(call.value(0)));
}
bool isInteger(DType d) { return isIntegral(d) || d == DType::Bool; }

// ---- torch::enumtype
Result enumerator(Evaluator&, const LibraryCall& call) { return Value(Text(lastName(call.name).str())); }
Result enumeratorObject(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  return Value(Text(record ? record->getName().str() : std::string(lastName(ev.library.nameOf(call.callee)))));
}
constexpr const char* enumerators[] = {"Linear",
                                       "Conv1D",
                                       "Conv2D",
                                       "Conv3D",
                                       "ConvTranspose1D",
                                       "ConvTranspose2D",
                                       "ConvTranspose3D",
                                       "Sigmoid",
                                       "Tanh",
                                       "ReLU",
                                       "GELU",
                                       "SiLU",
                                       "Mish",
                                       "LeakyReLU",
                                       "FanIn",
                                       "FanOut",
                                       "Constant",
                                       "Reflect",
                                       "Replicate",
                                       "Circular",
                                       "Nearest",
                                       "Bilinear",
                                       "Bicubic",
                                       "Trilinear",
                                       "Area",
                                       "NearestExact",
                                       "Sum",
                                       "Mean",
                                       "Max",
                                       "None",
                                       "BatchMean",
                                       "Zeros",
                                       "Border",
                                       "Reflection",
                                       "RNN_TANH",
                                       "RNN_RELU",
                                       "LSTM",
                                       "GRU",
                                       "Valid",
                                       "Same"};

// ---- c10::irange
Result irange(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::int64_t> first = call.size() > 1 ? ev.integer(call.value(0)) : 0, end = ev.integer(call.value(call.size() - 1));
  if (!first || !end) return ev.unknown(call.at, "the bounds of this range are not known", reason(call.value(call.size() - 1)));
  if (*end - *first > static_cast<std::int64_t>(ev.meter.limits().loopTurns))
    throw BudgetExhausted{"the budget of " + std::to_string(ev.meter.limits().loopTurns) + " turns of one loop is used up"};
  Values items;
  for (std::int64_t i = *first; i < *end; ++i) items.push_back(i);
  return Value(ev.heap.sequence(std::move(items), call.resultType));
}

constexpr std::pair<const char*, Handler> listMembers[] = {
    {"operator[]", listAt}, {"at", listAt},        {"get", listAt},     {"size", listSize},   {"empty", listEmpty},
    {"begin", listBegin},   {"cbegin", listBegin}, {"data", listBegin}, {"end", listEnd},     {"cend", listEnd},
    {"front", listFront},   {"back", listBack},    {"vec", listVec},    {"slice", listSlice}, {"equals", listsEqual}};
} // namespace

void registerTorchValues(Library& library) {
  for (const char* type : {"c10::Scalar", "c10::SymInt", "c10::SymFloat", "c10::SymBool", "c10::IValue", "caffe2::TypeMeta", "c10::Half",
                           "c10::BFloat16", "torch::nn::AnyValue"}) {
    library.constructor(type, worthArgument);
    library.scope(type, worthSelf);
  }
  library.function("c10::Scalar::isIntegral", holds<std::int64_t>);
  library.function("c10::Scalar::isFloatingPoint", holds<double>);
  library.function("caffe2::TypeMeta::itemsize", elementSize);
  library.function("caffe2::TypeMeta::fromScalarType", worthArgument);
  for (const char* name : {"c10::scalarTypeToTypeMeta", "c10::typeMetaToScalarType", "c10::optTypeMetaToScalarType"})
    library.function(name, worthArgument);
  for (const char* name : {"c10::operator==", "c10::operator!=", "caffe2::operator==", "caffe2::operator!=", "c10::Device::operator==",
                           "c10::Device::operator!=", "caffe2::TypeMeta::operator==", "caffe2::TypeMeta::operator!="})
    library.function(name, sameWorth);
  library.function("c10::elementSize", elementSize);
  library.function("c10::isFloatingType", dtypeIs<isFloating>);
  library.function("c10::isIntegralType", dtypeIs<isInteger>);
  library.function("c10::isComplexType", dtypeIs<isComplex>);

  for (const char* type : {"c10::ArrayRef", "c10::HeaderOnlyArrayRef", "c10::IListRef", "c10::List"}) {
    library.constructor(type, arrayRef);
    for (auto& [member, handler] : listMembers) library.function(std::string(type) + "::" + member, handler);
  }
  for (const char* name : {"c10::makeArrayRef", "c10::asIntArrayRefSlow", "c10::fromIntArrayRefSlow", "c10::fromIntArrayRefUnchecked"})
    library.function(name, arrayRef);
  library.function("c10::ArrayRef::operator==", listsEqual);
  library.function("c10::ArrayRef::operator T", selfPlace);
  library.function("c10::irange", irange);
  library.constructor("c10::OptionalArrayRef", optionalArrayRef);
  library.constructor("torch::ExpandingArray", expandingArray);
  for (auto& [member, handler] : listMembers) library.function(std::string("torch::ExpandingArray::") + member, handler);
  library.function("torch::ExpandingArray::operator*", selfPlace);
  library.function("torch::ExpandingArray::operator T", selfPlace);
  library.function("torch::ExpandingArray::operator->", selfPointer);

  library.constructor("c10::Device", device);
  library.scope("c10::Device", deviceIs);
  library.function("c10::Device::type", deviceType);
  library.function("c10::Device::index", deviceIndex);
  library.function("c10::Device::has_index", deviceIndex);
  library.function("c10::Device::str", worthSelf);

  library.constructor("torch::enumtype", enumeratorObject);
  for (const char* name : enumerators) library.variable(std::string("torch::k") + name, enumerator);
}

} // namespace cobra::interp
