// LibTorch's libraries are built with NDEBUG, and the layout of some of its types depends on it.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "runtime-probe/trace/arguments.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>

namespace cobra::probe::trace {
namespace {

struct DTypePair {
  c10::ScalarType torch;
  DType ours;
};
constexpr std::array<DTypePair, 12> dtypes = {{{c10::kFloat, DType::Float32},
                                               {c10::kDouble, DType::Float64},
                                               {c10::kHalf, DType::Float16},
                                               {c10::kBFloat16, DType::BFloat16},
                                               {c10::kLong, DType::Int64},
                                               {c10::kInt, DType::Int32},
                                               {c10::kShort, DType::Int16},
                                               {c10::kChar, DType::Int8},
                                               {c10::kByte, DType::UInt8},
                                               {c10::kBool, DType::Bool},
                                               {c10::kComplexFloat, DType::Complex64},
                                               {c10::kComplexDouble, DType::Complex128}}};
std::optional<DType> dtypeOf(c10::ScalarType type) {
  for (const DTypePair& pair : dtypes)
    if (pair.torch == type) return pair.ours;
  return std::nullopt;
}

struct FormatPair {
  c10::MemoryFormat torch;
  const char* name;
};
constexpr std::array<FormatPair, 4> formats = {{{c10::MemoryFormat::Contiguous, "contiguous_format"},
                                                {c10::MemoryFormat::Preserve, "preserve_format"},
                                                {c10::MemoryFormat::ChannelsLast, "channels_last"},
                                                {c10::MemoryFormat::ChannelsLast3d, "channels_last_3d"}}};

/// What has no snippet form.
struct Unwritable {
  std::string sentence;
};

Argument tensor(const at::Tensor& value) {
  if (!value.defined()) return None{};
  auto dtype = dtypeOf(value.scalar_type());
  if (!dtype) throw Unwritable{std::string("it has a tensor of ") + c10::toString(value.scalar_type())};
  return TensorType{*dtype, Shape(value.sizes().begin(), value.sizes().end())};
}

Argument tensors(c10::ArrayRef<c10::IValue> items) {
  TensorList list;
  for (const c10::IValue& item : items) {
    Argument one = item.isTensor() ? tensor(item.toTensor()) : Argument(None{});
    auto* type = std::get_if<TensorType>(&one);
    list.push_back(type ? std::optional(*type) : std::nullopt);
  }
  return list;
}

Argument enumerator(ops::Kind kind, std::int64_t value) {
  if (kind == ops::Kind::ScalarType) {
    auto dtype = dtypeOf(static_cast<c10::ScalarType>(value));
    if (!dtype) throw Unwritable{"it names a dtype that the registry lacks"};
    return *dtype;
  }
  if (kind == ops::Kind::MemoryFormat)
    for (const FormatPair& pair : formats)
      if (static_cast<std::int64_t>(pair.torch) == value) return std::string(pair.name);
  if (kind == ops::Kind::Layout && static_cast<c10::Layout>(value) == c10::kStrided) return std::string("strided");
  throw Unwritable{"it names a layout or memory format that has no snippet form"};
}

Argument list(const ops::Parameter& parameter, const c10::IValue& value) {
  if (parameter.kind == ops::Kind::Tensor) return tensors(value.toListRef());
  if (value.isIntList() || value.isSymIntList()) {
    std::vector<std::int64_t> numbers;
    for (const c10::IValue& item : value.toListRef()) numbers.push_back(item.toInt());
    // int[2] given as one number arrives as a list of one.
    if (numbers.size() == 1 && parameter.listSize > 1) numbers.resize(static_cast<std::size_t>(parameter.listSize), numbers[0]);
    return numbers;
  }
  if (value.isDoubleList()) return value.toDoubleVector();
  if (value.isBoolList()) {
    std::vector<bool> flags;
    for (const c10::IValue& item : value.toListRef()) flags.push_back(item.toBool());
    return flags;
  }
  throw Unwritable{"'" + parameter.name + "' is a list of " + value.tagKind()};
}

Argument argument(const ops::Parameter& parameter, const c10::IValue& value) {
  if (value.isNone() || parameter.kind == ops::Kind::Generator) return None{};
  if (value.isTensor()) return tensor(value.toTensor());
  if (value.isList()) return list(parameter, value);
  if (value.isDevice()) return value.toDevice().str();
  if (value.isString()) return value.toStringRef();
  if (value.isBool()) return value.toBool();
  if (value.isDouble()) return value.toDouble();
  bool named = parameter.kind == ops::Kind::ScalarType || parameter.kind == ops::Kind::Layout || parameter.kind == ops::Kind::MemoryFormat;
  if (value.isInt()) return named ? enumerator(parameter.kind, value.toInt()) : Argument(value.toInt());
  throw Unwritable{"'" + parameter.name + "' is a " + value.tagKind()};
}

} // namespace

std::variant<Call, std::string> callOf(const std::string& fullName, c10::ArrayRef<const c10::IValue> inputs) {
  const ops::Operator* op = ops::find(fullName);
  if (op == nullptr) return "the registry has no operator " + fullName;
  if (inputs.size() != op->parameters().size()) return fullName + " came with another number of arguments than its schema has";
  Call call{op, {}};
  try {
    for (std::size_t i = 0; i < inputs.size(); ++i) call.arguments.push_back(argument(op->parameters()[i], inputs[i]));
  } catch (const Unwritable& unwritable) {
    return fullName + ": " + unwritable.sentence;
  } catch (const std::exception& error) {
    return fullName + ": " + error.what();
  }
  return normalized(std::move(call));
}

std::vector<TensorType> outputsOf(const std::vector<c10::IValue>& results) {
  std::vector<TensorType> outputs;
  auto add = [&](const c10::IValue& value) {
    if (!value.isTensor() || !value.toTensor().defined()) return;
    if (auto dtype = dtypeOf(value.toTensor().scalar_type())) {
      auto sizes = value.toTensor().sizes();
      outputs.push_back({*dtype, Shape(sizes.begin(), sizes.end())});
    }
  };
  for (const c10::IValue& result : results) {
    if (result.isTensorList())
      for (const c10::IValue& item : result.toListRef()) add(item);
    add(result);
  }
  return outputs;
}

} // namespace cobra::probe::trace
