// Rows of published tables as LibTorch calls: what a TensorFlow "same" convolution is, and so on.
#include "predictor/encode/snippet.h"
#include "predictor/format/text_file.h"
#include "predictor/infer/physics.h"
#include "predictor/train/public_data.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>

#include <unistd.h>

namespace cobra::train {
namespace {

using ::testing::HasSubstr;

class PublicTables : public ::testing::Test {
protected:
  PublicTables() : path(std::filesystem::temp_directory_path() / ("cobra-public-" + std::to_string(::getpid()) + ".csv.gz")) {}
  ~PublicTables() override { std::filesystem::remove(path); }

  std::variant<std::string, RowError> import(const std::string& kind, const std::string& csv, const std::string& device) const {
    EXPECT_FALSE(replaceText(path, csv));
    return importPublic({.kind = kind, .file = path, .device = device});
  }
  std::filesystem::path path;
};

constexpr const char* kConvColumns = "batch,in_channels,out_channels,in_size,kernel,stride,same_padding,bias,"
                                     "activation,median_ms,min_ms,max_ms,std_ms\n";

struct ConvCase {
  const char* row;
  std::vector<std::string> calls;
};
class Convolutions : public PublicTables, public ::testing::WithParamInterface<ConvCase> {};

TEST_P(Convolutions, BecomeTheCallsOfTheSameWork) {
  const auto text = import("tf-conv2d", kConvColumns + std::string(GetParam().row), "1080ti");
  ASSERT_TRUE(std::holds_alternative<std::string>(text)) << std::get<RowError>(text).sentence;
  const std::string& lines = std::get<std::string>(text);
  const auto row = nlohmann::json::parse(lines.substr(lines.find('\n') + 1));
  EXPECT_EQ(row["calls"].get<std::vector<std::string>>(), GetParam().calls);
  EXPECT_EQ(row["ms"][0], 0.5);
  EXPECT_EQ(row["std"][0], 0.01);
  // Each call fits the next one's input, as the registry sees it.
  for (const auto& snippet : GetParam().calls) {
    const auto call = parseSnippet(snippet);
    ASSERT_TRUE(std::holds_alternative<Call>(call)) << snippet;
    EXPECT_EQ(printSnippet(std::get<Call>(call)), snippet);
    EXPECT_TRUE(std::holds_alternative<infer::CallFeatures>(infer::featuresOf(std::get<Call>(call)))) << snippet;
  }
}

const ConvCase kConvolutions[] = {
    {"1,3,8,32,3,1,1,0,none,0.5,0,0,0.01", // "same": one zero on each side
     {"aten::conv2d(input=f32[1,3,32,32],weight=f32[8,3,3,3],bias=None,stride=[1,1],padding=[1,1],dilation=["
      "1,1],groups=1)"}},
    {"1,3,8,32,3,1,0,1,relu,0.5,0,0,0.01", // "valid": none
     {"aten::conv2d(input=f32[1,3,32,32],weight=f32[8,3,3,3],bias=f32[8],stride=[1,1],padding=[0,0],dilation="
      "[1,1],groups=1)",
      "aten::relu(self=f32[1,8,30,30])"}},
    {"2,3,8,32,4,1,1,0,tanh,0.5,0,0,0.01", // three zeros a dimension: one on each side, and one row and
                                           // column more at the end
     {"aten::constant_pad_nd(self=f32[2,3,32,32],pad=[0,1,0,1],value=0)",
      "aten::conv2d(input=f32[2,3,33,33],weight=f32[8,3,4,4],bias=None,stride=[1,1],padding=[1,1],dilation=["
      "1,1],groups=1)",
      "aten::tanh(self=f32[2,8,32,32])"}},
    {"1,3,8,32,3,2,1,0,none,0.5,0,0,0.01", // stride 2: 16 outputs need 33 inputs
     {"aten::constant_pad_nd(self=f32[1,3,32,32],pad=[0,1,0,1],value=0)",
      "aten::conv2d(input=f32[1,3,33,33],weight=f32[8,3,3,3],bias=None,stride=[2,2],padding=[0,0],dilation=["
      "1,1],groups=1)"}},
    {"1,3,8,32,1,4,1,0,none,0.5,0,0,0.01", // a kernel smaller than the stride needs no padding
     {"aten::conv2d(input=f32[1,3,32,32],weight=f32[8,3,1,1],bias=None,stride=[4,4],padding=[0,0],dilation=["
      "1,1],groups=1)"}},
};
INSTANTIATE_TEST_SUITE_P(Train, Convolutions, ::testing::ValuesIn(kConvolutions));

TEST_F(PublicTables, SeveralDevicesShareALine) {
  const auto text = std::get<std::string>(import("pytorch21-bmm",
                                                 "device,batch,m,n,k,mean_ms\nTesla T4,2,3,4,5,0.5\n"
                                                 "Tesla P4,2,3,4,5,0.75\nTesla T4,2,3,4,5,0.625\n",
                                                 ""));
  EXPECT_THAT(text, HasSubstr(R"("devices":["t4-pytorch21","p4-pytorch21"])"));
  EXPECT_THAT(text, HasSubstr(R"x({"calls":["aten::bmm(self=f32[2,3,5],mat2=f32[2,5,4])"],"ms":[0.5,0.75]})x"));
  EXPECT_THAT(text, HasSubstr(R"("ms":[0.625,null])")); // the second measurement of a shape is kept
}

TEST_F(PublicTables, ConvolutionsSayWhenInTheRunOfTheirDevicesTheyWereTimed) {
  const std::string columns = "device,batch,in_channels,out_channels,kernel,in_size,stride,padding,mean_ms\n";
  const auto text = std::get<std::string>(
      import("pytorch21-conv", columns + "Tesla T4,1,2,3,3,8,1,1,0.5\nTesla T4,2,2,3,3,8,1,1,0.5\nTesla P4,2,2,3,3,8,1,1,0.5\n", ""));
  EXPECT_THAT(text, HasSubstr(R"("ms":[0.5,null],"at":0.25})")); // the first of the T4's two
  EXPECT_THAT(text, HasSubstr(R"("ms":[0.5,0.5],"at":0.625})")); // the T4's second, the P4's only one
  const auto other = std::get<std::string>(import("pytorch21-relu", "device,batch,h,mean_ms\nTesla T4,2,3,0.5\n", ""));
  EXPECT_EQ(other.find("\"at\""), std::string::npos);
}

TEST_F(PublicTables, DevicesThatNoProfileKnowsAreNamedAsPublished) {
  const auto text = std::get<std::string>(
      import("pytorch21-bmm", "device,batch,m,n,k,mean_ms\nNVIDIA H100 80GB HBM3,2,3,4,5,0.5\nTesla P100-SXM2,2,3,4,5,0.5\n", ""));
  EXPECT_THAT(text, HasSubstr(R"("devices":["nvidia-h100-80gb-hbm3-pytorch21","tesla-p100-sxm2-pytorch21"])"));
}

TEST_F(PublicTables, EveryKindMakesSnippetsThatTheRegistryReads) {
  for (const std::string& kind : publicKinds()) {
    if (!kind.starts_with("pytorch21")) continue;
    const auto text = std::get<std::string>(import(kind,
                                                   "device,batch,h,m,n,k,in_channels,out_channels,kernel,in_size,stride,"
                                                   "padding,mean_ms\nTesla T4,2,3,4,5,6,7,8,3,9,1,1,0.5\n",
                                                   ""));
    const auto row = nlohmann::json::parse(text.substr(text.find('\n') + 1));
    const std::string snippet = row["calls"][0];
    const auto call = parseSnippet(snippet);
    ASSERT_TRUE(std::holds_alternative<Call>(call)) << snippet << ": " << std::get<SnippetError>(call).sentence;
    EXPECT_EQ(printSnippet(std::get<Call>(call)), snippet);
    const auto features = infer::featuresOf(std::get<Call>(call));
    EXPECT_TRUE(std::holds_alternative<infer::CallFeatures>(features)) << std::get<std::string>(features);
  }
}

struct BadTable {
  const char* kind;
  const char* text;
  const char* device;
  const char* sentence;
};
class BadTables : public PublicTables, public ::testing::WithParamInterface<BadTable> {};

TEST_P(BadTables, IsOneSentence) {
  const auto text = import(GetParam().kind, GetParam().text, GetParam().device);
  ASSERT_TRUE(std::holds_alternative<RowError>(text));
  EXPECT_THAT(std::get<RowError>(text).sentence, HasSubstr(GetParam().sentence));
}

constexpr BadTable kBadTables[] = {
    {"tf-bananas", "a\n1\n", "x", "no kind of table named 'tf-bananas'"},
    {"pytorch21-bmm", "device,batch,m,n,k,mean_ms\nTesla T4,2,3,4,5,nan\n", "", "line 2: its time is not a positive number"},
    {"pytorch21-bmm", "device,batch,m,n,k,mean_ms\nTesla T4,2,3\n", "", "line 2: it has 3 cells"},
    {"pytorch21-bmm", "device,batch,m,n,mean_ms\nTesla T4,2,3,4,0.5\n", "", "line 2: a column that 'pytorch21-bmm' needs is missing"},
    {"pytorch21-bmm", "device,batch,m,n,k,mean_ms\n--,2,3,4,5,0.5\n", "", "give it with --device"},
    {"tf-linear", "batch,in_features,out_features,activation,median_ms,std_ms\n1,2,3,none,0.5,0\n", "", "give it with --device"},
    {"tf-conv2d",
     "batch,in_channels,out_channels,in_size,kernel,stride,same_padding,bias,activation,median_ms,std_ms\n1,"
     "3,8,2,5,1,0,0,none,0.5,0\n",
     "x", "the layer has no output"},
};
INSTANTIATE_TEST_SUITE_P(Train, BadTables, ::testing::ValuesIn(kBadTables));

TEST_F(PublicTables, AMissingFileIsASentence) {
  const auto text = importPublic({.kind = "tf-linear", .file = "/nowhere.csv.gz", .device = "x"});
  EXPECT_THAT(std::get<RowError>(text).sentence, HasSubstr("/nowhere.csv.gz"));
}

} // namespace
} // namespace cobra::train
