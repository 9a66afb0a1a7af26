// cuDNN's frontend: attributes, tensors, and the methods of a graph.
#include "analyzer/models/cudnn_frontend.h"
#include "analyzer/models/registration_cuda.h"

#include "clang/AST/DeclTemplate.h"

#include "llvm/ADT/StringSet.h"

namespace cobra::interp {

using namespace cudnn_model;
using namespace cudnn_graph;

namespace {

Object* selfOf(Evaluator& ev, const LibraryCall& call) { return call.self ? ev.object(call.self->value()) : nullptr; }

Result anObject(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 1)
    if (Object* other = ev.object(call.value(0)); other && other->kind == Object::Kind::Record && other->type == call.resultType)
      return ev.heap.copy(other);
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  if (call.size() == 1) set(ev, o, "value", call.value(0)); // Tensor_attributes(0.125f): a number passed by value
  if (call.size() == 1) set(ev, o, "dim", Operation::listValue(ev, {1, 1, 1, 1}));
  return Value(o);
}

/// set_padding({1, 1}) becomes the field "padding"; get_dim() reads "dim".
Result attribute(Evaluator& ev, const LibraryCall& call) {
  llvm::StringRef name = call.name.rsplit("::").second;
  Object* self = selfOf(ev, call);
  if (!self) return open(call.at, "an object of cuDNN's frontend is not known", call.self ? reason(call.self->value()) : nullptr);
  if (name.consume_front("get_")) {
    Cell* cell = self->field(name);
    return cell && !isNothing(cell->value())
               ? Result(ev.heap.copy(cell->value()))
               : Result(open(call.at, "the " + name.str() + " of a tensor is not set before the graph is validated"));
  }
  name.consume_front("set_");
  if (call.size()) set(ev, self, name, ev.heap.copy(call.value(0)));
  for (std::size_t i = 1; i < call.size(); ++i) set(ev, self, name.str() + "." + std::to_string(i), call.value(i));
  return call.self;
}

Result isVirtualTensor(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfOf(ev, call);
  Cell* output = self ? self->field("output") : nullptr;
  return Value(std::int64_t{self && self->field("made") && !(output && ev.integer(output->value()).value_or(0))});
}

// ---- a status is the number of its code
Result statusIs(Evaluator& ev, const LibraryCall& call) {
  if (!call.self || isOpen(call.self->value())) return open(call.at, "a status is not known");
  const std::int64_t code = ev.integer(call.self->value()).value_or(success);
  const llvm::StringRef name = call.name.rsplit("::").second;
  if (name == "get_code") return Value(code);
  if (name == "get_message") return Value(Text(code == success ? "" : "the graph was refused"));
  if (name == "is_bad") return Value(std::int64_t{code != success});
  if (name == "is_good" || !call.size()) return Value(std::int64_t{code == success});
  const bool same = ev.integer(call.value(0)).value_or(success) == code;
  return Value(std::int64_t{same == name.ends_with("==")});
}
Result newStatus(Evaluator& ev, const LibraryCall& call) {
  return Value(call.size() ? ev.integer(call.value(0)).value_or(success) : success);
}

// ---- graphs
void append(Evaluator& ev, Object* holder, llvm::StringRef field, Value item) {
  Cell* cell = ev.fieldCell(*holder, field);
  std::vector<Value> items;
  if (Object* list = asObject(cell->value()))
    for (const Cell* c : list->items) items.push_back(c->value());
  items.push_back(std::move(item));
  ev.heap.write(cell, ev.heap.sequence(std::move(items)));
}

constexpr std::int64_t firstUid = 10000;
/// Every tensor has a number, as the frontend gives one to those that have none.
void number(Evaluator& ev, Object* graph, Object* tensor) {
  Cell* count = ev.fieldCell(*graph, "tensors");
  const std::int64_t next = ev.integer(count->value()).value_or(firstUid) + 1;
  ev.heap.write(count, next);
  if (Cell* uid = tensor->field("uid"); !uid || isNothing(uid->value())) set(ev, tensor, "uid", next);
}

Result newTensor(Evaluator& ev, const LibraryCall& call) { // tensor(attributes), tensor_like(tensor, name)
  Object* graph = selfOf(ev, call);
  Object* from = call.size() ? ev.object(call.value(0)) : nullptr;
  if (!graph || !from) return open(call.at, "what a tensor of the graph is made of is not known");
  Object* tensor = asObject(ev.heap.copy(from));
  if (!tensor) return open(call.at, "what a tensor of the graph is made of is not known");
  if (call.name.ends_with("tensor_like")) {
    set(ev, tensor, "uid", Nothing{});
    set(ev, tensor, "made", Nothing{});
    if (call.size() > 1) set(ev, tensor, "name", call.value(1));
  }
  number(ev, graph, tensor);
  return Value(Pointer{tensor->home, nullptr, 0});
}

/// How many tensors a method of Graph returns: std::array<std::shared_ptr<...>, 3> says it in its type.
std::optional<std::size_t> arraySize(const clang::FunctionDecl* method) {
  auto* record = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(method->getReturnType()->getAsCXXRecordDecl());
  if (!record || record->getName() != "array" || record->getTemplateArgs().size() < 2) return std::nullopt;
  return static_cast<std::size_t>(record->getTemplateArgs()[1].getAsIntegral().getZExtValue());
}

/// Statistics of a forward pass for inference are not made: the pointer is null.
bool isAbsent(Evaluator& ev, llvm::StringRef method, Object* attributes, std::size_t output) {
  if (!attributes || output == 0) return false;
  Cell* inference = attributes->field("is_inference");
  Cell* stats = attributes->field("generate_stats");
  Cell* phase = attributes->field("forward_phase");
  if (method.contains("attention") || method == "sdpa") {
    if (method.contains("backward")) return false;
    return stats ? !ev.integer(stats->value()).value_or(0) : inference && ev.integer(inference->value()).value_or(0);
  }
  if (method == "resample") return true;
  return phase && ev.integer(phase->value()) == std::int64_t{1};
}

Result addNode(Evaluator& ev, const LibraryCall& call, Object* graph, llvm::StringRef method) {
  Object* node = ev.heap.object(Object::Kind::Record, {});
  set(ev, node, "method", Text(method.str()));
  set(ev, node, "begin", static_cast<std::int64_t>(call.at.getBegin().getRawEncoding()));
  set(ev, node, "end", static_cast<std::int64_t>(call.at.getEnd().getRawEncoding()));
  std::vector<Value> inputs;
  Object* attributes = nullptr;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const Value& v = call.value(i);
    if (i + 1 == call.size()) {
      attributes = ev.object(v);
      set(ev, node, "attributes", attributes ? Value(Pointer{attributes->home, nullptr, 0}) : v);
    } else if (auto* p = as<Pointer>(v); !p || !p->isNull()) {
      inputs.push_back(v);
    }
  }
  set(ev, node, "inputs", ev.heap.sequence(std::move(inputs)));
  const auto many = arraySize(call.callee);
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < many.value_or(1); ++i) {
    if (isAbsent(ev, method, attributes, i)) {
      outputs.push_back(Pointer{});
      continue;
    }
    Object* tensor = ev.heap.object(Object::Kind::Record, {});
    set(ev, tensor, "made", std::int64_t{1});
    number(ev, graph, tensor);
    outputs.push_back(Pointer{tensor->home, nullptr, 0});
  }
  set(ev, node, "outputs", ev.heap.sequence(outputs));
  append(ev, graph, "nodes", Pointer{node->home, nullptr, 0});
  return many ? Value(ev.heap.sequence(outputs, call.callee->getReturnType())) : outputs.front();
}

/// Sizes follow from node to node; a graph that is refused stays so.
Result build(Evaluator& ev, const LibraryCall& call, Object* graph) {
  if (graph->field("refused")) return Value(badParam);
  const Refusal refusal = inferSizes(ev, graph);
  if (refusal.sentence.empty()) return ok();
  set(ev, graph, "refused", std::int64_t{1});
  (void)call;
  return refuse(ev, refusal.at, refusal.sentence);
}

const llvm::StringSet<> building = {"validate", "build_operation_graph", "build", "create_execution_plans"};
const llvm::StringSet<> saysNothing = {"check_support", "build_plans", "build_plan_at_index", "autotune",
                                       "warmup",        "serialize",   "deserialize",         "query_tensor_attributes_of_uid"};
constexpr std::int64_t someBytes = 1 << 20;

Result graphMember(Evaluator& ev, const LibraryCall& call) {
  const llvm::StringRef name = call.name.rsplit("::").second;
  Object* graph = selfOf(ev, call);
  if (!graph || graph->kind != Object::Kind::Record)
    return ev.unknown(call.at, "the graph of cuDNN's frontend that " + name.str() + " is called on is not known",
                      call.self ? reason(call.self->value()) : nullptr);
  if (name == "tensor" || name == "tensor_like") return newTensor(ev, call);
  if (building.contains(name)) return build(ev, call, graph);
  if (name == "execute" || name == "execute_plan_at_index") {
    if (graph->field("refused")) return Value(badParam);
    if (Result built = build(ev, call, graph); ev.integer(built.value) != success) return built;
    return execute(ev, call, graph, call.size() > 1 ? call.value(1) : Value(Nothing{}));
  }
  if (saysNothing.contains(name)) return graph->field("refused") ? Value(badParam) : ok();
  if (name.contains("workspace_size")) {
    if (call.size()) give(ev, Pointer{call.args[0].place, nullptr, 0}, someBytes);
    return Value(call.size() ? success : someBytes);
  }
  if (name.ends_with("_count")) return Value(std::int64_t{1});
  if (name.starts_with("set_")) return attribute(ev, call);
  if (name.starts_with("select_") || name.starts_with("deselect_")) return call.self;
  const clang::QualType returns = call.callee->getReturnType();
  const bool tensors =
      arraySize(call.callee) || (returns->getAsCXXRecordDecl() && returns->getAsCXXRecordDecl()->getName() == "shared_ptr");
  if (tensors) return addNode(ev, call, graph, name);
  ev.noteUnknownFunction(call.name);
  return ev.unknown(call.at, "the tool does not model " + call.name.str());
}

Result nothingKnown(Evaluator& ev, const LibraryCall& call) {
  if (call.self) return attribute(ev, call);
  ev.noteUnknownFunction(call.name);
  return open(call.at, "the tool does not model " + call.name.str());
}

} // namespace

void registerCudnnFrontend(Library& library) {
  library.scope("cudnn_frontend::graph", nothingKnown);
  for (const char* holder : {"cudnn_frontend::graph::Graph", "cudnn_frontend::graph::INode", "cudnn_frontend::ICudnn"})
    library.scope(holder, graphMember);
  library.constructor("cudnn_frontend::graph", anObject);
  library.constructor("cudnn_frontend::error_object", newStatus);
  library.scope("cudnn_frontend::error_object", statusIs);
  library.function("cudnn_frontend::graph::Tensor_attributes::get_is_virtual", isVirtualTensor);
}

} // namespace cobra::interp
