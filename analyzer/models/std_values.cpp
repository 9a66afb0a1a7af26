// std::optional, variant, any (worth what they hold), reference_wrapper (a pointer), pair, tuple, smart pointers, function, bind.
#include "analyzer/interp/moves.h"
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

void registerStdStrings(Library&);

namespace {
bool isNone(const Value& v) { return std::holds_alternative<NullOpt>(v) || isNothing(v); }

Result hold(Evaluator& ev, const LibraryCall& call) { // optional(x), variant(x), any(x)
  for (const Arg& a : call.args)
    if (!isNothing(a.value())) return ev.heap.copy(a.value());
  return Value(NullOpt{});
}

Result held(Evaluator& ev, const LibraryCall& call) { // value(), operator*, operator->, get()
  if (isOpen(call.self->value())) return call.self->value();
  if (isNone(call.self->value())) ev.raise(call.at, "std::bad_optional_access: the optional is empty");
  if (call.callee->getOverloadedOperator() == clang::OO_Arrow) return Value(Pointer{call.self, nullptr, 0});
  return call.self;
}

Result hasValue(Evaluator&, const LibraryCall& call) {
  if (isOpen(call.self->value())) return call.self->value();
  return Value(std::int64_t{!isNone(call.self->value())});
}

Result valueOr(Evaluator&, const LibraryCall& call) {
  if (isOpen(call.self->value())) return call.self->value();
  return isNone(call.self->value()) ? call.value(0) : call.self->value();
}

bool isReferenceWrapper(Evaluator& ev, clang::QualType type) {
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
  return record && ev.library.nameOf(record) == "std::reference_wrapper";
}
/// std::ref(x): points to x; of another wrapper, to what that one refers to.
Result refer(Evaluator& ev, const LibraryCall& call) {
  if (isReferenceWrapper(ev, call.args[0].type)) return call.value(0);
  return Value(Pointer{call.args[0].place, nullptr, 0});
}
Result referred(Evaluator& ev, const LibraryCall& call) { return ev.pointee(call.self->value(), call.at); }
/// What an argument is for std::bind and std::make_tuple, which see through std::ref.
Cell* seenThrough(Evaluator& ev, const LibraryCall& call, const Arg& arg) {
  return isReferenceWrapper(ev, arg.type) ? ev.pointee(arg.value(), call.at) : arg.place;
}

Result store(Evaluator& ev, const LibraryCall& call) { // operator=, emplace
  ev.heap.write(call.self, call.size() ? ev.heap.copy(call.value(0)) : Value(NullOpt{}));
  return call.self;
}

Result emplace(Evaluator& ev, const LibraryCall& call) { // of an optional: T(arguments...)
  clang::QualType type = typeArgument(llvm::cast<clang::CXXMethodDecl>(call.callee)->getParent(), 0);
  ev.heap.write(call.self, type.isNull() ? open(call.at, "what is put here is not known") : ev.construct(type, call.args, call.at));
  return call.self;
}

Result reset(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, NullOpt{});
  return Value(Nothing{});
}

/// The type arguments of a tuple or variant, packs laid out flat.
std::vector<clang::QualType> typeArguments(clang::QualType type) {
  std::vector<clang::QualType> out;
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
  if (auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record))
    for (const clang::TemplateArgument& pack : spec->getTemplateArgs().asArray())
      for (const clang::TemplateArgument& a : pack.getKind() == clang::TemplateArgument::Pack ? pack.pack_elements() : llvm::ArrayRef(pack))
        out.push_back(a.getKind() == clang::TemplateArgument::Type ? a.getAsType() : clang::QualType());
  return out;
}

// A number says nothing of its type. Where several alternatives are numbers, it is kept in a box with the type of the one that holds it.
constexpr llvm::StringLiteral boxField = "held";

Object* boxed(const Value& v) {
  Object* o = asObject(v);
  return o && o->kind == Object::Kind::Record && !o->record && o->field(boxField) ? o : nullptr;
}
/// Where what a variant holds is: in its box, or the variant itself.
Cell* contents(Cell* variant) {
  Object* box = boxed(variant->value());
  return box ? box->field(boxField) : variant;
}
Value box(Evaluator& ev, clang::QualType type, Value number) {
  Object* o = ev.heap.object(Object::Kind::Record, type.getUnqualifiedType());
  ev.heap.write(ev.fieldCell(*o, boxField), std::move(number));
  return o;
}
bool isNumber(const Value& v) { return as<std::int64_t>(v) || as<double>(v); }

bool fits(Evaluator& ev, const Value& v, clang::QualType t) {
  const clang::CXXRecordDecl* r = t->getAsCXXRecordDecl();
  if (Object* o = boxed(v)) return ev.context.hasSameUnqualifiedType(o->type, t);
  if (as<std::int64_t>(v)) return t->isIntegralOrEnumerationType();
  if (as<double>(v)) return t->isRealFloatingType();
  if (!r) return false;
  if (as<TensorHandle>(v)) return ev.library.nameOf(r) == "at::Tensor";
  if (as<NullOpt>(v)) return ev.library.nameOf(r) == "std::monostate";
  if (auto* text = as<Text>(v)) return ev.library.nameOf(r) == "std::basic_string" || ev.library.nameOf(r).ends_with("::" + text->str());
  if (as<Pointer>(v)) {
    Object* o = ev.object(v);
    const clang::CXXRecordDecl* impl = ev.isModuleHolder(r) ? ev.heldModule(r) : nullptr;
    return o && impl && ev.isOrDerivesFrom(o->record, ev.library.nameOf(impl));
  }
  Object* o = asObject(v);
  return o && !o->type.isNull() && ev.context.hasSameUnqualifiedType(o->type, t);
}

/// The index of the alternative that std::variant<...> holds; nullopt where several numbers would do.
std::optional<unsigned> alternative(Evaluator& ev, clang::QualType variant, const Value& v) {
  std::optional<unsigned> found;
  const std::vector<clang::QualType> types = typeArguments(variant);
  for (unsigned i = 0; i < types.size(); ++i) {
    if (types[i].isNull() || !fits(ev, v, types[i])) continue;
    if (!isNumber(v)) return i;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

/// The alternative that takes a number of this type ([variant.ctor]): the same, what it is promoted to, or one that is wide enough.
clang::QualType alternativeFor(Evaluator& ev, clang::QualType variant, clang::QualType given) {
  given = given.getNonReferenceType().getUnqualifiedType();
  const std::vector<clang::QualType> types = typeArguments(variant);
  const auto same = [&](clang::QualType wanted) {
    for (clang::QualType t : types)
      if (!t.isNull() && ev.context.hasSameUnqualifiedType(t, wanted)) return true;
    return false;
  };
  if (same(given)) return given;
  const bool promotes = ev.context.isPromotableIntegerType(given);
  const clang::QualType promoted = promotes ? ev.context.getPromotedIntegerType(given) : ev.context.DoubleTy;
  if ((promotes || given->isRealFloatingType()) && same(promoted)) return promoted;
  for (clang::QualType t : types)
    if (!t.isNull() && given->isIntegerType() && t->isIntegerType() && !t->isBooleanType() &&
        ev.context.getTypeSize(t) >= ev.context.getTypeSize(given))
      return t;
  return {};
}

Value variantOf(Evaluator& ev, const LibraryCall& call, clang::QualType variant) {
  if (call.size() == 0) {
    const std::vector<clang::QualType> types = typeArguments(variant);
    if (types.empty() || types[0].isNull()) return NullOpt{};
    return types[0]->isRecordType() ? ev.construct(types[0], {}, call.at)
                                    : box(ev, types[0], types[0]->isRealFloatingType() ? Value(0.0) : Value(std::int64_t{0}));
  }
  const Arg& given = call.args[call.size() - 1]; // after std::in_place_type
  Value v = ev.heap.copy(given.value());
  if (!isNumber(v)) return v;
  clang::QualType type = given.type.isNull() ? clang::QualType() : alternativeFor(ev, variant, given.type);
  return type.isNull() ? v : box(ev, type, std::move(v));
}
Result variant(Evaluator& ev, const LibraryCall& call) { return variantOf(ev, call, call.resultType); }
Result assignVariant(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, variantOf(ev, call, ev.context.getRecordType(llvm::cast<clang::CXXMethodDecl>(call.callee)->getParent())));
  return call.self;
}

Result variantIndex(Evaluator& ev, const LibraryCall& call) {
  auto* method = llvm::cast<clang::CXXMethodDecl>(call.callee);
  if (auto i = alternative(ev, ev.context.getRecordType(method->getParent()), call.self->value())) return Value(std::int64_t{*i});
  return open(call.at, "which alternative a variant holds is not known", reason(call.self->value()));
}

/// The template arguments of the function that is called: std::get<0>, std::get<T>.
llvm::ArrayRef<clang::TemplateArgument> templateArguments(const LibraryCall& call) {
  if (const auto* list = call.callee->getTemplateSpecializationArgs()) return list->asArray();
  return {};
}

/// emplace<T>(arguments...), emplace<I>(arguments...)
Result putAlternative(Evaluator& ev, const LibraryCall& call) {
  const std::vector<clang::QualType> types =
      typeArguments(ev.context.getRecordType(llvm::cast<clang::CXXMethodDecl>(call.callee)->getParent()));
  auto args = templateArguments(call);
  clang::QualType type;
  if (!args.empty() && args[0].getKind() == clang::TemplateArgument::Type) type = args[0].getAsType();
  if (!args.empty() && args[0].getKind() == clang::TemplateArgument::Integral)
    if (auto i = static_cast<std::size_t>(args[0].getAsIntegral().getExtValue()); i < types.size()) type = types[i];
  Value v = type.isNull() ? open(call.at, "what is put here is not known") : ev.construct(type, call.args, call.at);
  ev.heap.write(call.self, isNumber(v) ? box(ev, type, std::move(v)) : std::move(v));
  return contents(call.self);
}

/// Whether a variant, given by a call on it, holds the alternative the template argument names.
std::optional<bool> holds(Evaluator& ev, const LibraryCall& call, const Value& v) {
  auto args = templateArguments(call);
  if (args.empty() || isOpen(v)) return std::nullopt;
  clang::QualType type = call.args[0].type.getNonReferenceType();
  if (type->isPointerType()) type = type->getPointeeType();
  auto index = alternative(ev, type, v);
  if (!index) return std::nullopt;
  if (args[0].getKind() == clang::TemplateArgument::Integral) return args[0].getAsIntegral().getExtValue() == *index;
  return ev.context.hasSameUnqualifiedType(typeArguments(type)[*index], args[0].getAsType());
}

Result get(Evaluator& ev, const LibraryCall& call) { // of tuple, pair, array, variant
  auto args = templateArguments(call);
  Object* o = asObject(call.value(0));
  if (isOpen(call.value(0))) return call.args[0].place;
  if (o && (o->kind == Object::Kind::Tuple || o->kind == Object::Kind::Sequence) && !args.empty()) {
    if (args[0].getKind() == clang::TemplateArgument::Integral) {
      auto i = static_cast<std::size_t>(args[0].getAsIntegral().getExtValue());
      if (i < o->items.size()) return o->items[i];
    } else if (args[0].getKind() == clang::TemplateArgument::Type && o->kind == Object::Kind::Tuple) {
      std::vector<clang::QualType> types = typeArguments(call.args[0].type);
      for (std::size_t i = 0; i < o->items.size() && i < types.size(); ++i)
        if (!types[i].isNull() && ev.context.hasSameUnqualifiedType(types[i], args[0].getAsType())) return o->items[i];
    }
    if (o->kind == Object::Kind::Tuple) return ev.unknown(call.at, "an element of a tuple is not followed");
  }
  if (o && o->kind == Object::Kind::Opaque) return Value(OpenValue{o->lost});
  if (auto there = holds(ev, call, call.value(0)); there && !*there)
    ev.raise(call.at, "std::bad_variant_access: the variant holds something else");
  return contents(call.args[0].place); // a variant is worth what it holds
}

Result holdsAlternative(Evaluator& ev, const LibraryCall& call) {
  if (auto truth = holds(ev, call, call.value(0))) return Value(std::int64_t{*truth});
  return open(call.at, "which alternative a variant holds is not known", reason(call.value(0)));
}

Result getIf(Evaluator& ev, const LibraryCall& call) {
  Cell* variant = ev.pointee(call.value(0), call.at);
  auto truth = holds(ev, call, variant->value());
  if (!truth) return open(call.at, "which alternative a variant holds is not known", reason(variant->value()));
  return Value(*truth ? Pointer{contents(variant), nullptr, 0} : Pointer{});
}

Result visit(Evaluator& ev, const LibraryCall& call) {
  std::vector<Arg> args(call.args.begin() + 1, call.args.end());
  for (Arg& a : args) {
    if (isOpen(a.value())) return open(call.at, "which alternative a variant holds is not known", reason(a.value()));
    const auto index = alternative(ev, a.type, a.value());
    a = Arg{nullptr, contents(a.place), index ? typeArguments(a.type)[*index] : clang::QualType()};
  }
  return ev.callValue(call.value(0), args, call.at);
}

// ---- pair and tuple
Result makeTuple(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 1) // copies and conversions from another tuple
    if (Object* o = asObject(call.value(0)); o && o->kind == Object::Kind::Tuple) return ev.heap.copy(call.value(0));
  auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(
      call.resultType.isNull() ? nullptr : call.resultType.getNonReferenceType()->getAsCXXRecordDecl());
  std::vector<clang::QualType> types;
  if (spec)
    for (const clang::TemplateArgument& pack : spec->getTemplateArgs().asArray())
      for (const clang::TemplateArgument& a : pack.getKind() == clang::TemplateArgument::Pack ? pack.pack_elements() : llvm::ArrayRef(pack))
        if (a.getKind() == clang::TemplateArgument::Type) types.push_back(a.getAsType());
  std::vector<Value> items;
  Object* o = ev.heap.tuple({}, call.resultType);
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (i < types.size() && types[i]->isReferenceType()) {
      o->items.push_back(seenThrough(ev, call, call.args[i]));
      continue;
    }
    // A number that a class is made of: std::pair<const char, ExpandingArray<2>>('s', 1).
    const bool made = i < types.size() && types[i]->isRecordType() && !call.args[i].type.isNull() &&
                      call.args[i].type.getNonReferenceType()->isArithmeticType();
    o->items.push_back(ev.heap.cell(made ? ev.construct(types[i], call.args[i], call.at) : ev.heap.copy(call.value(i))));
  }
  if (call.size() == 0)
    for (clang::QualType t : types) o->items.push_back(ev.heap.cell(ev.construct(t, {}, call.at)));
  return Value(o);
}

Result tie(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.tuple({}, call.resultType);
  for (const Arg& a : call.args) o->items.push_back(a.place);
  return Value(o);
}

Result assignTuple(Evaluator& ev, const LibraryCall& call) {
  Object *to = asObject(call.self->value()), *from = asObject(call.value(0));
  if (!to || !from) {
    if (to)
      for (Cell* c : to->items) ev.heap.write(c, isOpen(call.value(0)) ? call.value(0) : open(call.at, "what is assigned is not known"));
    return call.self;
  }
  std::vector<Value> values; // all are read before any is written: std::tie(a, b) = std::make_tuple(b, a)
  for (Cell* c : from->items) values.push_back(ev.heap.copy(c->value()));
  for (std::size_t i = 0; i < to->items.size() && i < values.size(); ++i) ev.heap.write(to->items[i], values[i]);
  return call.self;
}

Result tupleCat(Evaluator& ev, const LibraryCall& call) {
  std::vector<Value> items;
  for (const Arg& a : call.args)
    if (Object* o = asObject(a.value()))
      for (Cell* c : o->items) items.push_back(c->value());
  return Value(ev.heap.tuple(std::move(items), call.resultType));
}

Result apply(Evaluator& ev, const LibraryCall& call) {
  Object* o = asObject(call.value(1));
  if (!o) return ev.unknown(call.at, "what std::apply takes apart is not known", reason(call.value(1)));
  std::vector<clang::QualType> types = typeArguments(call.args[1].type);
  if (o->kind == Object::Kind::Sequence && !types.empty()) types.assign(o->items.size(), types[0]); // std::array
  std::vector<Arg> args;
  for (std::size_t i = 0; i < o->items.size(); ++i) {
    args.push_back(elementArg(o->items[i]));
    if (i < types.size() && !types[i].isNull()) args.back().type = types[i].getNonReferenceType();
  }
  return ev.callValue(call.value(0), args, call.at);
}

// ---- smart pointers
Result makePointer(Evaluator& ev, const LibraryCall& call) { // make_shared<T>(...), make_unique<T>(...)
  auto args = templateArguments(call);
  if (args.empty() || args[0].getKind() != clang::TemplateArgument::Type)
    return ev.unknown(call.at, "what make_shared builds is not known");
  clang::QualType type = args[0].getAsType();
  if (type->isArrayType()) return ev.unknown(call.at, "arrays behind smart pointers are not followed");
  Value v = ev.construct(type, call.args, call.at);
  if (isOpen(v)) return v;
  Object* o = asObject(v);
  return Value(Pointer{o && o->home ? o->home : ev.heap.cell(v), nullptr, 0});
}

Result pointerFrom(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(Pointer{});
  if (isMovedFrom(call.args[0])) return ev.moveOut(call.args[0].place, call.args[0].type);
  return call.value(0);
}

Result pointerValue(Evaluator&, const LibraryCall& call) { return call.self->value(); }

Result dereference(Evaluator& ev, const LibraryCall& call) {
  if (call.callee->getOverloadedOperator() == clang::OO_Arrow) return call.self->value();
  if (call.callee->getOverloadedOperator() == clang::OO_Subscript)
    if (auto* p = as<Pointer>(call.self->value()); p && p->sequence)
      if (auto i = ev.integer(call.value(0))) return ev.pointee(Pointer{nullptr, p->sequence, p->index + *i}, call.at);
  return ev.pointee(call.self->value(), call.at);
}

Result notNull(Evaluator&, const LibraryCall& call) {
  const Value& v = call.self->value();
  if (auto* p = as<Pointer>(v)) return Value(std::int64_t{!p->isNull()});
  if (auto* f = as<Function>(v)) return Value(std::int64_t{f->decl != nullptr});
  if (isOpen(v)) return v;
  return Value(std::int64_t{!isNone(v)});
}

Result isNull(Evaluator&, const LibraryCall& call) {
  auto* p = as<Pointer>(call.self->value());
  return p ? Value(std::int64_t{p->isNull()}) : call.self->value();
}

Result release(Evaluator& ev, const LibraryCall& call) {
  Value old = call.self->value();
  ev.heap.write(call.self, Pointer{});
  return old;
}

Result resetPointer(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, call.size() && !isNothing(call.value(0)) ? call.value(0) : Value(Pointer{}));
  return Value(Nothing{});
}

Result assignPointer(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, isMovedFrom(call.args[0]) ? ev.moveOut(call.args[0].place, call.args[0].type) : call.value(0));
  return call.self;
}

Result pointerCast(Evaluator& ev, const LibraryCall& call) { // dynamic_pointer_cast and static_pointer_cast
  auto args = templateArguments(call);
  Object* o = ev.object(call.value(0));
  if (isOpen(call.value(0)) || !o || args.empty() || call.name.ends_with("static_pointer_cast")) return call.value(0);
  const clang::CXXRecordDecl* wanted = args[0].getAsType()->getAsCXXRecordDecl();
  bool fits = wanted && ev.isOrDerivesFrom(o->record, ev.library.nameOf(wanted));
  // Instances of one class template share their name: the declarations decide.
  if (fits && llvm::isa<clang::ClassTemplateSpecializationDecl>(wanted) && o->record)
    fits = o->record->getCanonicalDecl() == wanted->getCanonicalDecl() || o->record->isDerivedFrom(wanted);
  return fits ? call.value(0) : Value(Pointer{});
}

// ---- callables
Result makeFunction(Evaluator&, const LibraryCall& call) {
  if (call.size() == 0 || isNone(call.value(0))) return Value(Function{});
  if (auto* p = as<Pointer>(call.value(0)); p && p->isNull()) return Value(Function{});
  return call.value(0);
}

Result callIt(Evaluator& ev, const LibraryCall& call) { return ev.callValue(call.self->value(), call.args, call.at); }

Result invoke(Evaluator& ev, const LibraryCall& call) { return ev.callValue(call.value(0), call.args.drop_front(), call.at); }

Result bind(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Bound, call.resultType);
  for (const Arg& a : call.args)
    o->items.push_back(isReferenceWrapper(ev, a.type) ? seenThrough(ev, call, a) : ev.heap.cell(ev.heap.copy(a.value())));
  return Value(o);
}

// ---- passing through
Result forward(Evaluator&, const LibraryCall& call) { return call.args[0].place; }

Result exchange(Evaluator& ev, const LibraryCall& call) {
  Value old = call.value(0);
  ev.heap.write(call.args[0].place, call.value(1));
  return old;
}

Result swap(Evaluator& ev, const LibraryCall& call) {
  Value a = call.value(0), b = call.value(1);
  ev.heap.write(call.args[0].place, b);
  ev.heap.write(call.args[1].place, a);
  return Value(Nothing{});
}
} // namespace

void registerStdValues(Library& library) {
  for (std::string name : {"std::optional", "c10::optional", "std::any", "std::variant", "c10::variant", "std::_Optional_base_impl",
                           "c10::OptionalArrayRef"}) {
    library.constructor(name, hold);
    for (const char* f : {"::value", "::operator*", "::operator->", "::get", "::operator T"}) library.function(name + f, held);
    for (const char* f : {"::has_value", "::operator bool"}) library.function(name + f, hasValue);
    library.function(name + "::value_or", valueOr);
    library.function(name + "::operator=", store);
    library.function(name + "::emplace", emplace);
    library.function(name + "::reset", reset);
    library.function(name + "::index", variantIndex);
  }
  for (std::string name : {"std::variant", "c10::variant"}) {
    library.constructor(name, variant);
    library.function(name + "::operator=", assignVariant);
    library.function(name + "::emplace", putAlternative);
  }
  library.function("std::optional::operator T", hasValue); // explicit operator bool
  library.function("c10::optional::operator T", hasValue);
  for (const char* name : {"std::nullopt", "c10::nullopt", "std::nullopt_t"})
    library.variable(name, [](Evaluator&, const LibraryCall&) -> Result { return Value(NullOpt{}); });
  library.constructor("std::nullopt_t", [](Evaluator&, const LibraryCall&) -> Result { return Value(NullOpt{}); });
  library.constructor("std::monostate", [](Evaluator&, const LibraryCall&) -> Result { return Value(NullOpt{}); });
  for (const char* name : {"std::make_optional", "c10::make_optional", "std::make_any"}) library.function(name, forward);
  for (const char* name : {"std::any_cast", "std::forward", "std::as_const", "std::addressof", "std::launder", "std::move_if_noexcept"})
    library.function(name, forward);
  library.function("std::addressof",
                   [](Evaluator&, const LibraryCall& call) -> Result { return Value(Pointer{call.args[0].place, nullptr, 0}); });
  for (const char* name : {"std::get", "c10::get"}) library.function(name, get);
  for (const char* name : {"std::get_if", "c10::get_if"}) library.function(name, getIf);
  for (const char* name : {"std::holds_alternative", "c10::holds_alternative"}) library.function(name, holdsAlternative);
  for (const char* name : {"std::visit", "c10::visit"}) library.function(name, visit);

  for (std::string name : {"std::pair", "std::tuple"}) {
    library.constructor(name, makeTuple);
    library.function(name + "::operator=", assignTuple);
  }
  for (const char* name : {"std::make_pair", "std::make_tuple"}) library.function(name, makeTuple);
  for (const char* name : {"std::tie", "std::forward_as_tuple"}) library.function(name, tie);
  library.function("std::tuple_cat", tupleCat);
  library.function("std::apply", apply);

  for (std::string name : {"std::shared_ptr", "std::unique_ptr", "std::weak_ptr", "std::__shared_ptr", "std::__shared_ptr_access",
                           "c10::intrusive_ptr", "std::__weak_ptr", "std::enable_shared_from_this"}) {
    library.constructor(name, pointerFrom);
    for (const char* f : {"::operator*", "::operator->", "::operator[]"}) library.function(name + f, dereference);
    for (const char* f : {"::get", "::lock", "::shared_from_this"}) library.function(name + f, pointerValue);
    library.function(name + "::expired", isNull);
    for (const char* f : {"::operator bool", "::operator T"}) library.function(name + f, notNull);
    library.function(name + "::reset", resetPointer);
    library.function(name + "::release", release);
    library.function(name + "::operator=", assignPointer);
    library.function(name + "::use_count", [](Evaluator&, const LibraryCall& call) -> Result {
      return open(call.at, "how often a pointer is shared is not followed");
    });
  }
  library.function("std::enable_shared_from_this::shared_from_this",
                   [](Evaluator&, const LibraryCall& call) -> Result { return Value(Pointer{call.self, nullptr, 0}); });
  for (const char* name : {"std::make_shared", "std::make_unique", "c10::make_intrusive"}) library.function(name, makePointer);
  for (const char* name : {"std::dynamic_pointer_cast", "std::static_pointer_cast"}) library.function(name, pointerCast);

  library.constructor("std::function", makeFunction);
  library.function("std::function::operator()", callIt);
  for (const char* f : {"std::function::operator bool", "std::function::operator T"}) library.function(f, notNull);
  library.function("std::function::operator=", assignPointer);
  library.function("std::invoke", invoke);
  library.function("std::bind", bind);
  library.function("std::mem_fn", [](Evaluator&, const LibraryCall& call) -> Result { return call.value(0); });
  library.function("std::_Mem_fn::operator()", callIt);
  library.function("std::_Mem_fn_base::operator()", callIt);
  library.function("std::_Bind::operator()", callIt);
  library.constructor("std::reference_wrapper", refer);
  for (const char* f : {"std::ref", "std::cref"}) library.function(f, refer);
  for (const char* f : {"std::reference_wrapper::get", "std::reference_wrapper::operator T", "std::reference_wrapper::operator type &"})
    library.function(f, referred);
  library.scope("std::reference_wrapper", referred);
  library.function("std::reference_wrapper::operator()", [](Evaluator& ev, const LibraryCall& call) -> Result {
    return ev.callValue(ev.pointee(call.self->value(), call.at)->value(), call.args, call.at);
  });
  for (const char* digit : {"_1", "_2", "_3", "_4"})
    library.variable(std::string("std::placeholders::") + digit, [](Evaluator&, const LibraryCall& call) -> Result {
      return Value(Text(call.name.substr(call.name.rfind(':') + 1).str()));
    });
  for (const auto& [name, order] : {std::pair("less", -1), std::pair("equal", 0), std::pair("equivalent", 0), std::pair("greater", 1)})
    for (std::string kind : {"strong", "weak", "partial"})
      library.variable("std::" + kind + "_ordering::" + name,
                       order < 0    ? Handler([](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{-1}); })
                       : order == 0 ? Handler([](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{0}); })
                                    : Handler([](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{1}); }));
  for (const char* name : {"std::strong_ordering", "std::weak_ordering", "std::partial_ordering"}) {
    library.constructor(name,
                        [](Evaluator&, const LibraryCall& call) -> Result { return call.size() ? call.value(0) : Value(std::int64_t{0}); });
    library.scope(name, [](Evaluator&, const LibraryCall& call) -> Result { return call.self->value(); }); // one order as another
  }
  library.constructor("std::__cmp_cat::__unspec", [](Evaluator&, const LibraryCall&) -> Result { return Value(std::int64_t{0}); });
  library.function("std::exchange", exchange);
  library.function("std::swap", swap);
  library.variable("std::ignore", [](Evaluator&, const LibraryCall&) -> Result { return Value(Nothing{}); });
  registerStdStrings(library);
}

} // namespace cobra::interp
