// Runs captured as CUDA graphs and launched again, on a stand-in for a GPU (fake/fake.h).

#include "predictor/format/network_record.h"
#include "runtime-probe/graph_run.h"
#include "test/probe/fake/fake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstdlib>

namespace cobra::probe {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const c10::Device gpu(c10::kCUDA, 0);

MeasureSetting setting(bool replay = true) {
  MeasureSetting setting = defaultSetting(gpu);
  setting.stop.most = 10;
  setting.stop.seconds = 20; // as long as ten samples that nothing disturbs take
  setting.warmUpSeconds = 0.0001;
  setting.replay = replay;
  return setting;
}

Call callOf(const std::string& snippet) {
  auto parsed = parseSnippet(snippet);
  EXPECT_TRUE(std::holds_alternative<Call>(parsed)) << snippet;
  return std::get<Call>(parsed);
}
Record measured(const std::string& snippet, const MeasureSetting& how = setting()) { return measure(callOf(snippet), how); }

Graph networkOf(std::vector<std::string> snippets) {
  Graph graph;
  for (const std::string& snippet : snippets) {
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = callOf(snippet);
    auto answer = ops::evaluate(*node.call.op, node.call.arguments);
    if (auto* effect = std::get_if<ops::Effect>(&answer)) node.outputs = effect->outputs;
    if (node.id > 0) graph.edges.emplace_back(node.id - 1, node.id);
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

class Replayed : public ::testing::Test {
protected:
  void SetUp() override {
    measured("aten::neg(self=f32[3])"); // LibTorch's stream and memory stay
    fake::reset();
    streams_ = fake::report();
  }
  void TearDown() override { ::unsetenv("COBRA_FAKE_FAIL"); }
  static void fail(const std::string& what) {
    fake::reset();
    ::setenv("COBRA_FAKE_FAIL", what.c_str(), 1);
  }
  /// Events and graphs; LibTorch keeps memory and its stream.
  static std::string left() {
    const std::string all = fake::report();
    std::string kinds;
    for (const char* kind : {"event", "graph", "handle", "descriptor"})
      if (all.find(kind) != std::string::npos) kinds += kind;
    return kinds;
  }
  std::string streams_;
};

TEST_F(Replayed, ACallIsCapturedOnceAndItsGraphIsTimed) {
  const Record record = measured("aten::relu(self=f32[64])");
  ASSERT_TRUE(record.measured()) << record.reason;
  EXPECT_GT(record.medianMs, 0.0015); // what the stand-in's kernel takes
  EXPECT_EQ(fake::calls("cudaStreamBeginCapture"), 1u);
  EXPECT_EQ(fake::calls("cudaGraphInstantiateWithFlags"), 1u);
  EXPECT_GE(fake::calls("cudaGraphLaunch"), static_cast<std::size_t>(record.count * record.batch));
  // After the capture there is nothing but launches, events and waiting.
  const auto& log = fake::log();
  for (auto at = std::ranges::find(log, "cudaGraphLaunch"); at != log.end() && *at != "cudaGraphExecDestroy"; ++at)
    EXPECT_THAT(*at, ::testing::AnyOf("cudaGraphLaunch", "cudaEventRecord", "cudaEventSynchronize", "cudaEventElapsedTime",
                                      "cudaStreamSynchronize"));
  EXPECT_EQ(left(), "");
}

TEST_F(Replayed, WithoutTheModeNothingIsCaptured) {
  EXPECT_TRUE(measured("aten::relu(self=f32[64])", setting(false)).measured());
  EXPECT_EQ(fake::calls("cudaStreamBeginCapture"), 0u);
  EXPECT_EQ(left(), "");
}

TEST_F(Replayed, CallsOfLibTorchAndOfCudnn) {
  for (const char* snippet :
       {"aten::add_.Tensor(self=f32[8,8],other=f32[8,8],alpha=1)", "aten::linear(input=f32[5,4],weight=f32[3,4],bias=f32[3])",
        "cudnn::activation_forward(input=f32[2,10],mode='relu',coef=0)",
        "cudnn::convolution_forward(input=f32[2,4,6,7],weight=f32[6,4,3,3],padding=[1,1],stride=[1,1],dilation=[1,1],groups=1,"
        "mode='cross_correlation')"}) {
    fake::reset();
    const Record record = measured(snippet);
    EXPECT_TRUE(record.measured()) << snippet << record.reason;
    EXPECT_EQ(fake::calls("cudaStreamBeginCapture"), 1u);
    EXPECT_EQ(left(), "");
  }
}

TEST_F(Replayed, ANetworkIsMeasuredWholeAndHasNoParts) {
  const Graph graph = networkOf({"aten::linear(input=f32[8,16],weight=f32[32,16],bias=f32[32])", "aten::relu(self=f32[8,32])",
                                 "aten::linear(input=f32[8,32],weight=f32[16,32],bias=f32[16])"});
  const Record whole = measureNetwork("three", graph, setting());
  ASSERT_TRUE(whole.measured()) << whole.reason;
  EXPECT_GT(whole.medianMs, 0.006);
  ASSERT_EQ(whole.nodes.size(), 3u);
  for (const RecordNode& node : whole.nodes) EXPECT_EQ(node.medianMs, 0);
  EXPECT_EQ(fake::calls("cudaStreamBeginCapture"), 1u);
  const Record eager = measureNetwork("three", graph, setting(false));
  ASSERT_TRUE(eager.measured());
  for (const RecordNode& node : eager.nodes) EXPECT_GT(node.medianMs, 0);
  EXPECT_EQ(left(), "");
}

TEST_F(Replayed, WhatCannotBeCapturedSaysWhyAndTheNextCallGoesOn) {
  const Record waits = measured("aten::nonzero(self=f32[16])");
  EXPECT_EQ(waits.error, "refused");
  EXPECT_EQ(waits.reason, "it cannot be captured as a CUDA graph: CUDA error: operation not permitted when stream is capturing");
  EXPECT_TRUE(measured("aten::nonzero(self=f32[16])", setting(false)).measured());
  EXPECT_EQ(measured("aten::view(self=f32[16],size=[4,4])").reason,
            "it cannot be captured as a CUDA graph: nothing of it runs on the device");
  const Record network = measureNetwork("two", networkOf({"aten::relu(self=f32[16])", "aten::nonzero(self=f32[16])"}), setting());
  EXPECT_THAT(network.reason, StartsWith("it cannot be captured as a CUDA graph: node 1 (aten::nonzero): "));
  EXPECT_TRUE(measured("aten::relu(self=f32[64])").measured());
  EXPECT_EQ(left(), "");
}

TEST_F(Replayed, EveryStatusOfCudaIsAReason) {
  for (const char* function : {"cudaStreamBeginCapture", "cudaStreamEndCapture", "cudaGraphGetNodes", "cudaGraphInstantiateWithFlags"}) {
    fail(function);
    EXPECT_EQ(measured("aten::relu(self=f32[64])").reason,
              "it cannot be captured as a CUDA graph: " + std::string(function) + ": unknown error");
    EXPECT_EQ(left(), "") << function;
  }
  fail("cudaGraphLaunch:5:900");
  EXPECT_EQ(measured("aten::relu(self=f32[64])").reason, "cudaGraphLaunch: operation not permitted when stream is capturing");
  EXPECT_EQ(left(), "");
  fail("cudaGraphInstantiateWithFlags:1:2");
  EXPECT_EQ(measured("aten::relu(self=f32[64])").error, "memory");
}

TEST_F(Replayed, LeavesLibTorchOnTheStreamThatItWasOn) {
  const c10::impl::VirtualGuardImpl guard(c10::kCUDA);
  const c10::Stream before = guard.getStream(gpu);
  {
    auto lane = Lane::apart(gpu);
    EXPECT_NE(guard.getStream(gpu), before);
    EXPECT_EQ(lane->stream(), guard.getStreamNativeHandle(guard.getStream(gpu)));
  }
  EXPECT_EQ(guard.getStream(gpu), before);
  measured("aten::nonzero(self=f32[16])");
  EXPECT_EQ(guard.getStream(gpu), before);
}

TEST_F(Replayed, ColdCachesAndTheCpu) {
  MeasureSetting cold = setting();
  cold.coldCache = true;
  cold.stop.most = 2;
  const Record record = measured("aten::relu(self=f32[64])", cold);
  EXPECT_TRUE(record.measured()) << record.reason;
  EXPECT_EQ(record.batch, 1);
  MeasureSetting cpu = setting();
  cpu.call.device = c10::kCPU;
  EXPECT_EQ(measured("aten::relu(self=f32[64])", cpu).reason, "only a GPU replays CUDA graphs");
}

} // namespace
} // namespace cobra::probe
