#include "analyzer/findings/wording.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

namespace cobra {
namespace {

std::string joined(const std::vector<std::int64_t>& sizes, std::size_t first, std::string_view separator) {
  std::string out;
  for (std::size_t i = first; i < sizes.size(); ++i) out += (i > first ? std::string(separator) : "") + std::to_string(sizes[i]);
  return out;
}

std::string bracketed(const Shape& shape) { return "[" + joined(shape, 0, ",") + "]"; }

const Argument* argument(const Call& call, std::string_view name) {
  const int index = call.op ? call.op->indexOf(name) : -1;
  return index >= 0 && static_cast<std::size_t>(index) < call.arguments.size() ? &call.arguments[index] : nullptr;
}

const TensorType* tensor(const Call& call, std::string_view name) {
  const Argument* found = argument(call, name);
  return found ? std::get_if<TensorType>(found) : nullptr;
}

const std::string* word(const Call& call, std::string_view name) {
  const Argument* found = argument(call, name);
  return found ? std::get_if<std::string>(found) : nullptr;
}

/// A tensor's sizes, or the list that stands for a tensor that is the result.
const Shape* sizes(const Call& call, std::string_view name) {
  if (const TensorType* found = tensor(call, name)) return &found->shape;
  const Argument* list = argument(call, std::string(name) + "_size");
  return list ? std::get_if<std::vector<std::int64_t>>(list) : nullptr;
}

/// Convolutions: channels, kernel, and what it slides over.
std::optional<std::string> convolution(const Call& call) {
  const Shape* input = sizes(call, "input");
  const Shape* weight = sizes(call, "weight");
  if (!input || !weight || weight->size() < 3 || input->size() < weight->size() - 1) return std::nullopt;
  const Argument* groupsArgument = argument(call, "groups");
  const std::int64_t* groupsValue = groupsArgument ? std::get_if<std::int64_t>(groupsArgument) : nullptr;
  const std::int64_t groups = groupsValue ? *groupsValue : 1;
  const bool transposed = call.op->name().find("transpose") != std::string_view::npos;
  const std::int64_t in = transposed ? (*weight)[0] : mulClamped((*weight)[1], groups);
  const std::int64_t out = transposed ? mulClamped((*weight)[1], groups) : (*weight)[0];
  std::string text = std::to_string(in) + "->" + std::to_string(out) + " " + joined(*weight, 2, "x");
  if (const Argument* stride = argument(call, "stride"))
    if (auto* steps = std::get_if<std::vector<std::int64_t>>(stride); steps && !steps->empty() && (*steps)[0] != 1)
      text += "/" + std::to_string((*steps)[0]);
  const std::size_t spatial = weight->size() - 2;
  text += " @" + joined(*input, input->size() - spatial, "x");
  if (groups > 1) text += ", " + std::to_string(groups) + " groups";
  return text;
}

std::optional<std::string> linear(const Call& call) {
  const TensorType* weight = tensor(call, "weight");
  if (!weight || weight->rank() != 2) return std::nullopt;
  return std::to_string(weight->shape[1]) + "->" + std::to_string(weight->shape[0]);
}

std::optional<std::string> product(const Call& call) {
  std::string text;
  for (const Argument& a : call.arguments)
    if (auto* t = std::get_if<TensorType>(&a)) text += (text.empty() ? "" : " x ") + bracketed(t->shape);
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> list(const Call& call) {
  for (const Argument& a : call.arguments)
    if (auto* tensors = std::get_if<TensorList>(&a); tensors && !tensors->empty() && tensors->front())
      return std::to_string(tensors->size()) + " tensors like " + bracketed(tensors->front()->shape);
  return std::nullopt;
}

/// An operation of a fused graph: what it does, and to what.
std::optional<std::string> pointwise(const Call& call) {
  const std::string* mode = word(call, "mode");
  const auto tensors = list(call);
  if (!mode || !tensors) return std::nullopt;
  return *mode + " " + tensors->substr(tensors->rfind('['));
}

std::optional<std::string> recurrent(const Call& call) {
  const TensorType* input = tensor(call, "input");
  const std::string* mode = word(call, "mode");
  const Argument* hidden = argument(call, "hidden_size");
  const auto* size = hidden ? std::get_if<std::int64_t>(hidden) : nullptr;
  if (!input || !mode || !size || input->rank() != 3) return std::nullopt;
  return *mode + " " + std::to_string(input->shape[2]) + "->" + std::to_string(*size) + " " + bracketed(input->shape);
}

struct Scaled {
  std::string number, prefix;
};

Scaled scale(std::int64_t count) {
  static constexpr struct {
    double factor;
    const char* letter;
  } units[] = {{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& unit : units)
    if (count >= unit.factor) {
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%.1f", count / unit.factor);
      return {buffer, unit.letter};
    }
  return {std::to_string(count), ""};
}

struct Wording {
  std::string_view part; // of the operator's name
  std::optional<std::string> (*say)(const Call&);
};
constexpr std::array wordings{Wording{"conv", convolution},    Wording{"linear", linear}, Wording{"matmul", product},
                              Wording{"mm", product},          Wording{"cat", list},      Wording{"stack", list},
                              Wording{"pointwise", pointwise}, Wording{"rnn_", recurrent}};

} // namespace

std::string describeCall(const Call& call, const std::vector<TensorType>& outputs) {
  if (!call.op) return "unknown operator";
  std::string_view name = call.op->name();
  if (const std::size_t colons = name.rfind("::"); colons != std::string_view::npos) name.remove_prefix(colons + 2);
  std::string text(name);
  for (const Wording& wording : wordings)
    if (name.find(wording.part) != std::string_view::npos)
      if (auto said = wording.say(call)) return text + " " + *said;
  for (const Argument& a : call.arguments)
    if (auto* t = std::get_if<TensorType>(&a)) return text + " " + bracketed(t->shape);
  if (auto said = list(call)) return text + " " + *said;
  return outputs.empty() ? text : text + " " + bracketed(outputs.front().shape);
}

std::string describeTime(double ms) {
  char buffer[64];
  if (!(ms > 0)) return "0 ms";
  if (ms >= 1000) {
    std::snprintf(buffer, sizeof buffer, "%.3g s", ms / 1000);
  } else if (ms >= 0.1) {
    const int digits = ms >= 100 ? 0 : ms >= 10 ? 1 : 2;
    std::snprintf(buffer, sizeof buffer, "%.*f ms", digits, ms);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.2g us", ms * 1000);
  }
  return buffer;
}

std::string describeLatency(const Latency& latency, bool sum) {
  std::string text = describeTime(latency.ms);
  if (latency.ms > 0) {
    const double percent = 100 * (latency.highMs - latency.lowMs) / 2 / latency.ms;
    if (std::isfinite(percent) && percent > 0) text += " ±" + std::to_string(std::max<long>(1, std::lround(std::min(percent, 1e6)))) + "%";
  }
  if (!latency.covered) return text + (sum ? " (partly estimated)" : " (estimated, never measured)");
  if (latency.extrapolated) return text + (sum ? " (partly extrapolated)" : " (extrapolated)");
  return text;
}

std::string describeParameters(std::int64_t count) {
  const Scaled scaled = scale(count);
  return scaled.number + " " + scaled.prefix + (scaled.prefix.empty() ? "parameters" : " parameters");
}

std::string describeFlops(std::int64_t count) {
  const Scaled scaled = scale(count);
  return scaled.number + " " + scaled.prefix + "FLOP";
}

std::string describeType(const TensorType& type) { return bracketed(type.shape) + " " + std::string(longName(type.dtype)); }

} // namespace cobra
