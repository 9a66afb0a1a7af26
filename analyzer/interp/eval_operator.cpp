// Built-in operators on numbers and pointers.
#include "analyzer/interp/evaluator.h"

#include <cmath>
#include <limits>

namespace cobra::interp {

using namespace clang;

namespace {
std::int64_t compare(BinaryOperatorKind op, auto a, auto b) {
  switch (op) {
  case BO_LT: return a < b;
  case BO_GT: return a > b;
  case BO_LE: return a <= b;
  case BO_GE: return a >= b;
  case BO_EQ: return a == b;
  case BO_Cmp: return a < b ? -1 : a > b;
  default: return a != b;
  }
}
} // namespace

Value Evaluator::advance(const Pointer& p, std::int64_t by) {
  if (p.sequence) return Pointer{nullptr, p.sequence, p.index + by};
  return p; // pointers to single objects only move in code that is not followed anyway
}

Value Evaluator::arithmetic(BinaryOperatorKind op, const Value& a, const Value& b, QualType operands, QualType type,
                            clang::SourceRange at) {
  if (isOpen(a) || isOpen(b)) {
    const WhyRef& because = isOpen(a) ? reason(a) : reason(b);
    return OpenValue{because};
  }
  if (auto *p = as<Pointer>(a), *q = as<Pointer>(b); p || q) {
    if (p && q) {
      if (op == BO_Sub) return p->index - q->index;
      if (p->sequence && p->sequence == q->sequence) return compare(op, p->index, q->index);
      bool same = *p == *q || (p->target && q->target && object(a) && object(a) == object(b));
      return std::int64_t{op == BO_EQ ? same : !same};
    }
    const Value& other = p ? b : a;
    if (auto* n = as<std::int64_t>(other)) {
      if (op == BO_Add) return advance(p ? *p : *q, *n);
      if (op == BO_Sub && p) return advance(*p, -*n);
    }
    if (BinaryOperator::isEqualityOp(op)) return std::int64_t{op == BO_NE};
  }
  if (auto *s = as<Text>(a), *t = as<Text>(b); op == BO_Add && !s != !t) // the rest of a C string
    if (auto* n = as<std::int64_t>(s ? b : a))
      if (const std::string& text = (s ? s : t)->str(); *n >= 0 && static_cast<std::size_t>(*n) <= text.size())
        return Text(text.substr(static_cast<std::size_t>(*n)));
  if (auto *f = as<Function>(a), *g = as<Function>(b); f && g) return std::int64_t{(op == BO_EQ) == (*f == *g)};
  auto *i = as<std::int64_t>(a), *j = as<std::int64_t>(b);
  if (i && j && !(operands->isRealFloatingType())) {
    bool isUnsigned = operands->isUnsignedIntegerOrEnumerationType() && context.getTypeSize(operands) >= 32;
    std::uint64_t u = static_cast<std::uint64_t>(*i), v = static_cast<std::uint64_t>(*j);
    if (BinaryOperator::isComparisonOp(op)) return isUnsigned ? compare(op, u, v) : compare(op, *i, *j);
    switch (op) {
    case BO_Add: return wrap(static_cast<std::int64_t>(u + v), type);
    case BO_Sub: return wrap(static_cast<std::int64_t>(u - v), type);
    case BO_Mul: return wrap(static_cast<std::int64_t>(u * v), type);
    case BO_Div:
    case BO_Rem:
      if (*j == 0) raise(at, "an integer is divided by zero");
      if (isUnsigned) return wrap(static_cast<std::int64_t>(op == BO_Div ? u / v : u % v), type);
      if (*j == -1) return op == BO_Div ? wrap(static_cast<std::int64_t>(0 - u), type) : 0;
      return op == BO_Div ? *i / *j : *i % *j;
    case BO_Shl: return *j < 0 || *j > 63 ? Value(std::int64_t{0}) : Value(wrap(static_cast<std::int64_t>(u << *j), type));
    case BO_Shr:
      return *j < 0 || *j > 63 ? Value(std::int64_t{0}) : isUnsigned ? Value(static_cast<std::int64_t>(u >> *j)) : Value(*i >> *j);
    case BO_And: return wrap(*i & *j, type);
    case BO_Or: return wrap(*i | *j, type);
    case BO_Xor: return wrap(*i ^ *j, type);
    default: break;
    }
  }
  if (std::optional<double> x = number(a), y = number(b); x && y) {
    if (BinaryOperator::isComparisonOp(op)) return compare(op, *x, *y);
    double r = 0;
    switch (op) {
    case BO_Add: r = *x + *y; break;
    case BO_Sub: r = *x - *y; break;
    case BO_Mul: r = *x * *y; break;
    case BO_Div: r = *x / *y; break;
    default: return unknown(at, "this operator on floating numbers is not followed");
    }
    return type->isSpecificBuiltinType(BuiltinType::Float) ? static_cast<double>(static_cast<float>(r)) : r;
  }
  if (auto *s = as<Text>(a), *t = as<Text>(b); s && t && BinaryOperator::isEqualityOp(op))
    return std::int64_t{(op == BO_EQ) == (s->str() == t->str())};
  return unknown(at, "this operator is applied to values that are not followed");
}

Result Evaluator::unary(const UnaryOperator* e) {
  const Expr* sub = e->getSubExpr();
  switch (e->getOpcode()) {
  case UO_AddrOf: {
    if (auto* ref = dyn_cast<DeclRefExpr>(sub->IgnoreParens()); ref && isa<FieldDecl>(ref->getDecl())) return memberPointer(e);
    Result r = result(sub);
    if (as<Function>(r.value)) return r.value;
    return Value(Pointer{r.place ? r.place : heap.cell(r.value), nullptr, 0});
  }
  case UO_Deref: {
    Value v = value(sub);
    if (as<Function>(v)) return v;
    if (auto* text = as<Text>(v)) return Value(static_cast<std::int64_t>(text->str().empty() ? 0 : text->str().front()));
    return pointee(v, e->getSourceRange());
  }
  case UO_PreInc:
  case UO_PreDec:
  case UO_PostInc:
  case UO_PostDec: {
    Cell* c = place(sub);
    Value old = c->value();
    std::int64_t by = e->isIncrementOp() ? 1 : -1;
    Value now = old;
    if (auto* i = as<std::int64_t>(old))
      now = wrap(*i + by, sub->getType());
    else if (auto* d = as<double>(old))
      now = *d + static_cast<double>(by);
    else if (auto* p = as<Pointer>(old))
      now = advance(*p, by);
    else if (auto* text = as<Text>(old); text && by > 0 && sub->getType()->isPointerType() && !text->str().empty())
      now = Text(text->str().substr(1));
    else if (!isOpen(old))
      now = unknown(e->getSourceRange(), "a value that is not followed is counted up or down");
    heap.write(c, now);
    if (e->isPrefix()) return c;
    return old;
  }
  case UO_Plus: return value(sub);
  case UO_Minus: {
    Value v = value(sub);
    if (auto* i = as<std::int64_t>(v)) return Value(wrap(static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(*i)), e->getType()));
    if (auto* d = as<double>(v)) return Value(-*d);
    return v;
  }
  case UO_Not: {
    Value v = value(sub);
    if (auto* i = as<std::int64_t>(v)) return Value(wrap(~*i, e->getType()));
    return v;
  }
  case UO_LNot: {
    WhyRef because;
    if (auto c = condition(sub, because)) return Value(std::int64_t{!*c});
    return Value(OpenValue{because});
  }
  case UO_Extension:
  case UO_Real: return result(sub);
  default: break;
  }
  return unknown(e->getSourceRange(), "this operator is not followed");
}

Result Evaluator::binary(const BinaryOperator* e) {
  switch (e->getOpcode()) {
  case BO_Comma: result(e->getLHS()); return result(e->getRHS());
  case BO_LAnd:
  case BO_LOr: {
    bool decides = e->getOpcode() == BO_LOr; // the value that ends the evaluation
    WhyRef first, second;
    auto a = condition(e->getLHS(), first);
    if (a && *a == decides) return Value(std::int64_t{decides});
    auto b = condition(e->getRHS(), second);
    if (a && b) return Value(std::int64_t{*b});
    if (b && *b == decides && !a) return Value(std::int64_t{decides});
    return Value(OpenValue{first ? first : second});
  }
  case BO_Assign: {
    Value v = value(e->getRHS());
    Cell* c = place(e->getLHS());
    heap.write(c, std::move(v));
    return c;
  }
  case BO_PtrMemD:
  case BO_PtrMemI: return throughMemberPointer(e);
  default: break;
  }
  if (auto* compound = dyn_cast<CompoundAssignOperator>(e)) {
    Value b = value(e->getRHS());
    Cell* c = place(e->getLHS());
    QualType lhs = e->getLHS()->getType(), wide = compound->getComputationLHSType();
    if (lhs->isAnyPointerType()) {
      heap.write(c, arithmetic(BinaryOperator::getOpForCompoundAssignment(e->getOpcode()), c->value(), b, lhs, lhs, e->getSourceRange()));
      return c;
    }
    Value a = convertArithmetic(c->value(), lhs, wide, e->getSourceRange());
    Value r = arithmetic(BinaryOperator::getOpForCompoundAssignment(e->getOpcode()), a, b, wide, compound->getComputationResultType(),
                         e->getSourceRange());
    heap.write(c, convertArithmetic(r, compound->getComputationResultType(), lhs, e->getSourceRange()));
    return c;
  }
  Value a = value(e->getLHS());
  Value b = value(e->getRHS());
  return arithmetic(e->getOpcode(), a, b, e->getLHS()->getType(), e->getType(), e->getSourceRange());
}

Result Evaluator::conditional(const AbstractConditionalOperator* e) {
  WhyRef because;
  if (auto* elvis = dyn_cast<BinaryConditionalOperator>(e)) frame().opaque[elvis->getOpaqueValue()] = place(elvis->getCommon());
  if (auto taken = condition(e->getCond(), because)) return result(*taken ? e->getTrueExpr() : e->getFalseExpr());
  WhyRef reason = why(e->getSourceRange(), "which side of ?: is taken is not known", because);
  Value one, other;
  bothSides(
      reason,
      [&] {
        one = value(e->getTrueExpr());
        return Outcome::Normal;
      },
      [&] {
        other = value(e->getFalseExpr());
        return Outcome::Normal;
      });
  if (sameValue(one, other)) return one;
  auto *a = as<TensorHandle>(one), *b = as<TensorHandle>(other);
  if (a && b && a->impl && b->impl && a->impl->type == b->impl->type) return one;
  return Value(OpenValue{reason});
}

} // namespace cobra::interp
