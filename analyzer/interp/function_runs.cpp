// An entry that ends in a call of a function of the program's own: `detect(net, image);`. Everything that the
// function runs is one graph: the models' calls in it and what it does before, between and after them.
#include "analyzer/interp/unit.h"

#include <algorithm>

namespace cobra::interp {

using namespace clang;

namespace {
/// The function that a statement calls outermost; null for a method that runs on a model, for library functions and for
/// anything else.
const FunctionDecl* calledBy(Evaluator& ev, const Stmt* statement) {
  const auto* e = dyn_cast_or_null<Expr>(statement);
  if (const auto* declaration = dyn_cast_or_null<DeclStmt>(statement))
    if (const auto* var = declaration->isSingleDecl() ? dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr) e = var->getInit();
  if (!e) return nullptr;
  const auto* call = dyn_cast<CallExpr>(const_cast<Expr*>(e)->IgnoreUnlessSpelledInSource());
  const FunctionDecl* callee = call ? call->getDirectCallee() : nullptr;
  if (!callee || ev.isLibrary(callee)) return nullptr;
  const auto* method = dyn_cast<CXXMethodDecl>(callee);
  if (method && !method->isStatic() && ev.isModule(method->getParent())) return nullptr;
  return callee;
}
/// A module and all that are registered below it or held by fields of it.
void family(Evaluator& ev, Object* module, std::set<const Object*>& out) {
  if (!module || !module->module || !out.insert(module).second) return;
  for (const NamedCell& child : module->module->children) family(ev, ev.object(child.cell->value()), out);
  for (const Object::Field& f : module->fields) family(ev, ev.object(f.cell->value()), out);
}

/// Module::eval reaches registered submodules only.
void setEvaluation(Evaluator& ev, Object* module, std::set<const Object*>& seen) {
  if (!module || !module->module || !seen.insert(module).second) return;
  module->module->training = false;
  for (const NamedCell& child : module->module->children) setEvaluation(ev, ev.object(child.cell->value()), seen);
}
} // namespace

void Unit::executeEntry(const Stmt* body) {
  const auto* block = dyn_cast<CompoundStmt>(body);
  if (!block || block->body_empty()) return void(ev_.execute(body));
  const std::size_t built = ev_.built_.size();
  for (const Stmt* s : llvm::drop_end(block->body()))
    if (ev_.execute(s) != Outcome::Normal) return;
  const Stmt* last = block->body_back();
  const FunctionDecl* callee = calledBy(ev_, last);
  if (!callee) return void(ev_.execute(last));

  RunMark mark;
  mark.method = callee;
  mark.at = last->getSourceRange();
  mark.firstStep = static_cast<int>(ev_.trace.steps.size());
  mark.firstOpen = ev_.trace.open.size();
  const std::vector<Object*> models(ev_.built_.begin() + static_cast<std::ptrdiff_t>(built), ev_.built_.end());
  if (!ev_.explicitMode_) {
    std::set<const Object*> seen;
    for (Object* model : models) setEvaluation(ev_, model, seen);
    mark.evalApplied = true;
  }
  ev_.openRuns_.push_back(ev_.trace.runs.size());
  ev_.trace.runs.push_back(std::move(mark));
  ev_.reportedOpen_.clear();
  try {
    ev_.execute(last);
  } catch (...) {
    closeFunctionRun(models, true);
    throw;
  }
  closeFunctionRun(models, false);
}

void Unit::closeFunctionRun(const std::vector<Object*>& models, bool aborted) {
  RunMark& mark = ev_.trace.runs[ev_.openRuns_.back()];
  ev_.openRuns_.pop_back();
  mark.aborted = aborted;
  // The entry's own frame is the outermost one, the function's the next. What the entry makes for arguments
  // is not the function's.
  auto inside = [&](const Step& s) {
    const Site& site = ev_.trace.sites[static_cast<std::size_t>(s.site)];
    if (site.module) return true;
    return site.frames.size() > 1 && site.frames[1].function &&
           site.frames[1].function->getCanonicalDecl() == mark.method->getCanonicalDecl();
  };
  const auto& steps = ev_.trace.steps;
  const auto first = std::find_if(steps.begin() + mark.firstStep, steps.end(), inside);
  mark.firstStep = static_cast<int>(first - steps.begin());
  mark.endStep = static_cast<int>(steps.size());
  mark.endOpen = ev_.trace.open.size();

  std::set<const Object*> running;
  std::set<const Tensor*> given;
  for (auto step = first; step != steps.end(); ++step) {
    running.insert(ev_.trace.sites[static_cast<std::size_t>(step->site)].module);
    for (std::size_t i = 0; i < step->inputs.size(); ++i) {
      const bool own = step->sources[i].kind == Source::Kind::Step && step->sources[i].index >= mark.firstStep;
      if (own || step->inputs[i]->owner || !given.insert(step->inputs[i]).second) continue;
      mark.inputs.push_back({"input" + std::to_string(mark.inputs.size()), step->inputs[i], step->inputs[i]->type});
    }
  }
  for (Object* model : models) {
    std::set<const Object*> all;
    family(ev_, model, all);
    if (std::any_of(all.begin(), all.end(), [&](const Object* o) { return running.contains(o); })) mark.others.push_back(model);
  }
  if (mark.others.size() == 1) {
    mark.module = mark.others[0];
    mark.others.clear();
  }
}

} // namespace cobra::interp
