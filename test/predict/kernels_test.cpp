// Every instruction set gives what a plain loop in double precision gives.
#include "predictor/infer/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <span>
#include <vector>

namespace cobra::infer {
namespace {

std::vector<const Kernels*> sets() {
  int count = 0;
  const Kernels* const* first = runnableKernels(count);
  return {first, first + count};
}

std::vector<float> numbers(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-2, 2);
  std::vector<float> values(count);
  for (float& value : values) value = draw(random);
  return values;
}

class KernelSets : public ::testing::TestWithParam<const Kernels*> {};

TEST_P(KernelSets, MultiplyMatricesOfAnyHeight) {
  for (const long rows : {1L, 2L, 5L, 6L, 7L, 12L, 13L, 40L}) {
    constexpr long k = 57, n = 48;
    const auto a = numbers(static_cast<std::size_t>(rows * k), 1), w = numbers(k * n, 2), bias = numbers(n, 3);
    std::vector<float> out(static_cast<std::size_t>(rows * n), 5.0F), sum = out;
    GetParam()->product(a.data(), k, rows, k, w.data(), n, bias.data(), out.data(), n);
    GetParam()->addProduct(a.data(), k, rows, k, w.data(), n, nullptr, sum.data(), n);
    for (long r = 0; r < rows; ++r) {
      for (long c = 0; c < n; ++c) {
        double expected = 0;
        for (long i = 0; i < k; ++i)
          expected += static_cast<double>(a[static_cast<std::size_t>(r * k + i)]) * w[static_cast<std::size_t>(i * n + c)];
        const auto at = static_cast<std::size_t>(r * n + c);
        EXPECT_NEAR(out[at], expected + bias[static_cast<std::size_t>(c)], 1e-4) << GetParam()->name << " rows " << rows;
        EXPECT_NEAR(sum[at], expected + 5, 1e-4) << GetParam()->name << " rows " << rows;
      }
    }
  }
}

TEST_P(KernelSets, NormaliseRows) {
  constexpr long width = 64;
  const auto x = numbers(2 * width, 4), weight = numbers(width, 5), bias = numbers(width, 6);
  std::vector<float> out(2 * width);
  GetParam()->normalize(x.data(), 2, width, weight.data(), bias.data(), out.data());
  for (std::size_t r = 0; r < 2; ++r) {
    double mean = 0, square = 0;
    for (std::size_t c = 0; c < width; ++c) mean += x[r * width + c] / width;
    for (std::size_t c = 0; c < width; ++c) square += std::pow(x[r * width + c] - mean, 2) / width;
    for (std::size_t c = 0; c < width; ++c) {
      EXPECT_NEAR(out[r * width + c], (x[r * width + c] - mean) / std::sqrt(square + 1e-5) * weight[c] + bias[c], 1e-5);
    }
  }
}

TEST_P(KernelSets, GeluFollowsTheTanhFormulaOverTheWholeRange) {
  std::vector<float> values;
  for (float x = -100; x <= 100; x += 0.37F) values.push_back(x);
  auto out = values;
  GetParam()->gelu(out.data(), static_cast<long>(out.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    const double expected = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    EXPECT_NEAR(out[i], expected, 1e-6 * std::max(1.0, std::abs(expected))) << x;
  }
}

TEST_P(KernelSets, AttentionIsASoftmaxWeightedSum) {
  constexpr long tokens = 5, width = 16, stride = 3 * width;
  const auto qkv = numbers(tokens * stride, 7);
  std::vector<float> out(tokens * width), scores(tokens);
  const float *q = qkv.data(), *k = q + width, *v = k + width;
  GetParam()->attend(q, k, v, stride, tokens, tokens, width, scores.data(), out.data(), width);
  for (long i = 0; i < tokens; ++i) {
    std::vector<double> share(tokens);
    double total = 0;
    for (long j = 0; j < tokens; ++j) {
      double dot = 0;
      for (long c = 0; c < width; ++c) dot += static_cast<double>(q[i * stride + c]) * k[j * stride + c];
      total += share[static_cast<std::size_t>(j)] = std::exp(dot / 4);
    }
    for (long c = 0; c < width; ++c) {
      double expected = 0;
      for (long j = 0; j < tokens; ++j) expected += share[static_cast<std::size_t>(j)] / total * v[j * stride + c];
      EXPECT_NEAR(out[static_cast<std::size_t>(i * width + c)], expected, 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, KernelSets, ::testing::ValuesIn(sets()), [](const auto& info) { return std::string(info.param->name); });

TEST(Kernels, ThePortableSetIsAlwaysThereAndTheFastestIsChosen) {
  EXPECT_EQ(sets().back()->name, "portable");
  EXPECT_EQ(&bestKernels(), sets().front());
}

} // namespace
} // namespace cobra::infer
