// Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict, AnyModule, Functional.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_modules.h"

namespace cobra::interp {

namespace torch_model {

Object* elementsOf(Evaluator& ev, Object* container) {
  if (!container) return nullptr;
  Cell* cell = ev.fieldCell(*container, "modules_");
  Object* list = asObject(cell->value());
  if (!list && !isOpen(cell->value())) {
    list = ev.heap.sequence({});
    ev.heap.write(cell, list);
  }
  return list;
}

Result moduleAt(Evaluator& ev, const LibraryCall& call) {
  Object* elements = elementsOf(ev, selfObject(ev, call));
  const Value& key = call.value(0);
  if (!elements || isOpen(key)) return open(call.at, "which module is taken is not known", reason(key));
  Value found = Nothing{};
  if (std::optional<std::string> name = ev.text(key)) {
    for (Cell* item : elements->items)
      if (Object* pair = asObject(item->value()); pair && pair->items.size() == 2 && ev.text(pair->items[0]->value()) == name)
        found = pair->items[1]->value();
    if (isNothing(found)) ev.raise(call.at, "Argument '" + *name + "' is not defined");
  } else {
    std::int64_t i = ev.integer(key).value_or(-1);
    if (i < 0 || i >= static_cast<std::int64_t>(elements->items.size())) ev.raise(call.at, "Index out of range");
    found = elements->items[static_cast<std::size_t>(i)]->value();
  }
  // at<T>() refers to the module, [] and ptr() point to it.
  if (call.resultType->isReferenceType())
    if (Object* o = ev.object(found)) return o->home;
  return found;
}

} // namespace torch_model

using namespace torch_model;

namespace {
void append(Evaluator& ev, Object& container, const std::string& name, const Value& module, At at) {
  Value p = modulePointer(ev, module);
  if (isOpen(p)) {
    ev.unknown(at, "a module that is added to a container is not known", reason(p));
    return;
  }
  if (auto* pointer = as<Pointer>(p); !pointer || pointer->isNull()) ev.raise(at, "Accessing empty ModuleHolder");
  Object* elements = elementsOf(ev, &container);
  if (!elements) return;
  ev.heap.edit(elements).items.push_back(ev.heap.cell(p));
  registerChild(ev, container, name, p, at);
}
std::string nextName(Evaluator& ev, Object& container) {
  Object* elements = elementsOf(ev, &container);
  return std::to_string(elements ? elements->items.size() : 0);
}
/// A list of (name, module), or of modules.
void appendAll(Evaluator& ev, Object& container, Object& list, At at) {
  for (Cell* item : list.items) {
    Object* pair = asObject(item->value());
    if (pair && pair->kind == Object::Kind::Tuple && pair->items.size() == 2)
      append(ev, container, ev.text(pair->items[0]->value()).value_or(nextName(ev, container)), pair->items[1]->value(), at);
    else
      append(ev, container, nextName(ev, container), item->value(), at);
  }
}
void initList(Evaluator& ev, Object& self, const LibraryCall& call) {
  elementsOf(ev, &self);
  for (const Arg& a : call.args) {
    Object* o = asObject(a.value());
    if (o && o->kind == Object::Kind::Sequence)
      appendAll(ev, self, *o, call.at);
    else
      append(ev, self, nextName(ev, self), a.value(), call.at);
  }
}

Result pushBack(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self) return notModelled(ev, call);
  std::optional<std::string> name = call.size() == 2 ? ev.text(call.value(0)) : std::nullopt;
  if (name) {
    append(ev, *self, *name, call.value(1), call.at);
  } else {
    for (const Arg& a : call.args) append(ev, *self, nextName(ev, *self), a.value(), call.at);
  }
  return Value(Nothing{});
}
Result extend(Evaluator& ev, const LibraryCall& call) {
  Object *self = selfObject(ev, call), *from = ev.object(call.value(0));
  if (from && from->module) from = elementsOf(ev, from);
  if (!self || !from || from->kind == Object::Kind::Opaque)
    return ev.unknown(call.at, "the modules that are added to a container are not known", reason(call.value(0)));
  appendAll(ev, *self, *from, call.at);
  return Value(Nothing{});
}
Result insertAt(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  Object* elements = elementsOf(ev, self);
  std::optional<std::int64_t> i = ev.integer(call.value(0));
  if (!elements || !i) return notModelled(ev, call);
  const auto n = static_cast<std::int64_t>(elements->items.size());
  if (*i < 0 || *i > n) ev.raise(call.at, "Index out of range");
  append(ev, *self, std::to_string(n), call.value(1), call.at);
  Object& edited = ev.heap.edit(elements);
  std::rotate(edited.items.begin() + *i, edited.items.end() - 1, edited.items.end());
  std::vector<NamedCell>& children = ev.heap.edit(self).module->children; // names follow the places
  for (std::size_t k = 0; k < children.size() && k < edited.items.size(); ++k) ev.heap.write(children[k].cell, edited.items[k]->value());
  return Value(Nothing{});
}

/// The first module gets all inputs, each other the output of the one before it.
Result sequentialForward(Evaluator& ev, const LibraryCall& call) {
  Object* elements = elementsOf(ev, selfObject(ev, call));
  if (!elements) return open(call.at, "the modules of this Sequential are not known");
  if (elements->items.empty()) ev.raise(call.at, "Cannot call forward() on an empty Sequential");
  std::vector<Arg> args(call.args.begin(), call.args.end());
  Value value;
  const std::vector<Cell*> modules = elements->items;
  for (Cell* module : modules) {
    Result r = ev.callValue(module->value(), args, call.at);
    value = r.place ? r.place->value() : std::move(r.value);
    Object* o = asObject(value);
    args = {ev.arg(value, o ? o->type : ev.tensorType())};
  }
  return value;
}

Result size(Evaluator& ev, const LibraryCall& call) {
  Object* elements = elementsOf(ev, selfObject(ev, call));
  if (!elements || elements->kind == Object::Kind::Opaque) return open(call.at, "the modules of this container are not known");
  const auto n = static_cast<std::int64_t>(elements->items.size());
  return lastName(call.name) == "size" ? Result(integerValue(n)) : Result(boolean(n == 0));
}
template <bool end> Result iterator(Evaluator& ev, const LibraryCall& call) {
  Object* elements = elementsOf(ev, selfObject(ev, call));
  if (!elements) return open(call.at, "the modules of this container are not known");
  return Value(Pointer{nullptr, elements, end ? static_cast<std::int64_t>(elements->items.size()) : 0});
}
Result clear(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (Object* elements = elementsOf(ev, self)) ev.heap.edit(elements).items.clear();
  if (self && self->module) ev.heap.edit(self).module->children.clear();
  return Value(Nothing{});
}

// ---- ModuleDict: its list holds (key, module)
void insertNamed(Evaluator& ev, Object& self, const std::string& name, const Value& module, At at) {
  Object* elements = elementsOf(ev, &self);
  if (!elements) return;
  Value p = modulePointer(ev, module);
  for (Cell* item : elements->items)
    if (Object* pair = asObject(item->value()); pair && ev.text(pair->items[0]->value()) == name) {
      ev.heap.write(pair->items[1], p);
      for (NamedCell& n : ev.heap.edit(&self).module->children)
        if (n.name == name) ev.heap.write(n.cell, p);
      return;
    }
  ev.heap.edit(elements).items.push_back(ev.heap.cell(namedItem(ev, name, p)));
  registerChild(ev, self, name, p, at);
}
void insertAll(Evaluator& ev, Object& self, const Value& from, At at) {
  Object* list = ev.object(from);
  if (list && list->module) list = elementsOf(ev, list);
  if (!list) return;
  for (Cell* item : list->items)
    if (Object* pair = asObject(item->value()); pair && pair->items.size() == 2)
      insertNamed(ev, self, ev.text(pair->items[0]->value()).value_or("unknown"), pair->items[1]->value(), at);
}
void initDict(Evaluator& ev, Object& self, const LibraryCall& call) {
  elementsOf(ev, &self);
  for (const Arg& a : call.args) insertAll(ev, self, a.value(), call.at);
}
Result dictInsert(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self) return notModelled(ev, call);
  if (call.size() == 2)
    insertNamed(ev, *self, ev.text(call.value(0)).value_or("unknown"), call.value(1), call.at);
  else
    insertAll(ev, *self, call.value(0), call.at);
  return Value(Nothing{});
}
Result dictContains(Evaluator& ev, const LibraryCall& call) {
  std::optional<std::string> name = ev.text(call.value(0));
  if (!name) return open(call.at, "the key is not known", reason(call.value(0)));
  bool found = false;
  if (Object* elements = elementsOf(ev, selfObject(ev, call)))
    for (Cell* item : elements->items)
      if (Object* pair = asObject(item->value())) found |= ev.text(pair->items[0]->value()) == name;
  return boolean(found);
}
template <int which> Result dictList(Evaluator& ev, const LibraryCall& call) { // keys, values, items
  Values out;
  if (Object* elements = elementsOf(ev, selfObject(ev, call)))
    for (Cell* item : elements->items)
      if (Object* pair = asObject(item->value())) out.push_back(which == 2 ? ev.heap.copy(item->value()) : pair->items[which]->value());
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}

// ---- ParameterList, ParameterDict: the registered parameters themselves
void initParameters(Evaluator& ev, Object& self, const LibraryCall& call) {
  auto add = [&](const Value& v) { registerParameter(ev, self, std::to_string(self.module->parameters.size()), v); };
  for (const Arg& a : call.args) {
    Object* o = asObject(a.value());
    if (!o) {
      add(a.value());
      continue;
    }
    for (Cell* item : o->items)
      if (Object* pair = asObject(item->value()); pair && pair->items.size() == 2)
        registerParameter(ev, self, ev.text(pair->items[0]->value()).value_or("unknown"), pair->items[1]->value());
      else
        add(item->value());
  }
}
Result parameterAt(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || !self->module) return notModelled(ev, call);
  const std::vector<NamedCell>& list = self->module->parameters;
  std::optional<std::string> name = ev.text(call.value(0));
  std::optional<std::int64_t> index = ev.integer(call.value(0));
  for (std::size_t i = 0; i < list.size(); ++i)
    if (name ? list[i].name == *name : index == static_cast<std::int64_t>(i)) return list[i].cell;
  if (isOpen(call.value(0))) return open(call.at, "which parameter is taken is not known", reason(call.value(0)));
  ev.raise(call.at, name ? "Parameter '" + *name + "' is not defined" : std::string("Index out of range"));
}
Result parameterAppend(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || !self->module) return notModelled(ev, call);
  if (call.size() == 2)
    registerParameter(ev, *self, ev.text(call.value(0)).value_or("unknown"), call.value(1));
  else
    registerParameter(ev, *self, std::to_string(self->module->parameters.size()), call.value(0));
  return Value(Nothing{});
}
Result parameterCount(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  const auto n = static_cast<std::int64_t>(self && self->module ? self->module->parameters.size() : 0);
  return lastName(call.name) == "size" ? Result(integerValue(n)) : Result(boolean(n == 0));
}

/// The parameters as items (name, tensor), kept so that begin and end speak of one sequence.
Object* parameterItems(Evaluator& ev, Object& self) {
  const std::vector<NamedCell> list = self.module->parameters;
  if (Cell* kept = self.field("items"))
    if (Object* items = asObject(kept->value()); items && items->items.size() == list.size()) return items;
  Object* items = ev.heap.sequence({});
  for (const NamedCell& parameter : list) {
    Object* item = ev.heap.tuple({Text(parameter.name)});
    item->items.push_back(parameter.cell);
    items->items.push_back(ev.heap.cell(item));
  }
  ev.heap.write(ev.fieldCell(self, "items"), items);
  return items;
}
template <bool end> Result parameterIterator(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || !self->module) return notModelled(ev, call);
  Object* items = parameterItems(ev, *self);
  return Value(Pointer{nullptr, items, end ? static_cast<std::int64_t>(items->items.size()) : 0});
}
enum class Part : std::uint8_t { Names, Tensors, Items };
template <Part part> Result parameterParts(Evaluator& ev, const LibraryCall& call) {
  Object* self = selfObject(ev, call);
  if (!self || !self->module) return notModelled(ev, call);
  Values out;
  for (Cell* item : parameterItems(ev, *self)->items) {
    const Object& pair = *asObject(item->value());
    out.push_back(part == Part::Items ? item->value() : pair.items[part == Part::Tensors]->value());
  }
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}

// ---- AnyModule, NamedAnyModule: pointers to modules
Result anyModule(Evaluator& ev, const LibraryCall& call) { return call.size() == 0 ? Value(Pointer{}) : modulePointer(ev, call.value(0)); }
Result anyAssign(Evaluator& ev, const LibraryCall& call) {
  ev.heap.write(call.self, modulePointer(ev, call.value(0)));
  return call.self;
}
Result anyForward(Evaluator& ev, const LibraryCall& call) { return ev.callValue(call.self->value(), call.args, call.at); }
Result anyGet(Evaluator& ev, const LibraryCall& call) {
  if (call.resultType->isReferenceType())
    if (Object* o = ev.object(call.self->value())) return o->home;
  return call.self->value();
}
Result anyIsEmpty(Evaluator&, const LibraryCall& call) {
  auto* p = as<Pointer>(call.self->value());
  return boolean(p && p->isNull());
}
Result anyClone(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.object(call.self->value());
  return o ? Value(Pointer{cloneModule(ev, o)->home, nullptr, 0}) : call.self->value();
}
Result namedModule(Evaluator& ev, const LibraryCall& call) {
  if (call.size() != 2) return notModelled(ev, call);
  return namedItem(ev, ev.text(call.value(0)).value_or("unknown"), modulePointer(ev, call.value(1)));
}
template <std::size_t i> Result namedPart(Evaluator& ev, const LibraryCall& call) {
  Object* o = selfObject(ev, call);
  return o && i < o->items.size() ? Result(o->items[i]) : notModelled(ev, call);
}

// ---- Functional: a function and the arguments after its input
void initFunctional(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* bound = ev.heap.object(Object::Kind::Bound);
  bound->sorted = true;
  for (const Arg& a : call.args) bound->items.push_back(ev.heap.cell(ev.heap.copy(a.value())));
  ev.heap.write(ev.fieldCell(self, "function_"), bound);
}
Result functionalForward(Evaluator& ev, const LibraryCall& call) {
  return ev.callValue(fieldValue(selfObject(ev, call), "function_"), call.args, call.at);
}

constexpr std::pair<const char*, Handler> listMembers[] = {
    {"push_back", pushBack},    {"extend", extend},      {"insert", insertAt},     {"size", size},    {"is_empty", size},
    {"begin", iterator<false>}, {"end", iterator<true>}, {"operator[]", moduleAt}, {"ptr", moduleAt}, {"at", moduleAt}};
constexpr std::pair<const char*, Handler> dictMembers[] = {{"insert", dictInsert},  {"update", dictInsert},   {"contains", dictContains},
                                                           {"keys", dictList<0>},   {"values", dictList<1>},  {"items", dictList<2>},
                                                           {"size", size},          {"empty", size},          {"begin", iterator<false>},
                                                           {"end", iterator<true>}, {"operator[]", moduleAt}, {"at", moduleAt},
                                                           {"clear", clear}};
constexpr std::pair<const char*, Handler> parameterMembers[] = {{"append", parameterAppend},
                                                                {"insert", parameterAppend},
                                                                {"operator[]", parameterAt},
                                                                {"at", parameterAt},
                                                                {"get", parameterAt},
                                                                {"size", parameterCount},
                                                                {"is_empty", parameterCount},
                                                                {"empty", parameterCount},
                                                                {"begin", parameterIterator<false>},
                                                                {"end", parameterIterator<true>},
                                                                {"keys", parameterParts<Part::Names>},
                                                                {"values", parameterParts<Part::Tensors>},
                                                                {"items", parameterParts<Part::Items>}};
constexpr std::pair<const char*, Handler> anyMembers[] = {{"operator=", anyAssign}, {"forward", anyForward}, {"any_forward", anyForward},
                                                          {"get", anyGet},          {"ptr", anyGet},         {"is_empty", anyIsEmpty},
                                                          {"clone", anyClone}};

template <std::size_t n> void enter(Library& library, const std::string& type, const std::pair<const char*, Handler> (&members)[n]) {
  for (auto& [name, handler] : members) library.function(type + "::" + name, handler);
}
} // namespace

void registerTorchContainers(Library& library) {
  library.module("torch::nn::SequentialImpl", initList);
  library.module("torch::nn::ModuleListImpl", initList);
  library.module("torch::nn::ModuleDictImpl", initDict);
  library.module("torch::nn::ParameterListImpl", initParameters);
  library.module("torch::nn::ParameterDictImpl", initParameters);
  library.module("torch::nn::FunctionalImpl", initFunctional);
  enter(library, "torch::nn::SequentialImpl", listMembers);
  enter(library, "torch::nn::ModuleListImpl", listMembers);
  enter(library, "torch::nn::ModuleDictImpl", dictMembers);
  enter(library, "torch::nn::ParameterListImpl", parameterMembers);
  enter(library, "torch::nn::ParameterDictImpl", parameterMembers);
  library.function("torch::nn::SequentialImpl::forward", sequentialForward);
  library.function("torch::nn::FunctionalImpl::forward", functionalForward);
  library.function("torch::nn::FunctionalImpl::operator()", functionalForward);
  library.constructor("torch::nn::AnyModule", anyModule);
  enter(library, "torch::nn::AnyModule", anyMembers);
  library.constructor("torch::nn::NamedAnyModule", namedModule);
  library.function("torch::nn::NamedAnyModule::name", namedPart<0>);
  library.function("torch::nn::NamedAnyModule::module", namedPart<1>);
}

} // namespace cobra::interp
