// Branches: one side where the condition is known, both from the same state where it is not.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

Outcome Evaluator::bothSides(const WhyRef& reason, const std::function<Outcome()>& one, const std::function<Outcome()>& other) {
  struct Side {
    Heap::Snapshot::Changes changes;
    bool runsOperators = false;
    Outcome outcome = Outcome::Normal;
    Result result;
    std::optional<Thrown> thrown;
  };
  struct DepthOfOpen {
    int& depth;
    explicit DepthOfOpen(int& d) : depth(d) { ++depth; }
    ~DepthOfOpen() { --depth; }
  };
  auto runSide = [&](const std::function<Outcome()>& run) {
    Side side;
    DepthOfOpen open(openDepth_);
    std::size_t frames = frames_.size(), calls = callStack_.size(), modules = moduleStack_.size();
    const std::size_t steps = trace.steps.size(), points = trace.open.size();
    Heap::Snapshot snapshot(heap);
    try {
      side.outcome = run();
    } catch (Thrown& thrown) {
      while (frames_.size() > frames) frames_.pop_back();
      callStack_.resize(calls);
      moduleStack_.resize(modules);
      side.thrown = thrown;
    }
    side.result = frame().result;
    side.changes = snapshot.takeBack();
    side.runsOperators = trace.steps.size() != steps || trace.open.size() != points;
    return side;
  };
  const int step = static_cast<int>(trace.steps.size());
  auto undecided = [&] {
    const std::size_t points = trace.open.size();
    tell(reason);
    if (trace.open.size() > points) trace.open.back().step = step;
  };
  Side a = runSide(one), b = runSide(other);
  // A side that throws is not the one that is meant to run.
  if (a.thrown && b.thrown) throw *a.thrown;
  if (a.thrown || b.thrown) {
    Side& live = a.thrown ? b : a;
    if ((a.thrown ? a : b).runsOperators) undecided();
    heap.apply(live.changes);
    frame().result = live.result;
    return live.outcome;
  }
  // Where both sides run the same, which is nothing, all that hangs on it are values, and they carry the reason.
  if (a.outcome != b.outcome || a.runsOperators || b.runsOperators) undecided();
  heap.join(a.changes, b.changes, reason);
  if (a.outcome == b.outcome) {
    if (a.outcome == Outcome::Return) {
      const Value &x = a.result.value, &y = b.result.value;
      auto *t = as<TensorHandle>(x), *u = as<TensorHandle>(y);
      bool same = sameValue(x, y) || (t && u && t->impl && u->impl && t->impl->type == u->impl->type) || (isNothing(x) && isNothing(y));
      frame().result = same ? a.result : Result(Value(OpenValue{reason}));
    }
    return a.outcome;
  }
  // One side leaves and the other goes on: go on, for what follows is worth reading.
  frame().result = {};
  openExit_ = true; // a loop around it ends at an unknown turn: this one is the last that is read
  return a.outcome == Outcome::Normal || b.outcome == Outcome::Normal ? Outcome::Normal : Outcome::Return;
}

Outcome Evaluator::executeIf(const IfStmt* s) {
  if (s->isConsteval()) return execute(s->isNegatedConsteval() ? s->getThen() : s->getElse());
  if (s->getInit())
    if (Outcome o = execute(s->getInit()); o != Outcome::Normal) return o;
  if (const DeclStmt* d = s->getConditionVariableDeclStmt()) declare(d);
  if (s->isConstexpr())
    if (std::optional<const Stmt*> taken = s->getNondiscardedCase(context)) return *taken ? execute(*taken) : Outcome::Normal;
  WhyRef because;
  if (auto taken = condition(s->getCond(), because)) return execute(*taken ? s->getThen() : s->getElse());
  WhyRef reason = why(s->getCond()->getSourceRange(), "which branch of the if is taken is not known", because);
  return bothSides(reason, [&] { return execute(s->getThen()); }, [&] { return execute(s->getElse()); });
}

Outcome Evaluator::executeSwitch(const SwitchStmt* s) {
  if (s->getInit())
    if (Outcome o = execute(s->getInit()); o != Outcome::Normal) return o;
  if (const DeclStmt* d = s->getConditionVariableDeclStmt()) declare(d);
  Value v = value(s->getCond());
  std::optional<std::int64_t> selector = integer(v);
  auto* body = dyn_cast_or_null<CompoundStmt>(s->getBody());
  if (!selector || !body) {
    unknown(s->getCond()->getSourceRange(), "which case of the switch is taken is not known", reason(v));
    return Outcome::Normal;
  }
  // Where to jump: the matching case, else the default.
  const SwitchCase* target = nullptr;
  for (const SwitchCase* c = s->getSwitchCaseList(); c; c = c->getNextSwitchCase()) {
    if (auto* label = dyn_cast<CaseStmt>(c)) {
      Result low = constantOf(label->getLHS());
      auto from = integer(low.value), to = from;
      if (label->getRHS()) to = integer(constantOf(label->getRHS()).value);
      if (from && to && *from <= *selector && *selector <= *to) {
        target = c;
        break;
      }
    } else if (!target) {
      target = c;
    }
  }
  if (!target) return Outcome::Normal;
  bool running = false;
  for (const Stmt* child : body->body()) {
    if (!running) {
      for (const Stmt* label = child; label && isa<SwitchCase>(label); label = cast<SwitchCase>(label)->getSubStmt())
        running |= label == target;
      if (!running) continue;
    }
    Outcome o = execute(child);
    if (o == Outcome::Break) return Outcome::Normal;
    if (o != Outcome::Normal) return o;
  }
  return Outcome::Normal;
}

} // namespace cobra::interp
