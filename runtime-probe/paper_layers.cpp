#include "runtime-probe/paper_layers.h"

#include "runtime-probe/campaign.h"
#include "runtime-probe/graph_run.h"

#include <algorithm>
#include <numeric>

namespace cobra::probe::paper {
namespace {

using Sizes = std::vector<std::int64_t>;
using Named = std::pair<const char*, Argument>;

TensorType tensor(Shape shape) { return {DType::Float32, std::move(shape)}; }

Call call(std::string_view fullName, std::vector<Named> arguments) {
  Call made{ops::find(fullName), {}};
  for (const ops::Parameter& parameter : made.op->parameters())
    made.arguments.push_back(parameter.hasDefault ? parameter.defaultValue : Argument(None{}));
  for (auto& [name, value] : arguments) made.arguments.at(static_cast<std::size_t>(made.op->indexOf(name))) = std::move(value);
  return normalized(std::move(made));
}

std::int64_t size(Random& random) { return random.between(1, 1000); }
Sizes both(Random& random, std::int64_t low, std::int64_t high) {
  std::int64_t first = random.between(low, high);
  return {first, random.between(low, high)};
}
TensorType image(Random& random) {
  std::int64_t channels = size(random), height = size(random);
  return tensor({1, channels, height, size(random)});
}

Sample convolution(Random& random) {
  TensorType input = image(random);
  std::int64_t in = input.shape[1], out = size(random), groups = std::gcd(in, out);
  Sizes kernel = both(random, 1, 10), stride = both(random, 1, 10), padding = both(random, 0, 10), dilation = both(random, 1, 5);
  return {call("aten::conv2d", {{"input", std::move(input)},
                                {"weight", tensor({out, in / groups, kernel[0], kernel[1]})},
                                {"bias", tensor({out})},
                                {"stride", std::move(stride)},
                                {"padding", std::move(padding)},
                                {"dilation", std::move(dilation)},
                                {"groups", groups}})};
}
Sample batchNorm(Random& random) {
  TensorType input = image(random), each = tensor({input.shape[1]});
  return {call("aten::batch_norm", {{"input", std::move(input)},
                                    {"weight", each},
                                    {"bias", each},
                                    {"running_mean", each},
                                    {"running_var", each},
                                    {"training", false},
                                    {"momentum", 0.1},
                                    {"eps", 1e-5},
                                    {"cudnn_enabled", true}})};
}
Sample relu(Random& random) { return {call("aten::relu", {{"self", image(random)}})}; }
Sample globalAveragePool(Random& random) {
  return Sample{call("aten::adaptive_avg_pool2d", {{"self", image(random)}, {"output_size", Sizes{1, 1}}})};
}
Sample add(Random& random) {
  TensorType each = image(random);
  std::int64_t inputs = random.between(2, 10);
  return {call("aten::add.Tensor", {{"self", each}, {"other", each}}), inputs - 1};
}
Sample linear(Random& random) {
  std::int64_t in = size(random), out = size(random);
  return {call("aten::linear", {{"input", tensor({1, in})}, {"weight", tensor({out, in})}, {"bias", tensor({out})}})};
}
template <bool average> Sample pool(Random& random) {
  TensorType input = image(random);
  Sizes kernel = both(random, 1, 10), stride = both(random, 1, 10), padding = both(random, 0, 10);
  return {call(
      average ? "aten::avg_pool2d" : "aten::max_pool2d",
      {{"self", std::move(input)}, {"kernel_size", std::move(kernel)}, {"stride", std::move(stride)}, {"padding", std::move(padding)}})};
}

/// LibTorch takes it, it gives something, and it is small enough.
bool fits(const Sample& sample, const Limits& limits) {
  ops::Answer answer = ops::evaluate(*sample.call.op, sample.call.arguments);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  if (effect == nullptr || effect->outputs.at(0).elements() == 0) return false;
  std::int64_t bytes = mulClamped(effect->bytes, sample.times);
  std::int64_t flops = mulClamped(effect->flops, sample.times);
  return (limits.bytes <= 0 || bytes <= limits.bytes) && (limits.flops <= 0 || flops <= limits.flops);
}

/// x1 + x2 + ... as a graph.
Graph chain(const Sample& sample) {
  Graph graph;
  graph.executed = true;
  ops::Answer answer = ops::evaluate(*sample.call.op, sample.call.arguments);
  for (int i = 0; i < sample.times; ++i) {
    Node node;
    node.id = i;
    node.call = sample.call;
    node.outputs = std::get<ops::Effect>(answer).outputs;
    if (i > 0) graph.edges.emplace_back(i - 1, i);
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

class PaperPlan final : public Plan {
public:
  PaperPlan(const Limits& limits, Shard shard) : limits_(limits), shard_(shard), row_(shard.index) {}
  void add(const Record& record) override {
    if (!record.repeats) row_ = std::max(row_, record.row + shard_.count);
  }
  bool next() override {
    sample_ = draw(limits_, row_).second;
    return true;
  }
  std::int64_t row() const override { return row_; }
  Record what() const override {
    Record record;
    (sample_.times > 1 ? record.network : record.snippet) =
        sample_.times > 1 ? "add of " + std::to_string(sample_.times + 1) : printSnippet(sample_.call);
    return record;
  }
  Record measure(const MeasureSetting& setting, double& spent) override {
    if (sample_.times == 1) return probe::measure(sample_.call, setting, &spent);
    return measureNetwork(what().network, chain(sample_), setting, &spent);
  }

private:
  Limits limits_;
  Shard shard_;
  std::int64_t row_;
  Sample sample_;
};

} // namespace

const std::array<Kind, 8> kinds = {{{"convolution", 115'192, convolution},
                                    {"batch norm", 38'020, batchNorm},
                                    {"ReLU", 64'734, relu},
                                    {"add", 10'000, add},
                                    {"linear", 20'164, linear},
                                    {"average pool", 3'806, pool<true>},
                                    {"maximum pool", 2'108, pool<false>},
                                    {"global average pool", 13'934, globalAveragePool}}};

std::pair<std::size_t, Sample> draw(const Limits& limits, std::int64_t row) {
  Random random(generatorFor(limits.seed, row));
  std::int64_t total = 0;
  for (const Kind& kind : kinds) total += kind.samples;
  std::int64_t at = random.between(0, total - 1);
  std::size_t kind = 0;
  while (at >= kinds[kind].samples) at -= kinds[kind++].samples;
  for (;;) { // every kind has samples of a few bytes, so this ends
    Sample sample = kinds[kind].draw(random);
    sample.call = withDType(std::move(sample.call), limits.dtype);
    if (fits(sample, limits)) return {kind, std::move(sample)};
  }
}

std::unique_ptr<Plan> plan(const Limits& limits, Shard shard) { return std::make_unique<PaperPlan>(limits, shard); }

} // namespace cobra::probe::paper
