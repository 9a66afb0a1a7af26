#include "analyzer/models/torch_support.h"

#include "analyzer/models/torch_contents.h"
#include "analyzer/models/torch_strides.h"

namespace cobra::interp::torch_model {

Values runAll(Evaluator& ev, At at, const ops::Operator& op, Values arguments) {
  arguments.resize(op.parameters().size(), Nothing{});
  const Folder folder(op, arguments); // looks at contents before an operator in place loses them
  Values outputs = ev.emit(op, arguments, at);
  setStrides(ev, op, arguments, outputs);
  folder.fold(ev, outputs);
  return outputs;
}

Values runAll(Evaluator& ev, At at, llvm::StringRef fullName, Values arguments) {
  const ops::Operator* op = ops::find({fullName.data(), fullName.size()});
  if (!op) {
    ev.noteUnknownFunction(fullName);
    WhyRef because;
    for (const Value& v : arguments)
      if (!because) because = reason(v);
    return {ev.unknown(at, fullName.str() + " is not in the operator registry", because)};
  }
  return runAll(ev, at, *op, std::move(arguments));
}

Value run(Evaluator& ev, At at, llvm::StringRef fullName, Values arguments) { return runAll(ev, at, fullName, std::move(arguments))[0]; }

Value packed(Evaluator& ev, Values outputs, clang::QualType type) {
  if (outputs.size() == 1) return std::move(outputs[0]);
  return ev.heap.tuple(std::move(outputs), type);
}

Value linear(Evaluator& ev, At at, Value input, Value weight, Value bias) {
  const bool withBias = isDefined(bias);
  if (!isDefined(input) || !isDefined(weight)) return run(ev, at, "aten::linear", {input, weight, withBias ? bias : none()});
  Evaluator::Meant meant(ev, "aten::linear", {input, weight, withBias ? bias : none()}, at);
  Value turned = run(ev, at, "aten::t", {weight});
  if (withBias && rankOf(input) == 2) return run(ev, at, "aten::addmm", {bias, input, turned});
  Value product = run(ev, at, "aten::matmul", {input, turned});
  return withBias ? run(ev, at, "aten::add_.Tensor", {product, bias}) : product;
}

std::optional<std::int64_t> sizeOf(const Value& v, std::int64_t dim) {
  Tensor* t = tensorOf(v);
  if (!t) return std::nullopt;
  if (dim < 0) dim += t->type.rank();
  if (dim < 0 || dim >= t->type.rank()) return std::nullopt;
  return t->type.shape[static_cast<std::size_t>(dim)];
}

Value newParameter(Evaluator& ev, Shape shape, DType dtype) {
  if (isFloating(dtype) && ev.options.dtype) dtype = *ev.options.dtype;
  return ev.makeTensor({dtype, std::move(shape)}, {Source::Kind::Parameter, -1});
}

Value list(Evaluator& ev, const Ints& items) {
  Values values(items.begin(), items.end());
  return ev.heap.sequence(std::move(values));
}

std::optional<Ints> expanded(Evaluator& ev, const Value& v, std::size_t n) {
  std::optional<Ints> items = ev.integers(v);
  if (items && items->size() == 1 && n > 1) items->assign(n, items->front());
  return items;
}

Value expandedValue(Evaluator& ev, const Value& v, std::size_t n) {
  if (isOpen(v) || isNothing(v) || std::holds_alternative<NullOpt>(v)) return v;
  if (std::optional<Ints> items = expanded(ev, v, n)) return list(ev, *items);
  return v; // holds something open, or absent sizes of an adaptive pool
}

llvm::StringRef scopeName(llvm::StringRef qualified) {
  std::size_t end = qualified.rfind("::");
  return end == llvm::StringRef::npos ? llvm::StringRef() : lastName(qualified.take_front(end));
}

Value fieldValue(const Object* object, llvm::StringRef name) {
  if (!object) return Nothing{};
  for (auto f = object->fields.rbegin(); f != object->fields.rend(); ++f) // the most derived one of that name
    if (f->name == name) return f->cell->value();
  return Nothing{};
}

Object* optionsOf(Evaluator& ev, const Object* module) { return ev.object(fieldValue(module, "options")); }

Value option(const Object* options, llvm::StringRef name) {
  if (!options) return Nothing{};
  for (auto f = options->fields.rbegin(); f != options->fields.rend(); ++f) // as fieldValue() looks for `name` and an underscore
    if (f->name.size() == name.size() + 1 && f->name.back() == '_' && llvm::StringRef(f->name).starts_with(name)) return f->cell->value();
  return Nothing{};
}

std::optional<std::int64_t> intOption(Evaluator& ev, const Object* options, llvm::StringRef name) {
  return ev.integer(option(options, name));
}

bool flag(Evaluator& ev, const Object* options, llvm::StringRef name) { return intOption(ev, options, name).value_or(0) != 0; }

std::string enumName(Evaluator& ev, const Object* options, llvm::StringRef name) {
  std::string text = ev.text(option(options, name)).value_or("");
  return !text.empty() && text[0] == 'k' ? text.substr(1) : text;
}

Result notModelled(Evaluator& ev, const LibraryCall& call) {
  ev.noteUnknownFunction(call.name);
  return ev.unknown(call.at, "the tool does not model " + call.name.str());
}

} // namespace cobra::interp::torch_model
