// torch::nn::Module and ModuleHolder.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_options.h"

#include "clang/AST/DeclTemplate.h"

#include <map>
#include <set>

namespace cobra::interp {

namespace torch_model {

Value modulePointer(Evaluator& ev, const Value& v) {
  if (as<Pointer>(v)) {
    Object* o = ev.object(v);
    return o && o->home ? Value(Pointer{o->home, nullptr, 0}) : v;
  }
  if (Object* o = asObject(v); o && o->home) return Pointer{o->home, nullptr, 0};
  return v;
}

namespace {
void adopt(Evaluator& ev, Object& module, Tensor* t, bool requiresGrad) {
  if (!t) return;
  Tensor& edited = ev.heap.edit(t);
  edited.source = {Source::Kind::Parameter, -1};
  edited.owner = &module;
  edited.requiresGrad = requiresGrad;
}
Cell* enter(Evaluator& ev, std::vector<NamedCell>& list, llvm::StringRef name, Value tensor) {
  for (NamedCell& n : list)
    if (n.name == name) {
      ev.heap.write(n.cell, std::move(tensor));
      return n.cell;
    }
  list.push_back({name.str(), ev.heap.cell(std::move(tensor))});
  return list.back().cell;
}
} // namespace

void registerParameter(Evaluator& ev, Object& module, llvm::StringRef name, Value tensor) {
  adopt(ev, module, tensorOf(tensor), true);
  if (module.module) enter(ev, ev.heap.edit(&module).module->parameters, name, std::move(tensor));
}
void registerBuffer(Evaluator& ev, Object& module, llvm::StringRef name, Value tensor) {
  adopt(ev, module, tensorOf(tensor), false);
  if (module.module) enter(ev, ev.heap.edit(&module).module->buffers, name, std::move(tensor));
}

Value makeParameter(Evaluator& ev, Object& module, llvm::StringRef name, Shape shape, bool defined) {
  Value t = defined ? newParameter(ev, std::move(shape)) : Value(TensorHandle{});
  ev.heap.write(ev.fieldCell(module, name), t);
  registerParameter(ev, module, name, t);
  return t;
}
Value makeBuffer(Evaluator& ev, Object& module, llvm::StringRef name, Shape shape, DType dtype, bool defined) {
  Value t = defined ? newParameter(ev, std::move(shape), dtype) : Value(TensorHandle{});
  ev.heap.write(ev.fieldCell(module, name), t);
  registerBuffer(ev, module, name, t);
  return t;
}

void registerChild(Evaluator& ev, Object& module, const std::string& name, const Value& child, At at) {
  if (!module.module) return;
  if (name.empty()) ev.raise(at, "Submodule name must not be empty");
  if (name.find('.') != std::string::npos) ev.raise(at, "Submodule name must not contain a dot (got '" + name + "')");
  for (const NamedCell& n : module.module->children)
    if (n.name == name) ev.raise(at, "Submodule '" + name + "' already defined");
  ev.heap.edit(&module).module->children.push_back({name, ev.heap.cell(child)});
}

void visitModules(Evaluator& ev, Object* root, llvm::function_ref<void(Object*, const std::string&)> visit) {
  std::set<Object*> seen;
  auto walk = [&](auto&& self, Object* o, const std::string& path) -> void {
    if (!o || !o->module || !seen.insert(o).second) return;
    visit(o, path);
    const std::vector<NamedCell> children = o->module->children; // the visitor may register more
    for (const NamedCell& child : children) self(self, ev.object(child.cell->value()), path.empty() ? child.name : path + "." + child.name);
  };
  walk(walk, root, "");
}

namespace {
/// The program's own override of a virtual member of Module, null if it has none.
const clang::CXXMethodDecl* overrideOf(Evaluator& ev, const clang::CXXRecordDecl* record, llvm::StringRef name) {
  while (record && record->hasDefinition() && !ev.isLibrary(record)) {
    for (const clang::CXXMethodDecl* m : record->getDefinition()->methods())
      if (m->getDeclName().isIdentifier() && m->getName() == name) return m;
    const clang::CXXRecordDecl* next = nullptr;
    for (const clang::CXXBaseSpecifier& b : record->getDefinition()->bases())
      if (const clang::CXXRecordDecl* r = b.getType()->getAsCXXRecordDecl(); ev.isModule(r)) next = r;
    record = next;
  }
  return nullptr;
}
} // namespace

void setTraining(Evaluator& ev, Object* module, bool on, At at) {
  if (!module || !module->module) return;
  ev.heap.edit(module).module->training = on;
  const std::vector<NamedCell> children = module->module->children;
  for (const NamedCell& child : children) {
    Object* o = ev.object(child.cell->value());
    if (!o || o == module) continue;
    if (const clang::CXXMethodDecl* own = overrideOf(ev, o->record, "train"))
      ev.call(own, o->home, {ev.arg(boolean(on), ev.context.BoolTy)}, at);
    else
      setTraining(ev, o, on, at);
  }
}

Object* cloneModule(Evaluator& ev, Object* module) {
  std::map<Object*, Object*> made;
  std::map<Tensor*, Tensor*> tensors;
  auto copied = [&](auto&& self, const Value& v) -> Value {
    if (Tensor* t = tensorOf(v)) {
      Tensor*& copy = tensors[t];
      if (!copy) {
        copy = ev.heap.tensor(t->type);
        *copy = *t;
      }
      return TensorHandle{copy};
    }
    if (as<Pointer>(v) || asObject(v)) {
      Object* o = ev.object(v);
      if (!o) return v;
      if (!o->module && as<Pointer>(v)) return v;
      Object*& copy = made[o];
      if (!copy) {
        Object* fresh = copy = ev.heap.object(o->kind, o->type);
        fresh->record = o->record;
        fresh->sorted = o->sorted;
        fresh->lost = o->lost;
        for (const Object::Field& f : o->fields) fresh->fields.push_back({f.decl, f.name, ev.heap.cell(self(self, f.cell->value()))});
        for (Cell* item : o->items) fresh->items.push_back(ev.heap.cell(self(self, item->value())));
        if (o->module) {
          fresh->module = std::make_unique<ModuleState>(*o->module);
          for (auto* list : {&fresh->module->children, &fresh->module->parameters, &fresh->module->buffers})
            for (NamedCell& n : *list) n.cell = ev.heap.cell(self(self, n.cell->value()));
        }
      }
      Object* target = made[o];
      if (as<Pointer>(v)) return Pointer{target->home, nullptr, 0};
      return target;
    }
    return v;
  };
  return asObject(copied(copied, Value(module)));
}

bool isA(const clang::CXXRecordDecl* record, const clang::CXXRecordDecl* target) {
  if (!record || !target) return false;
  if (record->getCanonicalDecl() == target->getCanonicalDecl()) return true;
  if (!record->hasDefinition()) return false;
  for (const clang::CXXBaseSpecifier& b : record->getDefinition()->bases())
    if (isA(b.getType()->getAsCXXRecordDecl(), target)) return true;
  return false;
}

Value namedItem(Evaluator& ev, const std::string& name, Value value) {
  Values items;
  items.emplace_back(Text(name));
  items.push_back(std::move(value));
  return ev.heap.tuple(std::move(items));
}

} // namespace torch_model

using namespace torch_model;

namespace {
Result registerModule(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  Value child = modulePointer(ev, call.value(1));
  if (!self || isOpen(child)) return child;
  if (auto* p = as<Pointer>(child); !p || p->isNull()) ev.raise(call.at, "Accessing empty ModuleHolder");
  std::optional<std::string> name = ev.text(call.value(0));
  if (!name) {
    ev.unknown(call.at, "the name that a module is registered by is not known", reason(call.value(0)));
    name = "unknown" + std::to_string(self->module ? self->module->children.size() : 0);
  }
  if (lastName(call.name) == "replace_module" && self->module) {
    for (NamedCell& n : ev.heap.edit(self).module->children)
      if (n.name == *name) {
        ev.heap.write(n.cell, child);
        return child;
      }
  }
  registerChild(ev, *self, *name, child, call.at);
  return child;
}

Result unregisterModule(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  std::optional<std::string> name = ev.text(call.value(0));
  if (self && self->module && name) std::erase_if(ev.heap.edit(self).module->children, [&](const NamedCell& n) { return n.name == *name; });
  return Value(Nothing{});
}

template <std::vector<NamedCell> ModuleState::* list> Result registerTensor(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  std::optional<std::string> name = ev.text(call.value(0));
  const Value v = call.value(1);
  if (!self || !self->module) return v;
  const bool gradient = call.size() > 2 && ev.integer(call.value(2)).value_or(1) != 0;
  adopt(ev, *self, tensorOf(v), gradient);
  return enter(ev, ev.heap.edit(self).module.get()->*list, name.value_or("unknown"), v);
}

bool argumentIs(Evaluator& ev, const LibraryCall& call, std::size_t i, bool otherwise) {
  return i < call.size() ? ev.integer(call.value(i)).value_or(otherwise) != 0 : otherwise;
}

/// Why it is not known what is registered in a module or below it; null if it is.
WhyRef lostBelow(Evaluator& ev, Object* root) {
  WhyRef why;
  visitModules(ev, root, [&](Object* o, const std::string&) {
    if (!why) why = o->lost;
  });
  return why;
}
Result unknownParts(const LibraryCall& call, const WhyRef& why) {
  return open(call.at, "what is registered in this module is not known", why);
}

/// Tensors of a module; `visit` gets the dotted name.
template <std::vector<NamedCell> ModuleState::* list>
void visitTensors(Evaluator& ev, Object* self, bool recurse, llvm::function_ref<void(const std::string&, const Value&)> visit) {
  visitModules(ev, self, [&](Object* o, const std::string& path) {
    if (o != self && !recurse) return;
    for (const NamedCell& n : o->module.get()->*list)
      if (isDefined(n.cell->value())) visit(path.empty() ? n.name : path + "." + n.name, n.cell->value());
  });
}
template <std::vector<NamedCell> ModuleState::* list, bool named> Result tensors(Evaluator& ev, const LibraryCall& call) {
  if (WhyRef why = lostBelow(ev, selfObject(ev, call))) return unknownParts(call, why);
  Values out;
  visitTensors<list>(ev, selfObject(ev, call), argumentIs(ev, call, 0, true),
                     [&](const std::string& name, const Value& v) { out.push_back(named ? namedItem(ev, name, v) : v); });
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}

template <bool named> Result children(Evaluator& ev, const LibraryCall& call) {
  Values out;
  Object* self = selfObject(ev, call);
  if (self && self->lost) return unknownParts(call, self->lost);
  if (self && self->module)
    for (const NamedCell& n : self->module->children) out.push_back(named ? namedItem(ev, n.name, n.cell->value()) : n.cell->value());
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}
template <bool named> Result modules(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (WhyRef why = lostBelow(ev, self)) return unknownParts(call, why);
  const bool includeSelf = argumentIs(ev, call, named ? 1 : 0, true);
  std::string prefix = named && call.size() > 0 ? ev.text(call.value(0)).value_or("") : "";
  Values out;
  visitModules(ev, self, [&](Object* o, const std::string& path) {
    if (o == self && !includeSelf) return;
    Value p = Pointer{o->home, nullptr, 0};
    std::string name = prefix.empty() ? path : path.empty() ? prefix : prefix + "." + path;
    out.push_back(named ? namedItem(ev, name, p) : p);
  });
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}

Result train(Evaluator& ev, const LibraryCall& call) {
  ev.setMode();
  const bool on = lastName(call.name) == "eval" ? false : argumentIs(ev, call, 0, true);
  Object* self = selfObject(ev, call);
  const clang::CXXMethodDecl* own = self && lastName(call.name) == "eval" ? overrideOf(ev, self->record, "train") : nullptr;
  if (own)
    ev.call(own, self->home, {ev.arg(boolean(on), ev.context.BoolTy)}, call.at);
  else
    setTraining(ev, self, on, call.at);
  return Value(Nothing{});
}
Result isTraining(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || !self->module) return open(call.at, "whether the module is in training mode is not known");
  return boolean(self->module->training);
}

/// Module::to: dtypes of all parameters and buffers; devices are not followed.
Result to(Evaluator& ev, const LibraryCall& call) {
  for (std::size_t i = 0; i < call.size() && i < 2; ++i) {
    const clang::ParmVarDecl* p = call.callee->getParamDecl(static_cast<unsigned>(i));
    if (!p->getType().getNonReferenceType()->isEnumeralType()) continue;
    std::optional<std::int64_t> type = ev.integer(call.value(i));
    std::optional<DType> dtype = type ? dtypeOf(*type) : std::nullopt;
    if (!dtype) continue;
    auto convert = [&](const std::string&, const Value& v) { ev.heap.edit(tensorOf(v)).type.dtype = *dtype; };
    visitTensors<&ModuleState::parameters>(ev, selfObject(ev, call), true, convert);
    visitTensors<&ModuleState::buffers>(ev, selfObject(ev, call), true, convert);
  }
  return Value(Nothing{});
}

/// Module::apply: what the function takes is told by the std::function it is made into.
Result apply(Evaluator& ev, const LibraryCall& call) {
  const clang::FunctionProtoType* takes = nullptr;
  if (const auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(
          call.callee->getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl());
      spec && spec->getTemplateArgs().size() > 0 && spec->getTemplateArgs()[0].getKind() == clang::TemplateArgument::Type)
    takes = spec->getTemplateArgs()[0].getAsType()->getAs<clang::FunctionProtoType>();
  if (!takes) return notModelled(ev, call);
  const Value function = call.value(0);
  visitModules(ev, selfObject(ev, call), [&](Object* o, const std::string& path) {
    std::vector<Arg> args;
    for (clang::QualType type : takes->param_types()) {
      const clang::CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
      if (record && ev.isModule(record))
        args.push_back(Arg{nullptr, o->home, type.getNonReferenceType()});
      else if (record && ev.library.nameOf(record) == "std::shared_ptr")
        args.push_back(ev.arg(Pointer{o->home, nullptr, 0}, type.getNonReferenceType()));
      else
        args.push_back(ev.arg(Text(path), type.getNonReferenceType()));
    }
    ev.callValue(function, args, call.at);
  });
  return Value(Nothing{});
}

Result moduleName(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  return Value(Text(self && self->record ? ev.library.nameOf(self->record) : std::string("Module")));
}
Result castTo(Evaluator& ev, const LibraryCall& call) { // as<T>()
  Object* self = selfObject(ev, call);
  const clang::CXXRecordDecl* target = call.resultType->getPointeeCXXRecordDecl();
  return Value(self && isA(self->record, target) ? Pointer{self->home, nullptr, 0} : Pointer{});
}
Result clone(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self) return notModelled(ev, call);
  return Value(Pointer{cloneModule(ev, self)->home, nullptr, 0});
}
Result sharedFromThis(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  return Value(Pointer{self ? self->home : call.self, nullptr, 0});
}
Result nothing(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }
Result serializable(Evaluator&, const LibraryCall&) { return boolean(true); }
Result firstArgument(Evaluator&, const LibraryCall& call) { return call.args[0].place; }

// ---- ModuleHolder
Result holder(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  const clang::CXXRecordDecl* held = ev.heldModule(record);
  if (call.size() == 1) {
    // By value: nullptr, std::shared_ptr<Contained>; a list of named modules goes to the module's constructor.
    const bool byValue = call.callee && call.callee->getNumParams() > 0 && !call.callee->getParamDecl(0)->getType()->isReferenceType();
    const Value& v = call.value(0);
    Object* o = ev.object(v);
    if (auto* p = as<Pointer>(v); p && p->isNull()) return v;
    if (byValue && (isOpen(v) || (o && o->module))) return modulePointer(ev, v);
    if (!call.callee && o && o->module && held && isA(o->record, held)) return modulePointer(ev, v);
  }
  if (!held) return notModelled(ev, call);
  Value made = ev.construct(ev.context.getRecordType(held), call.args, call.at);
  return modulePointer(ev, made);
}
Value heldPointer(Evaluator& ev, const LibraryCall& call) {
  const Value v = call.self ? call.self->value() : Value(Nothing{});
  if (auto* p = as<Pointer>(v); p && p->isNull()) ev.raise(call.at, "Accessing empty ModuleHolder");
  return v;
}
Result holderPointer(Evaluator& ev, const LibraryCall& call) { return heldPointer(ev, call); }
Result holderTarget(Evaluator& ev, const LibraryCall& call) { return ev.pointee(heldPointer(ev, call), call.at); }
Result holderIsEmpty(Evaluator&, const LibraryCall& call) {
  auto* p = as<Pointer>(call.self->value());
  if (!p) return open(call.at, "the module is not known", reason(call.self->value()));
  return boolean(p->isNull() == (lastName(call.name) == "is_empty"));
}
/// holder[i] is the module's own operator[].
Result holderSubscript(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.object(heldPointer(ev, call));
  auto find = [&](auto&& self, const clang::CXXRecordDecl* record) -> const clang::CXXMethodDecl* {
    if (!record || !record->hasDefinition()) return nullptr;
    for (const clang::CXXMethodDecl* m : record->getDefinition()->methods())
      if (m->getOverloadedOperator() == clang::OO_Subscript) return m;
    for (const clang::CXXBaseSpecifier& b : record->getDefinition()->bases())
      if (const clang::CXXMethodDecl* m = self(self, b.getType()->getAsCXXRecordDecl())) return m;
    return nullptr;
  };
  const clang::CXXMethodDecl* subscript = o ? find(find, o->record) : nullptr;
  if (!subscript) return open(call.at, "the module is not known", reason(call.self->value()));
  return ev.call(subscript, o->home, call.args, call.at);
}
Result holderCall(Evaluator& ev, const LibraryCall& call) { return ev.callValue(heldPointer(ev, call), call.args, call.at); }

// ---- torch::OrderedDict: a sequence of (key, value)
Result orderedDict(Evaluator& ev, const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (Object* o = asObject(a.value()); o && o->kind == Object::Kind::Sequence) return ev.heap.copy(a.value());
  return Value(ev.heap.sequence({}, call.resultType));
}
Result dictItem(Evaluator& ev, const LibraryCall& call) {
  if (call.size() != 2) return notModelled(ev, call);
  return Value(ev.heap.tuple({call.value(0), call.value(1)}, call.resultType));
}
Cell* part(Object* tuple, std::size_t i) { return tuple && i < tuple->items.size() ? tuple->items[i] : nullptr; }
template <std::size_t i> Result itemPart(Evaluator& ev, const LibraryCall& call) {
  if (Cell* c = part(selfObject(ev, call), i)) return c;
  return notModelled(ev, call);
}
Result itemTarget(Evaluator& ev, const LibraryCall& call) { // operator-> of an item points to its value
  if (Cell* c = part(selfObject(ev, call), 1)) return Value(Pointer{c, nullptr, 0});
  return notModelled(ev, call);
}
Cell* lookUp(Evaluator& ev, Object* dict, const Value& key) {
  if (!dict) return nullptr;
  if (std::optional<std::int64_t> i = ev.integer(key))
    return *i >= 0 && *i < static_cast<std::int64_t>(dict->items.size())
               ? part(asObject(dict->items[static_cast<std::size_t>(*i)]->value()), 1)
               : nullptr;
  std::optional<std::string> name = ev.text(key);
  for (Cell* item : dict->items)
    if (Cell* k = part(asObject(item->value()), 0); k && name && ev.text(k->value()) == name) return part(asObject(item->value()), 1);
  return nullptr;
}
Result dictAt(Evaluator& ev, const LibraryCall& call) {
  if (Cell* c = lookUp(ev, selfObject(ev, call), call.value(0))) return c;
  if (isOpen(call.value(0))) return open(call.at, "the key is not known", reason(call.value(0)));
  ev.raise(call.at, "Argument '" + ev.text(call.value(0)).value_or("") + "' is not defined");
}
Result dictFind(Evaluator& ev, const LibraryCall& call) {
  Cell* c = lookUp(ev, selfObject(ev, call), call.value(0));
  if (lastName(call.name) == "contains") return boolean(c != nullptr);
  return Value(Pointer{c, nullptr, 0});
}
Result dictInsert(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || call.size() != 2) return notModelled(ev, call);
  Object& edited = ev.heap.edit(self);
  edited.items.push_back(ev.heap.cell(namedItem(ev, ev.text(call.value(0)).value_or(""), call.value(1))));
  return part(asObject(edited.items.back()->value()), 1);
}
template <std::size_t i> Result dictParts(Evaluator& ev, const LibraryCall& call) { // keys(), values()
  Values out;
  if (Object* self = selfObject(ev, call))
    for (Cell* item : self->items)
      if (Cell* c = part(asObject(item->value()), i)) out.push_back(c->value());
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}
Result dictSize(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  const auto n = static_cast<std::int64_t>(self ? self->items.size() : 0);
  return lastName(call.name) == "size" ? Result(integerValue(n)) : Result(boolean(n == 0));
}
template <bool end> Result dictIterator(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self) return notModelled(ev, call);
  return Value(Pointer{nullptr, self, end ? static_cast<std::int64_t>(self->items.size()) : 0});
}
Result dictPairs(Evaluator& ev, const LibraryCall& call) { return ev.heap.copy(selfObject(ev, call)); }

constexpr std::pair<const char*, Handler> moduleMembers[] = {{"register_module", registerModule},
                                                             {"replace_module", registerModule},
                                                             {"unregister_module", unregisterModule},
                                                             {"register_parameter", registerTensor<&ModuleState::parameters>},
                                                             {"register_buffer", registerTensor<&ModuleState::buffers>},
                                                             {"parameters", tensors<&ModuleState::parameters, false>},
                                                             {"named_parameters", tensors<&ModuleState::parameters, true>},
                                                             {"buffers", tensors<&ModuleState::buffers, false>},
                                                             {"named_buffers", tensors<&ModuleState::buffers, true>},
                                                             {"children", children<false>},
                                                             {"named_children", children<true>},
                                                             {"modules", modules<false>},
                                                             {"named_modules", modules<true>},
                                                             {"train", train},
                                                             {"eval", train},
                                                             {"is_training", isTraining},
                                                             {"to", to},
                                                             {"apply", apply},
                                                             {"name", moduleName},
                                                             {"as", castTo},
                                                             {"clone", clone},
                                                             {"zero_grad", nothing},
                                                             {"save", nothing},
                                                             {"load", nothing},
                                                             {"pretty_print", nothing},
                                                             {"reset_parameters", nothing},
                                                             {"is_serializable", serializable}};
constexpr std::pair<const char*, Handler> holderMembers[] = {
    {"operator->", holderPointer}, {"operator*", holderTarget},     {"ptr", holderPointer},      {"get", holderPointer},
    {"operator()", holderCall},    {"operator[]", holderSubscript}, {"is_empty", holderIsEmpty}, {"operator T", holderIsEmpty}};
constexpr std::pair<const char*, Handler> dictMembers[] = {
    {"operator[]", dictAt},         {"find", dictFind},          {"contains", dictFind}, {"insert", dictInsert},
    {"keys", dictParts<0>},         {"values", dictParts<1>},    {"size", dictSize},     {"is_empty", dictSize},
    {"begin", dictIterator<false>}, {"end", dictIterator<true>}, {"pairs", dictPairs},   {"items", dictPairs}};
} // namespace

void registerTorchModule(Library& library) {
  for (auto& [name, handler] : moduleMembers) library.function(std::string("torch::nn::Module::") + name, handler);
  library.function("torch::nn::Cloneable::clone", clone);
  library.function("torch::nn::Cloneable::reset", nothing);
  library.function("std::enable_shared_from_this::shared_from_this", sharedFromThis);
  library.constructor("torch::nn::ModuleHolder", holder);
  for (auto& [name, handler] : holderMembers) library.function(std::string("torch::nn::ModuleHolder::") + name, handler);
  library.function("torch::nn::operator<<", firstArgument);
  library.function("torch::nn::operator>>", firstArgument);
  library.constructor("torch::OrderedDict", orderedDict);
  library.constructor("torch::OrderedDict::Item", dictItem);
  for (auto& [name, handler] : dictMembers) library.function(std::string("torch::OrderedDict::") + name, handler);
  library.function("torch::OrderedDict::Item::key", itemPart<0>);
  library.function("torch::OrderedDict::Item::value", itemPart<1>);
  library.function("torch::OrderedDict::Item::operator*", itemPart<1>);
  library.function("torch::OrderedDict::Item::operator->", itemTarget);
}

} // namespace cobra::interp
