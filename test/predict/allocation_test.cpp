// Once its scratch memory has grown, the encoder answers without asking for more.
#include "small_model.h"

#include "predictor/infer/ensemble.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> allocations{0};
}

// NOLINTBEGIN(misc-new-delete-overloads): the pairs that the standard library falls back on.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(misc-new-delete-overloads)

namespace cobra::infer {
namespace {

TEST(Allocations, NoneInTheSteadyState) {
  const Model model = testing::smallModel(1, 2);
  std::vector<CallFeatures> features;
  for (const char* snippet : {"aten::relu(self=f32[4,8])", "aten::linear(input=f32[4,8],weight=f32[16,8],bias=f32[16])"}) {
    features.push_back(std::get<CallFeatures>(featuresOf(testing::call(snippet))));
  }
  std::vector<EncodedCall> encoded(features.size());
  std::vector<EncoderInput> batch;
  for (std::size_t i = 0; i < features.size(); ++i) {
    ASSERT_TRUE(model.vocabulary.encode(features[i], encoded[i]));
    batch.push_back({&features[i], &encoded[i]});
  }
  std::vector<Estimate> first(batch.size()), second(batch.size());
  Ensemble ensemble(model);
  ensemble.run(batch, 0, first);
  const long before = allocations;
  ensemble.run(batch, 0, second);
  ensemble.run(std::span(batch).first(1), 0, std::span(second).first(1));
  for (std::size_t i = 0; i < features.size(); ++i) ASSERT_TRUE(model.vocabulary.encode(features[i], encoded[i]));
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(second[0].ms, first[0].ms);
  EXPECT_GT(before, 0) << "the counter counts";
}

} // namespace
} // namespace cobra::infer
