// Casts: numbers convert exactly as C++ does it, pointers and classes keep what they point to.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

std::int64_t Evaluator::wrap(std::int64_t bits, QualType type) const {
  if (const EnumType* e = type->getAs<EnumType>()) type = e->getDecl()->getIntegerType();
  if (type.isNull() || !type->isIntegerType()) return bits;
  if (type->isBooleanType()) return bits != 0;
  unsigned width = static_cast<unsigned>(context.getIntWidth(type));
  if (width >= 64) return bits;
  std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::uint64_t low = static_cast<std::uint64_t>(bits) & mask;
  if (type->isSignedIntegerOrEnumerationType() && (low >> (width - 1))) low |= ~mask;
  return static_cast<std::int64_t>(low);
}

namespace {
bool isUnsigned64(QualType type, const ASTContext& context) {
  return type->isUnsignedIntegerOrEnumerationType() && context.getTypeSize(type) >= 64;
}
double asFloating(double d, QualType to) {
  return to->isSpecificBuiltinType(BuiltinType::Float) ? static_cast<double>(static_cast<float>(d)) : d;
}
} // namespace

Value Evaluator::convertArithmetic(const Value& v, QualType from, QualType to, clang::SourceRange at) {
  if (isOpen(v)) return v;
  if (auto* i = as<std::int64_t>(v)) {
    if (to->isBooleanType()) return std::int64_t{*i != 0};
    if (to->isRealFloatingType())
      return asFloating(!from.isNull() && isUnsigned64(from, context) ? static_cast<double>(static_cast<std::uint64_t>(*i))
                                                                      : static_cast<double>(*i),
                        to);
    return wrap(*i, to);
  }
  if (auto* d = as<double>(v)) {
    if (to->isBooleanType()) return std::int64_t{*d != 0};
    if (to->isRealFloatingType()) return asFloating(*d, to);
    if (!(*d > -9.3e18 && *d < 1.85e19)) return open(at, "a floating value that no integer can hold is converted");
    if (*d >= 9.2e18) return static_cast<std::int64_t>(static_cast<std::uint64_t>(*d));
    return wrap(static_cast<std::int64_t>(*d), to);
  }
  return v;
}

Result Evaluator::castExpr(const CastExpr* e) {
  const Expr* sub = e->getSubExpr();
  switch (e->getCastKind()) {
  case CK_LValueToRValue: {
    Value v = value(sub);
    if (isNothing(v) && !e->getType()->isNullPtrType()) return open(e->getSourceRange(), "a variable is read before it is set");
    return e->getType()->isRecordType() && !context.getLangOpts().CPlusPlus ? heap.copy(v) : v; // a struct in C
  }
  case CK_NoOp:
  case CK_ConstructorConversion:
  case CK_UserDefinedConversion:
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
  case CK_BaseToDerived:
  case CK_BitCast:
  case CK_LValueBitCast:
  case CK_Dependent:
  case CK_AtomicToNonAtomic:
  case CK_NonAtomicToAtomic:
  case CK_FunctionToPointerDecay:
  case CK_BuiltinFnToFnPtr:
  case CK_BaseToDerivedMemberPointer:
  case CK_DerivedToBaseMemberPointer:
  case CK_ReinterpretMemberPointer: return result(sub);

  case CK_IntegralCast:
  case CK_IntegralToBoolean:
  case CK_IntegralToFloating:
  case CK_FloatingToIntegral:
  case CK_FloatingToBoolean:
  case CK_FloatingCast:
  case CK_BooleanToSignedIntegral: return convertArithmetic(value(sub), sub->getType(), e->getType(), e->getSourceRange());

  case CK_MemberPointerToBoolean:
  case CK_PointerToBoolean: {
    Value v = value(sub);
    if (auto* p = as<Pointer>(v)) return Value(std::int64_t{!p->isNull()});
    if (auto* f = as<Function>(v)) return Value(std::int64_t{f->decl != nullptr});
    return isOpen(v) ? v : Value(std::int64_t{1});
  }
  case CK_NullToPointer:
  case CK_NullToMemberPointer: return Value(Pointer{});
  case CK_ArrayToPointerDecay: {
    Cell* array = place(sub);
    if (as<Text>(array->value()) || isOpen(array->value())) return array->value();
    if (Object* o = asObject(array->value())) return Value(Pointer{nullptr, o, 0});
    return unknown(e->getSourceRange(), "an array that is not followed is used");
  }
  case CK_ToVoid: result(sub); return Value(Nothing{});
  default: break;
  }
  Value v = value(sub);
  if (isOpen(v)) return v;
  noteUnhandled(std::string("cast ") + e->getCastKindName());
  return unknown(e->getSourceRange(), std::string("the tool does not read casts of the kind ") + e->getCastKindName());
}

Result Evaluator::dynamicCast(const CastExpr* e) {
  Result from = result(e->getSubExpr());
  QualType to = e->getType();
  if (to->isPointerType()) to = to->getPointeeType();
  if (isOpen(from.value)) return from;
  Object* o = object(from.place ? from.place->value() : from.value);
  const CXXRecordDecl* target = to.getNonReferenceType()->getAsCXXRecordDecl();
  bool fits = o && target && isOrDerivesFrom(o->record, library.nameOf(target));
  if (fits) return from;
  if (e->getType()->isPointerType()) return Value(Pointer{});
  raise(e->getSourceRange(), "std::bad_cast: the object is not of this class");
}

} // namespace cobra::interp
