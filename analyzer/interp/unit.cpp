#include "analyzer/interp/unit.h"

#include "analyzer/interp/graph_builder.h"
#include "analyzer/interp/scopes.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Sema.h"

#include <algorithm>

namespace cobra::interp {

using namespace clang;

Evaluator::Evaluator(Sema& s, const InterpretOptions& o)
    : sema(s), context(s.getASTContext()), options(o), meter(o.budgets), heap(meter) {
  frames_.push_back(std::make_unique<Frame>());
}

namespace {
/// Functions and module classes that the program itself defines. Library namespaces are not entered.
class Finder {
public:
  Finder(Evaluator& ev, bool mainFileOnly) : ev_(ev), mainFileOnly_(mainFileOnly) {}

  void visit(const DeclContext* scope) {
    for (const Decl* d : scope->decls()) {
      SourceLocation loc = ev_.context.getSourceManager().getExpansionLoc(d->getLocation());
      if (loc.isInvalid() || ev_.context.getSourceManager().isInSystemHeader(loc)) continue;
      if (auto* ns = dyn_cast<NamespaceDecl>(d)) {
        visit(ns);
      } else if (auto* linkage = dyn_cast<LinkageSpecDecl>(d)) {
        visit(linkage);
      } else if (auto* function = dyn_cast<FunctionDecl>(d)) {
        if (function->isThisDeclarationADefinition()) functions.push_back(function);
      } else if (auto* record = dyn_cast<CXXRecordDecl>(d)) {
        if (record->isThisDeclarationADefinition() && !record->isDependentContext() && own(loc)) records.push_back(record);
        if (record->isThisDeclarationADefinition()) visit(record);
      }
    }
  }
  std::vector<const FunctionDecl*> functions;
  std::vector<const CXXRecordDecl*> records;

private:
  bool own(SourceLocation loc) const {
    return !mainFileOnly_ || ev_.context.getSourceManager().isWrittenInMainFile(loc);
  }
  Evaluator& ev_;
  bool mainFileOnly_;
};

const CXXMethodDecl* methodNamed(const CXXRecordDecl* record, llvm::StringRef name) {
  for (const CXXMethodDecl* m : record->methods())
    if (m->getDeclName().isIdentifier() && m->getName() == name) return m;
  for (const CXXBaseSpecifier& base : record->bases())
    if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl(); b && b->hasDefinition())
      if (const CXXMethodDecl* m = methodNamed(b->getDefinition(), name)) return m;
  return nullptr;
}

std::string sizes(const Shape& shape) {
  std::string out = "{";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "}";
}
} // namespace

std::vector<const FunctionDecl*> Unit::programs() const {
  Finder finder(const_cast<Evaluator&>(ev_), false);
  finder.visit(ev_.context.getTranslationUnitDecl());
  std::vector<const FunctionDecl*> out;
  for (const FunctionDecl* f : finder.functions)
    if (f->isMain()) out.push_back(f);
  for (const FunctionDecl* f : finder.functions)
    if (auto* m = dyn_cast<CXXMethodDecl>(f); m && m->getDeclName().isIdentifier() && m->getName() == "TestBody") out.push_back(f);
  return out;
}

std::vector<Unit::Model> Unit::models(bool mainFileOnly) const {
  auto& ev = const_cast<Evaluator&>(ev_);
  Finder finder(ev, mainFileOnly);
  finder.visit(ev_.context.getTranslationUnitDecl());
  std::vector<Model> out;
  for (const CXXRecordDecl* r : finder.records)
    if (ev.isModule(r) && methodNamed(r, "forward") && !r->isAbstract()) out.push_back({r, nullptr});
  for (const CXXRecordDecl* r : finder.records)
    if (const CXXRecordDecl* held = ev.isModuleHolder(r) ? ev.heldModule(r) : nullptr)
      for (Model& m : out)
        if (m.record->getCanonicalDecl() == held->getCanonicalDecl()) m.holder = r;
  return out;
}

void Unit::guarded(const std::string& from, const SourceRange& at, const std::function<void()>& body) {
  std::size_t firstRun = ev_.trace.runs.size();
  WhyRef thrown;
  ev_.meter.restart();
  ev_.explicitMode_ = false;
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
    // A training loop calls the same model many times: one run for each way it is called, complete ones first.
    moduleOf_.resize(result_.runs.size());
    auto same = result_.runs.begin();
    for (; same != result_.runs.end(); ++same) {
      const bool sameCall = mark.module && moduleOf_[static_cast<std::size_t>(same - result_.runs.begin())] == mark.module && same->graph.model.entry == run.graph.model.entry;
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
      if (p->getType()->isPointerType())
        v = Pointer{nullptr, ev_.heap.sequence({Text("program"), Pointer{}}, {}), 0};
      ev_.frame().variables[p] = ev_.heap.cell(std::move(v));
    }
    if (auto* method = dyn_cast<CXXMethodDecl>(function); method && !method->isStatic())
      ev_.frame().self = ev_.allocate(method->getParent(), ev_.context.getRecordType(method->getParent()))->home;
    from == "main" ? void(ev_.execute(function->getBody())) : executeEntry(function->getBody());
  });
}

bool Unit::hasRun(const Model& model) const { return seenInRuns_.contains(model.record->getCanonicalDecl()); }

Object* Unit::constructAlone(const Model& model, std::string& whyNot) {
  Object* made = nullptr;
  // The program built one: its arguments are better than none.
  for (Object* built : builtByProgram_)
    if (built->record && built->record->getCanonicalDecl() == model.record->getCanonicalDecl()) return built;
  try {
    Value v = ev_.construct(ev_.context.getRecordType(model.record), {}, model.record->getLocation());
    made = ev_.object(v);
    if (!made) whyNot = "its constructor needs arguments";
  } catch (const Thrown& t) {
    whyNot = "its constructor throws: " + t.why->sentence;
  } catch (const BudgetExhausted& b) {
    whyNot = "its constructor is not read to the end: " + b.sentence;
  }
  return made;
}

std::string Unit::suggestion(const Model& model, const std::vector<TensorType>& inputs) const {
  std::string impl = model.record->getQualifiedNameAsString();
  std::string arguments;
  for (const CXXConstructorDecl* ctor : model.record->ctors()) {
    if (ctor->isCopyOrMoveConstructor() || ctor->isImplicit()) continue;
    for (const ParmVarDecl* p : ctor->parameters()) {
      if (p->hasDefaultArg()) break;
      arguments += (arguments.empty() ? "" : ", ") + std::string("/* ") + p->getNameAsString() + " */";
    }
    break;
  }
  std::string calls;
  for (const TensorType& t : inputs)
    calls += (calls.empty() ? "" : ", ") + (isFloating(t.dtype) ? "torch::randn(" + sizes(t.shape) + ")"
                                                                : "torch::zeros(" + sizes(t.shape) + ", torch::kLong)");
  if (calls.empty()) calls = "torch::randn({1, 3, 224, 224})";
  if (model.holder)
    return "// cobra: " + model.holder->getQualifiedNameAsString() + " model" + (arguments.empty() ? "" : "(" + arguments + ")") + "; model->forward(" +
           calls + ");";
  return "// cobra: auto model = std::make_shared<" + impl + ">(" + arguments + "); model->forward(" + calls + ");";
}

bool Unit::tryInputs(const Model& model, const CXXMethodDecl* forward, const std::vector<TensorType>& inputs, const std::string& from) {
  std::size_t runs = ev_.trace.runs.size(), kept = result_.runs.size(), steps = ev_.trace.steps.size(), opens = ev_.trace.open.size();
  bool threw = false;
  SourceRange at = ev_.where(clang::SourceRange(forward->getLocation()));
  auto attempt = [&] {
    std::string whyNot;
    Object* made = constructAlone(model, whyNot);
    if (!made) return void(threw = true);
    std::vector<Arg> args;
    for (const TensorType& t : inputs) args.push_back(ev_.arg(ev_.makeTensor(t), ev_.tensorType()));
    try {
      ev_.call(forward, made->home, args, clang::SourceRange(forward->getLocation()));
    } catch (const Thrown&) {
      threw = true;
      if (from != "assumed") throw; // the user named this shape: what LibTorch would say is the answer
    }
  };
  guarded(from, at, attempt);
  bool added = result_.runs.size() > kept;
  if (threw && from == "assumed") {
    result_.runs.resize(kept);
    ev_.trace.runs.resize(runs);
    ev_.trace.steps.resize(steps);
    ev_.trace.open.resize(opens);
    return false;
  }
  for (std::size_t i = kept; i < result_.runs.size(); ++i) result_.runs[i].assumed = from == "assumed";
  return added;
}

void Unit::runAlone(const Model& model) {
  ModelWithoutRun without;
  without.name = model.holder ? model.holder->getNameAsString() : model.record->getNameAsString();
  without.at = ev_.where(clang::SourceRange(model.record->getLocation()));
  const CXXMethodDecl* forward = methodNamed(model.record, "forward");
  std::size_t tensors = 0, others = 0;
  for (const ParmVarDecl* p : forward->parameters()) {
    const CXXRecordDecl* r = p->getType().getNonReferenceType()->getAsCXXRecordDecl();
    bool isTensor = r && (ev_.library.nameOf(r) == "at::Tensor");
    if (isTensor && !p->hasDefaultArg()) ++tensors;
    if (!isTensor && !p->hasDefaultArg()) ++others;
  }
  std::string whyNot;
  std::vector<TensorType> shapes;
  for (const InputOverride& input : options_.inputs) shapes.push_back(input.type);
  {
    std::size_t opens = result_.open.size();
    Object* made = nullptr;
    guarded("assumed", without.at, [&] { made = constructAlone(model, whyNot); });
    result_.open.resize(opens);
    if (!made) {
      without.why = whyNot.empty() ? "it could not be built" : whyNot;
      without.suggestion = suggestion(model, shapes);
      result_.without.push_back(std::move(without));
      return;
    }
  }
  if (!shapes.empty() && shapes.size() >= tensors) {
    if (tryInputs(model, forward, shapes, "input")) return;
  } else if (options_.assume && tensors == 1 && others == 0) {
    // Who reads the input first?
    FirstReader reader;
    ev_.firstReader_ = &reader;
    std::size_t runs = ev_.trace.runs.size(), kept = result_.runs.size(), steps = ev_.trace.steps.size(), opens = ev_.trace.open.size();
    std::size_t points = result_.open.size();
    std::set<const CXXRecordDecl*> seen = seenInRuns_;
    guarded("assumed", without.at, [&] {
      std::string ignored;
      if (Object* made = constructAlone(model, ignored)) {
        Arg input = ev_.arg(open(clang::SourceRange(forward->getLocation()), "the input's shape is not known"), ev_.tensorType());
        ev_.call(forward, made->home, {input}, clang::SourceRange(forward->getLocation()));
      }
    });
    ev_.firstReader_ = nullptr;
    result_.runs.resize(kept);
    result_.open.resize(points);
    ev_.trace.runs.resize(runs);
    ev_.trace.steps.resize(steps);
    ev_.trace.open.resize(opens);
    seenInRuns_ = seen;
    for (const TensorType& guess : likelyInputs(reader))
      if (tryInputs(model, forward, {guess}, "assumed")) return;
    if (auto likely = likelyInputs(reader); !likely.empty()) shapes = {likely[0]};
  }
  without.why = others ? "its forward takes arguments that are no tensors" : "nothing in the file says which shape its input has";
  without.suggestion = suggestion(model, shapes);
  result_.without.push_back(std::move(without));
}

AnalysisResult Unit::interpret() {
  auto functionNamed = [&](const std::string& name) -> const FunctionDecl* {
    for (const NamedDecl* d : ev_.context.getTranslationUnitDecl()->lookup(&ev_.context.Idents.get(name)))
      if (auto* f = dyn_cast<FunctionDecl>(d); f && f->getDefinition()) return f->getDefinition();
    return nullptr;
  };
  for (const EntryFunction& entry : options_.entries) {
    if (const FunctionDecl* f = functionNamed(entry.function))
      runFunction(f, entry.from, entry.at);
    else
      result_.open.push_back({entry.at, "the entry could not be compiled: " + entry.code, {}, false});
  }
  // An entry on the command line is the whole question.
  const bool asked = std::any_of(options_.entries.begin(), options_.entries.end(), [](const EntryFunction& e) { return e.from == "entry"; });
  std::vector<Model> all = asked ? std::vector<Model>() : models(options_.mainFileOnly);
  auto missing = [&] {
    return std::any_of(all.begin(), all.end(), [&](const Model& m) { return !hasRun(m); });
  };
  if (options_.program && options_.inputs.empty() && (options_.entries.empty() || missing()))
    for (const FunctionDecl* f : programs()) runFunction(f, "main", {});
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
  for (auto m = all.rbegin(); m != all.rend(); ++m)
    if (!hasRun(*m)) runAlone(*m);
  // A program's own run that lacks its input says less than one on a likely input.
  std::erase_if(result_.runs, [&](const ModelRun& r) {
    return r.from == "main" && !r.graph.complete() && std::any_of(result_.runs.begin(), result_.runs.end(), [&](const ModelRun& other) {
      return other.from == "assumed" && other.graph.model.name == r.graph.model.name && other.graph.complete();
    });
  });
  // What runs as a part of another model is not listed again.
  std::erase_if(result_.without, [&](const ModelWithoutRun& w) {
    return std::any_of(all.begin(), all.end(), [&](const Model& m) {
      return hasRun(m) && ev_.where(clang::SourceRange(m.record->getLocation())) == w.at;
    });
  });
  std::erase_if(result_.runs, [&](const ModelRun& r) { return r.from == "main" && r.graph.nodes.empty() && r.graph.open.empty(); });

  result_.unknownFunctions.assign(ev_.unknownFunctions.begin(), ev_.unknownFunctions.end());
  result_.unhandledNodes.assign(ev_.unhandled.begin(), ev_.unhandled.end());
  return std::move(result_);
}

} // namespace cobra::interp

namespace cobra {

AnalysisResult interpret(clang::Sema& sema, const InterpretOptions& options) {
  return interp::Unit(sema, options).interpret();
}

} // namespace cobra
