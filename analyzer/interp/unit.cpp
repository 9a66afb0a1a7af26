#include "analyzer/interp/unit.h"

#include "analyzer/interp/graph_builder.h"
#include "analyzer/interp/scopes.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Sema.h"

#include <algorithm>

namespace cobra::interp {

using namespace clang;

Evaluator::Evaluator(Sema& s, const InterpretOptions& o) : sema(s), context(s.getASTContext()), options(o), meter(o.budgets), heap(meter) {
  frames_.push_back(std::make_unique<Frame>());
}

namespace {
bool isLoss(Evaluator& ev, const Object* module) {
  return module && module->record && ev.isLibrary(module->record) && module->record->getName().ends_with("LossImpl");
}
} // namespace

void Unit::guarded(const std::string& from, const SourceRange& at, const std::function<void()>& body) {
  std::size_t firstRun = ev_.trace.runs.size();
  WhyRef thrown;
  ev_.meter = Meter(shares_.next(waiting_));
  ev_.explicitMode_ = false;
  ev_.untold_ = nullptr;
  try {
    body();
  } catch (const Thrown& t) {
    thrown = t.why;
  } catch (const BudgetExhausted& b) {
    thrown = why(b.at, "reading stopped: " + b.sentence);
  }
  RunScope::closeProgram(ev_, thrown != nullptr);
  ev_.frames_.resize(1);
  ev_.callStack_.clear();
  ev_.moduleStack_.clear();
  ev_.meantStack_.clear();
  ev_.openRuns_.clear();
  ev_.constructing_ = 0;
  ev_.depth_ = 0;
  keepRuns(firstRun, from, at, thrown);
}

void Unit::keepRuns(std::size_t firstRun, const std::string& from, const SourceRange& at, const WhyRef& thrown) {
  bool told = !thrown;
  std::size_t before = result_.runs.size();
  for (std::size_t i = firstRun; i < ev_.trace.runs.size(); ++i) {
    const RunMark& mark = ev_.trace.runs[i];
    if (mark.firstStep == mark.endStep && mark.firstOpen == mark.endOpen && !mark.aborted) continue;
    if (from == "main" && isLoss(ev_, mark.module)) continue; // what a program trains with is not its model
    ModelRun run;
    run.graph = buildGraph(ev_, mark, View::Meant);
    run.executed = buildGraph(ev_, mark, View::Executed);
    run.from = from;
    run.entryAt = at.line ? at : ev_.where(mark.at);
    const bool refused = std::any_of(run.graph.open.begin(), run.graph.open.end(), [](const OpenPoint& p) { return p.wrong; });
    if (mark.aborted && thrown && !mark.module && refused) {
      told = true; // the program ends because of what it was told before
    } else if (mark.aborted && thrown) {
      OpenPoint p = openPoint(ev_, *thrown);
      run.graph.open.push_back(p);
      run.executed.open.push_back(p);
      told = true;
    }
    for (const std::string& name : mark.unregistered) {
      run.notes.push_back("the module " + name + " is not registered, so eval() does not reach it: it stays in training mode");
    }
    for (Graph* g : {&run.graph, &run.executed})
      for (GraphInput& input : g->inputs) input.from = from;
    // A training loop calls the same model many times: one run for each way it is called, complete ones
    // first.
    moduleOf_.resize(result_.runs.size());
    auto same = result_.runs.begin();
    for (; same != result_.runs.end(); ++same) {
      const bool sameCall = mark.module && moduleOf_[static_cast<std::size_t>(same - result_.runs.begin())] == mark.module &&
                            same->graph.model.entry == run.graph.model.entry;
      if (sameCall && std::equal(same->graph.inputs.begin(), same->graph.inputs.end(), run.graph.inputs.begin(), run.graph.inputs.end(),
                                 [](const GraphInput& x, const GraphInput& y) { return x.type == y.type; }))
        break;
    }
    std::function<void(const Object*)> remember = [&](const Object* module) {
      if (!module || !module->module || !module->record) return;
      if (!seenInRuns_.insert(module->record->getCanonicalDecl()).second) return;
      for (const NamedCell& child : module->module->children) remember(ev_.object(child.cell->value()));
      for (const Object::Field& f : module->fields) remember(ev_.object(f.cell->value()));
    };
    // What a program runs on data that only a run has is tried again on its own.
    if (from != "main" || run.graph.complete()) {
      remember(mark.module);
      for (const Object* other : mark.others) remember(other);
    }
    if (same == result_.runs.end()) {
      result_.runs.push_back(std::move(run));
      moduleOf_.push_back(mark.module);
    } else if (!same->graph.complete() && run.graph.complete()) {
      *same = std::move(run);
    }
  }
  if (!told && (from != "main" || result_.runs.size() == before)) result_.open.push_back(openPoint(ev_, *thrown));
  // An entry that calls what is not known has no run that could say so.
  const bool silent = told && ev_.trace.runs.size() == firstRun && ev_.untold_;
  if (silent && from != "main" && from != "assumed") result_.open.push_back(openPoint(ev_, *ev_.untold_));
}

void Unit::runFunction(const FunctionDecl* function, const std::string& from, const SourceRange& at) {
  guarded(from, at, [&] {
    // A program of its own: what another one wrote into globals and statics is not seen.
    ev_.globals_.clear();
    ev_.gradMode = true;
    initializeGlobals();
    ev_.frames_.push_back(std::make_unique<Frame>());
    ev_.callStack_.push_back({function, {}});
    ev_.frame().function = function;
    for (const ParmVarDecl* p : function->parameters()) { // main(argc, argv): started without arguments
      Value v = std::int64_t{1};
      if (p->getType()->isPointerType()) v = Pointer{nullptr, ev_.heap.sequence({Text("program"), Pointer{}}, {}), 0};
      ev_.frame().variables[p] = ev_.heap.cell(std::move(v));
    }
    if (auto* method = dyn_cast<CXXMethodDecl>(function); method && !method->isStatic())
      ev_.frame().self = ev_.allocate(method->getParent(), ev_.context.getRecordType(method->getParent()))->home;
    from == "main" ? void(ev_.execute(function->getBody())) : executeEntry(function->getBody());
  });
}

AnalysisResult Unit::interpret() {
  auto functionNamed = [&](const std::string& name) -> const FunctionDecl* {
    for (const NamedDecl* d : ev_.context.getTranslationUnitDecl()->lookup(&ev_.context.Idents.get(name)))
      if (auto* f = dyn_cast<FunctionDecl>(d); f && f->getDefinition()) return f->getDefinition();
    return nullptr;
  };
  // An entry on the command line is the whole question.
  const bool asked =
      std::any_of(options_.entries.begin(), options_.entries.end(), [](const EntryFunction& e) { return e.from == "entry"; });
  waiting_ = options_.entries.size() + (asked ? 0 : 1);
  for (const EntryFunction& entry : options_.entries) {
    --waiting_;
    if (const FunctionDecl* f = functionNamed(entry.function))
      runFunction(f, entry.from, entry.at);
    else
      result_.open.push_back({entry.at, "the entry could not be compiled: " + entry.code, {}, false});
  }
  std::vector<Model> all = asked ? std::vector<Model>() : models(options_.mainFileOnly);
  auto missing = [&] { return std::any_of(all.begin(), all.end(), [&](const Model& m) { return !hasRun(m); }); };
  if (options_.program && options_.inputs.empty() && (options_.entries.empty() || missing())) {
    auto runAll = [&](const std::vector<const FunctionDecl*>& functions, bool entered) {
      waiting_ = functions.size() + all.size();
      for (const FunctionDecl* f : functions) {
        --waiting_;
        if (entered || !ev_.entered(f)) runFunction(f, "main", {});
      }
    };
    runAll(programs(), true);
    if (!asked && missing()) runAll(otherPrograms(), false); // functions that nobody calls here may still build and call a model
  }
  builtByProgram_ = ev_.built_;

  // What the program builds is its model, wherever the class is defined.
  if (!asked)
    for (const Model& m : models(false)) {
      const bool listed = std::any_of(all.begin(), all.end(), [&](const Model& other) { return other.record == m.record; });
      const bool built = std::any_of(builtByProgram_.begin(), builtByProgram_.end(), [&](const Object* o) {
        return o->record && o->record->getCanonicalDecl() == m.record->getCanonicalDecl();
      });
      if (!listed && built) all.push_back(m);
    }
  if (!asked && all.empty() && result_.runs.empty()) all = models(false);

  // Outer models first: a class that another model builds is not a model of its own.
  waiting_ = all.size() + 1; // and the other inputs that are tried for each
  for (auto m = all.rbegin(); m != all.rend(); ++m) {
    --waiting_;
    if (!hasRun(*m)) runAlone(*m);
  }
  if (!asked && result_.runs.empty() && result_.without.empty()) runDirectCalls();
  // A program's own run that lacks its input says less than one on a likely input.
  std::erase_if(result_.runs, [&](const ModelRun& r) {
    return r.from == "main" && !r.graph.complete() && std::any_of(result_.runs.begin(), result_.runs.end(), [&](const ModelRun& other) {
             return other.from == "assumed" && other.graph.model.name == r.graph.model.name && other.graph.complete();
           });
  });
  // A program's call on inputs that only a run would tell adds nothing to one that is known.
  auto sameCall = [](const ModelRun& x, const ModelRun& y) {
    return x.graph.model.name == y.graph.model.name && x.graph.model.entry == y.graph.model.entry;
  };
  auto inputless = [](const ModelRun& r) { return r.from == "main" && !r.graph.complete() && r.graph.inputs.empty(); };
  for (ModelRun& known : result_.runs)
    if (known.from == "main" && known.graph.complete() && !known.graph.inputs.empty() &&
        std::any_of(result_.runs.begin(), result_.runs.end(), [&](const ModelRun& r) { return inputless(r) && sameCall(r, known); }))
      known.notes.push_back("it is also called with inputs whose shapes only a run would tell");
  std::erase_if(result_.runs, [&](const ModelRun& r) {
    return inputless(r) && std::any_of(result_.runs.begin(), result_.runs.end(), [&](const ModelRun& known) {
             return known.from == "main" && known.graph.complete() && !known.graph.inputs.empty() && sameCall(r, known);
           });
  });
  // Two models of one class that run the same operators say the same twice.
  for (std::size_t i = 0; i < result_.runs.size(); ++i)
    for (std::size_t j = result_.runs.size(); j-- > i + 1;) {
      const ModelRun &first = result_.runs[i], &second = result_.runs[j];
      if (second.from == "main" && sameCall(first, second) && first.graph.complete() && second.graph.complete() &&
          std::equal(first.graph.nodes.begin(), first.graph.nodes.end(), second.graph.nodes.begin(), second.graph.nodes.end(),
                     [](const Node& x, const Node& y) { return x.call == y.call; }))
        result_.runs.erase(result_.runs.begin() + static_cast<std::ptrdiff_t>(j));
    }
  // What runs as a part of another model is not listed again, nor what a class that runs inherits.
  std::set<const CXXRecordDecl*> seen = seenInRuns_;
  std::function<void(const CXXRecordDecl*)> inherit = [&](const CXXRecordDecl* record) {
    if (!record->hasDefinition() || ev_.isLibrary(record)) return;
    for (const CXXBaseSpecifier& base : record->getDefinition()->bases())
      if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl(); b && seen.insert(b->getCanonicalDecl()).second) inherit(b);
  };
  for (const CXXRecordDecl* record : seenInRuns_) inherit(record);
  std::erase_if(result_.without, [&](const ModelWithoutRun& w) {
    return std::any_of(all.begin(), all.end(), [&](const Model& m) {
      return seen.contains(m.record->getCanonicalDecl()) && ev_.where(clang::SourceRange(m.record->getLocation())) == w.at;
    });
  });
  std::erase_if(result_.runs, [&](const ModelRun& r) { return r.from == "main" && r.graph.nodes.empty() && r.graph.open.empty(); });

  result_.unknownFunctions.assign(ev_.unknownFunctions.begin(), ev_.unknownFunctions.end());
  result_.unhandledNodes.assign(ev_.unhandled.begin(), ev_.unhandled.end());
  return std::move(result_);
}

} // namespace cobra::interp

namespace cobra {

AnalysisResult interpret(clang::Sema& sema, const InterpretOptions& options) { return interp::Unit(sema, options).interpret(); }

} // namespace cobra
