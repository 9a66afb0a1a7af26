#include "analyzer/models/torch_options.h"

#include "analyzer/models/registration.h"
#include "analyzer/models/torch_devices.h"

#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringMap.h"

namespace cobra::interp {

namespace torch_model {

namespace {
constexpr std::pair<std::int64_t, DType> scalarTypes[] = {
    {0, DType::UInt8},   {1, DType::Int8},    {2, DType::Int16},     {3, DType::Int32},       {4, DType::Int64}, {5, DType::Float16},
    {6, DType::Float32}, {7, DType::Float64}, {9, DType::Complex64}, {10, DType::Complex128}, {11, DType::Bool}, {15, DType::BFloat16}};

constexpr const char* parts[] = {"dtype", "device", "layout", "pinned_memory", "requires_grad", "memory_format"};

/// Which part a value of a C++ type sets.
llvm::StringRef partOf(Evaluator& ev, clang::QualType type) {
  static const llvm::StringMap<const char*> byType = {{"c10::ScalarType", "dtype"},  {"caffe2::TypeMeta", "dtype"},
                                                      {"c10::Layout", "layout"},     {"c10::MemoryFormat", "memory_format"},
                                                      {"c10::DeviceType", "device"}, {"c10::Device", "device"}};
  if (type.isNull()) return "device";
  type = type.getNonReferenceType().getCanonicalType();
  const clang::NamedDecl* decl = type->getAsCXXRecordDecl();
  if (const auto* e = type->getAs<clang::EnumType>()) decl = e->getDecl();
  auto found = decl ? byType.find(ev.library.nameOf(decl)) : byType.end();
  return found == byType.end() ? llvm::StringRef("device") : llvm::StringRef(found->second); // Device takes strings too
}
Value asPart(Evaluator& ev, llvm::StringRef part, const Value& v) {
  if (part == "device")
    if (std::optional<std::int64_t> type = ev.integer(v)) return Text(deviceName(*type, -1));
  return v;
}

clang::QualType fieldType(const Object& object, llvm::StringRef name) {
  for (auto f = object.fields.rbegin(); f != object.fields.rend(); ++f)
    if (f->name == name && f->decl) return f->decl->getType();
  return {};
}
bool isClass(Evaluator& ev, clang::QualType type, llvm::StringRef name) {
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
  return record && ev.library.nameOf(record) == name;
}
/// What a field of this type holds after `field_ = value`.
Value coerced(Evaluator& ev, const Value& v, clang::QualType type) {
  if (isClass(ev, type, "torch::ExpandingArray") || isClass(ev, type, "torch::ExpandingArrayWithOptionalElem")) {
    const auto* spec = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
    const std::size_t n = spec ? spec->getTemplateArgs()[0].getAsIntegral().getZExtValue() : 1;
    if (as<std::int64_t>(v) || as<double>(v)) return ev.heap.sequence(Values(n, v), type);
  }
  return ev.heap.copy(v);
}

const clang::CXXConstructorDecl* constructorTaking(const clang::CXXRecordDecl* record, std::size_t arguments) {
  for (const clang::CXXConstructorDecl* ctor : record->ctors())
    if (!ctor->isCopyOrMoveConstructor() && ctor->getNumParams() == arguments) return ctor;
  return nullptr;
}

bool isOptions(const clang::CXXRecordDecl* record) { return record && record->getName().ends_with("Options"); }

/// Members that no default initializer fills but that have a default constructor, and strides that follow the kernel.
void completeOptions(Evaluator& ev, Object& o, At at) {
  for (const Object::Field& f : o.fields) {
    if (!isNothing(f.cell->value()) || !f.decl) continue;
    if (isClass(ev, f.decl->getType(), "at::Tensor")) ev.heap.write(f.cell, TensorHandle{});
    if (isClass(ev, f.decl->getType(), "torch::nn::AnyModule")) ev.heap.write(f.cell, Pointer{});
    if (f.name == "stride_") // AvgPoolOptions(kernel_size) : stride_(kernel_size)
      ev.heap.write(f.cell, ev.heap.copy(fieldValue(&o, "kernel_size_")));
  }
  (void)at;
}

void fillByParameters(Evaluator& ev, Object& o, const clang::FunctionDecl* ctor, const LibraryCall& call) {
  for (unsigned i = 0; ctor && i < ctor->getNumParams() && i < call.size(); ++i) {
    llvm::StringRef name = ctor->getParamDecl(i)->getName();
    std::string field = (name + "_").str();
    if (Cell* cell = o.field(field)) {
      ev.heap.write(cell, coerced(ev, call.value(i), fieldType(o, field)));
    } else if (name.consume_back("_options")) { // TransformerEncoderOptions(encoder_layer_options, n): makes the layer
      field = (name + "_").str();
      if (Cell* layer = o.field(field)) ev.heap.write(layer, ev.construct(fieldType(o, field), {call.args[i]}, call.at));
    }
  }
}
} // namespace

std::int64_t scalarTypeOf(DType dtype) {
  for (auto& [number, d] : scalarTypes)
    if (d == dtype) return number;
  return 6;
}
std::optional<DType> dtypeOf(std::int64_t scalarType) {
  for (auto& [number, d] : scalarTypes)
    if (number == scalarType) return d;
  return std::nullopt;
}

Object* newTensorOptions(Evaluator& ev, clang::QualType type) {
  Object* o = ev.heap.object(Object::Kind::Record, type);
  for (const char* part : parts) o->fields.push_back({nullptr, part, ev.heap.cell(NullOpt{})});
  return o;
}

Value tensorOption(const Value& options, llvm::StringRef part) {
  if (isOpen(options)) return options;
  if (Object* o = asObject(options)) {
    Cell* cell = o->field(part);
    return cell ? cell->value() : Value(NullOpt{});
  }
  if (part == "dtype" && as<std::int64_t>(options)) return options;
  if (part == "device" && as<Text>(options)) return options;
  return NullOpt{};
}

Object* newOptions(Evaluator& ev, const clang::CXXRecordDecl* record, clang::QualType type, const LibraryCall& call) {
  Object* o = ev.allocate(record, type);
  ev.initializeDefaults(*o, record);
  const auto* ctor = llvm::dyn_cast_or_null<clang::CXXConstructorDecl>(call.callee);
  if (!ctor || ctor->getParent()->getCanonicalDecl() != record->getCanonicalDecl())
    ctor = record->hasDefinition() ? constructorTaking(record->getDefinition(), call.size()) : nullptr;
  fillByParameters(ev, *o, ctor, call);
  completeOptions(ev, *o, call.at);
  return o;
}

Object* requireOptions(Evaluator& ev, Object& module, const LibraryCall& call) {
  clang::QualType type = fieldType(module, "options");
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
  Object* o = nullptr;
  Object* given = call.size() == 1 ? ev.object(call.value(0)) : nullptr;
  if (given && isOptions(given->record)) {
    if (!record || given->record->getCanonicalDecl() == record->getCanonicalDecl()) {
      o = asObject(ev.heap.copy(given));
    } else { // detail::ConvNdOptions takes the fields of Conv2dOptions
      o = ev.allocate(record, type);
      const auto take = [&](bool wanted) {
        for (const Object::Field& f : given->fields) {
          const bool settled = !isNothing(f.cell->value()) && f.decl && !f.decl->getType()->isArrayType();
          Cell* cell = settled == wanted ? o->field(f.name) : nullptr;
          if (cell) ev.heap.write(cell, coerced(ev, f.cell->value(), fieldType(*o, f.name)));
        }
      };
      take(true); // defaults are for what remains
      ev.initializeDefaults(*o, record);
      take(false);
      completeOptions(ev, *o, call.at);
    }
  } else if (record) {
    o = newOptions(ev, record, type, call);
  }
  if (o) ev.heap.write(ev.fieldCell(module, "options"), o);
  return o;
}

} // namespace torch_model

using namespace torch_model;

namespace {
// ---- options of layers and functionals
Result layerOptions(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  if (!isOptions(record)) return notModelled(ev, call);
  return Value(newOptions(ev, record, call.resultType, call));
}

/// `o.stride(2)` writes and gives the options back; `o.stride()` gives the field.
Result optionMember(Evaluator& ev, const LibraryCall& call) {
  Object* o = selfObject(ev, call);
  std::string name = (lastName(call.name) + "_").str();
  Cell* cell = o ? o->field(name) : nullptr;
  if (!cell) return notModelled(ev, call);
  if (call.size() == 0) return cell;
  ev.heap.write(cell, coerced(ev, call.value(0), fieldType(*o, name)));
  return call.self;
}

// ---- c10::TensorOptions
void setPart(Evaluator& ev, Object& options, llvm::StringRef part, const Value& v) {
  ev.heap.write(ev.fieldCell(options, part), asPart(ev, part, v));
}
Result tensorOptions(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 1)
    if (Object* given = asObject(call.value(0)); given && given->field("dtype")) return ev.heap.copy(call.value(0));
  Object* o = newTensorOptions(ev, call.resultType);
  if (call.size() > 0) setPart(ev, *o, partOf(ev, call.args[0].type), call.value(0));
  return Value(o);
}
/// torch::dtype(x), torch::device(x), torch::requires_grad(): TensorOptions with one part.
Result optionsWith(Evaluator& ev, const LibraryCall& call) {
  Object* o = newTensorOptions(ev, call.resultType);
  Value v = call.size() > 0 ? call.value(0) : Value(std::int64_t{1});
  setPart(ev, *o, lastName(call.name), v);
  return Value(o);
}
/// Setters copy; getters give the part, with LibTorch's default where it was not set.
Result tensorOptionsMember(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self) return open(call.at, "these tensor options are not known", call.self ? reason(call.self->value()) : nullptr);
  llvm::StringRef name = lastName(call.name);
  const bool maybe = name.consume_back("_opt");
  if (name == "merge_in" && call.size() == 1) {
    Object* merged = asObject(ev.heap.copy(self));
    for (const char* part : parts)
      if (Value v = tensorOption(call.value(0), part); !std::holds_alternative<NullOpt>(v)) setPart(ev, *merged, part, v);
    return Value(merged);
  }
  if (!llvm::is_contained(parts, name)) return notModelled(ev, call);
  const auto* record = call.resultType.getNonReferenceType()->getAsCXXRecordDecl();
  if (record && ev.library.nameOf(record) == "c10::TensorOptions") {
    Object* o = asObject(ev.heap.copy(self));
    setPart(ev, *o, name, call.size() > 0 ? call.value(0) : Value(std::int64_t{1}));
    return Value(o);
  }
  Value v = tensorOption(self, name);
  if (maybe || !std::holds_alternative<NullOpt>(v)) return v;
  static const llvm::StringMap<std::int64_t> defaults = {{"dtype", 6}, {"layout", 0}, {"requires_grad", 0}, {"pinned_memory", 0}};
  if (name == "device") return Value(Text("cpu"));
  return Value(defaults.lookup(name));
}
} // namespace

void registerTorchOptions(Library& library) {
  library.constructor("torch::nn", layerOptions);
  library.scope("torch::nn", optionMember);
  library.constructor("torch::data::DataLoaderOptions", layerOptions);
  library.scope("torch::data::DataLoaderOptions", optionMember);
  library.constructor("c10::TensorOptions", tensorOptions);
  library.scope("c10::TensorOptions", tensorOptionsMember);
  for (const char* part : parts) {
    library.function(std::string("c10::") + part, optionsWith);
    library.function(std::string("torch::") + part, optionsWith);
  }
}

} // namespace cobra::interp
