// A model class that no program runs: built with default or found arguments, and called with likely inputs,
// marked as assumed.
#include "analyzer/interp/input_readers.h"
#include "analyzer/interp/unit.h"

#include <algorithm>

namespace cobra::interp {

using namespace clang;

namespace {
constexpr std::size_t maxAttempts = 16;
} // namespace

/// What was tried and led nowhere leaves no trace.
struct Unit::Attempt {
  explicit Attempt(Unit& unit)
      : unit_(unit), runs_(unit.ev_.trace.runs.size()), steps_(unit.ev_.trace.steps.size()), opens_(unit.ev_.trace.open.size()),
        kept_(unit.result_.runs.size()), points_(unit.result_.open.size()), seen_(unit.seenInRuns_) {}
  void takeBack() {
    unit_.ev_.trace.runs.resize(runs_);
    unit_.ev_.trace.steps.resize(steps_);
    unit_.ev_.trace.open.resize(opens_);
    unit_.result_.runs.resize(kept_);
    unit_.moduleOf_.resize(std::min(unit_.moduleOf_.size(), kept_));
    unit_.result_.open.resize(points_);
    unit_.seenInRuns_ = seen_;
  }
  std::size_t kept() const { return kept_; }

private:
  Unit& unit_;
  std::size_t runs_, steps_, opens_, kept_, points_;
  std::set<const CXXRecordDecl*> seen_;
};

bool Unit::hasRun(const Model& model) const { return seenInRuns_.contains(model.record->getCanonicalDecl()); }

Object* Unit::constructAlone(const Model& model, std::string& whyNot) {
  // The program built one: its arguments are better than none.
  for (Object* built : builtByProgram_)
    if (built->record && built->record->getCanonicalDecl() == model.record->getCanonicalDecl()) return built;
  // Configurations of the program's own that need no arguments stand for themselves.
  auto defaults = [&](const CXXConstructorDecl* ctor, std::vector<Arg>& args) {
    for (const ParmVarDecl* p : ctor->parameters()) {
      if (p->hasDefaultArg()) return true;
      if (usual_) {
        std::optional<Arg> value = usualValue(p, model.record->getLocation());
        if (!value) return false;
        args.push_back(*value);
        continue;
      }
      const QualType type = p->getType().getNonReferenceType().getUnqualifiedType();
      const CXXRecordDecl* record = type->getAsCXXRecordDecl();
      if (!record || !record->hasDefinition() || ev_.isLibrary(record) || ev_.isModule(record) || ev_.isModuleHolder(record)) return false;
      const bool plain = record->getDefinition()->hasDefaultConstructor() || record->getDefinition()->isAggregate();
      if (!plain) return false;
      args.push_back(ev_.arg(ev_.construct(type, {}, model.record->getLocation()), type));
    }
    return true;
  };
  Object* made = nullptr;
  try {
    std::vector<Arg> args;
    for (const CXXConstructorDecl* ctor : model.record->ctors()) {
      if (ctor->isCopyOrMoveConstructor() || ctor->getAccess() == AS_private) continue;
      std::vector<Arg> these;
      if (!defaults(ctor, these)) continue;
      args = std::move(these);
      if (args.empty() || usual_) break; // needs nothing at all; the suggestion shows the first one
    }
    made = ev_.object(ev_.construct(ev_.context.getRecordType(model.record), args, model.record->getLocation()));
    if (!made) whyNot = "its constructor needs arguments";
  } catch (const Thrown& t) {
    whyNot = t.why ? "its constructor throws: " + t.why->sentence : "its constructor ends the program";
  } catch (const BudgetExhausted& b) {
    whyNot = "its constructor is not read to the end: " + b.sentence;
  }
  return made;
}

std::vector<TensorType> Unit::inputsOfSuggestion(const Model& model, std::size_t tensors) {
  struct Usual {
    bool& flag;
    explicit Usual(bool& f) : flag(f) { flag = true; }
    ~Usual() { flag = false; }
  } usual(usual_);
  Attempt attempt(*this);
  for (const std::vector<TensorType>& call : likelyCalls(model, tensors)) {
    if (call.size() != tensors || !tryInputs(model, call, "assumed")) continue;
    attempt.takeBack();
    return call;
  }
  return {};
}

void Unit::callAlone(const Model& model, llvm::ArrayRef<Arg> args, bool& threw) {
  std::string whyNot;
  Object* made = constructAlone(model, whyNot);
  const clang::SourceRange at(model.record->getLocation());
  if (!made) return void(threw = true);
  try {
    if (model.run)
      ev_.call(model.run, made->home, args, clang::SourceRange(model.run->getLocation()));
    else
      ev_.callModule(made, args, at);
  } catch (const Thrown&) {
    threw = true;
    throw;
  }
}

bool Unit::tryInputs(const Model& model, const std::vector<TensorType>& inputs, const std::string& from) {
  Attempt attempt(*this);
  bool threw = false;
  guarded(from, ev_.where(clang::SourceRange(model.run ? model.run->getLocation() : model.record->getLocation())), [&] {
    std::vector<Arg> args;
    for (const TensorType& t : inputs) args.push_back(ev_.arg(ev_.makeTensor(t), ev_.tensorType()));
    callAlone(model, args, threw);
  });
  // A shape that the user named is not taken back: what LibTorch would say of it is the answer.
  if (threw && from == "assumed") {
    attempt.takeBack();
    return false;
  }
  for (std::size_t i = attempt.kept(); i < result_.runs.size(); ++i) result_.runs[i].assumed = from == "assumed";
  return result_.runs.size() > attempt.kept();
}

std::vector<std::vector<TensorType>> Unit::likelyCalls(const Model& model, std::size_t tensors) {
  Attempt attempt(*this);
  std::vector<WhyRef> roots;
  std::vector<Arg> args;
  for (std::size_t i = 0; i < tensors; ++i) {
    Value input = open(clang::SourceRange(model.record->getLocation()), "the input's shape is not known");
    roots.push_back(reason(input));
    args.push_back(ev_.arg(std::move(input), ev_.tensorType()));
  }
  InputReaders readers(std::move(roots));
  ev_.readers_ = &readers;
  bool threw = false;
  guarded("assumed", {}, [&] { callAlone(model, args, threw); });
  ev_.readers_ = nullptr;
  attempt.takeBack();

  std::vector<std::vector<TensorType>> choices;
  std::size_t longest = 0;
  for (const FirstReader& reader : readers.readers) {
    choices.push_back(likelyInputs(reader));
    longest = std::max(longest, choices.back().size());
  }
  std::vector<std::vector<TensorType>> calls;
  for (std::size_t i = 0; i < std::min(longest, maxAttempts); ++i) {
    std::vector<TensorType> call;
    for (const std::vector<TensorType>& of : choices)
      if (!of.empty()) call.push_back(of[std::min(i, of.size() - 1)]);
    calls.push_back(std::move(call)); // shorter than `tensors` where nothing reads an input: not called, but worth showing
  }
  return calls;
}

void Unit::runAlone(const Model& model) {
  ModelWithoutRun without;
  without.name = model.holder ? model.holder->getNameAsString() : model.record->getNameAsString();
  without.at = ev_.where(clang::SourceRange(model.record->getLocation()));
  std::size_t tensors = model.run ? 0 : 1, others = 0;
  if (model.run)
    for (const ParmVarDecl* p : model.run->parameters()) {
      if (p->hasDefaultArg()) break;
      const CXXRecordDecl* r = p->getType().getNonReferenceType()->getAsCXXRecordDecl();
      ++(r && ev_.library.nameOf(r) == "at::Tensor" ? tensors : others);
    }
  std::vector<TensorType> shapes;
  for (const InputOverride& input : options_.inputs) shapes.push_back(input.type);
  // What the program gave it is known even where what it was built with is not.
  // A run that LibTorch would refuse has been told, and is one.
  for (const ModelRun& run : result_.runs)
    if (run.graph.model.name == without.name &&
        std::any_of(run.graph.open.begin(), run.graph.open.end(), [](const OpenPoint& p) { return p.wrong; }))
      return;
  std::vector<GraphInput> given;
  for (const ModelRun& run : result_.runs)
    if (run.graph.model.name == without.name && given.empty()) given = run.graph.inputs;
  std::string whyNot;
  Object* made = nullptr;
  {
    Attempt attempt(*this);
    guarded("assumed", without.at, [&] { made = constructAlone(model, whyNot); });
    attempt.takeBack();
  }
  if (!made) {
    without.why = whyNot.empty() ? "it could not be built" : whyNot;
  } else if (!shapes.empty() && shapes.size() >= tensors) {
    if (tryInputs(model, shapes, "input")) return;
    without.why = "what its inputs are is not known";
  } else if (others > 0) {
    without.why = "its forward takes arguments that are no tensors";
  } else if (tensors > 0) {
    without.why =
        tensors > 1 ? "nothing in the file says which shapes its inputs have" : "nothing in the file says which shape its input has";
    const std::vector<std::vector<TensorType>> calls =
        options_.assume ? likelyCalls(model, tensors) : std::vector<std::vector<TensorType>>();
    for (const std::vector<TensorType>& call : calls)
      if (call.size() == tensors && tryInputs(model, call, "assumed")) return;
    if (!calls.empty()) shapes = calls[0];
  } else {
    without.why = "its forward takes no tensor";
  }
  if (!made && others == 0 && tensors > 0 && shapes.empty() && options_.assume) shapes = inputsOfSuggestion(model, tensors);
  if (!given.empty()) without.why = "the program builds it with values that only a run has";
  without.suggestion = suggestion(model, shapes, given);
  result_.without.push_back(std::move(without));
}

} // namespace cobra::interp
