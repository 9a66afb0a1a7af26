#include "analyzer/models/cudnn_support.h"

#include "analyzer/interp/scopes.h"

#include <array>

namespace cobra::interp::cudnn_model {

namespace {
constexpr std::array<std::optional<DType>, 12> dataTypes = {DType::Float32, DType::Float64,  DType::Float16, DType::Int8,
                                                            DType::Int32,   DType::Int8,     DType::UInt8,   DType::UInt8,
                                                            DType::Int8,    DType::BFloat16, DType::Int64,   DType::Bool};

std::string shown(const TensorType& type) {
  std::string out = "[";
  for (std::size_t i = 0; i < type.shape.size(); ++i) out += (i ? ", " : "") + std::to_string(type.shape[i]);
  return out + "]";
}

/// The variable that an argument reads was never written.
bool neverWritten(Evaluator& ev, const Arg& arg) {
  if (!arg.expr) return isNothing(arg.value());
  const clang::Expr* e = arg.expr->IgnoreParenImpCasts();
  return llvm::isa<clang::DeclRefExpr, clang::MemberExpr>(e) && isNothing(ev.place(e)->value());
}
} // namespace

Result refuse(Evaluator& ev, At at, const std::string& sentence) {
  ensureRun(ev, at);
  auto reason = std::make_shared<const Why>(Why{at, sentence, nullptr, true});
  ev.trace.open.push_back({reason, static_cast<int>(ev.trace.steps.size())});
  return Value(badParam);
}

void give(Evaluator& ev, const Value& pointer, Value value) {
  auto* p = as<Pointer>(pointer);
  if (!p || p->isNull() || (p->sequence && p->sequence->kind == Object::Kind::Opaque)) return;
  ev.heap.write(ev.pointee(pointer, {}), std::move(value));
}

Value Descriptor::get(llvm::StringRef field) const {
  Cell* cell = object ? object->field(field) : nullptr;
  return cell ? cell->value() : Value(Nothing{});
}

Descriptor descriptor(Evaluator& ev, const LibraryCall& call, std::size_t argument) {
  Descriptor out;
  if (argument >= call.size()) return out;
  const Value& v = call.value(argument);
  out.object = ev.object(v);
  if (out.object && out.object->kind == Object::Kind::Opaque) out.object = nullptr;
  if (out.object) return out;
  auto* p = as<Pointer>(v);
  if (neverWritten(ev, call.args[argument]) || (p && p->isNull()) || (p && p->target && isNothing(p->target->value())))
    out.wrong = "was never created";
  else
    out.why = reason(v) ? reason(v) : why(call.at, "a descriptor is not followed to where it was created");
  return out;
}

void set(Evaluator& ev, Object* descriptor, llvm::StringRef field, Value value) {
  ev.heap.write(ev.fieldCell(*descriptor, field), std::move(value));
}

Value arrayBehind(Evaluator& ev, const Value& pointer, std::int64_t count, At at) {
  auto* p = as<Pointer>(pointer);
  if (isOpen(pointer)) return pointer;
  if (!p || !p->sequence || count < 0 || count > 64) return open(at, "the array of sizes is not followed");
  std::vector<Value> items;
  for (std::int64_t i = 0; i < count; ++i) {
    const Value item = ev.pointee(Pointer{nullptr, p->sequence, p->index + i}, at)->value();
    items.push_back(isNothing(item) ? open(at, "an element of the array is read before it is set") : item);
  }
  return ev.heap.sequence(std::move(items));
}

void fillArray(Evaluator& ev, const Value& pointer, const Ints& numbers) {
  auto* p = as<Pointer>(pointer);
  if (!p || !p->sequence) return;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::int64_t at = p->index + static_cast<std::int64_t>(i);
    if (at >= 0 && at < static_cast<std::int64_t>(p->sequence->items.size()))
      ev.heap.write(p->sequence->items[static_cast<std::size_t>(at)], numbers[i]);
  }
}

std::optional<DType> dtypeOf(std::int64_t type) {
  return type >= 0 && type < static_cast<std::int64_t>(dataTypes.size()) ? dataTypes[static_cast<std::size_t>(type)] : std::nullopt;
}

constexpr std::pair<std::int64_t, DType> cudaTypes[] = {{0, DType::Float32}, {1, DType::Float64}, {2, DType::Float16},  {3, DType::Int8},
                                                        {8, DType::UInt8},   {10, DType::Int32},  {14, DType::BFloat16}};
std::optional<DType> cudaDataTypeOf(std::int64_t type) {
  for (const auto& [number, dtype] : cudaTypes)
    if (number == type) return dtype;
  return std::nullopt;
}

std::string_view nameAt(std::span<const std::string_view> names, const Value& value) {
  auto* i = as<std::int64_t>(value);
  return i && *i >= 0 && *i < static_cast<std::int64_t>(names.size()) ? names[static_cast<std::size_t>(*i)] : std::string_view();
}

void ensureRun(Evaluator& ev, At at) { RunScope::openProgram(ev, at); }

Value Operation::listValue(Evaluator& ev, const Ints& numbers) {
  std::vector<Value> items(numbers.begin(), numbers.end());
  return ev.heap.sequence(std::move(items));
}

std::string Operation::status() const {
  return call_.name.starts_with("cublas") ? "CUBLAS_STATUS_INVALID_VALUE: " : "CUDNN_STATUS_BAD_PARAM: ";
}

void Operation::wrong(std::string sentence) {
  if (wrong_.empty()) wrong_ = std::move(sentence);
}

void Operation::open(std::string sentence, WhyRef because) {
  if (open_) return;
  open_ = true;
  open_text_ = std::move(sentence);
  because_ = std::move(because);
}

Descriptor Operation::parameters(std::size_t argument, std::string_view what) {
  Descriptor d = descriptor(ev_, call_, argument);
  if (!d.wrong.empty()) wrong(status() + "the " + std::string(what) + " " + d.wrong);
  if (d.why) open("its " + std::string(what) + " is not known", d.why);
  return d;
}

Value Operation::field(const Descriptor& d, llvm::StringRef name, std::string_view what) {
  Value v = d.get(name);
  if (d && isNothing(v)) wrong(status() + "the " + std::string(what) + " was created but never set");
  return v;
}

TensorType Operation::type(std::size_t argument, std::string_view what) {
  Descriptor d = parameters(argument, what);
  if (!d) return {};
  const Value dims = field(d, "dims", what), dtype = d.get("dtype");
  if (!good()) return {};
  auto sizes = ev_.integers(dims);
  auto number = ev_.integer(dtype);
  const auto type = number ? dtypeOf(*number) : std::nullopt;
  if (!sizes || !type) {
    WhyRef because = reason(dims) ? reason(dims) : reason(dtype);
    if (Object* list = asObject(dims); list && !because)
      for (Cell* item : list->items)
        if (reason(item->value())) because = reason(item->value());
    open(std::string(sizes ? "the data type" : "a size") + " in its " + std::string(what) + " is not known", because);
    return {};
  }
  return {*type, *sizes};
}

Value Operation::input(std::size_t argument, const TensorType& type) {
  Value handle = ev_.makeTensor(type);
  const std::vector<Tensor*> writers = lastWrites(ev_, part(ev_, call_, argument), type.bytes());
  if (!writers.empty()) ev_.tensor(handle)->source = writers.front()->source;
  for (std::size_t i = 1; i < writers.size(); ++i) more_.push_back(writers[i]);
  return handle;
}

Value Operation::optionalInput(std::size_t argument, const TensorType& type) {
  auto* p = as<Pointer>(call_.value(argument));
  if (p && p->isNull()) return NullOpt{};
  return input(argument, type);
}

Result Operation::answer() {
  const std::string name = call_.name.str();
  if (!wrong_.empty()) return refuse(ev_, call_.at, name + " returns " + wrong_);
  if (open_) {
    ensureRun(ev_, call_.at);
    ev_.unknown(call_.at, name + " cannot be sized: " + open_text_, because_);
  }
  return ok();
}

/// beta times what lies at the output is added to it: cuDNN's calls have the factor before the output's
/// descriptor, cuBLAS's before the output.
void Operation::readAccumulated(std::size_t pointer, std::int64_t bytes) {
  const std::size_t before = call_.name.starts_with("cublas") ? 1 : 2;
  if (pointer < before || pointer >= call_.size()) return;
  auto* p = as<Pointer>(call_.value(pointer - before));
  Cell* factor = p ? p->target : nullptr;
  if (p && p->sequence && p->sequence->kind == Object::Kind::Sequence && p->index >= 0 &&
      p->index < static_cast<std::int64_t>(p->sequence->items.size()))
    factor = p->sequence->items[static_cast<std::size_t>(p->index)];
  const auto beta = factor ? ev_.number(factor->value()) : std::nullopt;
  if (!beta || *beta == 0) return;
  for (Tensor* writer : lastWrites(ev_, part(ev_, call_, pointer), bytes)) more_.push_back(writer);
}

Result Operation::run(std::string_view fullName, std::vector<Value> arguments, std::vector<Output> outputs) {
  if (!good()) return answer();
  const ops::Operator* op = ops::find(fullName);
  std::vector<Argument> known;
  const auto parameters = op->parameters();
  arguments.resize(parameters.size(), Nothing{});
  for (std::size_t i = 0; i < parameters.size(); ++i)
    known.push_back(isNothing(arguments[i]) && parameters[i].hasDefault ? parameters[i].defaultValue
                                                                        : ev_.argument(parameters[i], arguments[i]));
  ops::Answer effect = ops::evaluate(*op, known);
  if (auto* misuse = std::get_if<ops::Misuse>(&effect)) wrong(misuse->sentence);
  if (auto* sized = std::get_if<ops::Effect>(&effect))
    for (std::size_t i = 0; i < outputs.size() && i < sized->outputs.size(); ++i)
      if (outputs[i].wanted && outputs[i].wanted->shape != sized->outputs[i].shape)
        wrong(status() + "the " + std::string(outputs[i].what) + " is " + shown(*outputs[i].wanted) + ", but the call gives " +
              shown(sized->outputs[i]));
  if (!good()) return answer();
  if (auto* sized = std::get_if<ops::Effect>(&effect))
    for (std::size_t i = 0; i < outputs.size() && i < sized->outputs.size(); ++i)
      readAccumulated(outputs[i].pointer, sized->outputs[i].bytes());
  ensureRun(ev_, call_.at);
  const std::size_t step = ev_.trace.steps.size();
  const std::vector<Value> results = ev_.emit(*op, std::move(arguments), call_.at);
  if (ev_.trace.steps.size() > step)
    for (Tensor* tensor : more_) {
      ev_.trace.steps.back().sources.push_back(tensor->source);
      ev_.trace.steps.back().inputs.push_back(tensor);
    }
  for (std::size_t i = 0; i < outputs.size() && i < results.size(); ++i)
    if (Tensor* tensor = ev_.tensor(results[i])) noteWrite(ev_, part(ev_, call_, outputs[i].pointer), tensor->type.bytes(), tensor);
  return ok();
}

} // namespace cobra::interp::cudnn_model
