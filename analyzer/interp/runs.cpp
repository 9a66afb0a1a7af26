// The outermost call of a module's method: where a graph begins and ends.
#include "analyzer/interp/scopes.h"

#include <exception>

namespace cobra::interp {

namespace {
/// Module::eval reaches registered submodules only. The tool's own choice, not an act of the program: no branch takes it back.
void setEvaluation(Evaluator& ev, Object* module, std::set<Object*>& seen) {
  if (!module || !module->module || !seen.insert(module).second) return;
  module->module->training = false;
  for (const NamedCell& child : module->module->children) setEvaluation(ev, ev.object(child.cell->value()), seen);
}

/// Modules that do something else in training than in inference.
bool dependsOnMode(Evaluator& ev, const clang::CXXRecordDecl* record) {
  for (llvm::StringRef name : {"torch::nn::detail::_DropoutNd", "torch::nn::NormImplBase", "torch::nn::AlphaDropoutImpl",
                               "torch::nn::FeatureAlphaDropoutImpl", "torch::nn::RReLUImpl", "torch::nn::MultiheadAttentionImpl"})
    if (ev.isOrDerivesFrom(record, name)) return true;
  return false;
}

/// Modules that fields hold and that eval() did not reach.
void unregistered(Evaluator& ev, Object* module, const std::string& path, std::set<Object*>& seen, std::vector<std::string>& out) {
  if (!module || !seen.insert(module).second) return;
  for (const Object::Field& f : module->fields) {
    Object* held = ev.object(f.cell->value());
    if (!held || !held->module) continue;
    std::string name = path.empty() ? f.name : path + "." + f.name;
    if (held->module->training && dependsOnMode(ev, held->record)) out.push_back(name);
    unregistered(ev, held, name, seen, out);
  }
}

/// Module::to(dtype).
void convert(Evaluator& ev, Object* module, DType dtype, std::set<Object*>& seen) {
  if (!module || !module->module || !seen.insert(module).second) return;
  for (auto* list : {&module->module->parameters, &module->module->buffers})
    for (const NamedCell& p : *list)
      if (Tensor* t = ev.tensor(p.cell->value()); t && isFloating(t->type.dtype)) ev.heap.edit(t).type.dtype = dtype;
  for (const NamedCell& child : module->module->children) convert(ev, ev.object(child.cell->value()), dtype, seen);
}

void collectInputs(Evaluator& ev, const std::string& name, const Value& v, std::vector<RunMark::Input>& out, int depth = 0) {
  if (auto* t = as<TensorHandle>(v)) {
    if (t->impl) out.push_back({name, t->impl, t->impl->type});
    return;
  }
  Object* o = asObject(v);
  if (!o || o->module || depth > 3) return;
  for (std::size_t i = 0; i < o->items.size(); ++i)
    collectInputs(ev, name + "[" + std::to_string(i) + "]", o->items[i]->value(), out, depth + 1);
  for (const Object::Field& f : o->fields) collectInputs(ev, name + "." + f.name, f.cell->value(), out, depth + 1);
}
} // namespace

RunScope::RunScope(Evaluator& ev, Object* module, const clang::FunctionDecl* method, llvm::ArrayRef<Arg> args, clang::SourceRange at)
    : ev_(ev), index_(ev.trace.runs.size()) {
  RunMark mark;
  mark.module = module;
  mark.method = method;
  mark.at = at;
  mark.firstStep = static_cast<int>(ev.trace.steps.size());
  mark.firstOpen = ev.trace.open.size();
  if (!ev.explicitMode_) {
    std::set<Object*> seen;
    setEvaluation(ev, module, seen);
    mark.evalApplied = true;
  }
  std::set<Object*> seen;
  if (module->module && !module->module->training) unregistered(ev, module, "", seen, mark.unregistered);
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string name = method && i < method->getNumParams() ? method->getParamDecl(static_cast<unsigned>(i))->getNameAsString() : "";
    if (name.empty()) name = "input" + std::to_string(i);
    collectInputs(ev, name, args[i].value(), mark.inputs);
  }
  if (ev.options.dtype) {
    std::set<Object*> converted;
    convert(ev, module, *ev.options.dtype, converted);
  }
  for (std::size_t i = 0; i < mark.inputs.size(); ++i) {
    Tensor& input = ev.heap.edit(const_cast<Tensor*>(mark.inputs[i].tensor));
    if (ev.options.batch && input.type.rank() > 0) input.type.shape[0] = *ev.options.batch;
    if (ev.options.dtype && isFloating(input.type.dtype)) input.type.dtype = *ev.options.dtype;
    mark.inputs[i].type = input.type;
    Tensor& t = ev.heap.edit(const_cast<Tensor*>(mark.inputs[i].tensor));
    t.source = {Source::Kind::Input, static_cast<int>(i)};
  }
  ev.trace.runs.push_back(std::move(mark));
  ev.reportedOpen_.clear();
  ev.openRuns_.push_back(index_);
}

RunScope::~RunScope() {
  RunMark& mark = ev_.trace.runs[index_];
  mark.endStep = static_cast<int>(ev_.trace.steps.size());
  mark.endOpen = ev_.trace.open.size();
  mark.aborted = std::uncaught_exceptions() > 0;
  ev_.openRuns_.pop_back();
}

void RunScope::openProgram(Evaluator& ev, clang::SourceRange at) {
  if (!ev.openRuns_.empty() || ev.callStack_.empty()) return;
  RunMark mark;
  // An entry is a call of something: that is what runs.
  const bool entry = ev.callStack_.front().function->getName().starts_with("cobra_entry_");
  mark.method = ev.callStack_[entry && ev.callStack_.size() > 1 ? 1 : 0].function;
  mark.at = at;
  mark.firstStep = static_cast<int>(ev.trace.steps.size());
  mark.firstOpen = ev.trace.open.size();
  ev.openRuns_.push_back(ev.trace.runs.size());
  ev.trace.runs.push_back(std::move(mark));
  ev.reportedOpen_.clear();
}

void RunScope::closeProgram(Evaluator& ev, bool aborted) {
  for (std::size_t index : ev.openRuns_) {
    RunMark& mark = ev.trace.runs[index];
    if (mark.module) continue;
    mark.endStep = static_cast<int>(ev.trace.steps.size());
    mark.endOpen = ev.trace.open.size();
    mark.aborted = aborted;
  }
}

} // namespace cobra::interp
