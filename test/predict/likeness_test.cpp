#include "predictor/infer/likeness.h"

#include "small_model.h"

#include <gmock/gmock.h>

namespace cobra {
namespace {

using testing::call;
using ::testing::ElementsAre;
using testing::graphOf;
using ::testing::HasSubstr;

struct Pair {
  const char* given;
  const char* like; // empty: nothing of LibTorch does the same
};
class Likeness : public ::testing::TestWithParam<Pair> {};

std::int64_t elements(const Call& call) {
  const ops::Answer answer = ops::evaluate(*call.op, call.arguments);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  return effect ? effect->outputs.at(0).elements() : -1;
}

TEST_P(Likeness, DoesTheSameWork) {
  const Call given = call(GetParam().given);
  const auto like = infer::likeness(given);
  ASSERT_EQ(like.has_value(), *GetParam().like != 0);
  if (!like) return;
  EXPECT_THAT(printSnippet(*like), HasSubstr(GetParam().like));
  EXPECT_EQ(elements(*like), elements(given));
}

constexpr Pair kPairs[] = {
    {"cudnn::convolution_forward(input=f32[1,3,224,224],weight=f32[64,3,7,7],padding=[3,3],stride=[2,2],dilation=[1,1],groups=1,"
     "mode='cross_correlation')",
     "aten::conv2d(input=f32[1,3,224,224],weight=f32[64,3,7,7],bias=None,stride=[2,2],padding=[3,3],dilation=[1,1],groups=1)"},
    {"cudnn::convolution_forward(input=f16[1,32,9,9,9],weight=f16[64,16,3,3,3],padding=[1,1,1],stride=[1,1,1],dilation=[1,1,1],groups=2,"
     "mode='cross_correlation')",
     "aten::conv3d(input=f16[1,32,9,9,9],weight=f16[64,16,3,3,3],bias=None"},
    {"cudnn::convolution_bias_activation_forward(input=f32[2,3,8,8],weight=f32[4,3,3,3],other=None,bias=f32[1,4,1,1],padding=[1,1],"
     "stride=[1,1],dilation=[1,1],groups=1,activation='relu')",
     "aten::conv2d(input=f32[2,3,8,8],weight=f32[4,3,3,3],bias=f32[4]"},
    {"cudnn::activation_forward(input=f32[4,8],mode='tanh',coef=0.0)", "aten::tanh(self=f32[4,8])"},
    {"cudnn::activation_forward(input=f32[4,8],mode='clipped_relu',coef=6.0)", ""},
    {"cudnn::add_tensor(self=f32[2,8,4,4],other=f32[1,8,1,1])", "aten::add.Tensor(self=f32[2,8,4,4],other=f32[1,8,1,1]"},
    {"cudnn::op_tensor(self=f32[2,8,4,4],other=f32[2,8,4,4],op='mul')", ""},
    {"cudnn::pooling_forward(input=f32[1,6,9,9],mode='max',window=[3,3],padding=[1,1],stride=[2,2])",
     "aten::max_pool2d(self=f32[1,6,9,9],kernel_size=[3,3],stride=[2,2],padding=[1,1]"},
    {"cudnn::softmax_forward(input=f32[64,10,2,2],algorithm='accurate',mode='channel')", "aten::softmax.int(self=f32[64,10,2,2],dim=1"},
    {"cudnn::softmax_forward(input=f32[64,10,2,2],algorithm='accurate',mode='instance')", "aten::softmax.int(self=f32[64,40],dim=1"},
    {"cudnn::batch_normalization_forward_inference(input=f32[8,16,5,5],weight=f32[1,16,1,1],bias=f32[1,16,1,1],running_mean=f32[1,16,1,1],"
     "running_var=f32[1,16,1,1],mode='spatial',epsilon=1e-05)",
     "aten::batch_norm(input=f32[8,16,5,5],weight=f32[16]"},
    {"cublas::gemm(self=f32[784,512],mat2=f32[784,128],transa=True,transb=False)",
     "aten::linear(input=f32[128,784],weight=f32[512,784],bias=None)"},
    {"cublas::gemm(self=f32[512,784],mat2=f32[128,784],transa=False,transb=True)",
     "aten::linear(input=f32[128,784],weight=f32[512,784],bias=None)"},
    {"cublas::gemm_batched(self=f16[8,64,128],mat2=f16[8,64,32],transa=True,transb=False)",
     "aten::bmm(self=f16[8,128,64],mat2=f16[8,64,32])"},
    {"cublas::axpy(x=f32[100],y=f32[100])", ""},
    {"aten::relu(self=f32[4,8])", ""},
};
INSTANTIATE_TEST_SUITE_P(Predict, Likeness, ::testing::ValuesIn(kPairs));

TEST(LikenessOfCalls, AMeasuredOperatorAnswersAndIsNamed) {
  Predictor predictor{testing::parsed(testing::smallProfile()), "toy"};
  const char* given = "cublas::gemm(self=f32[8,16],mat2=f32[8,4],transa=True,transb=False)";
  const Latency like = predictor.predict(call("aten::linear(input=f32[4,8],weight=f32[16,8],bias=None)"));
  const Latency latency = predictor.predict(call(given));
  EXPECT_DOUBLE_EQ(latency.ms, like.ms);
  EXPECT_GT(latency.highMs, like.highMs);
  EXPECT_FALSE(latency.covered);
  EXPECT_THAT(predictor.predict(graphOf({given})).notes,
              ElementsAre(HasSubstr("estimated as those of LibTorch that run the same kernels: cublas::gemm as aten::linear")));
}

TEST(LikenessOfCalls, WhatWasNeverMeasuredStaysAnEstimateFromItsWork) {
  Predictor predictor{testing::parsed(testing::smallProfile()), "toy"};
  EXPECT_THAT(predictor.predict(graphOf({"cudnn::add_tensor(self=f32[2,8,4,4],other=f32[1,8,1,1])"})).notes,
              ElementsAre(HasSubstr("estimated from their FLOPs and bytes: cudnn::add_tensor")));
}

} // namespace
} // namespace cobra
