#include "analyzer/models/torch_layer.h"

#include "llvm/ADT/StringMap.h"

namespace cobra::interp::torch_model {

Layer::Layer(Evaluator& evaluator, const LibraryCall& libraryCall)
    : ev(evaluator), call(libraryCall), at(libraryCall.at), module(selfObject(evaluator, libraryCall)),
      options(optionsOf(evaluator, module)) {
  if (module && !module->module) module = nullptr;
  for (std::size_t i = call.size(); i-- > 0 && !module && !options;)
    if (Object* o = asObject(call.value(i)); o && o->kind == Object::Kind::Record && o->record && o->record->getName().ends_with("Options"))
      options = o;
}

Value Layer::value(llvm::StringRef name) const {
  if (module)
    if (Value v = fieldValue(module, name); !isNothing(v)) return v;
  for (unsigned i = 0; call.callee && i < call.callee->getNumParams() && i < call.size(); ++i)
    if (call.callee->getParamDecl(i)->getName() == name) return call.value(i);
  return option(options, name);
}

Value Layer::tensor(llvm::StringRef name) const {
  Value v = value(name);
  return isOpen(v) || isDefined(v) ? v : none();
}

std::string Layer::enumerator(llvm::StringRef name) const {
  std::string text = ev.text(value(name)).value_or("");
  return !text.empty() && text[0] == 'k' ? text.substr(1) : text;
}

Value Layer::training() const { return module ? boolean(module->module->training) : option(options, "training"); }

Value runRow(const Layer& layer, const LayerRow& row) {
  Values arguments;
  llvm::SmallVector<llvm::StringRef, 12> tokens;
  llvm::StringRef(row.arguments).split(tokens, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef token : tokens) {
    std::int64_t number = 0;
    auto [name, count] = token.split(':');
    if (token == "input")
      arguments.push_back(layer.input());
    else if (token == "second")
      arguments.push_back(layer.input(1));
    else if (token == "-")
      arguments.push_back(byDefault());
    else if (token == "training")
      arguments.push_back(layer.training());
    else if (!token.getAsInteger(10, number))
      arguments.push_back(integerValue(number));
    else if (token.consume_front("?"))
      arguments.push_back(layer.tensor(token));
    else if (!count.empty() && !count.getAsInteger(10, number))
      arguments.push_back(layer.spread(name, static_cast<std::size_t>(number)));
    else
      arguments.push_back(layer.value(token));
  }
  const bool inPlace = row.inPlace && layer.isSet("inplace");
  return layer.run(inPlace ? row.inPlace : row.op, std::move(arguments));
}

Value pad(Evaluator& ev, At at, Value input, Value padding, const std::string& mode, Value value) {
  // Numbers of at::padding_mode (ATen/native/PadNd.h).
  static const llvm::StringMap<std::pair<std::int64_t, const char*>> modes = {
      {"Reflect", {0, "reflect"}}, {"Replicate", {1, "replicate"}}, {"Circular", {2, "circular"}}, {"Constant", {3, "constant"}}};
  auto known = modes.find(mode);
  if (known == modes.end()) return ev.unknown(at, "the padding mode is not known");
  const bool constant = known->second.first == 3;
  Evaluator::Meant meant(ev, "aten::pad", {input, padding, Text(known->second.second), constant ? value : none()}, at);
  return run(ev, at, "aten::_pad_enum", {input, padding, integerValue(known->second.first), constant ? value : none()});
}

} // namespace cobra::interp::torch_model
