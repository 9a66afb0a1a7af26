// Graphs of cuDNN's frontend: sizes worked out from node to node, and one step of the trace for each node
// that runs.
#include "analyzer/models/cudnn_frontend.h"

#include <map>

namespace cobra::interp::cudnn_graph {

using namespace cudnn_model;

namespace {

std::vector<Object*> objects(Evaluator& ev, const Object* holder, llvm::StringRef field) {
  std::vector<Object*> out;
  Cell* cell = holder->field(field);
  if (Object* list = cell ? asObject(cell->value()) : nullptr)
    for (const Cell* item : list->items) out.push_back(ev.object(item->value()));
  return out;
}

Value fieldOf(const Object* holder, llvm::StringRef name) {
  Cell* cell = holder ? holder->field(name) : nullptr;
  return cell ? cell->value() : Value(Nothing{});
}

std::string nameOf(Evaluator& ev, Object* tensor) {
  const auto name = ev.text(fieldOf(tensor, "name"));
  return name && !name->empty() ? "the tensor \"" + *name + "\"" : "a tensor without a name";
}

bool isVirtual(Evaluator& ev, Object* tensor) {
  return ev.integer(fieldOf(tensor, "made")).value_or(0) && !ev.integer(fieldOf(tensor, "output")).value_or(0);
}

/// Everything an operator's rule says of a node. Sizes that cannot be known leave `effect` empty.
struct Sized {
  const ops::Operator* op = nullptr;
  std::vector<Value> arguments;
  std::optional<ops::Effect> effect;
};
Sized sized(Node& node) {
  const Kind* kind = kindOf(node.method());
  Sized out;
  if (!kind) {
    node.open("the tool does not model it");
    return out;
  }
  out.op = ops::find(kind->op);
  out.arguments = kind->arguments(node);
  if (!node.whatIsWrong().empty() || !node.whatIsOpen().empty()) return out;
  const auto parameters = out.op->parameters();
  out.arguments.resize(parameters.size(), Nothing{});
  std::vector<Argument> known;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    known.push_back(isNothing(out.arguments[i]) && parameters[i].hasDefault ? parameters[i].defaultValue
                                                                            : node.ev.argument(parameters[i], out.arguments[i]));
  ops::Answer answer = ops::evaluate(*out.op, known);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer)) node.wrong(misuse->sentence);
  if (auto* unknown = std::get_if<ops::Unknown>(&answer)) node.open("its " + unknown->parameter + " is not known");
  auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) return out;
  while (effect->outputs.size() < node.outputs().size()) effect->outputs.push_back(node.typeOfInput(kind->like));
  out.effect = std::move(*effect);
  return out;
}

std::string shown(const Shape& sizes) {
  std::string out = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) out += (i ? ", " : "") + std::to_string(sizes[i]);
  return out + "]";
}

/// Gives the node a tensor for each input; open ones where sizes are not known.
void giveInputs(Evaluator& ev, Object* graph, Node& node, const std::function<Value(Object*, TensorType)>& tensorFor) {
  std::vector<Value> given;
  for (std::size_t i = 0; i < node.inputCount(); ++i) {
    Object* tensor = node.input(i);
    const Value dim = fieldOf(tensor, "dim");
    if (!tensor) {
      node.open("one of its tensors is not known");
    } else if (isNothing(dim) && !ev.integer(fieldOf(tensor, "made")).value_or(0)) {
      node.wrong("ATTRIBUTE_NOT_SET: the sizes of " + nameOf(ev, tensor) + " are not set");
    } else if (!typeOf(ev, graph, tensor)) {
      node.open("the sizes or the data type of " + nameOf(ev, tensor) + " are not known");
    }
    auto type = tensor ? typeOf(ev, graph, tensor) : std::nullopt;
    given.push_back(type ? tensorFor(tensor, *std::move(type)) : interp::open(node.at(), "its sizes are not known"));
  }
  node.give(std::move(given));
}

/// The pointer that the pack gives a tensor; null if it gives none.
const Value* pointerOf(Evaluator& ev, const Value& pack, Object* tensor) {
  Object* map = ev.object(pack);
  if (!map) return nullptr;
  const auto uid = ev.integer(fieldOf(tensor, "uid"));
  for (const Cell* item : map->items) {
    Object* entry = asObject(item->value());
    if (!entry || entry->items.size() != 2) continue;
    const Value& key = entry->items[0]->value();
    const auto number = ev.integer(key);
    if (number ? number == uid : ev.object(key) == tensor) return &entry->items[1]->value();
  }
  return nullptr;
}

Part partOf(const Value& pointer, DType dtype) {
  auto* p = as<Pointer>(pointer);
  if (!p || !p->sequence || p->sequence->kind != Object::Kind::Opaque) return {};
  return {p->sequence, mulClamped(p->index, TensorType{dtype, {1}}.bytes())};
}

} // namespace

Node::Node(Evaluator& evaluator, Object* graph, Object* node) : ev(evaluator) {
  (void)graph;
  if (!node) return;
  method_ = ev.text(fieldOf(node, "method")).value_or("");
  const auto location = [&](llvm::StringRef field) {
    return clang::SourceLocation::getFromRawEncoding(
        static_cast<clang::SourceLocation::UIntTy>(ev.integer(fieldOf(node, field)).value_or(0)));
  };
  at_ = At(location("begin"), location("end"));
  attributes_ = ev.object(fieldOf(node, "attributes"));
  inputs_ = objects(ev, node, "inputs");
  outputs_ = objects(ev, node, "outputs");
}

Value Node::attribute(llvm::StringRef name) const { return fieldOf(attributes_, name); }
bool Node::flag(llvm::StringRef name) const { return ev.integer(attribute(name)).value_or(0) != 0; }

Value Node::wantedSizes(std::size_t i) const { return i < outputs_.size() && outputs_[i] ? fieldOf(outputs_[i], "dim") : Value(Nothing{}); }

TensorType Node::typeOfInput(std::size_t i) const {
  Tensor* tensor = i < given_.size() ? ev.tensor(given_[i]) : nullptr;
  return tensor ? tensor->type : TensorType{};
}

std::optional<std::int64_t> Node::size(std::size_t i, std::size_t dimension) const {
  const TensorType type = typeOfInput(i);
  return dimension < type.shape.size() ? std::optional(type.shape[dimension]) : std::nullopt;
}

void Node::wrong(std::string sentence) {
  if (wrong_.empty()) wrong_ = std::move(sentence);
}
void Node::open(std::string sentence) {
  if (open_.empty()) open_ = std::move(sentence);
}

std::optional<TensorType> typeOf(Evaluator& ev, Object* graph, Object* tensor) {
  const auto sizes = ev.integers(fieldOf(tensor, "dim"));
  // NOT_SET is 0 and the names that cuDNN has follow in its order.
  const auto given = [&](Object* holder, llvm::StringRef field) { return ev.integer(fieldOf(holder, field)).value_or(0); };
  std::int64_t number = given(tensor, "data_type");
  if (number == 0) number = given(graph, isVirtual(ev, tensor) ? "intermediate_data_type" : "io_data_type");
  const auto dtype = dtypeOf(number == 0 ? 0 : number - 1);
  if (!sizes || sizes->empty() || !dtype) return std::nullopt;
  return TensorType{*dtype, *sizes};
}

Refusal inferSizes(Evaluator& ev, Object* graph) {
  for (Object* object : objects(ev, graph, "nodes")) {
    Node node(ev, graph, object);
    giveInputs(ev, graph, node, [&](Object*, TensorType type) { return ev.makeTensor(std::move(type)); });
    const Sized known = node.whatIsWrong().empty() && node.whatIsOpen().empty() ? sized(node) : Sized{};
    if (known.effect)
      for (std::size_t i = 0; i < node.outputs().size(); ++i) {
        Object* output = node.output(i);
        if (!output) continue;
        const Shape& gives = known.effect->outputs[i].shape;
        const auto wanted = ev.integers(fieldOf(output, "dim"));
        if (!wanted || wanted->empty())
          set(ev, output, "dim", Operation::listValue(ev, gives));
        else if (*wanted != gives)
          node.wrong("CUDNN_STATUS_BAD_PARAM: " + nameOf(ev, output) + " was set to " + shown(*wanted) + ", but the operation gives " +
                     shown(gives));
      }
    if (!node.whatIsWrong().empty()) return {node.method() + " is refused when the graph is built: " + node.whatIsWrong(), node.at()};
  }
  return {};
}

Result execute(Evaluator& ev, const LibraryCall& call, Object* graph, const Value& pack) {
  ensureRun(ev, call.at);
  std::map<Object*, Source> made;
  std::vector<Tensor*> more; // further operators that wrote what a node reads
  const bool packKnown = ev.object(pack) && ev.object(pack)->kind == Object::Kind::Map;
  std::string missing;
  auto tensorFor = [&](Object* tensor, TensorType type) {
    const Value handle = ev.makeTensor(type);
    if (auto it = made.find(tensor); it != made.end()) {
      ev.tensor(handle)->source = it->second;
    } else if (const Value* pointer = pointerOf(ev, pack, tensor)) {
      const std::vector<Tensor*> writers = lastWrites(ev, partOf(*pointer, type.dtype), type.bytes());
      if (!writers.empty()) ev.tensor(handle)->source = writers.front()->source;
      for (std::size_t i = 1; i < writers.size(); ++i) more.push_back(writers[i]);
    } else if (packKnown && missing.empty() && isNothing(fieldOf(tensor, "value"))) {
      missing = nameOf(ev, tensor);
    }
    return handle;
  };
  for (Object* object : objects(ev, graph, "nodes")) {
    Node node(ev, graph, object);
    more.clear();
    giveInputs(ev, graph, node, tensorFor);
    const Sized known = node.whatIsWrong().empty() && node.whatIsOpen().empty() ? sized(node) : Sized{};
    if (!missing.empty())
      return refuse(ev, call.at, "execute returns INVALID_VARIANT_PACK: " + missing + " has no pointer in the variant pack");
    if (!node.whatIsWrong().empty())
      return refuse(ev, node.at(), node.method() + " is refused when the graph is built: " + node.whatIsWrong());
    if (!known.effect) {
      ev.unknown(node.at(), node.method() + " cannot be sized: " + node.whatIsOpen());
      continue;
    }
    const std::size_t step = ev.trace.steps.size();
    const std::vector<Value> results = ev.emit(*known.op, known.arguments, node.at());
    if (ev.trace.steps.size() > step)
      for (Tensor* tensor : more) {
        ev.trace.steps.back().sources.push_back(tensor->source);
        ev.trace.steps.back().inputs.push_back(tensor);
      }
    Tensor* first = results.empty() ? nullptr : ev.tensor(results[0]);
    for (std::size_t i = 0; i < node.outputs().size(); ++i) {
      Object* output = node.output(i);
      Tensor* result = i < results.size() ? ev.tensor(results[i]) : first;
      if (!output || !result) continue;
      made[output] = result->source;
      const Value* pointer = pointerOf(ev, pack, output);
      const auto type = typeOf(ev, graph, output);
      if (pointer && type) noteWrite(ev, partOf(*pointer, type->dtype), type->bytes(), result);
      if (!pointer && packKnown && !isVirtual(ev, output))
        return refuse(ev, call.at,
                      "execute returns INVALID_VARIANT_PACK: " + nameOf(ev, output) +
                          ", which is an output, has no pointer in the variant pack");
    }
  }
  return ok();
}

} // namespace cobra::interp::cudnn_graph
