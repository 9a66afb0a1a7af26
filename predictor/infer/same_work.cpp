#include "predictor/infer/same_work.h"

#include "predictor/infer/forms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace cobra::infer {
namespace {

using Ints = std::vector<std::int64_t>;

struct SecondName {
  std::string_view name, first; // without overload
};
constexpr std::array kSecondNames{
    SecondName{"aten::absolute", "aten::abs"},
    SecondName{"aten::arccos", "aten::acos"},
    SecondName{"aten::arcsin", "aten::asin"},
    SecondName{"aten::arctan", "aten::atan"},
    SecondName{"aten::arctan2", "aten::atan2"},
    SecondName{"aten::concat", "aten::cat"},
    SecondName{"aten::concatenate", "aten::cat"},
    SecondName{"aten::divide", "aten::div"},
    SecondName{"aten::greater", "aten::gt"},
    SecondName{"aten::greater_equal", "aten::ge"},
    SecondName{"aten::less", "aten::lt"},
    SecondName{"aten::less_equal", "aten::le"},
    SecondName{"aten::multiply", "aten::mul"},
    SecondName{"aten::negative", "aten::neg"},
    SecondName{"aten::not_equal", "aten::ne"},
    SecondName{"aten::special_erf", "aten::erf"},
    SecondName{"aten::special_expit", "aten::sigmoid"},
    SecondName{"aten::true_divide", "aten::div"},
};
static_assert(std::ranges::is_sorted(kSecondNames, {}, &SecondName::name));

const ops::Operator* withOverload(std::string_view name, const ops::Operator& of) {
  std::string full(name);
  if (!of.overload().empty()) full.append(".").append(of.overload());
  const ops::Operator* found = ops::find(full);
  return found && found->parameters().size() == of.parameters().size() ? found : nullptr;
}

const ops::Operator& firstName(const ops::Operator& op) {
  const auto* entry = std::ranges::lower_bound(kSecondNames, op.name(), {}, &SecondName::name);
  if (entry == kSecondNames.end() || entry->name != op.name()) return op;
  const ops::Operator* first = withOverload(entry->first, op);
  return first ? *first : op;
}

/// A copy of a convolution's call whose arguments are found by name.
class Convolution {
public:
  explicit Convolution(const Call& call) : call_(call) {}

  template <typename T> T* get(std::string_view name) {
    const int at = call_.op->indexOf(name);
    return at < 0 ? nullptr : std::get_if<T>(&call_.arguments[static_cast<std::size_t>(at)]);
  }
  /// Takes the arguments over to an operator with the same parameters in the same order.
  bool rename(std::string_view fullName) {
    const ops::Operator* op = ops::find(fullName);
    if (!op || op->parameters().size() != call_.op->parameters().size()) return false;
    call_.op = op;
    return true;
  }
  /// "same", "valid" -> [1, 1]; an uneven "same" becomes the even padding of an input that is longer by the rest, as LibTorch does.
  bool spellOutPadding() {
    auto* input = get<TensorType>("input");
    const auto* weight = get<TensorType>("weight");
    const auto* words = get<std::string>("padding");
    const auto* dilation = get<Ints>("dilation");
    if (!input || !weight || !words || !dilation || weight->rank() < 3 || input->rank() != weight->rank()) return false;
    const std::size_t spatial = weight->shape.size() - 2;
    if (dilation->empty()) return false;
    Ints padding(spatial, 0);
    if (*words == "same") {
      for (std::size_t i = 0; i < spatial; ++i) {
        const std::int64_t total = mulClamped((*dilation)[std::min(i, dilation->size() - 1)], weight->shape[i + 2] - 1);
        padding[i] = total / 2;
        input->shape[i + 2] += total % 2;
      }
    }
    call_.arguments[static_cast<std::size_t>(call_.op->indexOf("padding"))] = std::move(padding);
    return true;
  }
  bool addHeight() {
    for (const std::string_view name : {"input", "weight"}) {
      auto* tensor = get<TensorType>(name);
      if (!tensor || tensor->rank() != 3) return false;
      tensor->shape.insert(tensor->shape.begin() + 2, 1);
    }
    for (const std::string_view name : {"stride", "padding", "dilation", "output_padding"}) {
      if (call_.op->indexOf(name) < 0) continue;
      auto* values = get<Ints>(name);
      if (!values || values->size() != 1) return false;
      values->insert(values->begin(), name == "stride" || name == "dilation" ? 1 : 0);
    }
    return true;
  }
  Call take() && { return std::move(call_); }

private:
  Call call_;
};

std::optional<Call> paddedByNumbers(const Call& call, std::string_view fullName) {
  Convolution convolution(call);
  if (!convolution.spellOutPadding() || !convolution.rename(fullName)) return std::nullopt;
  return std::move(convolution).take();
}

std::optional<Call> withHeight(const Call& call, std::string_view fullName) {
  Convolution convolution(call);
  if (!convolution.addHeight() || !convolution.rename(fullName)) return std::nullopt;
  return std::move(convolution).take();
}

using Rewrite = std::optional<Call> (*)(const Call&, std::string_view fullName);
struct RewriteEntry {
  std::string_view from, to; // full names
  Rewrite rewrite;
};
/// In the order in which they follow one another.
constexpr std::array kRewrites{
    RewriteEntry{"aten::conv1d.padding", "aten::conv1d", paddedByNumbers},
    RewriteEntry{"aten::conv2d.padding", "aten::conv2d", paddedByNumbers},
    RewriteEntry{"aten::conv3d.padding", "aten::conv3d", paddedByNumbers},
    RewriteEntry{"aten::conv1d", "aten::conv2d", withHeight},
    RewriteEntry{"aten::conv_transpose1d", "aten::conv_transpose2d.input", withHeight},
};

constexpr std::array<std::string_view, 5> kConvolutions{"aten::conv2d", "aten::conv3d", "aten::conv_transpose2d", "aten::conv_transpose3d",
                                                        "aten::convolution"};

bool anyButOne(const Call& call, std::string_view parameter) {
  const int at = call.op->indexOf(parameter);
  const auto* values = at < 0 ? nullptr : std::get_if<Ints>(&call.arguments[static_cast<std::size_t>(at)]);
  return values && std::ranges::any_of(*values, [](std::int64_t v) { return v != 1; });
}

} // namespace

Call sameWork(const Call& call) {
  Call same{&kernelOf(*call.op), call.arguments};
  same.op = &firstName(*same.op);
  for (const RewriteEntry& entry : kRewrites) {
    if (same.op->fullName() != entry.from) continue;
    if (auto rewritten = entry.rewrite(same, entry.to)) same = std::move(*rewritten);
  }
  return same;
}

std::optional<std::string_view> convolutionPath(const Call& call) {
  if (std::ranges::find(kConvolutions, call.op->name()) == kConvolutions.end()) return std::nullopt;
  Convolution convolution(call);
  const auto* input = convolution.get<TensorType>("input");
  const auto* weight = convolution.get<TensorType>("weight");
  const auto* groups = convolution.get<std::int64_t>("groups");
  if (!input || !weight || !groups || input->dtype != DType::Float32 || weight->rank() < 4 || input->rank() != weight->rank()) return "";
  const std::int64_t kw = weight->shape[weight->shape.size() - 1], kh = weight->shape[weight->shape.size() - 2];
  const std::int64_t batch = input->shape[0];
  std::int64_t size = 1; // of the first four dimensions, in 3-D too
  for (std::size_t i = 0; i < 4; ++i) size = mulClamped(size, input->shape[i]);
  const bool oneDnn = (anyButOne(call, "stride") || anyButOne(call, "dilation") || batch >= 16 || kw != 1 || kh != 1) &&
                      (*groups > 1 || (kw > 3 && kh > 3) || batch > 1 || size > 20480);
  if (!oneDnn) return "native";
  if (*groups == 1) return "onednn";
  return *groups == input->shape[1] ? "onednn depthwise" : "onednn grouped";
}

} // namespace cobra::infer
