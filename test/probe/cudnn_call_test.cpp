// Calls of cudnn:: entries through a stand-in for cuDNN and CUDA's runtime (fake/fake.h).

#include "runtime-probe/measure.h"
#include "test/probe/fake/fake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace cobra::probe {
namespace {

using ::testing::HasSubstr;

constexpr const char* convolution =
    "cudnn::convolution_forward(input=f32[2,4,6,7],weight=f32[6,2,3,3],padding=[1,0],stride=[2,1],dilation=[1,2],groups=2,"
    "mode='cross_correlation')";
constexpr const char* calls[] = {
    convolution,
    "cudnn::convolution_forward(input=f64[2,4,6],weight=f64[6,4,3],padding=[1],stride=[1],dilation=[1],groups=1,mode='convolution')",
    "cudnn::convolution_forward(input=bf16[1,4,5,6,7],weight=bf16[2,4,3,3,3],padding=[1,1,1],stride=[1,1,1],dilation=[1,1,1],groups=1,"
    "mode='cross_correlation')",
    "cudnn::convolution_backward_data(grad_output=f16[2,6,4,4],weight=f16[6,4,3,3],input_size=[2,4,4,4],padding=[1,1],stride=[1,1],"
    "dilation=[1,1],groups=1)",
    "cudnn::convolution_backward_filter(input=f32[2,4,4,4],grad_output=f32[2,6,4,4],weight_size=[6,4,3,3],padding=[1,1],stride=[1,1],"
    "dilation=[1,1],groups=1)",
    "cudnn::convolution_backward_bias(grad_output=f32[2,6,4,4])",
    "cudnn::pooling_forward(input=f32[2,4,9,9],mode='max',window=[3,3],padding=[0,0],stride=[2,2])",
    "cudnn::pooling_backward(output=f32[2,4,4,4],grad_output=f32[2,4,4,4],input=f32[2,4,9,9],mode='average_include_padding',window=[3,3],"
    "padding=[0,0],stride=[2,2])",
    "cudnn::activation_forward(input=f32[2,10],mode='relu',coef=0)",
    "cudnn::activation_backward(output=f32[2,10],grad_output=f32[2,10],input=f32[2,10],mode='tanh',coef=0)",
    "cudnn::softmax_forward(input=f32[2,10,1,1],algorithm='accurate',mode='instance')",
    "cudnn::softmax_backward(output=f32[2,10,1,1],grad_output=f32[2,10,1,1],algorithm='log',mode='channel')",
    "cudnn::add_tensor(self=f32[2,4,3,3],other=f32[1,4,1,1])",
    "cudnn::op_tensor(self=f64[2,4,3,3],other=f64[1,4,1,1],op='max')",
};

MeasureSetting setting() {
  MeasureSetting setting = defaultSetting(c10::Device(c10::kCUDA, 0));
  setting.stop.most = 20; // samples that nothing disturbed, however long that takes
  setting.stop.seconds = 20;
  setting.warmUpSeconds = 0.0001;
  return setting;
}

Record measured(const std::string& snippet, const MeasureSetting& how = setting()) {
  auto parsed = parseSnippet(snippet);
  if (auto* error = std::get_if<SnippetError>(&parsed)) {
    ADD_FAILURE() << snippet << ": " << error->sentence;
    return {};
  }
  return measure(std::get<Call>(parsed), how);
}

class CudnnCall : public ::testing::Test {
protected:
  void SetUp() override { fake::reset(); }
  void TearDown() override {
    ::unsetenv("COBRA_FAKE_FAIL");
    EXPECT_EQ(fake::report(), "");
  }
  static void fail(const std::string& what) {
    fake::reset();
    ::setenv("COBRA_FAKE_FAIL", what.c_str(), 1);
  }
};

TEST_F(CudnnCall, EveryPlannedEntryIsMeasuredAndNothingIsLeft) {
  for (const char* snippet : calls) {
    const Record record = measured(snippet);
    EXPECT_TRUE(record.measured()) << snippet << ": " << record.reason;
    EXPECT_GT(record.medianMs, 0) << snippet;
    EXPECT_EQ(record.snippet, snippet);
    EXPECT_EQ(fake::report(), "") << snippet;
  }
}

TEST_F(CudnnCall, OnlyTheCallItselfIsTimed) {
  const Record record = measured(convolution);
  ASSERT_TRUE(record.measured()) << record.reason;
  EXPECT_GE(fake::calls("cudnnConvolutionForward"), static_cast<std::size_t>(record.count * record.batch));
  EXPECT_EQ(fake::calls("cudnnGetConvolutionForwardAlgorithm_v7"), 1u);
  EXPECT_EQ(fake::calls("cudnnCreate"), 1u);
  // Between the first and the last run there is nothing but runs, events and waiting.
  const auto& log = fake::log();
  const auto first = std::ranges::find(log, "cudnnConvolutionForward");
  const auto last = std::find(log.rbegin(), log.rend(), "cudnnConvolutionForward").base();
  EXPECT_EQ(std::set<std::string>(first, last), (std::set<std::string>{"cudnnConvolutionForward", "cudaEventRecord", "cudaEventSynchronize",
                                                                       "cudaEventElapsedTime", "cudaStreamSynchronize"}));
}

TEST_F(CudnnCall, ChannelsLastAndColdCaches) {
  MeasureSetting how = setting();
  how.call.channelsLast = true;
  EXPECT_TRUE(measured(convolution, how).measured());
  how = setting();
  how.coldCache = true;
  how.stop.most = 3;
  const Record cold = measured(convolution, how);
  EXPECT_TRUE(cold.measured()) << cold.reason;
  EXPECT_EQ(cold.batch, 1);
  EXPECT_GE(fake::calls("cudaMemsetAsync"), static_cast<std::size_t>(cold.count));
}

TEST_F(CudnnCall, EveryStatusOfEveryFunctionIsOneReason) {
  std::set<std::string> all;
  for (const char* snippet : calls) {
    fake::reset();
    ::unsetenv("COBRA_FAKE_FAIL");
    measured(snippet);
    const std::set<std::string> functions(fake::log().begin(), fake::log().end());
    all.insert(functions.begin(), functions.end());
    for (const std::string& function : functions) {
      if (function.find("Destroy") != std::string::npos || function == "cudaFree") continue; // whose status nobody looks at
      const bool runtime = function.starts_with("cuda");
      fail(function);
      const Record record = measured(snippet);
      EXPECT_EQ(record.error, "refused") << function;
      EXPECT_EQ(record.reason, function + ": " + (runtime ? "unknown error" : "CUDNN_STATUS_EXECUTION_FAILED"));
      EXPECT_EQ(fake::report(), "") << function;
    }
  }
  EXPECT_GT(all.size(), 50u);
}

TEST_F(CudnnCall, FailsInTheMiddleOfTheSamples) {
  fail("cudnnConvolutionForward:9:5000");
  EXPECT_EQ(measured(convolution).reason, "cudnnConvolutionForward: CUDNN_STATUS_EXECUTION_FAILED");
  fail("cudnnDestroy,cudaFree:2"); // what cannot be let go of is nobody's to tell
  EXPECT_TRUE(measured(convolution).measured());
  fake::reset();
}

TEST_F(CudnnCall, MemoryIsAKindOfItsOwn) {
  fail("cudaMalloc:4:2");
  const Record workspace = measured(convolution);
  EXPECT_EQ(workspace.error, "memory");
  EXPECT_EQ(workspace.reason, "cudaMalloc: out of memory");
  fail("cudnnConvolutionForward:1:4004");
  EXPECT_EQ(measured(convolution).error, "memory");
  MeasureSetting how = setting();
  how.call.memoryLimit = 1000;
  EXPECT_THAT(measured(convolution, how).reason, HasSubstr("inputs and outputs take 0 MiB, the limit is 0 MiB"));
}

TEST_F(CudnnCall, TakesTheFirstAlgorithmWhoseWorkspaceFits) {
  MeasureSetting how = setting();
  how.call.memoryLimit = 2 * 4 * 6 * 7 * 4 + 6 * 2 * 3 * 3 * 4 + 2 * 6 * 3 * 3 * 4; // its tensors alone
  const Record record = measured(convolution, how);
  EXPECT_TRUE(record.measured()) << record.reason;
  EXPECT_EQ(fake::calls("cudaMalloc"), 3u); // no workspace
  fake::reset();
  EXPECT_TRUE(measured(convolution).measured());
  EXPECT_EQ(fake::calls("cudaMalloc"), 4u);
}

TEST_F(CudnnCall, WhatCannotRunSaysWhy) {
  const Record recurrent = measured("cudnn::rnn_forward(input=f32[3,2,4],hx=None,cx=None,weight=f32[100],mode='gru',hidden_size=4,"
                                    "num_layers=1,bidirectional=False,training=False)");
  EXPECT_EQ(recurrent.error, "unknown operator");
  EXPECT_EQ(recurrent.reason, "the probe cannot run cudnn::rnn_forward through cuDNN");
  MeasureSetting onCpu = defaultSetting(c10::kCPU);
  EXPECT_EQ(measured(convolution, onCpu).reason, "cudnn::convolution_forward runs on a GPU: --device cuda");
  EXPECT_EQ(measured("cudnn::activation_forward(input=c64[2,3],mode='relu',coef=0)").reason, "cuDNN has no tensors of complex64");
  EXPECT_EQ(measured("cudnn::activation_forward(input=f32[2,3],mode='gelu',coef=0)").reason, "there is no CUDNN_ACTIVATION_GELU");
  MeasureSetting away = setting();
  away.call.device = c10::Device(c10::kCUDA, 5);
  EXPECT_EQ(measured(convolution, away).reason, "cudaSetDevice: invalid device ordinal");
}

} // namespace
} // namespace cobra::probe
