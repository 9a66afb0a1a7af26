// torch::tensor({...}) and torch::from_blob: tensors written down in the program (torch/detail/TensorDataContainer.h).
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_contents.h"
#include "analyzer/models/torch_options.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
// A TensorDataContainer is a record: "sizes" a list, "dtype" a number, "items" the elements row by row, "kind" what it was made of;
// of an array also "array", the dtype it is copied into first.
enum class Kind : std::int64_t { Scalar, List, Array };

Object* container(Evaluator& ev, clang::QualType type, Kind kind, const Shape& sizes, Value dtype, Values items) {
  Object* o = ev.heap.object(Object::Kind::Record, type);
  o->fields = {{nullptr, "kind", ev.heap.cell(static_cast<std::int64_t>(kind))},
               {nullptr, "sizes", ev.heap.cell(list(ev, sizes))},
               {nullptr, "dtype", ev.heap.cell(std::move(dtype))},
               {nullptr, "items", ev.heap.cell(ev.heap.sequence(std::move(items)))}};
  return o;
}

/// compute_desired_dtype: int and long are int64, floating numbers the default dtype, the others stay.
DType literalType(const clang::ASTContext& context, clang::QualType type) {
  type = type.getNonReferenceType();
  if (type->isBooleanType()) return DType::Bool;
  if (type->isRealFloatingType()) return DType::Float32;
  if (!type->isIntegerType()) return DType::Int64;
  if (context.getTypeSize(type) == 8) return type->isUnsignedIntegerType() ? DType::UInt8 : DType::Int8;
  return context.getTypeSize(type) == 16 ? DType::Int16 : DType::Int64;
}

/// What an array of numbers is first copied into.
DType arrayType(const clang::ASTContext& context, clang::QualType type) {
  if (type->isRealFloatingType()) return context.getTypeSize(type) == 64 ? DType::Float64 : DType::Float32;
  if (type->isIntegerType() && context.getTypeSize(type) == 32) return DType::Int32;
  return literalType(context, type);
}

Result dataContainer(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(container(ev, call.resultType, Kind::List, {0}, integerValue(6), {}));
  const Value& v = call.value(0);
  clang::QualType type = call.callee->getParamDecl(0)->getType().getNonReferenceType();
  Object* o = asObject(v);
  if (!o) {
    if (isOpen(v) && type->isRecordType()) return v; // a vector that is not known
    return Value(container(ev, call.resultType, Kind::Scalar, {}, integerValue(scalarTypeOf(literalType(ev.context, type))), {v}));
  }
  if (o->kind == Object::Kind::Record && o->field("items")) return v;
  if (o->kind != Object::Kind::Sequence) return open(call.at, "the elements of this tensor literal are not known", o->lost);
  Object* first = o->items.empty() ? nullptr : asObject(o->items[0]->value());
  if (first && first->field("items")) { // a braced list
    Values items;
    Shape sizes = {static_cast<std::int64_t>(o->items.size())};
    Shape inner = ev.integers(first->field("sizes")->value()).value_or(Shape{});
    sizes.insert(sizes.end(), inner.begin(), inner.end());
    for (Cell* cell : o->items) {
      Object* part = asObject(cell->value());
      if (!part || !part->field("items")) return open(call.at, "the elements of this tensor literal are not known", reason(cell->value()));
      if (Shape own = ev.integers(part->field("sizes")->value()).value_or(Shape{}); own != inner)
        ev.raise(call.at, "Expected all sub-lists to have sizes: " + std::to_string(inner.empty() ? 0 : inner[0]) +
                              ", but got sub-list with sizes: " + std::to_string(own.empty() ? 0 : own[0]));
      for (Cell* element : asObject(part->field("items")->value())->items) items.push_back(element->value());
    }
    return Value(container(ev, call.resultType, Kind::List, sizes, first->field("dtype")->value(), std::move(items)));
  }
  Values items;
  for (Cell* cell : o->items) items.push_back(cell->value());
  const Shape sizes = {static_cast<std::int64_t>(items.size())};
  clang::QualType element;
  if (const auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
      spec && spec->getTemplateArgs().size() > 0 && spec->getTemplateArgs()[0].getKind() == clang::TemplateArgument::Type)
    element = spec->getTemplateArgs()[0].getAsType();
  DType dtype = element.isNull() || element->isRecordType() ? DType::Float32 : literalType(ev.context, element);
  Object* made = container(ev, call.resultType, Kind::Array, sizes, integerValue(scalarTypeOf(dtype)), std::move(items));
  const DType copied = element.isNull() || element->isRecordType() ? dtype : arrayType(ev.context, element);
  made->fields.push_back({nullptr, "array", ev.heap.cell(integerValue(scalarTypeOf(copied)))});
  return Value(made);
}

/// Fills a tensor as TensorDataContainer::fill_tensor does: a select for each place, down to single elements.
void fillTensor(Evaluator& ev, At at, const Value& tensor, const Values& items, std::size_t& next) {
  Tensor* t = tensorOf(tensor);
  if (!t || next >= items.size()) return;
  if (t->type.rank() == 0) {
    run(ev, at, "aten::fill_.Scalar", {tensor, items[next++]});
    return;
  }
  const std::int64_t n = t->type.shape[0];
  for (std::int64_t i = 0; i < n; ++i) {
    Value row = run(ev, at, "aten::select.int", {tensor, integerValue(0), integerValue(i)});
    fillTensor(ev, at, row, items, next);
  }
}

Result tensorLiteral(Evaluator& ev, const LibraryCall& call) {
  Object* data = asObject(call.value(0));
  const Value options = call.size() > 1 ? call.value(1) : Value(NullOpt{});
  if (!data || !data->field("items"))
    return ev.unknown(call.at, "the elements of this tensor literal are not known", reason(call.value(0)));
  Value dtype = tensorOption(options, "dtype");
  if (std::holds_alternative<NullOpt>(dtype)) dtype = data->field("dtype")->value();
  const Kind kind = static_cast<Kind>(ev.integer(data->field("kind")->value()).value_or(0));
  Values items;
  for (Cell* c : asObject(data->field("items")->value())->items) items.push_back(c->value());
  const Value sizes = data->field("sizes")->value();
  std::optional<std::vector<double>> elements(std::in_place);
  for (const Value& v : items)
    if (std::optional<double> x = ev.number(v); x && elements)
      elements->push_back(*x);
    else
      elements.reset();

  Value made;
  if (kind == Kind::Scalar) {
    made = run(ev, call.at, "aten::scalar_tensor", {items[0], dtype});
  } else {
    made = run(ev, call.at, "aten::empty.memory_format", {sizes, kind == Kind::Array ? data->field("array")->value() : dtype});
    std::size_t next = 0;
    if (kind == Kind::List) fillTensor(ev, call.at, made, items, next);
    made = run(ev, call.at, "aten::to.dtype_layout", {made, dtype});
  }
  if (Tensor* t = tensorOf(made); t && elements) setContents(ev, t, std::move(*elements));
  return made;
}

Result fromBlob(Evaluator& ev, const LibraryCall& call) {
  std::optional<Shape> shape = ev.integers(call.value(1));
  if (!shape) return ev.unknown(call.at, "the sizes of this tensor are not known", reason(call.value(1)));
  DType dtype = DType::Float32;
  for (const Arg& a : call.args)
    if (Object* o = asObject(a.value()); o && o->field("dtype"))
      if (std::optional<std::int64_t> type = ev.integer(tensorOption(o, "dtype"))) dtype = dtypeOf(*type).value_or(dtype);
  return ev.makeTensor({dtype, *shape});
}
} // namespace

void registerTorchLiterals(Library& library) {
  library.constructor("torch::detail::TensorDataContainer", dataContainer);
  library.function("torch::tensor", tensorLiteral);
  library.function("torch::from_blob", fromBlob);
  library.function("at::from_blob", fromBlob);
}

} // namespace cobra::interp
