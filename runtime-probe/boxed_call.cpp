#include "runtime-probe/boxed_call.h"

#include "runtime-probe/fill.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ScalarOps.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <new>

namespace cobra::probe {
namespace {

template <class... F> struct Overloaded : F... {
  using F::operator()...;
};
template <class... F> Overloaded(F...) -> Overloaded<F...>;

struct BadArgument {
  std::string sentence;
};

struct NamedLayout {
  std::string_view name;
  c10::Layout layout;
};
constexpr std::array layouts = {NamedLayout{"strided", c10::kStrided}, NamedLayout{"sparse_coo", c10::kSparse},
                                NamedLayout{"sparse_csr", c10::kSparseCsr}};
struct NamedFormat {
  std::string_view name;
  c10::MemoryFormat format;
};
constexpr std::array formats = {
    NamedFormat{"contiguous_format", c10::MemoryFormat::Contiguous}, NamedFormat{"preserve_format", c10::MemoryFormat::Preserve},
    NamedFormat{"channels_last", c10::MemoryFormat::ChannelsLast}, NamedFormat{"channels_last_3d", c10::MemoryFormat::ChannelsLast3d}};

template <class Table> const auto& byName(const Table& table, std::string_view name, std::string_view what) {
  std::string_view bare = name.starts_with("torch.") ? name.substr(6) : name;
  auto at = std::ranges::find(table, bare, [](const auto& row) { return row.name; });
  if (at == table.end()) throw BadArgument{"'" + std::string(name) + "' is no " + std::string(what)};
  return *at;
}

/// Turns arguments into the values of a dispatcher stack.
class StackBuilder {
public:
  StackBuilder(const ops::Operator& op, std::span<const Argument> arguments, const CallSetting& setting,
               std::span<const BoxedCall::Given> given)
      : op_(op), arguments_(arguments), setting_(setting), given_(given), generator_(at::detail::createCPUGenerator(setting.seed)) {}

  /// Throws BadArgument and what LibTorch throws.
  c10::IValue value(std::size_t at) {
    try {
      return build(at);
    } catch (BadArgument& bad) {
      throw BadArgument{"argument '" + op_.parameters()[at].name + "' of " + std::string(op_.fullName()) + ": " + bad.sentence};
    }
  }

private:
  using Ints = std::vector<std::int64_t>;

  c10::IValue build(std::size_t at) {
    const ops::Parameter& parameter = op_.parameters()[at];
    const Argument& argument = arguments_[at];
    if (std::holds_alternative<Open>(argument)) throw BadArgument{"its value is not known"};
    if (std::holds_alternative<None>(argument)) return {};
    if (parameter.kind == ops::Kind::Tensor) return parameter.list ? tensors(at) : tensor(at);
    if (parameter.list) return list(parameter, argument);
    return scalar(parameter, argument);
  }

  const at::Tensor* givenFor(std::size_t at, std::size_t item) const {
    for (const auto& given : given_)
      if (given.parameter == at && given.item == item) return &given.tensor;
    return nullptr;
  }

  at::Tensor make(const TensorType& type, std::size_t at, std::size_t item) {
    if (const at::Tensor* given = givenFor(at, item)) return *given;
    at::Tensor made = filled(type, valuesFor(op_, arguments_, at, item), setting_.device, generator_);
    return setting_.channelsLast && made.dim() == 4 ? made.contiguous(at::MemoryFormat::ChannelsLast) : made;
  }

  c10::IValue tensor(std::size_t at) {
    // A number where a tensor is asked for is LibTorch's "wrapped number": x + 1 is add.Tensor(x, 1).
    return std::visit(Overloaded{[&](const TensorType& type) -> c10::IValue { return make(type, at, 0); },
                                 [](bool v) -> c10::IValue { return at::native::wrapped_scalar_tensor(v); },
                                 [](std::int64_t v) -> c10::IValue { return at::native::wrapped_scalar_tensor(v); },
                                 [](double v) -> c10::IValue { return at::native::wrapped_scalar_tensor(v); },
                                 [](const auto&) -> c10::IValue { throw BadArgument{"is no tensor"}; }},
                      arguments_[at]);
  }

  c10::IValue tensors(std::size_t at) {
    const auto* types = std::get_if<TensorList>(&arguments_[at]);
    if (!types) throw BadArgument{"is no list of tensors"};
    if (op_.parameters()[at].optionalItem) {
      c10::List<std::optional<at::Tensor>> list;
      for (std::size_t i = 0; i < types->size(); ++i) list.push_back((*types)[i] ? std::optional(make(*(*types)[i], at, i)) : std::nullopt);
      return list;
    }
    c10::List<at::Tensor> list;
    for (std::size_t i = 0; i < types->size(); ++i) {
      if (!(*types)[i]) throw BadArgument{"holds None, which this list cannot"};
      list.push_back(make(*(*types)[i], at, i));
    }
    return list;
  }

  c10::IValue list(const ops::Parameter& parameter, const Argument& argument) const {
    auto repeated = [&](auto v) { return std::vector(std::max(parameter.listSize, 1), v); };
    return std::visit(Overloaded{[&](const Ints& v) -> c10::IValue {
                                   if (parameter.kind == ops::Kind::Float) return std::vector<double>(v.begin(), v.end());
                                   return v;
                                 },
                                 [&](const std::vector<double>& v) -> c10::IValue { return v; },
                                 [&](const std::vector<bool>& v) -> c10::IValue {
                                   c10::List<bool> list;
                                   for (bool b : v) list.push_back(b);
                                   return list;
                                 },
                                 [&](std::int64_t v) -> c10::IValue {
                                   if (parameter.kind == ops::Kind::Float) return repeated(static_cast<double>(v));
                                   return repeated(v);
                                 },
                                 [&](double v) -> c10::IValue { return repeated(v); },
                                 [](const auto&) -> c10::IValue { throw BadArgument{"is no list of numbers"}; }},
                      argument);
  }

  c10::IValue scalar(const ops::Parameter& parameter, const Argument& argument) const {
    const auto* text = std::get_if<std::string>(&argument);
    switch (parameter.kind) {
    case ops::Kind::ScalarType:
      if (const auto* dtype = std::get_if<DType>(&argument)) return scalarType(*dtype);
      throw BadArgument{"is no dtype"};
    case ops::Kind::Layout:
      if (text) return byName(layouts, *text, "layout").layout;
      throw BadArgument{"is no layout"};
    case ops::Kind::MemoryFormat:
      if (text) return byName(formats, *text, "memory format").format;
      throw BadArgument{"is no memory format"};
    case ops::Kind::Device: return setting_.device;
    case ops::Kind::Generator: throw BadArgument{"a generator has no snippet form"};
    case ops::Kind::String:
      if (text) return *text;
      throw BadArgument{"is no string"};
    case ops::Kind::Float:
      if (const auto* v = std::get_if<std::int64_t>(&argument)) return static_cast<double>(*v);
      break;
    default: break;
    }
    return std::visit(Overloaded{[](bool v) -> c10::IValue { return v; }, [](std::int64_t v) -> c10::IValue { return v; },
                                 [](double v) -> c10::IValue { return v; },
                                 [](const auto&) -> c10::IValue { throw BadArgument{"is no number"}; }},
                      argument);
  }

  const ops::Operator& op_;
  std::span<const Argument> arguments_;
  const CallSetting& setting_;
  std::span<const BoxedCall::Given> given_;
  at::Generator generator_;
};

std::int64_t tensorBytes(std::span<const Argument> arguments) {
  std::int64_t sum = 0;
  for (const Argument& argument : arguments) {
    if (const auto* type = std::get_if<TensorType>(&argument)) sum = addClamped(sum, type->bytes());
    if (const auto* list = std::get_if<TensorList>(&argument))
      for (const auto& type : *list)
        if (type) sum = addClamped(sum, type->bytes());
  }
  return sum;
}

std::string firstLine(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  constexpr std::size_t most = 400;
  if (line.size() > most) line.resize(most);
  return line.empty() ? "LibTorch threw without a message" : line;
}

void collect(const c10::IValue& value, std::vector<at::Tensor>& into) {
  if (value.isTensor()) {
    into.push_back(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) into.push_back(tensor);
  }
}

std::optional<c10::OperatorHandle> findHandle(std::string_view fullName) {
  std::size_t dot = fullName.find('.');
  c10::OperatorName key(std::string(fullName.substr(0, dot)),
                        dot == std::string_view::npos ? std::string() : std::string(fullName.substr(dot + 1)));
  return c10::Dispatcher::singleton().findSchema(key);
}

} // namespace

std::optional<CallFailure> tooLarge(const ops::Operator& op, std::span<const Argument> arguments, const CallSetting& setting) {
  std::int64_t need = tensorBytes(arguments);
  ops::Answer answer = ops::evaluate(op, arguments);
  if (const auto* effect = std::get_if<ops::Effect>(&answer))
    for (const TensorType& type : effect->outputs) need = addClamped(need, type.bytes());
  if (need <= setting.memoryLimit) return std::nullopt;
  return CallFailure{CallFailure::Kind::Memory, "inputs and outputs take " + std::to_string(need >> 20) + " MiB, the limit is " +
                                                    std::to_string(setting.memoryLimit >> 20) + " MiB"};
}

std::string_view name(CallFailure::Kind kind) {
  switch (kind) {
  case CallFailure::Kind::UnknownOperator: return "unknown operator";
  case CallFailure::Kind::Argument: return "argument";
  case CallFailure::Kind::Memory: return "memory";
  case CallFailure::Kind::Refused: return "refused";
  case CallFailure::Kind::Preempted: return "preempted";
  case CallFailure::Kind::Crashed: return "crashed";
  }
  return "refused";
}

CallFailure failureOfException() {
  using Kind = CallFailure::Kind;
  try {
    throw;
  } catch (const CallFailure& failure) {
    return failure;
  } catch (const BadArgument& bad) {
    return {Kind::Argument, bad.sentence};
  } catch (const c10::OutOfMemoryError& error) {
    return {Kind::Memory, firstLine(error.what_without_backtrace())};
  } catch (const std::bad_alloc&) {
    return {Kind::Memory, "memory is used up"};
  } catch (const c10::Error& error) {
    std::string line = firstLine(error.what_without_backtrace());
    bool memory = line.find("can't allocate memory") != std::string::npos; // the CPU allocator has no exception of its own
    return {memory ? Kind::Memory : Kind::Refused, std::move(line)};
  } catch (const std::exception& error) {
    return {Kind::Refused, firstLine(error.what())};
  } catch (...) {
    return {Kind::Refused, "an exception that is no std::exception"};
  }
}

std::variant<BoxedCall, CallFailure> BoxedCall::make(const ops::Operator& op, std::span<const Argument> arguments,
                                                     const CallSetting& setting, std::span<const Given> given) {
  using Kind = CallFailure::Kind;
  if (arguments.size() != op.parameters().size())
    return CallFailure{Kind::Argument, std::string(op.fullName()) + " takes " + std::to_string(op.parameters().size()) +
                                           " arguments, not " + std::to_string(arguments.size())};
  try {
    auto handle = findHandle(op.fullName());
    if (!handle) return CallFailure{Kind::UnknownOperator, "this LibTorch has no operator " + std::string(op.fullName())};
    if (!setting.device.is_meta())
      if (auto failure = tooLarge(op, arguments, setting)) return *failure;
    c10::InferenceMode inference;
    BoxedCall call(*handle);
    StackBuilder builder(op, arguments, setting, given);
    call.inputs_.reserve(arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      call.inputs_.push_back(builder.value(i));
      const c10::IValue& made = call.inputs_.back();
      if (op.parameters()[i].written && made.isTensor() && made.toTensor().defined() && !setting.device.is_meta())
        call.pristine_.emplace_back(made.toTensor(), made.toTensor().clone());
    }
    return call;
  } catch (...) {
    return failureOfException();
  }
}

void BoxedCall::execute() {
  stack_.assign(inputs_.begin(), inputs_.end());
  handle_.callBoxed(stack_);
}

std::optional<CallFailure> BoxedCall::run() {
  try {
    c10::InferenceMode inference;
    execute();
    return std::nullopt;
  } catch (...) {
    stack_.clear();
    return failureOfException();
  }
}

void BoxedCall::repeat(std::int64_t count) {
  for (; count > 0; --count) {
    execute();
    stack_.clear();
  }
}

void BoxedCall::restore() {
  c10::InferenceMode inference;
  for (auto& [changed, first] : pristine_) {
    if (changed.sizes() != first.sizes() || changed.strides() != first.strides()) { // squeeze_, t_
      changed.as_strided_(first.sizes(), first.strides());
      reshapes_ = true;
    }
    changed.copy_(first);
  }
}

void BoxedCall::give(const Given& given) {
  c10::IValue& slot = inputs_[given.parameter];
  if (slot.isTensor()) {
    slot = given.tensor;
  } else if (slot.isTensorList()) {
    slot.toTensorList().set(given.item, given.tensor);
  } else if (slot.isOptionalTensorList()) {
    slot.toOptionalTensorList().set(given.item, std::optional(given.tensor));
  }
}

std::vector<at::Tensor> BoxedCall::outputs() const {
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& value : stack_) collect(value, tensors);
  return tensors;
}

std::vector<at::Tensor> BoxedCall::takeOutputs() {
  std::vector<at::Tensor> tensors = outputs();
  stack_.clear();
  return tensors;
}

std::vector<TensorType> BoxedCall::outputTypes() const {
  std::vector<TensorType> types;
  for (const at::Tensor& tensor : outputs()) {
    if (!tensor.defined()) continue;
    if (auto dtype = registryType(tensor.scalar_type())) types.push_back({*dtype, tensor.sizes().vec()});
  }
  return types;
}

std::variant<std::vector<TensorType>, CallFailure> runForTypes(const ops::Operator& op, std::span<const Argument> arguments,
                                                               const CallSetting& setting) {
  auto made = BoxedCall::make(op, arguments, setting);
  if (auto* failure = std::get_if<CallFailure>(&made)) return *failure;
  auto& call = std::get<BoxedCall>(made);
  if (auto failure = call.run()) return *failure;
  return call.outputTypes();
}

std::string dispatcherSchema(std::string_view fullName) {
  auto handle = findHandle(fullName);
  return handle ? toString(handle->schema()) : std::string();
}

} // namespace cobra::probe
