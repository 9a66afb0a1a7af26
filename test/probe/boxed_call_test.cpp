// Calls from snippets onto LibTorch's stack and back.

#include "runtime-probe/boxed_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ATen/ATen.h>

namespace cobra::probe {
namespace {

using ::testing::HasSubstr;

Call callOf(std::string_view snippet) {
  auto parsed = parseSnippet(snippet);
  EXPECT_TRUE(std::holds_alternative<Call>(parsed)) << snippet << ": " << std::get<SnippetError>(parsed).sentence;
  return std::holds_alternative<Call>(parsed) ? std::get<Call>(parsed) : Call{};
}

/// What a snippet's outputs are, "f32[8,3] i64[8]", or the failure: "refused: sentence".
std::string outcome(std::string_view snippet, const CallSetting& setting = {}) {
  Call call = callOf(snippet);
  if (!call.op) return "no such snippet";
  auto result = runForTypes(*call.op, call.arguments, setting);
  if (auto* failure = std::get_if<CallFailure>(&result)) return std::string(name(failure->kind)) + ": " + failure->sentence;
  std::string text;
  for (const TensorType& type : std::get<0>(result)) text += (text.empty() ? "" : " ") + printArgument(type);
  return text;
}

struct Case {
  const char* snippet;
  const char* outputs;
};
const Case cases[] = {
    {"aten::relu(self=f32[2,3])", "f32[2,3]"},
    {"aten::relu(self=bf16[2,3])", "bf16[2,3]"},
    {"aten::add.Tensor(self=f32[2,3],other=i64[3],alpha=1)", "f32[2,3]"},
    {"aten::linear(input=f32[5,4],weight=f32[3,4],bias=None)", "f32[5,3]"},
    {"aten::conv2d(input=f32[1,3,8,8],weight=f32[4,3,3,3],bias=f32[4],stride=[1,1],padding=[1,1],dilation=[1,"
     "1],groups=1)",
     "f32[1,4,8,8]"},
    {"aten::max.dim(self=f32[4,5],dim=1,keepdim=False)", "f32[4] i64[4]"},
    {"aten::masked_fill.Scalar(self=f32[4,5],mask=b8[4,5],value=0.5)", "f32[4,5]"},
};
TEST(BoxedCall, GivesTheOutputsOnTheCpu) {
  for (const Case& c : cases) EXPECT_EQ(outcome(c.snippet), c.outputs) << c.snippet;
}

TEST(BoxedCall, GivesTheSameOnMetaWithoutTakingMemory) {
  const Case large[] = {
      {"aten::add.Tensor(self=f32[100000,100000],other=i64[100000],alpha=1)", "f32[100000,100000]"},
      {"aten::linear(input=f32[5000000,4],weight=f32[300000,4],bias=None)", "f32[5000000,300000]"},
      {"aten::max.dim(self=f32[400000,500000],dim=1,keepdim=False)", "f32[400000] i64[400000]"},
  };
  for (const Case& c : large) EXPECT_EQ(outcome(c.snippet, {.device = c10::kMeta}), c.outputs) << c.snippet;
}

const Case failures[] = {
    {"aten::linear(input=f32[5,4],weight=f32[3,7],bias=None)", "refused: "},
    {"aten::relu(self=f32[100000,100000])", "memory: inputs and outputs take 76293 MiB, the limit is 4096 MiB"},
    {"aten::relu(self=f32[4611686018427387904,4])", "memory: "},
};
TEST(BoxedCall, ThatFailsSaysWhy) {
  for (const Case& c : failures) EXPECT_THAT(outcome(c.snippet), HasSubstr(c.outputs)) << c.snippet;
}

TEST(BoxedCall, WithAnOpenArgumentIsRefused) {
  Call call = callOf("aten::relu(self=f32[2])");
  call.arguments[0] = Open{};
  auto made = BoxedCall::make(call, {});
  ASSERT_TRUE(std::holds_alternative<CallFailure>(made));
  EXPECT_EQ(std::get<CallFailure>(made).sentence, "argument 'self' of aten::relu: its value is not known");
  call.arguments.clear();
  EXPECT_TRUE(std::holds_alternative<CallFailure>(BoxedCall::make(call, {})));
}

TEST(BoxedCall, HasRandomInputsWithoutZerosThatFollowTheSeed) {
  auto output = [](std::uint64_t seed) {
    auto made = BoxedCall::make(callOf("aten::positive(self=f32[1000])"), {.seed = seed});
    auto& call = std::get<BoxedCall>(made);
    EXPECT_FALSE(call.run());
    return call.outputs().at(0);
  };
  at::Tensor first = output(1);
  EXPECT_EQ(at::count_nonzero(first).item<std::int64_t>(), 1000);
  EXPECT_GT(first.std().item<double>(), 0.9);
  EXPECT_TRUE(at::equal(first, output(1)));
  EXPECT_FALSE(at::equal(first, output(2)));
}

TEST(BoxedCall, GivesAnInputThatItChangesItsFirstValuesAgain) {
  auto made = BoxedCall::make(callOf("aten::neg_(self=f32[100])"), {});
  auto& call = std::get<BoxedCall>(made);
  EXPECT_TRUE(call.changesInputs());
  ASSERT_FALSE(call.run());
  at::Tensor changed = call.outputs().at(0).clone();
  call.restore();
  ASSERT_FALSE(call.run());
  EXPECT_TRUE(at::equal(call.outputs().at(0), changed)) << "negated once from the start, not twice";
}

TEST(BoxedCall, GivesAnInputThatItReshapesItsFirstShapeAgain) {
  for (const char* snippet : {"aten::t_(self=f32[3,5])", "aten::squeeze_(self=f32[3,1,5])", "aten::unsqueeze_(self=f32[3,5],dim=0)",
                              "aten::transpose_(self=f32[3,1,5],dim0=0,dim1=2)"}) {
    auto made = BoxedCall::make(callOf(snippet), {});
    auto& call = std::get<BoxedCall>(made);
    ASSERT_FALSE(call.run()) << snippet;
    std::vector<TensorType> first = call.outputTypes();
    call.restore();
    EXPECT_TRUE(call.reshapesInputs()) << snippet;
    ASSERT_FALSE(call.run()) << snippet;
    EXPECT_EQ(call.outputTypes(), first) << snippet;
  }
}

} // namespace
} // namespace cobra::probe
