#include "predictor/infer/physics.h"

#include "predictor/infer/same_work.h"

#include <algorithm>
#include <cmath>

namespace cobra::infer {
namespace {

// Tokens beside the arguments: how the call was written before sameWork(), and convolutionPath().
constexpr std::string_view kWrittenAs = "written as", kPath = "path";

constexpr double kSmallestMs = 1e-7; // stands for "no such work" in a logarithm

constexpr std::array<std::string_view, 12> kWeightNames{"weight",        "bias",   "running_mean",   "running_var",  "mat2",
                                                        "batch2",        "params", "in_proj_weight", "in_proj_bias", "out_proj_weight",
                                                        "out_proj_bias", "hx"};

bool isWeight(std::string_view parameter) { return std::ranges::find(kWeightNames, parameter) != kWeightNames.end(); }

double bytesOf(const Argument& argument) {
  if (const auto* tensor = std::get_if<TensorType>(&argument)) return static_cast<double>(tensor->bytes());
  double bytes = 0;
  if (const auto* list = std::get_if<TensorList>(&argument)) {
    for (const auto& tensor : *list) bytes += tensor ? static_cast<double>(tensor->bytes()) : 0;
  }
  return bytes;
}

const TensorType* tensorAt(const Call& call, std::string_view parameter) {
  const int at = call.op->indexOf(parameter);
  return at < 0 ? nullptr : std::get_if<TensorType>(&call.arguments[static_cast<std::size_t>(at)]);
}

std::int64_t integerAt(const Call& call, std::string_view parameter, std::int64_t otherwise) {
  const int at = call.op->indexOf(parameter);
  const auto* value = at < 0 ? nullptr : std::get_if<std::int64_t>(&call.arguments[static_cast<std::size_t>(at)]);
  return value ? *value : otherwise;
}

std::int64_t rows(const TensorType& tensor) {
  const std::int64_t last = tensor.shape.empty() ? 1 : tensor.shape.back();
  return last > 0 ? tensor.elements() / last : 0;
}

using ProductRule = std::optional<Product> (*)(const Call&, const TensorType& output);

std::optional<Product> convolution(const Call& call, const TensorType& output) {
  const TensorType* weight = tensorAt(call, "weight");
  if (!weight || weight->rank() < 3 || output.rank() < 3 || output.shape[1] <= 0) return std::nullopt;
  const std::int64_t groups = std::max<std::int64_t>(1, integerAt(call, "groups", 1));
  return Product{groups, output.elements() / output.shape[1], weight->shape[0] / groups,
                 weight->shape[0] > 0 ? weight->elements() / weight->shape[0] : 1};
}

std::optional<Product> transposedConvolution(const Call& call, const TensorType&) {
  const TensorType* weight = tensorAt(call, "weight");
  const TensorType* input = tensorAt(call, "input");
  if (!weight || !input || weight->rank() < 3 || input->rank() < 3 || input->shape[1] <= 0) return std::nullopt;
  const std::int64_t groups = std::max<std::int64_t>(1, integerAt(call, "groups", 1));
  return Product{groups, input->elements() / input->shape[1], weight->shape[0] > 0 ? weight->elements() / weight->shape[0] : 1,
                 weight->shape[0] / groups};
}

std::optional<Product> linear(const Call& call, const TensorType& output) {
  const TensorType* weight = tensorAt(call, "weight");
  if (!weight || weight->rank() != 2) return std::nullopt;
  return Product{1, rows(output), weight->shape[0], weight->shape[1]};
}

/// [.., m, k] x [.., k, n], named so in the schema.
std::optional<Product> matrices(const TensorType* a, const TensorType* b, const TensorType& output) {
  if (!a || !b || a->rank() < 1 || b->rank() < 1) return std::nullopt;
  const std::int64_t k = a->shape.back();
  const std::int64_t n = b->rank() > 1 ? b->shape.back() : 1;
  const std::int64_t m = a->rank() > 1 ? a->shape[a->shape.size() - 2] : 1;
  const std::int64_t one = mulClamped(std::max<std::int64_t>(m, 1), std::max<std::int64_t>(n, 1));
  return Product{std::max<std::int64_t>(1, output.elements() / one), m, n, k};
}

struct ProductEntry {
  std::string_view name;
  ProductRule rule;
};
constexpr ProductEntry kProducts[] = {
    {"aten::conv1d", convolution},
    {"aten::conv2d", convolution},
    {"aten::conv3d", convolution},
    {"aten::convolution", convolution},
    {"aten::conv_transpose1d", transposedConvolution},
    {"aten::conv_transpose2d", transposedConvolution},
    {"aten::conv_transpose3d", transposedConvolution},
    {"aten::linear", linear},
    {"aten::mm", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "self"), tensorAt(c, "mat2"), o); }},
    {"aten::bmm", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "self"), tensorAt(c, "mat2"), o); }},
    {"aten::addmm", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "mat1"), tensorAt(c, "mat2"), o); }},
    {"aten::baddbmm", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "batch1"), tensorAt(c, "batch2"), o); }},
    {"aten::matmul", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "self"), tensorAt(c, "other"), o); }},
    {"aten::mv", [](const Call& c, const TensorType& o) { return matrices(tensorAt(c, "self"), tensorAt(c, "vec"), o); }},
};

float logOf(double value) { return static_cast<float>(std::log2(std::max(0.0, value) + 1)); }

/// log2 of how much larger v gets when rounded up to a multiple of m.
float waste(std::int64_t v, std::int64_t m) {
  if (v <= 0) return 0;
  const auto x = static_cast<double>(v), step = static_cast<double>(m);
  return static_cast<float>(std::log2(std::ceil(x / step) * step / x));
}

/// How often 2 divides v, at most 8.
float twos(std::int64_t v) {
  int count = 0;
  while (count < 8 && v > 0 && v % 2 == 0) {
    v /= 2;
    ++count;
  }
  return static_cast<float>(count);
}

double tiles(const Product& p, double side) {
  return static_cast<double>(p.batch) * std::ceil(static_cast<double>(p.m) / side) * std::ceil(static_cast<double>(p.n) / side);
}

Work workOf(const Call& call, const ops::Effect& effect, bool product) {
  Work work;
  work.flops = static_cast<double>(effect.flops);
  bool bias = false;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const double bytes = bytesOf(call.arguments[i]);
    const std::string_view name = call.op->parameters()[i].name;
    bias = bias || (name == "bias" && bytes > 0);
    (isWeight(name) ? work.weightBytes : work.inputBytes) += bytes;
  }
  for (const TensorType& output : effect.outputs) work.outputBytes += static_cast<double>(output.bytes());
  if (!product) {
    work.passBytes = static_cast<double>(std::max<std::int64_t>(0, effect.bytes));
  } else if (bias) {
    work.passBytes = 2 * work.outputBytes;
  }
  return work;
}

/// Appends in order; the count is checked where the list ends.
class FactList {
public:
  explicit FactList(std::span<float> out) : out_(out) {}
  void put(double value) {
    if (next_ < out_.size()) out_[next_] = static_cast<float>(value);
    ++next_;
  }
  std::size_t size() const { return next_; }

private:
  std::span<float> out_;
  std::size_t next_ = 0;
};

void putProduct(FactList& facts, const std::optional<Product>& product) {
  const Product p = product.value_or(Product{0, 0, 0, 0});
  facts.put(product ? 1 : 0);
  for (const std::int64_t size : {p.batch, p.m, p.n, p.k}) facts.put(logOf(static_cast<double>(size)));
  for (const std::int64_t tile : {32, 64, 128}) {
    facts.put(waste(p.m, tile));
    facts.put(waste(p.n, tile));
  }
  for (const std::int64_t tile : {8, 16, 32}) facts.put(waste(p.k, tile));
  facts.put(product ? logOf(tiles(p, 64)) : 0);
  facts.put(product ? logOf(tiles(p, 128)) : 0);
  facts.put(twos(p.m));
  facts.put(twos(p.n));
  facts.put(twos(p.k));
}

/// What 2-D convolution algorithms care about: tile waste of Winograd (2x2, 4x4 outputs) and FFT (16, 32
/// points), odd padding.
void putConvolution(FactList& facts, const Call& call, const TensorType* output) {
  const TensorType* weight = tensorAt(call, "weight");
  const TensorType* input = tensorAt(call, "input");
  const bool spatial = weight && input && output && weight->rank() == 4 && input->rank() == 4 && output->rank() == 4;
  if (!spatial) {
    for (int i = 0; i < 15; ++i) facts.put(0);
    return;
  }
  const std::int64_t kh = weight->shape[2], kw = weight->shape[3], oh = output->shape[2], ow = output->shape[3];
  const std::int64_t groups = std::max<std::int64_t>(1, integerAt(call, "groups", 1));
  facts.put(logOf(static_cast<double>(mulClamped(kh, kw))));
  facts.put(logOf(static_cast<double>(groups)));
  facts.put(twos(input->shape[1]));
  facts.put(twos(output->shape[1]));
  facts.put(kh == 1 && kw == 1 ? 1 : 0);
  facts.put(kh == 3 && kw == 3 ? 1 : 0);
  facts.put(kh == 5 && kw == 5 ? 1 : 0);
  facts.put(logOf(static_cast<double>(mulClamped(oh, ow))));
  facts.put(waste(oh, 2) + waste(ow, 2));
  facts.put(waste(oh, 4) + waste(ow, 4));
  for (const std::int64_t points : {16, 32}) {
    facts.put(waste(oh, std::max<std::int64_t>(1, points - kh + 1)) + waste(ow, std::max<std::int64_t>(1, points - kw + 1)));
  }
  facts.put(waste(input->shape[1] / groups, 32));
  facts.put(waste(output->shape[0], 8));
  facts.put(logOf(static_cast<double>(input->elements())) - logOf(static_cast<double>(output->elements())));
}

} // namespace

std::optional<Product> productOf(const Call& call, const std::vector<TensorType>& outputs) {
  const auto* entry = std::ranges::find(kProducts, call.op->name(), &ProductEntry::name);
  if (entry == std::end(kProducts) || outputs.empty()) return std::nullopt;
  return entry->rule(call, outputs.front());
}

std::variant<CallFeatures, std::string> featuresOf(const Call& written) {
  ops::Answer answer = ops::evaluate(*written.op, written.arguments);
  if (const auto* misuse = std::get_if<ops::Misuse>(&answer)) return misuse->sentence;
  if (const auto* unknown = std::get_if<ops::Unknown>(&answer)) {
    return std::string(written.op->fullName()) + " needs '" + unknown->parameter + "', which is not known";
  }
  Call call = sameWork(written);
  if (call.op != written.op) {
    ops::Answer same = ops::evaluate(*call.op, call.arguments);
    if (std::holds_alternative<ops::Effect>(same)) {
      answer = std::move(same);
    } else {
      call = written;
    }
  }
  const auto& effect = std::get<ops::Effect>(answer);
  CallFeatures features;
  features.op = call.op;
  features.tokens = tokensOf(call, effect.outputs);
  const auto lead = [&](std::string_view name, std::string_view category) {
    features.tokens.insert(features.tokens.begin(), {.parameter = name, .category = std::string(category), .numbers = {}});
  };
  if (const auto path = convolutionPath(call)) lead(kPath, *path);
  lead(kWrittenAs, written.op->fullName());
  features.product = productOf(call, effect.outputs);
  features.work = workOf(call, effect, features.product.has_value());
  const Work& work = features.work;
  const double bytes = work.inputBytes + work.weightBytes + work.outputBytes;
  FactList facts(features.facts);
  for (const double amount : {work.flops, bytes, work.inputBytes, work.weightBytes, work.outputBytes, work.passBytes}) {
    facts.put(logOf(amount));
  }
  facts.put(logOf(work.flops) - logOf(bytes));
  const TensorType* output = effect.outputs.empty() ? nullptr : &effect.outputs.front();
  facts.put(output ? twos(output->elements()) : 0);
  facts.put(output && !output->shape.empty() ? logOf(static_cast<double>(output->shape.back())) : 0);
  putProduct(facts, features.product);
  putConvolution(facts, call, output);
  static_assert(kCallFacts == 6 + 3 + 19 + 15 + 1);
  facts.put(static_cast<double>(std::ranges::count_if(call.arguments, [](const Argument& a) { return bytesOf(a) > 0; })));
  return features;
}

std::array<float, kTerms> logTerms(const Work& work, const DeviceSpec& device) {
  constexpr double kLaunchMs = 0.01;
  const double perFlop = 1e-6 / device.gflops, perByte = 1e-6 / device.gbytes; // milliseconds
  const std::array<double, kTerms> ms{kLaunchMs,
                                      work.flops * perFlop,
                                      work.inputBytes * perByte,
                                      work.outputBytes * perByte,
                                      work.weightBytes * perByte,
                                      work.passBytes * perByte};
  std::array<float, kTerms> logs{};
  std::ranges::transform(ms, logs.begin(), [](double t) { return static_cast<float>(std::log(std::max(t, kSmallestMs))); });
  return logs;
}

std::array<float, kDeviceFacts> deviceFacts(const CallFeatures& call, const DeviceSpec& device) {
  std::array<float, kDeviceFacts> out{};
  FactList facts(out);
  const auto terms = logTerms(call.work, device);
  for (const float term : terms) facts.put(term);
  const double bytes = call.work.inputBytes + call.work.weightBytes + call.work.outputBytes;
  const double roofline = std::max(call.work.flops / device.gflops, bytes / device.gbytes) * 1e-6;
  facts.put(std::log(std::max(roofline, kSmallestMs)));
  for (const double side : {64.0, 128.0}) {
    const double waves = call.product ? tiles(*call.product, side) / device.units : 0;
    facts.put(std::log2(waves + 1));
    facts.put(waves > 0 ? std::log2(std::ceil(waves) / waves) : 0);
  }
  facts.put(std::log2(bytes / (device.cacheMiB * 0x1p20) + 1));
  facts.put(std::log2(call.work.weightBytes / (device.cacheMiB * 0x1p20) + 1));
  return out;
}

} // namespace cobra::infer
