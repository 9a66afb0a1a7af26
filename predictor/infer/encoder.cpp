#include "predictor/infer/encoder.h"

#include <algorithm>
#include <cmath>

namespace cobra::infer {
namespace {

constexpr long kFacts = kCallFacts + kDeviceFacts;
constexpr float kFactLimit = 6; // standard deviations: further out the network would only extrapolate a straight line

float* grown(std::vector<float>& memory, long count) {
  if (memory.size() < static_cast<std::size_t>(count)) memory.resize(static_cast<std::size_t>(count));
  return memory.data();
}

void add(float* to, const float* from, long count) {
  for (long i = 0; i < count; ++i) to[i] += from[i];
}

} // namespace

const float* Encoder::tensor(const std::string& name) const { return model_.tensors.at(memberTensor(member_, name)).values.data(); }

Encoder::Encoder(const Model& model, int member, const Kernels& kernels)
    : model_(model), member_(member), kernels_(kernels), factsMean_(tensor("facts.mean")), factsScale_(tensor("facts.scale")),
      slotWeight_(tensor("slot.weight")), parameterVector_(tensor("parameter.vector")), categoryVector_(tensor("category.vector")),
      operatorVector_(tensor("operator.vector")), operatorToken_(tensor("operator.token")), deviceVector_(tensor("device.vector")),
      factsWeight_(tensor("facts.weight")), normWeight_(tensor("norm.weight")), normBias_(tensor("norm.bias")),
      headUpWeight_(tensor("head.up.weight")), headUpBias_(tensor("head.up.bias")), headDown_(tensor("head.down.weight")),
      headOperator_(tensor("head.operator")), headDevice_(tensor("head.device")),
      headContext_(model.context ? tensor("head.context") : nullptr) {
  for (int i = 0; i < model.architecture.layers; ++i) {
    const auto at = [&](const char* name) { return tensor("layer" + std::to_string(i) + "." + name); };
    layers_.push_back({at("norm1.weight"), at("norm1.bias"), at("qkv.weight"), at("qkv.bias"), at("out.weight"), at("out.bias"),
                       at("norm2.weight"), at("norm2.bias"), at("up.weight"), at("up.bias"), at("down.weight"), at("down.bias")});
  }
}

void Encoder::embed(std::span<const EncoderInput> batch, int device) {
  const long width = model_.architecture.width;
  long rows = 0;
  begins_.clear();
  for (const EncoderInput& input : batch) {
    begins_.push_back(rows);
    rows += 1 + static_cast<long>(input.encoded->tokens.size());
  }
  begins_.push_back(rows);
  float* state = grown(states_, rows * width);
  float* facts = grown(facts_, static_cast<long>(batch.size()) * kFacts);
  const DeviceEntryInfo& info = model_.devices[static_cast<std::size_t>(device)];
  for (const EncoderInput& input : batch) {
    const auto deviceSide = deviceFacts(*input.features, info.spec);
    for (long i = 0; i < kFacts; ++i) {
      const float raw =
          i < kCallFacts ? input.features->facts[static_cast<std::size_t>(i)] : deviceSide[static_cast<std::size_t>(i - kCallFacts)];
      facts[i] = std::clamp((raw - factsMean_[i]) * factsScale_[i], -kFactLimit, kFactLimit);
    }
    kernels_.product(facts, kFacts, 1, kFacts, factsWeight_, width, deviceVector_ + device * width, state, width);
    add(state, operatorVector_ + input.encoded->op * width, width);
    facts += kFacts;
    state += width;
    for (const EncodedToken& token : input.encoded->tokens) {
      std::copy_n(parameterVector_ + token.parameter * width, width, state);
      add(state, operatorToken_ + input.encoded->op * width, width);
      if (token.category >= 0) add(state, categoryVector_ + token.category * width, width);
      for (int n = token.first; n < token.first + token.count; ++n) {
        const EncodedNumber& number = input.encoded->numbers[static_cast<std::size_t>(n)];
        float embedded[kNumberWidth];
        embedNumber(number.value, embedded);
        kernels_.addProduct(embedded, kNumberWidth, 1, kNumberWidth, slotWeight_ + static_cast<long>(number.slot) * kNumberWidth * width,
                            width, nullptr, state, width);
      }
      state += width;
    }
  }
}

/// In the last layer only the rows of the calls themselves are needed: they are gathered at the front of
/// states_.
void Encoder::attention(const Layer& layer, bool last) {
  const long width = model_.architecture.width, heads = model_.architecture.heads, each = width / heads;
  const long rows = begins_.back(), calls = static_cast<long>(begins_.size()) - 1;
  float* normed = grown(normed_, rows * width);
  float* qkv = grown(qkv_, rows * 3 * width);
  float* mixed = grown(mixed_, rows * width);
  kernels_.normalize(states_.data(), rows, width, layer.norm1Weight, layer.norm1Bias, normed);
  kernels_.product(normed, width, rows, width, layer.qkvWeight, 3 * width, layer.qkvBias, qkv, 3 * width);
  for (long call = 0; call < calls; ++call) {
    const long begin = begins_[static_cast<std::size_t>(call)], tokens = begins_[static_cast<std::size_t>(call) + 1] - begin;
    float* scores = grown(scores_, tokens);
    const float* first = qkv + begin * 3 * width;
    float* out = mixed + (last ? call : begin) * width;
    for (long head = 0; head < heads; ++head) {
      const float* q = first + head * each;
      kernels_.attend(q, q + width, q + 2 * width, 3 * width, last ? 1 : tokens, tokens, each, scores, out + head * each, width);
    }
    if (last) std::copy_n(states_.data() + begin * width, width, states_.data() + call * width);
  }
  const long kept = last ? calls : rows;
  kernels_.addProduct(mixed, width, kept, width, layer.outWeight, width, layer.outBias, states_.data(), width);
}

void Encoder::feedForward(const Layer& layer, long rows) {
  const long width = model_.architecture.width, inner = model_.architecture.inner;
  float* hidden = grown(inner_, rows * inner);
  kernels_.normalize(states_.data(), rows, width, layer.norm2Weight, layer.norm2Bias, normed_.data());
  kernels_.product(normed_.data(), width, rows, width, layer.upWeight, inner, layer.upBias, hidden, inner);
  kernels_.gelu(hidden, rows * inner);
  kernels_.addProduct(hidden, inner, rows, inner, layer.downWeight, width, layer.downBias, states_.data(), width);
}

void Encoder::run(std::span<const EncoderInput> batch, int device, std::span<double> ms) {
  if (batch.empty()) return;
  const long width = model_.architecture.width, hidden = model_.architecture.hidden;
  const long calls = static_cast<long>(batch.size());
  embed(batch, device);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    attention(layers_[i], last);
    feedForward(layers_[i], last ? calls : begins_.back());
  }
  kernels_.normalize(states_.data(), calls, width, normWeight_, normBias_, states_.data());
  float* up = grown(inner_, calls * hidden);
  kernels_.product(states_.data(), width, calls, width, headUpWeight_, hidden, headUpBias_, up, hidden);
  kernels_.addProduct(facts_.data(), kFacts, calls, kFacts, headUpWeight_ + width * hidden, hidden, nullptr, up, hidden);
  kernels_.gelu(up, calls * hidden);
  const DeviceEntryInfo& info = model_.devices[static_cast<std::size_t>(device)];
  for (long call = 0; call < calls; ++call) {
    const EncoderInput& input = batch[static_cast<std::size_t>(call)];
    const auto terms = logTerms(input.features->work, info.spec);
    const long entry = device * static_cast<long>(model_.vocabulary.operators.size()) + input.encoded->op;
    const float* context = headContext_ ? headContext_ + entry * model_.context * kTerms : nullptr;
    double sum = 0;
    for (int term = 0; term < kTerms; ++term) {
      float z = headOperator_[input.encoded->op * kTerms + term] + headDevice_[device * kTerms + term];
      for (long i = 0; i < hidden; ++i) z += up[call * hidden + i] * headDown_[i * kTerms + term];
      for (long i = 0; context && i < model_.context; ++i) z += input.context[static_cast<std::size_t>(i)] * context[i * kTerms + term];
      // The limits are far outside what training reaches; they keep hostile weights from giving infinity.
      sum += std::exp(static_cast<double>(std::clamp(z, -40.0F, 40.0F) + terms[static_cast<std::size_t>(term)]));
    }
    ms[static_cast<std::size_t>(call)] = std::isfinite(sum) && sum > 0 ? sum : 0.01;
  }
}

} // namespace cobra::infer
