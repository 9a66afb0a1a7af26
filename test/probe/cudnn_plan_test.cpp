// Calls of cudnn:: entries as the descriptors that cuDNN is given.

#include "runtime-probe/cudnn/plan.h"

#include <gtest/gtest.h>

namespace cobra::probe::cudnn {
namespace {

using Ints = std::vector<int>;

Call parsed(const std::string& snippet) {
  auto call = parseSnippet(snippet);
  if (auto* error = std::get_if<SnippetError>(&call)) {
    ADD_FAILURE() << snippet << ": " << error->sentence;
    return {};
  }
  return std::get<Call>(call);
}
Plan planned(const std::string& snippet) {
  auto plan = planOf(parsed(snippet));
  if (auto* why = std::get_if<std::string>(&plan)) {
    ADD_FAILURE() << *why;
    return {};
  }
  return std::get<Plan>(plan);
}
std::string refused(const Call& call) {
  auto plan = planOf(call);
  auto* why = std::get_if<std::string>(&plan);
  return why ? *why : "";
}

TEST(CudnnPlan, ConvolutionHasAFilterAndAnOutputByItsRule) {
  const Plan plan =
      planned("cudnn::convolution_forward(input=f32[2,8,10,12],weight=f32[16,4,3,3],padding=[1,0],stride=[2,1],dilation=[1,2],"
              "groups=2,mode='cross_correlation')");
  EXPECT_EQ(plan.function, "cudnnConvolutionForward");
  ASSERT_EQ(plan.inputs.size(), 2u);
  EXPECT_EQ(plan.inputs[0].sizes, (Ints{2, 8, 10, 12}));
  EXPECT_EQ(plan.inputs[0].strides, (Ints{960, 120, 12, 1}));
  EXPECT_FALSE(plan.inputs[0].filter);
  EXPECT_EQ(plan.inputs[1].sizes, (Ints{16, 4, 3, 3}));
  EXPECT_TRUE(plan.inputs[1].filter);
  EXPECT_EQ(plan.output.sizes, (Ints{2, 16, 5, 8}));
  const auto& setting = std::get<Convolution>(plan.setting);
  EXPECT_EQ(setting.padding, (Ints{1, 0}));
  EXPECT_EQ(setting.stride, (Ints{2, 1}));
  EXPECT_EQ(setting.dilation, (Ints{1, 2}));
  EXPECT_EQ(setting.groups, 2);
  EXPECT_FALSE(setting.flipped);
}

TEST(CudnnPlan, GradientOfAFilterIsAFilter) {
  const Plan plan = planned("cudnn::convolution_backward_filter(input=f16[2,8,10,10],grad_output=f16[2,16,10,10],weight_size=[16,8,3,3],"
                            "padding=[1,1],stride=[1,1],dilation=[1,1],groups=1)");
  EXPECT_EQ(plan.function, "cudnnConvolutionBackwardFilter");
  EXPECT_TRUE(plan.output.filter);
  EXPECT_EQ(plan.output.sizes, (Ints{16, 8, 3, 3}));
  EXPECT_EQ(plan.output.dtype, DType::Float16);
  for (const Block& input : plan.inputs) EXPECT_FALSE(input.filter);
}

TEST(CudnnPlan, WordsBecomeConstantsOfCudnn) {
  const Plan pooled = planned("cudnn::pooling_forward(input=f32[2,8,9,9],mode='max',window=[3,3],padding=[0,0],stride=[2,2])");
  EXPECT_EQ(std::get<Pooling>(pooled.setting).mode, "CUDNN_POOLING_MAX");
  EXPECT_EQ(pooled.output.sizes, (Ints{2, 8, 4, 4}));
  const Plan averaged =
      planned("cudnn::pooling_forward(input=f32[2,8,9,9],mode='average_include_padding',window=[3,3],padding=[0,0],stride=[2,2])");
  EXPECT_EQ(std::get<Pooling>(averaged.setting).mode, "CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING");
  const Plan bent = planned("cudnn::activation_forward(input=f32[2,8,9,9],mode='clipped_relu',coef=6)");
  EXPECT_EQ(std::get<Activation>(bent.setting).mode, "CUDNN_ACTIVATION_CLIPPED_RELU");
  EXPECT_EQ(std::get<Activation>(bent.setting).coefficient, 6);
  const Plan shares = planned("cudnn::softmax_forward(input=f32[8,10,1,1],algorithm='accurate',mode='instance')");
  EXPECT_EQ(std::get<Softmax>(shares.setting).algorithm, "CUDNN_SOFTMAX_ACCURATE");
  EXPECT_EQ(std::get<Softmax>(shares.setting).mode, "CUDNN_SOFTMAX_MODE_INSTANCE");
  EXPECT_EQ(std::get<Elementwise>(planned("cudnn::op_tensor(self=f32[2,8,4,4],other=f32[1,8,1,1],op='mul')").setting).op,
            "CUDNN_OP_TENSOR_MUL");
}

TEST(CudnnPlan, FewSizesArePaddedToFour) {
  const Plan plan = planned("cudnn::activation_forward(input=f32[64,10],mode='tanh',coef=0)");
  EXPECT_EQ(plan.inputs.at(0).sizes, (Ints{64, 10, 1, 1}));
  EXPECT_EQ(plan.inputs.at(0).strides, (Ints{10, 1, 1, 1}));
}

TEST(CudnnPlan, ADescriptorIsPaddedWithItsTensors) {
  const Plan plan = planned("cudnn::convolution_forward(input=f32[2,8,10],weight=f32[16,8,3],padding=[1],stride=[2],dilation=[2],groups=1,"
                            "mode='convolution')");
  EXPECT_EQ(plan.inputs.at(1).sizes, (Ints{16, 8, 3, 1}));
  const auto& setting = std::get<Convolution>(plan.setting);
  EXPECT_EQ(setting.padding, (Ints{1, 0}));
  EXPECT_EQ(setting.stride, (Ints{2, 1}));
  EXPECT_EQ(setting.dilation, (Ints{2, 1}));
  EXPECT_TRUE(setting.flipped);
  const auto pooled =
      std::get<Pooling>(planned("cudnn::pooling_forward(input=f32[2,8,9],mode='max',window=[3],padding=[1],stride=[2])").setting);
  EXPECT_EQ(pooled.window, (Ints{3, 1}));
  EXPECT_EQ(pooled.padding, (Ints{1, 0}));
  EXPECT_EQ(pooled.stride, (Ints{2, 1}));
}

TEST(CudnnPlan, ChannelsLastIsAnOrderOfStrides) {
  auto made =
      planOf(parsed("cudnn::convolution_forward(input=f32[2,8,10,12],weight=f32[16,8,3,3],padding=[1,1],stride=[1,1],dilation=[1,1],"
                    "groups=1,mode='cross_correlation')"),
             true);
  const Plan& plan = std::get<Plan>(made);
  EXPECT_EQ(plan.inputs.at(0).sizes, (Ints{2, 8, 10, 12}));
  EXPECT_EQ(plan.inputs.at(0).strides, (Ints{960, 1, 96, 8}));
  EXPECT_TRUE(plan.inputs.at(1).channelsLast);
  EXPECT_EQ(plan.output.strides, (Ints{1920, 1, 192, 16}));
}

TEST(CudnnPlan, WhatCannotRunIsOneSentence) {
  EXPECT_EQ(refused({}), "there is no operator to plan");
  EXPECT_EQ(refused(parsed("aten::relu(self=f32[2,3])")), "there is no plan for aten::relu");
  EXPECT_FALSE(hasPlan("cudnn::rnn_forward"));
  EXPECT_TRUE(hasPlan("cudnn::op_tensor"));
  EXPECT_NE(refused(parsed("cudnn::convolution_forward(input=f32[2,8,10,10],weight=f32[16,5,3,3],padding=[1,1],stride=[1,1],dilation=[1,1],"
                           "groups=1,mode='cross_correlation')"))
                .find("CUDNN_STATUS_BAD_PARAM"),
            std::string::npos);
  EXPECT_EQ(refused(parsed("cudnn::activation_forward(input=f32[3000000000,1,1,1],mode='relu',coef=0)")),
            "cuDNN counts in int, which cannot hold 3000000000");
  Call open = parsed("cudnn::pooling_forward(input=f32[2,8,9,9],mode='max',window=[3,3],padding=[0,0],stride=[2,2])");
  open.arguments.at(1) = Open{};
  EXPECT_EQ(refused(open), "the argument mode of cudnn::pooling_forward is not known");
}

} // namespace
} // namespace cobra::probe::cudnn
