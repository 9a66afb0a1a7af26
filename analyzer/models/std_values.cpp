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

// ---- variant: worth what it holds. Where that does not tell which alternative it is (bool and int64_t), an object keeps both.
constexpr llvm::StringLiteral heldField = "held", alternativeField = "alternative";

/// The place of what such an object holds; null for other values.
Cell* heldBy(const Value& v) {
  Object* o = asObject(v);
  return o && o->kind == Object::Kind::Record ? o->field(heldField) : nullptr;
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

bool fits(Evaluator& ev, const Value& v, clang::QualType t) {
  if (t.isNull()) return false;
  const clang::CXXRecordDecl* r = t->getAsCXXRecordDecl();
  bool fits =
      (as<std::int64_t>(v) && t->isIntegralOrEnumerationType()) || (as<double>(v) && t->isRealFloatingType()) ||
      (as<TensorHandle>(v) && r && ev.library.nameOf(r) == "at::Tensor") ||
      (as<Text>(v) && r && (ev.library.nameOf(r) == "std::basic_string" || ev.library.nameOf(r).ends_with("::" + as<Text>(v)->str())));
  if (Object* o = asObject(v); o && r) fits = !o->type.isNull() && ev.context.hasSameUnqualifiedType(o->type, t);
  if (Pointer const* p = as<Pointer>(v); p && r) {
    Object* o = ev.object(v);
    const clang::CXXRecordDecl* impl = ev.isModuleHolder(r) ? ev.heldModule(r) : nullptr;
    fits = o && impl && ev.isOrDerivesFrom(o->record, ev.library.nameOf(impl));
  }
  if (as<Pointer>(v) && as<Pointer>(v)->isNull() && t->isNullPtrType()) return true;
  if (std::holds_alternative<NullOpt>(v) && r && ev.library.nameOf(r) == "std::monostate") return true;
  return fits;
}

/// The index of the alternative that std::variant<...> holds for this value, by the alternatives' types.
std::optional<unsigned> alternative(Evaluator& ev, clang::QualType variant, const Value& v) {
  if (heldBy(v)) return static_cast<unsigned>(ev.integer(asObject(v)->field(alternativeField)->value()).value_or(0));
  unsigned index = 0;
  for (clang::QualType t : typeArguments(variant)) {
    if (fits(ev, v, t)) return index;
    ++index;
  }
  return std::nullopt;
}

/// What a variant of this type is worth that is made of a value.
Value variantOf(Evaluator& ev, clang::QualType variant, const Value& value, clang::QualType from) {
  Value v = ev.heap.copy(value);
  const std::vector<clang::QualType> types = typeArguments(variant);
  if (heldBy(v) || isOpen(v)) return v;
  std::vector<std::size_t> candidates;
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!fits(ev, v, types[i])) continue;
    candidates.push_back(i);
    if (!from.isNull() && ev.context.hasSameUnqualifiedType(types[i], from.getNonReferenceType())) chosen = i;
  }
  if (candidates.size() < 2) return v;
  // Of conversions those that narrow are left out, and what is no bool becomes none.
  for (std::size_t i : candidates)
    if (!chosen && !types[i]->isBooleanType() && !types[i]->isEnumeralType()) chosen = i;
  Object* o = ev.heap.object(Object::Kind::Record, variant.getNonReferenceType().getUnqualifiedType());
  o->fields.push_back({nullptr, heldField.str(), ev.heap.cell(std::move(v))});
  o->fields.push_back({nullptr, alternativeField.str(), ev.heap.cell(static_cast<std::int64_t>(chosen.value_or(candidates[0])))});
  return o;
}

Result makeVariant(Evaluator& ev, const LibraryCall& call) {
  const std::vector<clang::QualType> types = typeArguments(call.resultType);
  if (call.size() == 0 || isNothing(call.value(0))) {
    if (types.empty() || types[0].isNull()) return Value(NullOpt{});
    return variantOf(ev, call.resultType, ev.construct(types[0], {}, call.at), types[0]);
  }
  return variantOf(ev, call.resultType, call.value(0), call.args[0].type);
}
Result storeVariant(Evaluator& ev, const LibraryCall& call) {
  const auto* method = llvm::cast<clang::CXXMethodDecl>(call.callee);
  ev.heap.write(call.self, variantOf(ev, ev.context.getRecordType(method->getParent()), call.value(0), call.args[0].type));
  return call.self;
}
/// emplace<T>(arguments...), emplace<I>(arguments...)
Result emplaceVariant(Evaluator& ev, const LibraryCall& call) {
  const auto* list = call.callee->getTemplateSpecializationArgs();
  const clang::QualType variant = ev.context.getRecordType(llvm::cast<clang::CXXMethodDecl>(call.callee)->getParent());
  const std::vector<clang::QualType> types = typeArguments(variant);
  clang::QualType type;
  if (list && list->size() && list->get(0).getKind() == clang::TemplateArgument::Type) type = list->get(0).getAsType();
  if (list && list->size() && list->get(0).getKind() == clang::TemplateArgument::Integral)
    if (auto i = static_cast<std::size_t>(list->get(0).getAsIntegral().getExtValue()); i < types.size()) type = types[i];
  Value made = type.isNull() ? open(call.at, "what is put here is not known") : ev.construct(type, call.args, call.at);
  ev.heap.write(call.self, variantOf(ev, variant, made, type));
  return heldBy(call.self->value()) ? heldBy(call.self->value()) : call.self;
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

/// Whether a variant, given by a call on it, holds the alternative the template argument names.
std::optional<bool> holds(Evaluator& ev, const LibraryCall& call, const Value& v) {
  auto args = templateArguments(call);
  if (args.empty() || isOpen(v)) return std::nullopt;
  auto index = alternative(ev, call.args[0].type->isPointerType() ? call.args[0].type->getPointeeType() : call.args[0].type, v);
  if (!index) return std::nullopt;
  if (args[0].getKind() == clang::TemplateArgument::Integral) return args[0].getAsIntegral().getExtValue() == *index;
  const std::vector<clang::QualType> types =
      typeArguments(call.args[0].type->isPointerType() ? call.args[0].type->getPointeeType() : call.args[0].type);
  if (*index < types.size() && !types[*index].isNull()) return ev.context.hasSameUnqualifiedType(types[*index], args[0].getAsType());
  return std::nullopt;
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
  if (Cell* held = heldBy(call.value(0))) return held;
  return call.args[0].place; // a variant is worth what it holds
}

Result holdsAlternative(Evaluator& ev, const LibraryCall& call) {
  if (auto truth = holds(ev, call, call.value(0))) return Value(std::int64_t{*truth});
  return open(call.at, "which alternative a variant holds is not known", reason(call.value(0)));
}

Result getIf(Evaluator& ev, const LibraryCall& call) {
  Cell* variant = ev.pointee(call.value(0), call.at);
  auto truth = holds(ev, call, variant->value());
  if (!truth) return open(call.at, "which alternative a variant holds is not known", reason(variant->value()));
  Cell* held = heldBy(variant->value());
  return Value(*truth ? Pointer{held ? held : variant, nullptr, 0} : Pointer{});
}

Result visit(Evaluator& ev, const LibraryCall& call) {
  std::vector<Arg> args(call.args.begin() + 1, call.args.end());
  for (Arg& a : args) {
    if (isOpen(a.value())) return open(call.at, "which alternative a variant holds is not known", reason(a.value()));
    const auto index = alternative(ev, a.type, a.value());
    const std::vector<clang::QualType> types = typeArguments(a.type);
    Cell* held = heldBy(a.value());
    a = Arg{nullptr, held ? held : a.place, index && *index < types.size() ? types[*index] : clang::QualType()};
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
    // A number that a class is made of: std::pair<const char, ExpandingArray<2>>('s', 1). Of a class of the program's own also other
    // things.
    const clang::QualType from = call.args[i].type.isNull() ? clang::QualType() : call.args[i].type.getNonReferenceType();
    const clang::CXXRecordDecl* to = i < types.size() ? types[i]->getAsCXXRecordDecl() : nullptr;
    const bool made = to && !from.isNull() && (from->isArithmeticType() || (!from->isRecordType() && !ev.isLibrary(to)));
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
  for (std::string name : {"std::optional", "c10::optional", "std::any", "std::_Optional_base_impl", "c10::OptionalArrayRef"}) {
    library.constructor(name, hold);
    for (const char* f : {"::value", "::operator*", "::operator->", "::get", "::operator T"}) library.function(name + f, held);
    for (const char* f : {"::has_value", "::operator bool"}) library.function(name + f, hasValue);
    library.function(name + "::value_or", valueOr);
    library.function(name + "::operator=", store);
    library.function(name + "::emplace", emplace);
    library.function(name + "::reset", reset);
  }
  for (std::string name : {"std::variant", "c10::variant"}) {
    library.constructor(name, makeVariant);
    library.function(name + "::operator=", storeVariant);
    library.function(name + "::emplace", emplaceVariant);
    library.function(name + "::index", variantIndex);
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
