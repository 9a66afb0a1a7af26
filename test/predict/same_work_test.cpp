// What LibTorch makes of a call before it launches kernels, and which kernels those are on a CPU.
#include "predictor/infer/same_work.h"

#include "predictor/infer/physics.h"
#include "small_model.h"

#include <gmock/gmock.h>

namespace cobra::infer {
namespace {

using cobra::testing::call;

struct Pair {
  const char* written;
  const char* same;
};
class SameWork : public ::testing::TestWithParam<Pair> {};

TEST_P(SameWork, IsOneCall) {
  const Call written = call(GetParam().written);
  const Call same = sameWork(written);
  EXPECT_EQ(printSnippet(same), GetParam().same);
  const auto features = featuresOf(written), features2 = featuresOf(same);
  ASSERT_TRUE(std::holds_alternative<CallFeatures>(features));
  ASSERT_TRUE(std::holds_alternative<CallFeatures>(features2));
  EXPECT_EQ(std::get<CallFeatures>(features).op, same.op);
  EXPECT_EQ(std::get<CallFeatures>(features).facts, std::get<CallFeatures>(features2).facts);
  EXPECT_EQ(std::get<CallFeatures>(features).tokens.front().category, written.op->fullName());
}

constexpr Pair kPairs[] = {
    {"aten::relu(self=f32[2,3])", "aten::relu(self=f32[2,3])"},
    {"aten::relu_(self=f32[2,3])", "aten::relu(self=f32[2,3])"},
    {"aten::multiply.Tensor(self=f32[2,3],other=f32[3])", "aten::mul.Tensor(self=f32[2,3],other=f32[3])"},
    {"aten::less_equal.Scalar(self=f32[2,3],other=1)", "aten::le.Scalar(self=f32[2,3],other=1)"},
    {"aten::concat(tensors=[f32[2,3],f32[2,3]],dim=1)", "aten::cat(tensors=[f32[2,3],f32[2,3]],dim=1)"},
    {"aten::conv2d.padding(input=f32[2,3,8,9],weight=f32[4,3,3,5],bias=None,stride=[1,1],padding='same',dilation=[1,2],groups=1)",
     "aten::conv2d(input=f32[2,3,8,9],weight=f32[4,3,3,5],bias=None,stride=[1,1],padding=[1,4],dilation=[1,2],groups=1)"},
    {"aten::conv2d.padding(input=f32[2,3,8,9],weight=f32[4,3,3,2],bias=f32[4],stride=[2,2],padding='valid',dilation=[1,1],groups=1)",
     "aten::conv2d(input=f32[2,3,8,9],weight=f32[4,3,3,2],bias=f32[4],stride=[2,2],padding=[0,0],dilation=[1,1],groups=1)"},
    {"aten::conv2d.padding(input=f32[2,3,8,9],weight=f32[4,3,4,3],bias=None,stride=[1,1],padding='same',dilation=[1,1],groups=1)",
     "aten::conv2d(input=f32[2,3,9,9],weight=f32[4,3,4,3],bias=None,stride=[1,1],padding=[1,1],dilation=[1,1],groups=1)"},
    {"aten::conv1d(input=f32[2,6,8],weight=f32[4,3,3],bias=None,stride=[2],padding=[1],dilation=[1],groups=2)",
     "aten::conv2d(input=f32[2,6,1,8],weight=f32[4,3,1,3],bias=None,stride=[1,2],padding=[0,1],dilation=[1,1],groups=2)"},
    {"aten::conv1d.padding(input=f32[2,3,8],weight=f32[4,3,3],bias=None,stride=[1],padding='same',dilation=[2],groups=1)",
     "aten::conv2d(input=f32[2,3,1,8],weight=f32[4,3,1,3],bias=None,stride=[1,1],padding=[0,2],dilation=[1,2],groups=1)"},
    {"aten::conv_transpose1d(input=f32[2,6,8],weight=f32[6,3,3],bias=None,stride=[2],padding=[1],output_padding=[1],groups=1,dilation=[1])",
     "aten::conv_transpose2d.input(input=f32[2,6,1,8],weight=f32[6,3,1,3],bias=None,stride=[1,2],padding=[0,1],output_padding=[0,1],"
     "groups=1,dilation=[1,1])"},
    // Without a batch a convolution stays as it is.
    {"aten::conv1d(input=f32[6,8],weight=f32[4,6,3],bias=None,stride=[2],padding=[1],dilation=[1],groups=1)",
     "aten::conv1d(input=f32[6,8],weight=f32[4,6,3],bias=None,stride=[2],padding=[1],dilation=[1],groups=1)"},
};
INSTANTIATE_TEST_SUITE_P(Infer, SameWork, ::testing::ValuesIn(kPairs));

TEST(ConvolutionPath, IsEmptyWhereNothingIsChosen) {
  EXPECT_EQ(convolutionPath(call("aten::relu(self=f32[2,3])")), std::nullopt);
  EXPECT_EQ(convolutionPath(call("aten::conv2d(input=f64[2,3,8,9],weight=f64[4,3,3,5],bias=None,stride=[1,1],padding=[1,4],"
                                 "dilation=[1,2],groups=1)")),
            "");
}

} // namespace
} // namespace cobra::infer
