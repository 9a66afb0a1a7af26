// Threads: what another thread does is read where it is started, one after the other. A thread that waits for work that is not there yet
// is left waiting, and read again when the program waits for it.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclCXX.h"

namespace cobra::interp {

namespace {
constexpr llvm::StringLiteral stateField = "the state", workField = "what runs", argumentsField = "its arguments";

/// A thread that can go no further until another one does something.
struct Waits : BudgetExhausted {
  explicit Waits(clang::SourceRange place) : BudgetExhausted{"the program waits here for what another thread does", place} {}
};

/// While it lives, what is read belongs to another thread.
class OtherThread {
public:
  explicit OtherThread(Evaluator& ev) : ev_(ev) { ++ev_.otherThreads; }
  ~OtherThread() { --ev_.otherThreads; }
  OtherThread(const OtherThread&) = delete;
  OtherThread& operator=(const OtherThread&) = delete;

private:
  Evaluator& ev_;
};

Result silent(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }
Result token(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Record, call.resultType)); }

// ---- std::atomic: worth what it holds
Result atomicOf(Evaluator&, const LibraryCall& call) { return call.size() ? call.value(0) : Value(std::int64_t{0}); }
Value combined(Evaluator& ev, clang::BinaryOperatorKind op, const LibraryCall& call, const Value& by) {
  auto a = ev.integer(call.self->value()), b = ev.integer(by);
  if (a && b && as<std::int64_t>(call.self->value())) switch (op) {
    case clang::BO_Add: return *a + *b;
    case clang::BO_Sub: return *a - *b;
    case clang::BO_And: return *a & *b;
    case clang::BO_Or: return *a | *b;
    default: return *a ^ *b;
    }
  auto x = ev.number(call.self->value()), y = ev.number(by);
  if (x && y && op == clang::BO_Add) return *x + *y;
  if (x && y && op == clang::BO_Sub) return *x - *y;
  return open(call.at, "what an atomic variable holds is not known", isOpen(by) ? reason(by) : reason(call.self->value()));
}
template <clang::BinaryOperatorKind Op, bool Before> Result changed(Evaluator& ev, const LibraryCall& call) {
  Value before = call.self->value();
  Value after = combined(ev, Op, call, call.size() ? call.value(0) : Value(std::int64_t{1}));
  ev.heap.write(call.self, after);
  return Before ? before : after;
}
template <clang::BinaryOperatorKind Op> Result stepped(Evaluator& ev, const LibraryCall& call) { // the postfix form has a dummy argument
  Value before = call.self->value();
  Value after = combined(ev, Op, call, Value(std::int64_t{1}));
  ev.heap.write(call.self, after);
  return call.size() ? before : after;
}
Result load(Evaluator&, const LibraryCall& call) { return call.self->value(); }
Result store(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, call.value(0));
  return call.value(0);
}
Result exchange(Evaluator& ev, const LibraryCall& call) {
  Value before = call.self->value();
  ev.heap.write(call.self, call.value(0));
  return before;
}
Result compareExchange(Evaluator& ev, const LibraryCall& call) {
  auto same = equalValues(ev, call.self->value(), call.value(0));
  if (!same) return open(call.at, "what an atomic variable holds is not known", reason(call.self->value()));
  if (*same)
    ev.heap.write(call.self, call.value(1));
  else
    ev.heap.write(call.args[0].place, call.self->value());
  return Value(std::int64_t{*same});
}

// ---- std::future, std::promise, std::packaged_task: share a cell that gets the result
Object* sharing(Evaluator& ev, clang::QualType type, Cell* state) {
  Object* o = ev.heap.object(Object::Kind::Record, type);
  o->fields.push_back({nullptr, stateField.str(), ev.heap.cell(Pointer{state, nullptr, 0})});
  return o;
}
Cell* stateOf(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  Cell* field = o ? o->field(stateField) : nullptr;
  const Pointer* p = field ? as<Pointer>(field->value()) : nullptr;
  return p ? p->target : nullptr;
}
Value outcome(const Result& r) {
  const Value& v = r.place ? r.place->value() : r.value;
  return isNothing(v) ? Value(NullOpt{}) : v; // it is there, and void
}
Result getFuture(Evaluator& ev, const LibraryCall& call) {
  Cell* state = stateOf(call);
  return state ? Value(sharing(ev, call.resultType, state)) : open(call.at, "whose future this is is not known");
}
Result share(Evaluator&, const LibraryCall& call) { return call.self->value(); }
Result get(Evaluator& ev, const LibraryCall& call) {
  Cell* state = stateOf(call);
  if (!state || isNothing(state->value())) return ev.unknown(call.at, "what another thread gives is not known");
  if (call.resultType->isVoidType()) return Value(Nothing{});
  return call.resultType->isReferenceType() ? Result(state) : Result(state->value());
}
Result promise(Evaluator& ev, const LibraryCall& call) { return Value(sharing(ev, call.resultType, ev.heap.cell())); }
Result setValue(Evaluator& ev, const LibraryCall& call) {
  if (Cell* state = stateOf(call)) ev.heap.write(state, call.size() ? ev.heap.copy(call.value(0)) : Value(NullOpt{}));
  return Value(Nothing{});
}
Result setException(Evaluator& ev, const LibraryCall& call) {
  if (Cell* state = stateOf(call)) ev.heap.write(state, open(call.at, "another thread gives an exception here"));
  return Value(Nothing{});
}
Result packagedTask(Evaluator& ev, const LibraryCall& call) {
  Object* o = sharing(ev, call.resultType, ev.heap.cell());
  if (call.size()) o->fields.push_back({nullptr, workField.str(), ev.heap.cell(ev.heap.copy(call.value(0)))});
  return Value(o);
}
Result runTask(Evaluator& ev, const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  Cell *state = stateOf(call), *work = o ? o->field(workField) : nullptr;
  if (!state || !work) return ev.unknown(call.at, "which task runs here is not known");
  ev.heap.write(state, outcome(ev.callValue(work->value(), call.args, call.at)));
  return Value(Nothing{});
}
/// What a thread gets: copies, but for what std::ref names.
std::vector<Arg> given(Evaluator& ev, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  std::vector<Arg> out;
  for (const Arg& a : args) {
    const clang::CXXRecordDecl* record = a.type.isNull() ? nullptr : a.type.getNonReferenceType()->getAsCXXRecordDecl();
    const bool reference = record && ev.library.nameOf(record) == "std::reference_wrapper";
    out.push_back(Arg{nullptr, reference ? ev.pointee(a.value(), at) : ev.heap.cell(ev.heap.copy(a.value())), {}});
  }
  return out;
}
Result async(Evaluator& ev, const LibraryCall& call) { // std::async(policy, f, arguments...), std::async(f, arguments...)
  const std::size_t first = call.size() && call.args[0].type->isEnumeralType() ? 1 : 0;
  if (call.size() <= first) return ev.unknown(call.at, "what runs here is not known");
  Cell* state = ev.heap.cell();
  try {
    OtherThread other(ev);
    ev.heap.write(state, outcome(ev.callValue(call.value(first), given(ev, call.args.drop_front(first + 1), call.at), call.at)));
  } catch (const Waits&) {
    // Its result is not there yet.
  }
  return Value(sharing(ev, call.resultType, state));
}

// ---- std::thread
/// Reads the thread until it ends or waits; one that ended has nothing to run any more.
void runThread(Evaluator& ev, Object& thread, clang::SourceRange at) {
  Cell *work = thread.field(workField), *arguments = thread.field(argumentsField);
  if (!work || isNothing(work->value())) return;
  std::vector<Arg> args;
  for (Cell* c : asObject(arguments->value())->items) args.push_back(Arg{nullptr, c, {}});
  try {
    OtherThread other(ev);
    ev.callValue(work->value(), args, at);
    ev.heap.write(work, Nothing{});
  } catch (const Waits&) {
    // It is read again by join().
  } catch (const BudgetExhausted& b) { // a thread that never ends
    ev.heap.write(work, Nothing{});
    ev.unknown(at, "the thread is followed no further: " + b.sentence);
  }
}
Result thread(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  if (call.size() == 0) return Value(o);
  if (Object* other = asObject(call.value(0)); other && other->field(workField)) { // moved from another thread
    o->fields = other->fields;
    return Value(o);
  }
  Object* arguments = ev.heap.sequence({});
  for (const Arg& a : given(ev, call.args.drop_front(), call.at)) arguments->items.push_back(a.place);
  o->fields.push_back({nullptr, workField.str(), ev.heap.cell(ev.heap.copy(call.value(0)))});
  o->fields.push_back({nullptr, argumentsField.str(), ev.heap.cell(arguments)});
  runThread(ev, *o, call.at);
  return Value(o);
}
Result join(Evaluator& ev, const LibraryCall& call) {
  if (Object* o = call.self ? asObject(call.self->value()) : nullptr) runThread(ev, *o, call.at);
  return Value(Nothing{});
}
Result yes(Evaluator&, const LibraryCall&) { return Value(std::int64_t{1}); }

/// Sleeping, yielding, waiting for nothing that is named: a thread does so for the sake of another one.
Result pause(Evaluator& ev, const LibraryCall& call) {
  if (ev.otherThreads > 0) throw Waits(call.at);
  return Value(Nothing{});
}

/// condition_variable::wait(lock, condition): where the condition does not hold, another thread has to go on first.
Result wait(Evaluator& ev, const LibraryCall& call) {
  if (call.size() < 2) return pause(ev, call);
  const Value& condition = call.args.back().value();
  if (!asObject(condition) && !as<Function>(condition)) return open(call.at, "how long the program waits is only known at run time");
  Result holds = ev.callValue(condition, {}, call.at);
  if (auto truth = ev.integer(holds.place ? holds.place->value() : holds.value); truth && !*truth && call.name.ends_with("::wait"))
    throw Waits(call.at);
  return call.resultType->isVoidType() ? Value(Nothing{}) : Value(std::int64_t{1});
}
Result callOnce(Evaluator& ev, const LibraryCall& call) {
  Object* flag = asObject(call.value(0));
  if (!flag || call.size() < 2) return ev.unknown(call.at, "whether this was called before is not known");
  Cell* done = ev.fieldCell(*flag, stateField);
  if (!isNothing(done->value())) return Value(Nothing{});
  ev.heap.write(done, std::int64_t{1});
  ev.callValue(call.value(1), call.args.drop_front(2), call.at);
  return Value(Nothing{});
}
} // namespace

void registerStdThreads(Library& library) {
  for (std::string name : {"std::atomic", "std::__atomic_base", "std::__atomic_float", "std::atomic_flag"}) {
    library.constructor(name, atomicOf);
    library.scope(name, load); // conversions
    library.function(name + "::store", store);
    library.function(name + "::operator=", store);
    library.function(name + "::exchange", exchange);
    for (const char* f : {"::compare_exchange_weak", "::compare_exchange_strong"}) library.function(name + f, compareExchange);
    library.function(name + "::fetch_add", changed<clang::BO_Add, true>);
    library.function(name + "::fetch_sub", changed<clang::BO_Sub, true>);
    library.function(name + "::fetch_or", changed<clang::BO_Or, true>);
    library.function(name + "::fetch_and", changed<clang::BO_And, true>);
    library.function(name + "::operator+=", changed<clang::BO_Add, false>);
    library.function(name + "::operator-=", changed<clang::BO_Sub, false>);
    library.function(name + "::operator++", stepped<clang::BO_Add>);
    library.function(name + "::operator--", stepped<clang::BO_Sub>);
    library.function(name + "::notify_one", silent);
    library.function(name + "::notify_all", silent);
  }
  for (std::string name : {"std::future", "std::shared_future"}) {
    library.constructor(name, [](Evaluator& ev, const LibraryCall& call) -> Result {
      return call.size() ? ev.heap.copy(call.value(0)) : Value(ev.heap.object(Object::Kind::Record, call.resultType));
    });
    library.scope(name, silent); // wait
    library.function(name + "::get", get);
    library.function(name + "::valid", yes);
    library.function(name + "::wait_for", [](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{0}); }); // ready
  }
  library.function("std::__basic_future::wait", silent);
  library.function("std::__basic_future::valid", yes);
  library.function("std::__basic_future::wait_for", [](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{0}); });
  library.function("std::future::share", share);
  library.constructor("std::promise", promise);
  library.constructor("std::packaged_task", packagedTask);
  for (const char* name : {"std::promise", "std::packaged_task"}) library.function(std::string(name) + "::get_future", getFuture);
  library.function("std::promise::set_value", setValue);
  library.function("std::promise::set_exception", setException);
  library.function("std::packaged_task::operator()", runTask);
  library.function("std::packaged_task::valid", yes);
  library.function("std::async", async);

  for (std::string name : {"std::thread", "std::jthread"}) {
    library.constructor(name, thread);
    library.scope(name, silent);
    library.function(name + "::join", join);
    library.function(name + "::joinable", yes);
  }
  library.function("std::thread::hardware_concurrency", [](Evaluator&, const LibraryCall& call) -> Result {
    return open(call.at, "the number of cores is only known at run time");
  });
  for (const char* name :
       {"std::mutex", "std::recursive_mutex", "std::shared_mutex", "std::timed_mutex", "std::lock_guard", "std::unique_lock",
        "std::shared_lock", "std::scoped_lock", "std::condition_variable", "std::condition_variable_any", "std::once_flag"}) {
    library.constructor(name, token);
    library.scope(name, silent);
  }
  for (std::string name : {"std::condition_variable", "std::condition_variable_any"})
    for (const char* f : {"::wait", "::wait_for", "::wait_until"}) library.function(name + f, wait);
  library.function("std::unique_lock::owns_lock", yes);
  library.function("std::call_once", callOnce);
  for (const char* name : {"std::this_thread::yield", "std::this_thread::sleep_for", "std::this_thread::sleep_until"})
    library.function(name, pause);
}

} // namespace cobra::interp
