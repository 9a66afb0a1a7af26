// Running an operator: arguments to the registry's form, its rule, a step of the trace, fresh tensors.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/input_readers.h"

namespace cobra::interp {

namespace {
/// Tensors of one argument, flat; undefined ones left out.
void collect(const Value& v, std::vector<Tensor*>& out) {
  if (auto* t = as<TensorHandle>(v)) {
    if (t->impl) out.push_back(t->impl);
  } else if (Object* o = asObject(v)) {
    for (Cell* item : o->items) collect(item->value(), out);
  }
}

/// Why an argument is not known: the first open value inside.
WhyRef openInside(const Value& v) {
  if (auto* o = as<OpenValue>(v)) return o->why;
  Object* object = asObject(v);
  if (!object) return nullptr;
  if (object->kind == Object::Kind::Opaque && object->lost) return object->lost;
  for (Cell* item : object->items)
    if (WhyRef inside = openInside(item->value())) return inside;
  return nullptr;
}

template <class T> Argument listOf(const Object& o, const auto& convert) {
  std::vector<T> out;
  for (const Cell* item : o.items) {
    auto x = convert(item->value());
    if (!x) return Open{};
    out.push_back(static_cast<T>(*x));
  }
  return out;
}

/// Two spellings of one call have one snippet: where LibTorch took a list of one for "int[2]", both are written.
void normalize(Call& call) {
  auto parameters = call.op->parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (auto* ints = std::get_if<std::vector<std::int64_t>>(&call.arguments[i]); ints && ints->size() == 1 && parameters[i].listSize > 1)
      ints->resize(static_cast<std::size_t>(parameters[i].listSize), ints->front());
}

/// What a tensor was last written by. A conversion that changed nothing gave its argument back: what was written into that is read.
Source lastWriter(const Trace& trace, const Tensor& t) {
  const bool behind = t.base && t.base->version != t.baseVersion && t.source.kind == Source::Kind::Step;
  if (!behind || trace.steps[static_cast<std::size_t>(t.source.index)].call.op->name() != "aten::to") return t.source;
  return t.base->source;
}

/// Of a tensor that is known the rule wanted the values.
std::string unsized(const ops::Operator& op, const std::vector<Argument>& arguments, const std::string& parameter) {
  const std::string name(op.name());
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (op.parameters()[i].name == parameter && !std::holds_alternative<Open>(arguments[i]))
      return "the size of what " + name + " gives depends on the values of its argument " + parameter +
             ", which are only known at run time";
  return name + " cannot be sized: its argument " + parameter + " is not known";
}

constexpr std::pair<std::int64_t, DType> scalarTypes[] = {
    {0, DType::UInt8},   {1, DType::Int8},    {2, DType::Int16},     {3, DType::Int32},       {4, DType::Int64}, {5, DType::Float16},
    {6, DType::Float32}, {7, DType::Float64}, {9, DType::Complex64}, {10, DType::Complex128}, {11, DType::Bool}, {15, DType::BFloat16}};
constexpr const char* memoryFormats[] = {"contiguous_format", "preserve_format", "channels_last", "channels_last_3d"};
constexpr const char* layouts[] = {"strided", "sparse"};
} // namespace

Argument Evaluator::argument(const ops::Parameter& p, const Value& v) {
  if (isOpen(v)) return Open{};
  bool absent = isNothing(v) || std::holds_alternative<NullOpt>(v);
  if (auto* pointer = as<Pointer>(v); pointer && pointer->isNull()) absent = true;
  if (absent) return p.hasDefault && !p.optional ? p.defaultValue : Argument(None{});
  Object* o = asObject(v);
  auto asInt = [&](const Value& x) { return integer(x); };
  switch (p.kind) {
  case ops::Kind::Tensor:
    if (p.list) {
      if (!o || o->kind == Object::Kind::Opaque) return Open{};
      TensorList list;
      for (const Cell* item : o->items) {
        auto* t = as<TensorHandle>(item->value());
        if (t && t->impl)
          list.emplace_back(t->impl->type);
        else if (t || std::holds_alternative<NullOpt>(item->value()))
          list.emplace_back(std::nullopt);
        else
          return Open{};
      }
      return list;
    }
    if (auto* t = as<TensorHandle>(v)) return t->impl ? Argument(t->impl->type) : Argument(None{});
    return Open{};
  case ops::Kind::Int:
    if (p.list) {
      if (o && o->kind != Object::Kind::Opaque) return listOf<std::int64_t>(*o, asInt);
      if (auto i = integer(v)) return std::vector<std::int64_t>{*i};
      return Open{};
    }
    if (auto i = integer(v)) return *i;
    return Open{};
  case ops::Kind::Float:
    if (p.list)
      return o && o->kind != Object::Kind::Opaque ? listOf<double>(*o, [&](const Value& x) { return number(x); }) : Argument(Open{});
    if (auto d = number(v)) return *d;
    return Open{};
  case ops::Kind::Bool:
    if (p.list) return o && o->kind != Object::Kind::Opaque ? listOf<bool>(*o, asInt) : Argument(Open{});
    if (auto i = integer(v)) return *i != 0;
    return Open{};
  case ops::Kind::Scalar:
    if (auto* i = as<std::int64_t>(v)) return *i;
    if (auto* d = as<double>(v)) return *d;
    return Open{};
  case ops::Kind::String:
  case ops::Kind::Device:
    if (auto t = text(v)) return *t;
    return p.kind == ops::Kind::Device ? Argument(None{}) : Argument(Open{});
  case ops::Kind::ScalarType:
    if (auto i = integer(v))
      for (auto& [number, dtype] : scalarTypes)
        if (number == *i) return dtype;
    return Open{};
  case ops::Kind::MemoryFormat:
    if (auto i = integer(v); i && *i >= 0 && *i < 4) return std::string(memoryFormats[*i]);
    return None{};
  case ops::Kind::Layout:
    if (auto i = integer(v); i && *i >= 0 && *i < 2) return std::string(layouts[*i]);
    return None{};
  case ops::Kind::Generator: return None{};
  }
  return Open{};
}

int Evaluator::currentSite(clang::SourceRange at) {
  Site site;
  site.at = at;
  site.frames = callStack_;
  site.module = moduleStack_.empty() ? nullptr : moduleStack_.back();
  if (!trace.sites.empty()) { // operators of one expression share their site
    const Site& last = trace.sites.back();
    if (last.at == site.at && last.module == site.module && last.frames.size() == site.frames.size() &&
        std::equal(last.frames.begin(), last.frames.end(), site.frames.begin(),
                   [](const CallFrame& a, const CallFrame& b) { return a.function == b.function && a.call == b.call; }))
      return static_cast<int>(trace.sites.size()) - 1;
  }
  trace.sites.push_back(std::move(site));
  return static_cast<int>(trace.sites.size()) - 1;
}

Value Evaluator::makeTensor(TensorType type, Source source) {
  Tensor* t = heap.tensor(std::move(type));
  t->source = source;
  return TensorHandle{t};
}

void Evaluator::noteReader(llvm::StringRef op, std::vector<Argument> arguments, const WhyRef& because) {
  if (readers_) readers_->note({op.str(), std::move(arguments)}, because);
}

std::vector<Value> Evaluator::emit(const ops::Operator& op, std::vector<Value> values, clang::SourceRange at) {
  meter.step();
  meter.operators(callStack_.size());
  auto parameters = op.parameters();
  values.resize(parameters.size(), Nothing{});
  Step step;
  step.call.op = &op;
  step.call.arguments.reserve(parameters.size());
  std::vector<Tensor*> tensors;
  WhyRef because;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (isNothing(values[i]) && parameters[i].hasDefault)
      step.call.arguments.push_back(parameters[i].defaultValue);
    else
      step.call.arguments.push_back(argument(parameters[i], values[i]));
    if (!because) because = openInside(values[i]);
    if (parameters[i].kind == ops::Kind::Tensor) collect(values[i], tensors);
  }

  meter.charge(tensors.size());

  auto openOutputs = [&](WhyRef reason) {
    std::vector<Value> out(op.returns().empty() ? 1 : op.returns().size(), OpenValue{reason});
    return out;
  };
  ops::Answer answer = ops::evaluate(op, step.call.arguments);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer)) raise(at, std::string(op.name()) + ": " + misuse->sentence);
  if (auto* unknownArgument = std::get_if<ops::Unknown>(&answer)) {
    noteReader({op.name().data(), op.name().size()}, step.call.arguments, because);
    Value v = unknown(at, unsized(op, step.call.arguments, unknownArgument->parameter), because);
    return openOutputs(reason(v));
  }
  normalize(step.call);
  ops::Effect& effect = std::get<ops::Effect>(answer);

  for (Tensor* t : tensors) {
    step.sources.push_back(lastWriter(trace, *t));
    step.inputs.push_back(t);
  }
  step.outputs = effect.outputs;
  step.flops = effect.flops;
  step.bytes = effect.bytes;
  step.site = currentSite(at);
  step.meant = meantStack_.empty() ? -1 : meantStack_.front();
  const int index = static_cast<int>(trace.steps.size());
  const bool record = !openRuns_.empty();

  // Outputs: what is written in place stays the same tensor.
  Tensor* written = nullptr;
  for (std::size_t i = 0; i < parameters.size() && !written; ++i)
    if (parameters[i].written && parameters[i].kind == ops::Kind::Tensor) written = tensor(values[i]);
  std::vector<Value> outputs;
  std::size_t next = 0;
  auto fresh = [&](const TensorType& type) {
    Tensor* t = heap.tensor(type);
    if (record) t->source = {Source::Kind::Step, index};
    return Value(TensorHandle{t});
  };
  for (const ops::Return& r : op.returns()) {
    if (r.list) {
      std::vector<Value> list;
      while (next < effect.outputs.size()) list.push_back(fresh(effect.outputs[next++]));
      outputs.push_back(heap.sequence(std::move(list)));
    } else if (r.kind != ops::Kind::Tensor) {
      outputs.push_back(open(at, std::string(op.name()) + " gives a value that only a run would tell"));
    } else if (next < effect.outputs.size()) {
      const TensorType& type = effect.outputs[next++];
      if (r.written && written) {
        Tensor& t = heap.edit(written);
        t.type = type;
        t.contents.reset();
        if (record) t.source = {Source::Kind::Step, index};
        outputs.push_back(TensorHandle{written});
      } else {
        outputs.push_back(fresh(type));
      }
    }
  }
  if (written && op.returns().empty()) {
    Tensor& t = heap.edit(written);
    t.contents.reset();
    if (record) t.source = {Source::Kind::Step, index};
  }
  if (outputs.empty()) outputs.push_back(Nothing{});
  if (record) trace.steps.push_back(std::move(step));
  return outputs;
}

Value Evaluator::emit1(llvm::StringRef fullName, std::vector<Value> values, clang::SourceRange at) {
  const ops::Operator* op = ops::find({fullName.data(), fullName.size()});
  if (!op) {
    noteUnknownFunction(fullName);
    return unknown(at, fullName.str() + " is not in the operator registry");
  }
  return emit(*op, std::move(values), at)[0];
}

Evaluator::Meant::Meant(Evaluator& ev, llvm::StringRef fullName, std::vector<Value> values, clang::SourceRange at) : evaluator_(ev) {
  const ops::Operator* op = ops::find({fullName.data(), fullName.size()});
  if (!op || ev.openRuns_.empty() || !ev.meantStack_.empty()) return;
  MeantCall meant;
  meant.call.op = op;
  auto parameters = op->parameters();
  values.resize(parameters.size(), Nothing{});
  std::vector<Tensor*> tensors;
  WhyRef because;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    meant.call.arguments.push_back(isNothing(values[i]) && parameters[i].hasDefault ? parameters[i].defaultValue
                                                                                    : ev.argument(parameters[i], values[i]));
    if (!because) because = openInside(values[i]);
    if (parameters[i].kind == ops::Kind::Tensor) collect(values[i], tensors);
  }
  for (const Argument& a : meant.call.arguments)
    if (std::holds_alternative<Open>(a)) {
      ev.noteReader({op->name().data(), op->name().size()}, meant.call.arguments, because);
      return;
    }
  ops::Answer answer = ops::evaluate(*op, meant.call.arguments);
  auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) return; // the executed operators say what is wrong
  normalize(meant.call);
  meant.outputs = effect->outputs;
  meant.flops = effect->flops;
  meant.bytes = effect->bytes;
  for (Tensor* t : tensors) {
    meant.sources.push_back(lastWriter(ev.trace, *t));
    meant.inputs.push_back(t);
  }
  meant.site = ev.currentSite(at);
  meant.firstStep = static_cast<int>(ev.trace.steps.size());
  index_ = static_cast<int>(ev.trace.meant.size());
  ev.trace.meant.push_back(std::move(meant));
  ev.meantStack_.push_back(index_);
}

Evaluator::Meant::~Meant() {
  if (index_ < 0) return;
  evaluator_.trace.meant[static_cast<std::size_t>(index_)].endStep = static_cast<int>(evaluator_.trace.steps.size());
  evaluator_.meantStack_.pop_back();
}

} // namespace cobra::interp
