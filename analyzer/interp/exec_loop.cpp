// Loops. The number of turns is bounded; a loop whose end is not known runs once and leaves what it changes open.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/stream.h"

#include <utility>

namespace cobra::interp {

using namespace clang;

namespace {
/// A thread that waits for others by turning round and round is not followed for long.
constexpr std::uint64_t turnsOfThreads = 10'000;

/// Counts the turns of one loop.
class Turns {
public:
  Turns(Evaluator& ev, const Stmt* loop) : ev_(ev), loop_(loop), operators_(ev.meter.operatorsSoFar()) {}
  void turn() {
    if (++turns_ > turnsOfThreads && ev_.otherThreads > 0)
      throw BudgetExhausted{"a loop of another thread turns more than " + std::to_string(turnsOfThreads) + " times",
                            loop_->getSourceRange()};
    if (turns_ > ev_.meter.limits().loopTurns)
      throw BudgetExhausted{"the loop on line " + std::to_string(ev_.where(loop_->getSourceRange()).line) +
                                " turns more often than the budget of " + std::to_string(ev_.meter.limits().loopTurns),
                            loop_->getSourceRange()};
  }

  /// Whether a loop that prepares data or trains has been followed long enough.
  bool enough() const {
    return turns_ > 3 && ev_.meter.operatorsSoFar() - operators_ > ev_.meter.limits().loopOperators && ev_.outsideOfModels();
  }
  WhyRef reason() const {
    return why(loop_->getSourceRange(), "the loop runs more than " + std::to_string(ev_.meter.limits().loopOperators) +
                                            " operators outside of models, and is followed no further");
  }

private:
  Evaluator& ev_;
  const Stmt* loop_;
  std::uint64_t turns_ = 0, operators_ = 0;
};
} // namespace

/// One turn of a loop; Break where an undecided branch inside may have left it.
Outcome Evaluator::turnOf(const Stmt* body) {
  bool outer = std::exchange(openExit_, false);
  Outcome o = execute(body);
  bool left = std::exchange(openExit_, outer);
  return left && o != Outcome::Return && o != Outcome::Goto ? Outcome::Break : o;
}

Outcome Evaluator::openLoop(const WhyRef& reason, const std::function<Outcome()>& body) {
  return bothSides(
      reason,
      [&] {
        Outcome o = body();
        return o == Outcome::Return ? o : Outcome::Normal;
      },
      [] { return Outcome::Normal; });
}

Outcome Evaluator::executeFor(const ForStmt* s) {
  if (s->getInit()) execute(s->getInit());
  Turns turns(*this, s);
  for (;;) {
    turns.turn();
    if (const DeclStmt* d = s->getConditionVariableDeclStmt()) declare(d);
    if (s->getCond()) {
      WhyRef because;
      auto go = condition(s->getCond(), because);
      if (!go)
        return openLoop(why(s->getCond()->getSourceRange(), "how often the loop turns is not known", because),
                        [&] { return execute(s->getBody()); });
      if (!*go) return Outcome::Normal;
    }
    Outcome o = turnOf(s->getBody());
    if (o == Outcome::Break) return Outcome::Normal;
    if (o == Outcome::Return || o == Outcome::Goto) return o;
    if (turns.enough()) return openLoop(turns.reason(), [&] { return execute(s->getBody()); });
    if (s->getInc()) result(s->getInc());
  }
}

Outcome Evaluator::executeWhile(const WhileStmt* s) {
  Turns turns(*this, s);
  for (;;) {
    turns.turn();
    if (const DeclStmt* d = s->getConditionVariableDeclStmt()) declare(d);
    WhyRef because;
    auto go = condition(s->getCond(), because);
    if (!go)
      return openLoop(why(s->getCond()->getSourceRange(), "how often the loop turns is not known", because),
                      [&] { return execute(s->getBody()); });
    if (!*go) return Outcome::Normal;
    Outcome o = turnOf(s->getBody());
    if (o == Outcome::Break) return Outcome::Normal;
    if (o == Outcome::Return || o == Outcome::Goto) return o;
    if (turns.enough()) return openLoop(turns.reason(), [&] { return execute(s->getBody()); });
  }
}

Outcome Evaluator::executeDo(const DoStmt* s) {
  Turns turns(*this, s);
  for (;;) {
    turns.turn();
    Outcome o = turnOf(s->getBody());
    if (o == Outcome::Break) return Outcome::Normal;
    if (o == Outcome::Return || o == Outcome::Goto) return o;
    if (turns.enough()) return openLoop(turns.reason(), [&] { return execute(s->getBody()); });
    WhyRef because;
    auto go = condition(s->getCond(), because);
    if (!go)
      return openLoop(why(s->getCond()->getSourceRange(), "how often the loop turns is not known", because),
                      [&] { return execute(s->getBody()); });
    if (!*go) return Outcome::Normal;
  }
}

Outcome Evaluator::executeRangeFor(const CXXForRangeStmt* s) {
  if (s->getInit()) execute(s->getInit());
  declare(s->getRangeStmt());
  const auto* rangeVar = cast<VarDecl>(s->getRangeStmt()->getSingleDecl());
  Cell* range = frame().variables.lookup(rangeVar);
  const VarDecl* loopVar = s->getLoopVariable();

  if (range)
    if (auto* text = as<Text>(range->value())) { // the characters of a string get places
      std::vector<Value> characters;
      for (char c : text->str()) characters.push_back(static_cast<std::int64_t>(c));
      QualType type = rangeVar->getType().getNonReferenceType().getUnqualifiedType();
      if (!type->isRecordType()) characters.push_back(std::int64_t{0}); // an array of char ends with one
      Object* places = heap.sequence(std::move(characters), type);
      if (type->isRecordType())
        heap.write(range, places);
      else
        range = heap.cell(places);
    }
  // Containers whose elements are cells: bind each in turn. (Begin and end go through library templates otherwise.)
  if (range && asObject(range->value())) {
    Object* o = asObject(range->value());
    std::optional<std::vector<Cell*>> items;
    if (o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Map) items = o->items;
    if (Cell* each = o->field(eachElement))
      return openLoop(why(s->getRangeInit()->getSourceRange(), "how often the loop turns is not known"), [&] {
        bindLoopVariable(loopVar, each);
        return execute(s->getBody());
      });
    if (!items && o->kind == Object::Kind::Record) items = elementsOf(*o, s->getSourceRange());
    if (items) {
      Turns turns(*this, s);
      for (Cell* item : *items) {
        turns.turn();
        meter.step();
        if (turns.enough())
          return openLoop(turns.reason(), [&] {
            bindLoopVariable(loopVar, item);
            return execute(s->getBody());
          });
        bindLoopVariable(loopVar, item);
        Outcome r = turnOf(s->getBody());
        if (r == Outcome::Break) return Outcome::Normal;
        if (r == Outcome::Return || r == Outcome::Goto) return r;
      }
      return Outcome::Normal;
    }
    if (o->kind == Object::Kind::Record && !o->module && o->record && !isLibrary(o->record) && s->getBeginStmt() && s->getCond()) {
      // A class of the program's own with begin and end.
      declare(s->getBeginStmt());
      declare(s->getEndStmt());
      Turns turns(*this, s);
      for (;;) {
        turns.turn();
        WhyRef because;
        auto go = condition(s->getCond(), because);
        if (!go) break;
        if (!*go) return Outcome::Normal;
        declare(s->getLoopVarStmt());
        Outcome r = turnOf(s->getBody());
        if (r == Outcome::Break) return Outcome::Normal;
        if (r == Outcome::Return || r == Outcome::Goto) return r;
        result(s->getInc());
      }
    }
  }
  Value over = range ? range->value() : Value(Nothing{});
  WhyRef reason = why(s->getRangeInit()->getSourceRange(), "what the loop runs over is not known", interp::reason(over));
  return openLoop(reason, [&] {
    bindLoopVariable(loopVar, heap.cell(OpenValue{reason}));
    return execute(s->getBody());
  });
}

void Evaluator::bindLoopVariable(const VarDecl* var, Cell* item) {
  Frame& f = frame();
  f.variables[var] = var->getType()->isReferenceType() ? item : heap.cell(heap.copy(item->value()));
  if (auto* d = dyn_cast<DecompositionDecl>(var))
    for (const BindingDecl* binding : d->bindings())
      if (const VarDecl* holder = binding->getHoldingVar()) declareVariable(holder);
}

/// What a range-for over a LibTorch object gives: ModuleList, Sequential, ParameterList. The model of `begin` says it.
std::optional<std::vector<Cell*>> Evaluator::elementsOf(Object& o, clang::SourceRange at) {
  if (!o.record || !o.module) return std::nullopt;
  for (const CXXRecordDecl* r = o.record; r;) {
    if (isLibrary(r))
      for (const CXXMethodDecl* m : r->methods())
        if (m->getDeclName().isIdentifier() && m->getName() == "begin") {
          Result begin = call(m, o.home, {}, at);
          if (auto* p = as<Pointer>(begin.value); p && p->sequence) return p->sequence->items;
          return std::nullopt;
        }
    r = r->getNumBases() ? r->bases_begin()->getType()->getAsCXXRecordDecl() : nullptr;
  }
  return std::nullopt;
}

} // namespace cobra::interp
