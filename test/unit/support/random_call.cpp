#include "test/unit/support/random_call.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace cobra::test {
namespace {

using ops::Kind;

int below(int count, Random& random) { return std::uniform_int_distribution<int>(0, count - 1)(random); }
bool oneIn(int count, Random& random) { return below(count, random) == 0; }

template <typename T, std::size_t N> T pick(const std::array<T, N>& values, Random& random) {
  return values[static_cast<std::size_t>(below(N, random))];
}

std::int64_t randomInt(Random& random) {
  using Limits = std::numeric_limits<std::int64_t>;
  static constexpr std::array<std::int64_t, 8> edges = {0, 1, -1, 10, Limits::max(), Limits::min(), 224, -7};
  return oneIn(4, random) ? static_cast<std::int64_t>(random()) : pick(edges, random);
}

std::int64_t randomSize(Random& random) { return oneIn(8, random) ? static_cast<std::int64_t>(random() >> 1) : below(600, random); }

double randomFloat(Random& random) {
  using Limits = std::numeric_limits<double>;
  static constexpr std::array<double, 12> edges = {
      0.0, -0.0, 1.0, -1.0, 0.1, 1e-5, 1e20, Limits::infinity(), -Limits::infinity(), Limits::max(), Limits::min(), Limits::denorm_min()};
  if (oneIn(2, random)) return pick(edges, random);
  const double any = std::bit_cast<double>(random());
  return std::isnan(any) ? 0.5 : any;
}

std::string randomText(Random& random) {
  std::string text;
  for (int i = below(9, random); i > 0; --i) text += static_cast<char>(below(256, random));
  return oneIn(3, random) ? std::string("mean") : text;
}

DType randomDType(Random& random) { return static_cast<DType>(below(12, random)); }

TensorType randomTensor(Random& random) {
  TensorType tensor{randomDType(random), {}};
  for (int i = below(6, random); i > 0; --i) tensor.shape.push_back(randomSize(random));
  return tensor;
}

template <typename T, typename Draw> Argument randomList(Random& random, Draw draw) {
  std::vector<T> items;
  for (int i = below(5, random); i > 0; --i) items.push_back(draw(random));
  return items;
}

Argument randomTensors(bool optionalItem, Random& random) {
  return randomList<std::optional<TensorType>>(
      random, [&](Random& r) { return optionalItem && oneIn(3, r) ? std::optional<TensorType>() : randomTensor(r); });
}

Argument randomScalar(Random& random) {
  switch (below(3, random)) {
  case 0: return oneIn(2, random);
  case 1: return randomInt(random);
  default: return randomFloat(random);
  }
}

} // namespace

Argument randomArgument(const ops::Parameter& parameter, Random& random) {
  if (oneIn(20, random)) return Open{};
  if (parameter.optional && oneIn(3, random)) return None{};
  const auto flip = [](Random& r) { return oneIn(2, r); };
  switch (parameter.kind) {
  case Kind::Tensor: return parameter.list ? randomTensors(parameter.optionalItem, random) : randomTensor(random);
  case Kind::Int: return parameter.list ? randomList<std::int64_t>(random, randomInt) : randomInt(random);
  case Kind::Float: return parameter.list ? randomList<double>(random, randomFloat) : randomFloat(random);
  case Kind::Bool: return parameter.list ? randomList<bool>(random, flip) : flip(random);
  case Kind::Scalar: return parameter.list ? randomList<double>(random, randomFloat) : randomScalar(random);
  case Kind::ScalarType: return randomDType(random);
  case Kind::String:
  case Kind::Layout:
  case Kind::Device:
  case Kind::MemoryFormat:
  case Kind::Generator: return randomText(random);
  }
  return Open{};
}

Call randomCall(const ops::Operator& op, Random& random) {
  Call call{&op, {}};
  for (const ops::Parameter& parameter : op.parameters()) call.arguments.push_back(randomArgument(parameter, random));
  return call;
}

} // namespace cobra::test
