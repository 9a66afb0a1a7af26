#include "predictor/infer/forms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cobra::infer {
namespace {

constexpr std::size_t kMaxDims = 6; // further leading dimensions are folded into the first
constexpr std::size_t kMaxOutputs = 4;
constexpr std::size_t kMaxList = 8;

/// How the tensors of an operator are reshaped.
enum class Form : std::uint8_t {
  Plain,     // as they are
  Pointwise, // dimensions that all tensors walk alike are merged
  Rows,      // [.., k] -> [rows, k]
  AlongDim,  // [outer, size of `dim`, inner]
  LastDims,  // [rows, product of normalized_shape]
  Channels   // [N, C, rest]
};

struct FormEntry {
  std::string_view name; // without overload
  Form form;
};

constexpr auto kForms = [] {
  std::array table{
      FormEntry{"aten::abs", Form::Pointwise},          FormEntry{"aten::add", Form::Pointwise},
      FormEntry{"aten::addcdiv", Form::Pointwise},      FormEntry{"aten::addcmul", Form::Pointwise},
      FormEntry{"aten::atan", Form::Pointwise},         FormEntry{"aten::atan2", Form::Pointwise},
      FormEntry{"aten::batch_norm", Form::Channels},    FormEntry{"aten::bitwise_and", Form::Pointwise},
      FormEntry{"aten::bitwise_not", Form::Pointwise},  FormEntry{"aten::bitwise_or", Form::Pointwise},
      FormEntry{"aten::ceil", Form::Pointwise},         FormEntry{"aten::celu", Form::Pointwise},
      FormEntry{"aten::clamp", Form::Pointwise},        FormEntry{"aten::clamp_max", Form::Pointwise},
      FormEntry{"aten::clamp_min", Form::Pointwise},    FormEntry{"aten::clone", Form::Pointwise},
      FormEntry{"aten::cos", Form::Pointwise},          FormEntry{"aten::div", Form::Pointwise},
      FormEntry{"aten::dropout", Form::Pointwise},      FormEntry{"aten::elu", Form::Pointwise},
      FormEntry{"aten::eq", Form::Pointwise},           FormEntry{"aten::erf", Form::Pointwise},
      FormEntry{"aten::exp", Form::Pointwise},          FormEntry{"aten::exp2", Form::Pointwise},
      FormEntry{"aten::expm1", Form::Pointwise},        FormEntry{"aten::floor", Form::Pointwise},
      FormEntry{"aten::floor_divide", Form::Pointwise}, FormEntry{"aten::fmod", Form::Pointwise},
      FormEntry{"aten::ge", Form::Pointwise},           FormEntry{"aten::gelu", Form::Pointwise},
      FormEntry{"aten::group_norm", Form::Channels},    FormEntry{"aten::gt", Form::Pointwise},
      FormEntry{"aten::hardsigmoid", Form::Pointwise},  FormEntry{"aten::hardswish", Form::Pointwise},
      FormEntry{"aten::hardtanh", Form::Pointwise},     FormEntry{"aten::instance_norm", Form::Channels},
      FormEntry{"aten::isnan", Form::Pointwise},        FormEntry{"aten::layer_norm", Form::LastDims},
      FormEntry{"aten::le", Form::Pointwise},           FormEntry{"aten::leaky_relu", Form::Pointwise},
      FormEntry{"aten::lerp", Form::Pointwise},         FormEntry{"aten::linear", Form::Rows},
      FormEntry{"aten::log", Form::Pointwise},          FormEntry{"aten::log10", Form::Pointwise},
      FormEntry{"aten::log1p", Form::Pointwise},        FormEntry{"aten::log2", Form::Pointwise},
      FormEntry{"aten::log_sigmoid", Form::Pointwise},  FormEntry{"aten::log_softmax", Form::AlongDim},
      FormEntry{"aten::logical_and", Form::Pointwise},  FormEntry{"aten::logical_not", Form::Pointwise},
      FormEntry{"aten::logical_or", Form::Pointwise},   FormEntry{"aten::lt", Form::Pointwise},
      FormEntry{"aten::masked_fill", Form::Pointwise},  FormEntry{"aten::maximum", Form::Pointwise},
      FormEntry{"aten::minimum", Form::Pointwise},      FormEntry{"aten::mish", Form::Pointwise},
      FormEntry{"aten::mul", Form::Pointwise},          FormEntry{"aten::ne", Form::Pointwise},
      FormEntry{"aten::neg", Form::Pointwise},          FormEntry{"aten::ones_like", Form::Pointwise},
      FormEntry{"aten::pow", Form::Pointwise},          FormEntry{"aten::reciprocal", Form::Pointwise},
      FormEntry{"aten::relu", Form::Pointwise},         FormEntry{"aten::relu6", Form::Pointwise},
      FormEntry{"aten::remainder", Form::Pointwise},    FormEntry{"aten::round", Form::Pointwise},
      FormEntry{"aten::rsqrt", Form::Pointwise},        FormEntry{"aten::rsub", Form::Pointwise},
      FormEntry{"aten::selu", Form::Pointwise},         FormEntry{"aten::sigmoid", Form::Pointwise},
      FormEntry{"aten::sign", Form::Pointwise},         FormEntry{"aten::silu", Form::Pointwise},
      FormEntry{"aten::sin", Form::Pointwise},          FormEntry{"aten::softmax", Form::AlongDim},
      FormEntry{"aten::softplus", Form::Pointwise},     FormEntry{"aten::softsign", Form::Pointwise},
      FormEntry{"aten::sqrt", Form::Pointwise},         FormEntry{"aten::square", Form::Pointwise},
      FormEntry{"aten::sub", Form::Pointwise},          FormEntry{"aten::tan", Form::Pointwise},
      FormEntry{"aten::tanh", Form::Pointwise},         FormEntry{"aten::threshold", Form::Pointwise},
      FormEntry{"aten::trunc", Form::Pointwise},        FormEntry{"aten::where", Form::Pointwise},
      FormEntry{"aten::zeros_like", Form::Pointwise},
  };
  std::ranges::sort(table, {}, &FormEntry::name);
  return table;
}();

Form formOf(const ops::Operator& op) {
  const auto found = std::ranges::lower_bound(kForms, op.name(), {}, &FormEntry::name);
  return found != kForms.end() && found->name == op.name() ? found->form : Form::Plain;
}

std::int64_t product(std::span<const std::int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, mulClamped);
}

Shape foldLeading(Shape shape, std::size_t keep) {
  if (shape.size() <= keep) return shape;
  const std::size_t lead = shape.size() - keep + 1;
  const std::int64_t first = product(std::span(shape).first(lead));
  shape.erase(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(lead - 1));
  shape.front() = first;
  return shape;
}

/// Merges neighbouring dimensions in which every tensor either has the output's size or is repeated.
class Coalescer {
public:
  Coalescer(const std::vector<const TensorType*>& inputs, const Shape& output) {
    shapes_.push_back(output);
    for (const TensorType* input : inputs) {
      Shape padded(output.size() > input->shape.size() ? output.size() - input->shape.size() : 0, 1);
      padded.insert(padded.end(), input->shape.begin(), input->shape.end());
      fits_ = fits_ && padded.size() == output.size();
      shapes_.push_back(std::move(padded));
    }
    if (!fits_) return;
    for (std::size_t dim = 1; dim < shapes_[0].size();) {
      if (alike(dim - 1, dim)) {
        merge(dim);
      } else {
        ++dim;
      }
    }
  }
  bool fits() const { return fits_; }
  /// 0 is the output, then the inputs in order.
  const Shape& shape(std::size_t index) const { return shapes_[index]; }

private:
  bool alike(std::size_t a, std::size_t b) const {
    if (shapes_[0][a] == 1 || shapes_[0][b] == 1) return true;
    return std::ranges::all_of(shapes_, [&](const Shape& shape) { return (shape[a] == shapes_[0][a]) == (shape[b] == shapes_[0][b]); });
  }
  void merge(std::size_t dim) {
    for (Shape& shape : shapes_) {
      shape[dim - 1] = mulClamped(shape[dim - 1], shape[dim]);
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(dim));
    }
  }
  std::vector<Shape> shapes_;
  bool fits_ = true;
};

Token plainToken(std::string_view parameter, const Argument& argument) {
  struct Reader {
    Token token;
    void operator()(None) { token.category = "None"; }
    void operator()(Open) { token.category = "open"; }
    void operator()(bool value) { token.category = value ? "True" : "False"; }
    void operator()(std::int64_t value) { token.numbers = {value}; }
    void operator()(double value) {
      const bool whole = std::nearbyint(value) == value && std::abs(value) < 0x1p52;
      if (whole) token.numbers = {static_cast<std::int64_t>(value)};
      token.category = whole ? "" : "fraction"; // 0.1 or 1e-5: no kernel's time depends on it
    }
    void operator()(const std::string& value) { token.category = value; }
    void operator()(DType value) { token.category = shortName(value); }
    void operator()(const TensorType& value) {
      token.category = shortName(value.dtype);
      token.numbers = foldLeading(value.shape, kMaxDims);
    }
    void operator()(const std::vector<std::int64_t>& values) {
      token.numbers.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), kMaxList)));
    }
    void operator()(const std::vector<double>& values) { token.numbers = {static_cast<std::int64_t>(values.size())}; }
    void operator()(const std::vector<bool>& values) { token.numbers = {static_cast<std::int64_t>(values.size())}; }
    /// How many, how many elements in all, and the first one's sizes.
    void operator()(const TensorList& values) {
      std::int64_t elements = 0;
      const TensorType* first = nullptr;
      for (const auto& value : values) {
        if (!value) continue;
        if (!first) first = &*value;
        elements = addClamped(elements, value->elements());
      }
      token.category = first ? shortName(first->dtype) : "None";
      token.numbers = {static_cast<std::int64_t>(values.size()), elements};
      if (first) {
        const Shape folded = foldLeading(first->shape, kMaxDims);
        token.numbers.insert(token.numbers.end(), folded.begin(), folded.end());
      }
    }
  };
  Reader reader{Token{parameter, {}, {}}};
  std::visit(reader, argument);
  return reader.token;
}

constexpr std::array<std::string_view, kMaxOutputs> kOutputNames{"output", "output1", "output2", "output3"};

/// Applies a form to the tokens of one call; the first tensor argument is the one a kernel walks.
class Shaper {
public:
  Shaper(const Call& call, const std::vector<TensorType>& outputs, std::vector<Token>& tokens)
      : call_(call), outputs_(outputs), tokens_(tokens) {}

  void apply(Form form) {
    switch (form) {
    case Form::Plain: return;
    case Form::Pointwise: return pointwise();
    case Form::Rows: return walked([](const Shape& s) { return foldLeading(s, 2); });
    case Form::AlongDim: return alongDim();
    case Form::LastDims: return lastDims();
    case Form::Channels:
      return walked([](const Shape& s) { return s.size() < 2 ? s : Shape{s[0], s[1], product(std::span(s).subspan(2))}; });
    }
  }

private:
  std::size_t firstOutput() const { return call_.arguments.size(); }

  void pointwise() {
    std::vector<const TensorType*> inputs;
    std::vector<std::size_t> where;
    for (std::size_t i = 0; i < call_.arguments.size(); ++i) {
      if (const auto* tensor = std::get_if<TensorType>(&call_.arguments[i])) {
        inputs.push_back(tensor);
        where.push_back(i);
      }
    }
    if (outputs_.size() != 1) return;
    const Coalescer coalescer(inputs, outputs_[0].shape);
    if (!coalescer.fits()) return;
    tokens_[firstOutput()].numbers = foldLeading(coalescer.shape(0), kMaxDims);
    for (std::size_t i = 0; i < where.size(); ++i) {
      tokens_[where[i]].numbers = foldLeading(coalescer.shape(i + 1), kMaxDims);
    }
  }

  /// Reshapes the first argument and the first output alike.
  template <typename Reshape> void walked(const Reshape& reshape) {
    const auto* tensor = call_.arguments.empty() ? nullptr : std::get_if<TensorType>(&call_.arguments[0]);
    if (!tensor || outputs_.empty()) return;
    tokens_[0].numbers = reshape(tensor->shape);
    tokens_[firstOutput()].numbers = reshape(outputs_[0].shape);
  }

  void alongDim() {
    const int at = call_.op->indexOf("dim");
    const auto* dim = at < 0 ? nullptr : std::get_if<std::int64_t>(&call_.arguments[static_cast<std::size_t>(at)]);
    if (!dim) return;
    walked([&](const Shape& s) {
      const auto rank = static_cast<std::int64_t>(s.size());
      const std::int64_t d = *dim < 0 ? *dim + rank : *dim;
      if (d < 0 || d >= rank) return s;
      const auto index = static_cast<std::size_t>(d);
      return Shape{product(std::span(s).first(index)), s[index], product(std::span(s).subspan(index + 1))};
    });
    tokens_[static_cast<std::size_t>(at)].numbers.clear(); // its meaning is in the three sizes now
  }

  void lastDims() {
    const int at = call_.op->indexOf("normalized_shape");
    const auto* last = at < 0 ? nullptr : std::get_if<std::vector<std::int64_t>>(&call_.arguments[static_cast<std::size_t>(at)]);
    if (!last) return;
    walked([&](const Shape& s) {
      if (s.size() < last->size()) return s;
      const std::size_t lead = s.size() - last->size();
      return Shape{product(std::span(s).first(lead)), product(std::span(s).subspan(lead))};
    });
    tokens_[static_cast<std::size_t>(at)].numbers = {product(*last)};
    for (std::size_t i = 1; i < call_.arguments.size(); ++i) {
      if (const auto* tensor = std::get_if<TensorType>(&call_.arguments[i])) tokens_[i].numbers = {tensor->elements()};
    }
  }

  const Call& call_;
  const std::vector<TensorType>& outputs_;
  std::vector<Token>& tokens_;
};

} // namespace

const ops::Operator& kernelOf(const ops::Operator& op) {
  if (!op.inPlace() || !op.name().ends_with('_')) return op;
  std::string full{op.name().substr(0, op.name().size() - 1)};
  if (!op.overload().empty()) full.append(".").append(op.overload());
  const ops::Operator* kernel = ops::find(full);
  return kernel && kernel->parameters().size() == op.parameters().size() ? *kernel : op;
}

std::vector<Token> tokensOf(const Call& call, const std::vector<TensorType>& outputs) {
  const ops::Operator& op = kernelOf(*call.op);
  std::vector<Token> tokens;
  tokens.reserve(call.arguments.size() + kMaxOutputs);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    tokens.push_back(plainToken(op.parameters()[i].name, call.arguments[i]));
  }
  for (std::size_t i = 0; i < std::min(outputs.size(), kMaxOutputs); ++i) {
    tokens.push_back(plainToken(kOutputNames[i], Argument{outputs[i]}));
  }
  Shaper(call, outputs, tokens).apply(formOf(op));
  return tokens;
}

} // namespace cobra::infer
