#include "test/ops/draw.h"

#include "predictor/ops/space.h"

#include <algorithm>
#include <array>

namespace cobra::test {
namespace {

constexpr std::uint64_t seed = 20260115;
constexpr int drawnPerSmallOne = 8;

/// Every operator has its own stream, so that a new one changes no other's samples.
std::mt19937_64 streamOf(const ops::Operator& op) {
  std::seed_seq sequence(op.fullName().begin(), op.fullName().end());
  std::array<std::uint32_t, 1> mixed{};
  sequence.generate(mixed.begin(), mixed.end());
  return std::mt19937_64(seed ^ mixed[0]);
}

/// Elements of all tensors, and operations.
std::int64_t weight(const ops::Operator& op, std::span<const Argument> arguments) {
  const ops::Answer answer = ops::evaluate(op, arguments);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  std::int64_t sum = effect == nullptr ? 0 : effect->flops;
  const auto add = [&](const TensorType& type) { sum = addClamped(sum, type.elements()); };
  forEachTensor(arguments, add);
  if (effect != nullptr) std::ranges::for_each(effect->outputs, add);
  return sum;
}

} // namespace

std::vector<std::vector<Argument>> drawSamples(const ops::Operator& op, int count) {
  std::vector<std::vector<Argument>> result;
  auto random = streamOf(op);
  while (static_cast<int>(result.size()) < count) {
    auto arguments = ops::sample(op, random);
    if (!arguments) break;
    result.push_back(*std::move(arguments));
  }
  return result;
}

std::vector<std::vector<Argument>> smallestSamples(const ops::Operator& op, int count) {
  auto samples = drawSamples(op, count * drawnPerSmallOne);
  std::ranges::stable_sort(samples, {}, [&](const auto& arguments) { return weight(op, arguments); });
  if (static_cast<int>(samples.size()) > count) samples.resize(static_cast<std::size_t>(count));
  return samples;
}

} // namespace cobra::test
