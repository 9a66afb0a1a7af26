// Which numbers the network sees for a call: one table line each.
#include "small_model.h"

#include "predictor/infer/forms.h"
#include "predictor/infer/physics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cobra::infer {
namespace {

/// "self=f32[1605632] output=f32[1605632]": what tokensOf() says.
std::string shown(const CallFeatures& features) {
  std::string text;
  for (const Token& token : features.tokens) {
    if (token.parameter == "written as" || token.parameter == "path") continue; // same_work_test.cpp
    text += (text.empty() ? "" : " ") + std::string(token.parameter) + "=" + token.category;
    if (token.numbers.empty()) continue;
    text += '[';
    for (std::size_t i = 0; i < token.numbers.size(); ++i) text += (i ? "," : "") + std::to_string(token.numbers[i]);
    text += ']';
  }
  return text;
}

struct FormCase {
  const char* snippet;
  const char* op;
  const char* tokens;
};

class Forms : public ::testing::TestWithParam<FormCase> {};

TEST_P(Forms, CallsThatDoTheSameWorkLookTheSame) {
  const auto features = featuresOf(testing::call(GetParam().snippet));
  ASSERT_TRUE(std::holds_alternative<CallFeatures>(features)) << std::get<std::string>(features);
  EXPECT_EQ(std::get<CallFeatures>(features).op->fullName(), GetParam().op);
  EXPECT_EQ(shown(std::get<CallFeatures>(features)), GetParam().tokens);
}

constexpr FormCase kForms[] = {
    {"aten::relu(self=f32[8,64,56,56])", "aten::relu", "self=f32[1605632] output=f32[1605632]"},
    {"aten::relu_(self=f32[1605632])", "aten::relu", "self=f32[1605632] output=f32[1605632]"},
    {"aten::add.Tensor(self=f32[2,3,4],other=f32[2,3,4],alpha=1)", "aten::add.Tensor",
     "self=f32[24] other=f32[24] alpha=[1] output=f32[24]"},
    {"aten::add.Tensor(self=f32[2,3,4],other=f32[4],alpha=1)", "aten::add.Tensor",
     "self=f32[6,4] other=f32[1,4] alpha=[1] output=f32[6,4]"},
    {"aten::mul.Tensor(self=f32[2,3,4,4],other=f32[2,3,1,1])", "aten::mul.Tensor", "self=f32[6,16] other=f32[6,1] output=f32[6,16]"},
    {"aten::linear(input=f32[2,5,7],weight=f32[11,7],bias=None)", "aten::linear",
     "input=f32[10,7] weight=f32[11,7] bias=None output=f32[10,11]"},
    {"aten::softmax.int(self=f32[2,3,4,5],dim=-1,dtype=None)", "aten::softmax.int", "self=f32[24,5,1] dim= dtype=None output=f32[24,5,1]"},
    {"aten::softmax.int(self=f32[2,3,4,5],dim=1,dtype=None)", "aten::softmax.int", "self=f32[2,3,20] dim= dtype=None output=f32[2,3,20]"},
    {"aten::layer_norm(input=f32[2,3,4,5],normalized_shape=[4,5],weight=f32[4,5],bias=f32[4,5],eps=1e-05,"
     "cudnn_enable=True)",
     "aten::layer_norm",
     "input=f32[6,20] normalized_shape=[20] weight=f32[20] bias=f32[20] eps=fraction cudnn_enable=True "
     "output=f32[6,20]"},
    {"aten::conv2d(input=f32[1,3,8,8],weight=f32[4,3,3,3],bias=None,stride=[2,2],padding=[1,1],dilation=[1,1]"
     ",groups=1)",
     "aten::conv2d",
     "input=f32[1,3,8,8] weight=f32[4,3,3,3] bias=None stride=[2,2] padding=[1,1] dilation=[1,1] groups=[1] "
     "output=f32[1,4,4,4]"},
    {"aten::cat(tensors=[f32[2,3],f32[2,5]],dim=1)", "aten::cat", "tensors=f32[2,16,2,3] dim=[1] output=f32[2,8]"},
};
INSTANTIATE_TEST_SUITE_P(Infer, Forms, ::testing::ValuesIn(kForms));

struct ProductCase {
  const char* snippet;
  std::int64_t batch, m, n, k;
};

class Products : public ::testing::TestWithParam<ProductCase> {};

TEST_P(Products, AreTheMatricesThatTheKernelMultiplies) {
  const auto features = std::get<CallFeatures>(featuresOf(testing::call(GetParam().snippet)));
  ASSERT_TRUE(features.product.has_value());
  EXPECT_EQ(features.product->batch, GetParam().batch);
  EXPECT_EQ(features.product->m, GetParam().m);
  EXPECT_EQ(features.product->n, GetParam().n);
  EXPECT_EQ(features.product->k, GetParam().k);
}

constexpr ProductCase kProducts[] = {
    {"aten::linear(input=f32[2,5,7],weight=f32[11,7],bias=None)", 1, 10, 11, 7},
    {"aten::bmm(self=f32[6,5,7],mat2=f32[6,7,9])", 6, 5, 9, 7},
    {"aten::conv2d(input=f32[2,3,8,8],weight=f32[4,3,3,3],bias=None,stride=[1,1],padding=[1,1],dilation=[1,1]"
     ",groups=1)",
     1, 128, 4, 27},
    {"aten::conv2d(input=f32[2,8,8,8],weight=f32[8,1,3,3],bias=None,stride=[1,1],padding=[1,1],dilation=[1,1]"
     ",groups=8)",
     8, 128, 1, 9},
};
INSTANTIATE_TEST_SUITE_P(Infer, Products, ::testing::ValuesIn(kProducts));

TEST(Work, SplitsBytesByWhatTheyAre) {
  const auto features = std::get<CallFeatures>(featuresOf(testing::call("aten::linear(input=f32[2,8],weight=f32[4,8],bias=f32[4])")));
  EXPECT_DOUBLE_EQ(features.work.inputBytes, 2 * 8 * 4);
  EXPECT_DOUBLE_EQ(features.work.weightBytes, (4 * 8 + 4) * 4);
  EXPECT_DOUBLE_EQ(features.work.outputBytes, 2 * 4 * 4);
  EXPECT_DOUBLE_EQ(features.work.passBytes,
                   2 * 2 * 4 * 4); // the bias: one pass that reads and writes the output
}

TEST(Work, ShapesThatLibTorchRefusesAreASentence) {
  const auto features = featuresOf(testing::call("aten::linear(input=f32[2,8],weight=f32[4,9],bias=None)"));
  ASSERT_TRUE(std::holds_alternative<std::string>(features));
  EXPECT_FALSE(std::get<std::string>(features).empty());
}

TEST(Facts, AreFiniteForHugeShapesAndEmptyTensors) {
  for (const char* snippet : {"aten::relu(self=f32[1099511627776,1099511627776])", "aten::relu(self=f32[0])", "aten::relu(self=f32[])",
                              "aten::linear(input=f32[0,8],weight=f32[4,8],bias=None)"}) {
    const auto features = std::get<CallFeatures>(featuresOf(testing::call(snippet)));
    for (const float fact : features.facts) EXPECT_TRUE(std::isfinite(fact)) << snippet;
    for (const float fact : deviceFacts(features, DeviceSpec{})) EXPECT_TRUE(std::isfinite(fact)) << snippet;
    for (const float term : logTerms(features.work, DeviceSpec{})) EXPECT_TRUE(std::isfinite(term)) << snippet;
  }
}

} // namespace
} // namespace cobra::infer
