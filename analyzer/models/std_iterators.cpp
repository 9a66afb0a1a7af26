// Iterators are Pointers into a sequence; comparing values as the standard library's operators do.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

clang::QualType typeArgument(const clang::CXXRecordDecl* record, unsigned n) {
  auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record);
  if (!spec || n >= spec->getTemplateArgs().size()) return {};
  const clang::TemplateArgument& a = spec->getTemplateArgs()[n];
  return a.getKind() == clang::TemplateArgument::Type ? a.getAsType() : clang::QualType();
}

clang::QualType typeArgument(clang::QualType type, unsigned n) {
  return type.isNull() ? clang::QualType() : typeArgument(type.getNonReferenceType()->getAsCXXRecordDecl(), n);
}

std::optional<std::vector<Cell*>> elementsBetween(const Value& first, const Value& last) {
  auto *a = as<Pointer>(first), *b = as<Pointer>(last);
  if (a && a->sequence && a->index >= 0 && std::holds_alternative<NullOpt>(last)) { // the end of any stream
    const auto& items = a->sequence->items;
    return std::vector<Cell*>(items.begin() + std::min<std::ptrdiff_t>(a->index, std::ssize(items)), items.end());
  }
  if (!a || !b || !a->sequence || a->sequence != b->sequence || a->sequence->kind == Object::Kind::Opaque) return std::nullopt;
  const auto n = static_cast<std::int64_t>(a->sequence->items.size());
  const std::int64_t from = settled(*a).index, to = settled(*b).index;
  if (from < 0 || to < from || to > n) return std::nullopt;
  return std::vector<Cell*>(a->sequence->items.begin() + from, a->sequence->items.begin() + to);
}

namespace {
Result compared(Evaluator& ev, const LibraryCall& call, clang::OverloadedOperatorKind op, const Value& a, const Value& b) {
  if (op == clang::OO_EqualEqual || op == clang::OO_ExclaimEqual)
    if (auto same = equalValues(ev, a, b)) return Value(std::int64_t{*same == (op == clang::OO_EqualEqual)});
  auto order = compareValues(ev, a, b);
  if (!order) return open(call.at, "the outcome of a comparison is not known", isOpen(a) ? reason(a) : reason(b));
  bool truth = false;
  switch (op) {
  case clang::OO_EqualEqual: truth = *order == 0; break;
  case clang::OO_ExclaimEqual: truth = *order != 0; break;
  case clang::OO_Less: truth = *order < 0; break;
  case clang::OO_Greater: truth = *order > 0; break;
  case clang::OO_LessEqual: truth = *order <= 0; break;
  case clang::OO_GreaterEqual: truth = *order >= 0; break;
  case clang::OO_Spaceship: return Value(std::int64_t{*order});
  default: break;
  }
  return Value(std::int64_t{truth});
}
} // namespace

Result iteratorOperator(Evaluator& ev, const LibraryCall& call) {
  // Members have the iterator in self, free operators in the first argument.
  std::vector<Cell*> operands;
  if (call.self) operands.push_back(call.self);
  for (const Arg& a : call.args) operands.push_back(a.place);
  if (operands.empty()) return Value(Pointer{});
  const clang::OverloadedOperatorKind op = call.callee->getOverloadedOperator();
  const Value first = operands[0]->value();
  auto* p = as<Pointer>(first);
  auto moved = [&](std::int64_t by) -> Value {
    return p && p->sequence ? Value(iteratorAt(ev, *p->sequence, settled(*p).index + by)) : first;
  };
  switch (op) {
  case clang::OO_Star:
  case clang::OO_Arrow:
    return op == clang::OO_Arrow ? Result(Value(Pointer{ev.pointee(first, call.at), nullptr, 0})) : Result(ev.pointee(first, call.at));
  case clang::OO_PlusPlus:
  case clang::OO_MinusMinus: {
    ev.heap.write(operands[0], moved(op == clang::OO_PlusPlus ? 1 : -1));
    return operands.size() > 1 ? Result(first) : Result(operands[0]); // the postfix form has a dummy argument
  }
  case clang::OO_Plus:
  case clang::OO_PlusEqual:
  case clang::OO_Minus:
  case clang::OO_MinusEqual: {
    if (operands.size() < 2) break;
    const Value& second = operands[1]->value();
    if (auto* q = as<Pointer>(second)) {
      if (p && op == clang::OO_Minus) return Value(settled(*p).index - settled(*q).index);
      if (auto n = ev.integer(first); n && q->sequence) return Value(iteratorAt(ev, *q->sequence, settled(*q).index + *n));
    }
    auto n = ev.integer(second);
    if (!n) return open(call.at, "how far an iterator moves is not known", reason(second));
    Value there = moved(op == clang::OO_Plus || op == clang::OO_PlusEqual ? *n : -*n);
    if (op == clang::OO_Plus || op == clang::OO_Minus) return there;
    ev.heap.write(operands[0], there);
    return operands[0];
  }
  case clang::OO_Subscript:
    if (operands.size() > 1)
      if (auto n = ev.integer(operands[1]->value())) return ev.pointee(moved(*n), call.at);
    break;
  case clang::OO_Equal:
    if (operands.size() > 1) ev.heap.write(operands[0], operands[1]->value());
    return operands[0];
  default:
    if (operands.size() == 2 && call.callee->isOverloadedOperator()) return compared(ev, call, op, first, operands[1]->value());
  }
  if (call.callee->getDeclName().isIdentifier() && call.callee->getName() == "base") {
    Cell* forward = p && p->sequence ? p->sequence->field("reversed from") : nullptr;
    const Pointer* back = forward ? as<Pointer>(forward->value()) : nullptr;
    Object* from = back ? back->sequence : nullptr;
    return from ? Value(Pointer{nullptr, from, static_cast<std::int64_t>(from->items.size()) - settled(*p).index}) : first;
  }
  return ev.unknown(call.at, "this use of an iterator is not followed");
}

namespace {
Result comparison(Evaluator& ev, const LibraryCall& call) {
  if (call.size() + (call.self ? 1 : 0) != 2) return ev.unknown(call.at, "this operator of the standard library is not followed");
  const Value& a = call.self ? call.self->value() : call.value(0);
  const Value& b = call.value(call.self ? 0 : 1);
  return compared(ev, call, call.callee->getOverloadedOperator(), a, b);
}

Result beginOf(Evaluator& ev, const LibraryCall& call) {
  const Value& v = call.value(0);
  if (Object* o = asObject(v); o && (o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Map)) {
    bool end = call.name.ends_with("end");
    return Value(iteratorAt(ev, *o, end ? static_cast<std::int64_t>(o->items.size()) : 0));
  }
  if (Object* o = asObject(v); o && o->module)
    if (auto r = ev.callMember(o->home, call.name.ends_with("end") ? "end" : "begin", {}, call.at)) return *r;
  return open(call.at, "the container is not known", reason(v));
}

Result sizeOf(Evaluator& ev, const LibraryCall& call) {
  const Value& v = call.value(0);
  if (Object* o = asObject(v); o && o->kind != Object::Kind::Opaque && !o->module) return Value(static_cast<std::int64_t>(o->items.size()));
  if (auto t = ev.text(v)) return Value(static_cast<std::int64_t>(t->size()));
  return open(call.at, "the size of the container is not known", reason(v));
}

Result distance(Evaluator&, const LibraryCall& call) {
  auto *a = as<Pointer>(call.value(0)), *b = as<Pointer>(call.value(1));
  if (a && b && a->sequence == b->sequence) return Value(settled(*b).index - settled(*a).index);
  return open(call.at, "the distance of two iterators is not known");
}

Result moveBy(Evaluator& ev, const LibraryCall& call) {
  auto* p = as<Pointer>(call.value(0));
  auto n = call.size() > 1 ? ev.integer(call.value(1)) : std::optional<std::int64_t>(1);
  if (!p || !n) return open(call.at, "where an iterator stands is not known");
  std::int64_t by = call.name.ends_with("prev") ? -*n : *n;
  Value there = p->sequence ? iteratorAt(ev, *p->sequence, settled(*p).index + by) : *p;
  if (call.name.ends_with("advance")) {
    ev.heap.write(call.args[0].place, there);
    return Value(Nothing{});
  }
  return there;
}
} // namespace

void registerStdIterators(Library& library) {
  for (const char* name :
       {"__gnu_cxx::__normal_iterator", "std::_Rb_tree_iterator", "std::_Rb_tree_const_iterator", "std::_List_iterator",
        "std::_List_const_iterator", "std::_Deque_iterator", "std::__detail::_Node_iterator", "std::__detail::_Node_const_iterator",
        "std::reverse_iterator", "std::move_iterator", "std::_Bit_iterator", "std::_Bit_const_iterator"}) {
    library.scope(name, iteratorOperator);
    library.constructor(name, [](Evaluator&, const LibraryCall& call) -> Result { return call.size() ? call.value(0) : Value(Pointer{}); });
  }
  for (const char* op : {"==", "!=", "<", ">", "<=", ">=", "<=>"}) {
    library.function(std::string("std::operator") + op, comparison);
    library.function(std::string("__gnu_cxx::operator") + op, comparison);
    library.function(std::string("std::__detail::operator") + op, comparison);
    library.function(std::string("c10::operator") + op, comparison);
  }
  for (const char* op : {"+", "-"}) library.function(std::string("__gnu_cxx::operator") + op, iteratorOperator);
  for (const char* name : {"std::begin", "std::end", "std::cbegin", "std::cend"}) library.function(name, beginOf);
  for (const char* name : {"std::size", "std::ssize"}) library.function(name, sizeOf);
  library.function("std::distance", distance);
  for (const char* name : {"std::next", "std::prev", "std::advance"}) library.function(name, moveBy);
}

} // namespace cobra::interp
