#include "analyzer/interp/graph_builder.h"

#include "clang/AST/DeclCXX.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace cobra::interp {

namespace {
std::string simpleName(const clang::CXXRecordDecl* record) {
  std::string name = record ? record->getNameAsString() : "";
  if (name.size() > 4 && name.ends_with("Impl")) name.resize(name.size() - 4);
  return name.empty() ? "model" : name;
}

/// Paths of all modules below a root: registered children by their names, fields that hold unregistered ones by theirs.
class ModulePaths {
public:
  ModulePaths(Evaluator& ev, const RunMark& run) : ev_(ev) {
    visit(run.module, "");
    for (const Object* other : run.others) visit(other, simpleName(other ? other->record : nullptr));
  }

  std::string of(const Object* module) const {
    auto it = paths_.find(module);
    return it == paths_.end() ? "" : it->second;
  }
  std::int64_t parameters() const { return parameters_; }

private:
  void visit(const Object* module, const std::string& path) {
    if (!module || !module->module || !paths_.emplace(module, path).second) return;
    for (const NamedCell& p : module->module->parameters)
      if (Tensor* t = ev_.tensor(p.cell->value()); t && counted_.insert(t).second)
        parameters_ = addClamped(parameters_, t->type.elements());
    for (const NamedCell& child : module->module->children)
      visit(ev_.object(child.cell->value()), path.empty() ? child.name : path + "." + child.name);
    for (const Object::Field& f : module->fields)
      if (Object* held = ev_.object(f.cell->value()); held && held->module) visit(held, path.empty() ? f.name : path + "." + f.name);
  }

  Evaluator& ev_;
  std::unordered_map<const Object*, std::string> paths_;
  std::set<const Tensor*> counted_;
  std::int64_t parameters_ = 0;
};

std::string functionName(const clang::FunctionDecl* f) {
  if (auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(f)) {
    if (method->getParent()->isLambda()) return "lambda";
    return method->getParent()->getNameAsString() + "::" + method->getNameAsString();
  }
  return f ? f->getNameAsString() : "";
}

/// Lines, columns and names: operators of repeated blocks share theirs.
class Places {
public:
  explicit Places(const Evaluator& ev) : ev_(ev) {}

  const SourceRange& of(clang::SourceRange range) {
    auto [known, fresh] = ranges_.try_emplace({range.getBegin().getRawEncoding(), range.getEnd().getRawEncoding()});
    if (fresh) known->second = ev_.where(range);
    return known->second;
  }
  std::vector<CallSite> calls(const Site& site, std::size_t skip) {
    std::vector<CallSite> out;
    out.reserve(site.frames.size() - skip);
    for (std::size_t i = skip; i < site.frames.size(); ++i) {
      const SourceRange& place = of(i + 1 < site.frames.size() ? clang::SourceRange(site.frames[i + 1].call) : site.at);
      out.push_back({name(site.frames[i].function), place.file, place.line});
    }
    return out;
  }

private:
  const std::string& name(const clang::FunctionDecl* function) {
    auto [known, fresh] = names_.try_emplace(function);
    if (fresh) known->second = functionName(function);
    return known->second;
  }

  const Evaluator& ev_;
  std::map<std::pair<unsigned, unsigned>, SourceRange> ranges_;
  std::unordered_map<const clang::FunctionDecl*, std::string> names_;
};
} // namespace

OpenPoint openPoint(const Evaluator& ev, const Why& reason) {
  OpenPoint p;
  p.at = ev.where(reason.at);
  p.why = reason.sentence;
  p.wrong = reason.wrong;
  for (const Why* w = reason.because.get(); w && p.because.size() < 8; w = w->because.get()) {
    SourceRange at = ev.where(w->at);
    std::string place = at.line ? " (" + at.file + ":" + std::to_string(at.line) + ")" : "";
    if (w->sentence != p.why) p.because.push_back(w->sentence + place);
  }
  return p;
}

Graph buildGraph(Evaluator& ev, const RunMark& run, View view) {
  Graph graph;
  graph.executed = view == View::Executed;
  ModulePaths paths(ev, run);
  Places places(ev);
  graph.parameters = paths.parameters();
  graph.model.entry = functionName(run.method);
  graph.model.name = run.module ? simpleName(run.module->record) : graph.model.entry;
  SourceRange modelAt = ev.where(run.method && !ev.isLibrary(run.method) ? clang::SourceRange(run.method->getLocation()) : run.at);
  graph.model.file = modelAt.file;
  graph.model.line = modelAt.line;
  graph.model.column = modelAt.column;
  for (const RunMark::Input& input : run.inputs) graph.inputs.push_back({input.name, input.type, ""});

  // Functions outside the run (main, the entry) are not on the way to an operator.
  std::size_t skip = 0;
  graph.nodes.reserve(static_cast<std::size_t>(run.endStep - run.firstStep));
  std::vector<int> nodeOfStep(static_cast<std::size_t>(run.endStep - run.firstStep), -1);
  auto add = [&](const Call& call, const std::vector<Source>& sources, const std::vector<const Tensor*>& inputs,
                 const std::vector<TensorType>& outputs, std::int64_t flops, std::int64_t bytes, int siteIndex) {
    const Site& site = ev.trace.sites[static_cast<std::size_t>(siteIndex)];
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = call;
    node.outputs = outputs;
    node.flops = flops;
    node.bytes = bytes;
    node.at = places.of(site.at);
    if (graph.nodes.empty())
      for (skip = 0; skip < site.frames.size() && site.frames[skip].function != run.method; ++skip) {
      }
    node.calls = places.calls(site, std::min(skip, site.frames.size()));
    node.module = paths.of(site.module);
    if (site.module && site.module->module && site.module != run.module) {
      const SourceRange& declared = places.of(site.module->module->builtAt);
      if (declared.line) node.declared = declared;
    }
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (inputs[i]->owner) node.parameters = addClamped(node.parameters, inputs[i]->type.elements());
      if (sources[i].kind != Source::Kind::Step || sources[i].index < run.firstStep || sources[i].index >= run.endStep) continue;
      int from = nodeOfStep[static_cast<std::size_t>(sources[i].index - run.firstStep)];
      if (from >= 0 && from != node.id) graph.edges.emplace_back(from, node.id);
    }
    graph.nodes.push_back(std::move(node));
  };
  for (int i = run.firstStep; i < run.endStep; ++i) {
    const Step& step = ev.trace.steps[static_cast<std::size_t>(i)];
    if (view == View::Meant && step.meant >= 0) {
      const MeantCall& meant = ev.trace.meant[static_cast<std::size_t>(step.meant)];
      if (i == meant.firstStep || graph.nodes.empty() || nodeOfStep[static_cast<std::size_t>(meant.firstStep - run.firstStep)] < 0)
        add(meant.call, meant.sources, meant.inputs, meant.outputs, meant.flops, meant.bytes, meant.site);
      nodeOfStep[static_cast<std::size_t>(i - run.firstStep)] = static_cast<int>(graph.nodes.size()) - 1;
      continue;
    }
    add(step.call, step.sources, step.inputs, step.outputs, step.flops, step.bytes, step.site);
    nodeOfStep[static_cast<std::size_t>(i - run.firstStep)] = static_cast<int>(graph.nodes.size()) - 1;
  }
  std::sort(graph.edges.begin(), graph.edges.end());
  graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end()), graph.edges.end());

  for (std::size_t i = run.firstOpen; i < run.endOpen; ++i) {
    OpenPoint p = openPoint(ev, *ev.trace.open[i].why);
    bool repeated = std::any_of(graph.open.begin(), graph.open.end(), [&](const OpenPoint& q) { return q.at == p.at && q.why == p.why; });
    if (!repeated) graph.open.push_back(std::move(p));
  }
  return graph;
}

} // namespace cobra::interp
