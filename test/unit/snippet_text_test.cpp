// The text of single arguments and calls, as a table: what is accepted, and what is refused with which
// sentence and where.
#include "test/unit/support/print.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace cobra {
namespace {

using Limits = std::numeric_limits<double>;

TEST(Snippet, printsEachKindOfArgument) {
  const struct {
    Argument argument;
    std::string_view text;
  } table[] = {
      {None{}, "None"},
      {Open{}, "?"},
      {true, "True"},
      {false, "False"},
      {std::int64_t{0}, "0"},
      {std::int64_t{-1}, "-1"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
      {1.0, "1.0"},
      {-0.0, "-0.0"},
      {0.1, "0.1"},
      {1e-5, "1e-05"},
      {1e20, "1e+20"},
      {123456789.0, "123456789.0"},
      {1.0 / 3, "0.3333333333333333"},
      {Limits::denorm_min(), "5e-324"},
      {Limits::max(), "1.7976931348623157e+308"},
      {Limits::infinity(), "inf"},
      {-Limits::infinity(), "-inf"},
      {Limits::quiet_NaN(), "nan"},
      {-Limits::quiet_NaN(), "nan"},
      {std::string("mean"), "'mean'"},
      {std::string(), "''"},
      {std::string("it's\\\n\t\r"), R"('it\'s\\\n\t\r')"},
      {std::string("\0\x7f\xc3\xa9", 4), R"('\x00\x7f\xc3\xa9')"},
      {DType::BFloat16, "bfloat16"},
      {TensorType{DType::Float32, {1, 64, 56, 56}}, "f32[1,64,56,56]"},
      {TensorType{DType::Bool, {}}, "b8[]"},
      {TensorType{DType::Complex128, {0}}, "c128[0]"},
      {std::vector<std::int64_t>{1, -1}, "[1,-1]"},
      {std::vector<std::int64_t>{}, "[]"},
      {std::vector<double>{1, 0.5}, "[1.0,0.5]"},
      {std::vector<bool>{true, false}, "[True,False]"},
      {TensorList{TensorType{DType::Float32, {2, 3}}, std::nullopt}, "[f32[2,3],None]"},
  };
  for (const auto& [argument, text] : table) EXPECT_EQ(printArgument(argument), text);
}

// Each stands for a different call, and all of them come back as they were written.
TEST(Snippet, readsWhatItPrints) {
  for (const std::string_view text : {
           "aten::relu(self=f32[1,64,56,56])",
           "aten::relu(self=i64[])",
           "aten::relu(self=?)",
           "aten::conv2d(input=f32[1,64,56,56],weight=f32[64,64,3,3],bias=None,stride=[1,1],padding=[1,1],"
           "dilation=[1,1],groups=1)",
           "aten::add.Tensor(self=f32[2],other=f32[2],alpha=1)",
           "aten::add.Tensor(self=f32[2],other=f32[2],alpha=1.0)",
           "aten::add.Tensor(self=f32[2],other=f32[2],alpha=True)",
           "aten::add.Tensor(self=f32[2],other=f32[2],alpha=nan)",
           "aten::cat(tensors=[f32[2,3],f32[2,5]],dim=-1)",
           "aten::cat(tensors=[],dim=0)",
           "aten::index.Tensor(self=f32[4,5],indices=[None,i64[3]])",
           "aten::gelu(self=bf16[8,128],approximate='tanh')",
           "aten::gelu(self=bf16[8,128],approximate='it\\'s \\x00\\\\')",
           "aten::softmax.int(self=f16[8,10],dim=1,dtype=None)",
           "aten::softmax.int(self=f16[8,10],dim=1,dtype=float32)",
           "aten::layer_norm(input=f32[8,16],normalized_shape=[16],weight=None,bias=None,eps=1e-05,"
           "cudnn_enable=False)",
           "aten::layer_norm(input=f32[8,16],normalized_shape=[16],weight=None,bias=None,eps=-inf,"
           "cudnn_enable=True)",
       }) {
    const auto parsed = parseSnippet(text);
    const auto* error = std::get_if<SnippetError>(&parsed);
    ASSERT_FALSE(error) << text << "\n" << error->sentence << " at " << error->offset;
    EXPECT_EQ(printSnippet(std::get<Call>(parsed)), text);
  }
}

TEST(Snippet, keepsIntegersAndFloatsApart) {
  const auto alpha = [](std::string value) {
    auto parsed = parseSnippet("aten::add.Tensor(self=f32[2],other=f32[2],alpha=" + value + ")");
    return std::get<Call>(parsed).arguments.at(2);
  };
  EXPECT_EQ(alpha("1"), Argument(std::int64_t{1}));
  EXPECT_EQ(alpha("1.0"), Argument(1.0));
  EXPECT_EQ(alpha("True"), Argument(true));
}

struct Refused {
  std::string text, sentence;
  std::size_t offset;
};

std::vector<Refused> refusedTexts() {
  const std::string relu = "aten::relu(self=", gelu = "aten::gelu(self=f32[1],approximate=";
  const std::string add = "aten::add.Tensor(self=f32[2],other=f32[2],alpha=";
  const std::string cat = "aten::cat(tensors=", norm = "aten::layer_norm(input=f32[8],normalized_shape=";
  return {
      {"", "expected the name of an operator, found the end", 0},
      {"(", "expected the name of an operator, found '('", 0},
      {"aten::reluu(self=f32[1])", "the registry has no operator 'aten::reluu'", 0},
      {"aten::relu", "expected '(', found the end", 10},
      {"aten::relu()", "expected the argument 'self', found ')'", 11},
      {"aten::relu(input=f32[1])", "expected the argument 'self', found 'input'", 11},
      {"aten::relu(self:f32[1])", "expected the argument 'self', found 'self:f32'", 11},
      {relu, "expected a tensor such as f32[2,3], found the end", 16},
      {relu + "f32[1]", "expected ')' after the last argument, found the end", 22},
      {relu + "f32[1],self=f32[1])", "expected ')' after the last argument, found ','", 22},
      {relu + "f32[1]) ", "expected the end after ')', found ' '", 23},
      {relu + "None)", "expected a tensor such as f32[2,3], found 'None'", 16},
      {relu + "float32[1])", "expected a tensor such as f32[2,3], found 'float32'", 16},
      {relu + "f32)", "expected '[' and the sizes of the tensor, found ')'", 19},
      {relu + "f32[1,])", "expected an integer, found ']'", 22},
      {relu + "f32[1, 2])", "expected an integer, found ' 2'", 22},
      {relu + "f32[1.0])", "expected an integer, found '1.0'", 20},
      {relu + "f32[-3])", "the size -3 of a tensor is negative", 20},
      {relu + "f32[007])", "the integer '007' is written 7", 20},
      {relu + "f32[-0])", "the integer '-0' is written 0", 20},
      {relu + "f32[9223372036854775808])", "the integer '9223372036854775808' does not fit into 64 bits", 20},
      {relu + "f32[1;2])", "expected an integer, found '1;2'", 20},
      {relu + "f32[1", "expected ',' or ']', found the end", 21},
      {relu + "\xff\x1b[31m", "expected a tensor such as f32[2,3], found '\\xff\\x1b'", 16},
      {gelu + "none)", "expected text in single quotes, found 'none'", 35},
      {gelu + "'none)", "the text that starts here has no closing quote", 35},
      {gelu + "'\n')", "a byte that is not printable ASCII is written \\xhh", 36},
      {gelu + "'\\", "the text ends inside an escape", 36},
      {gelu + "'\\q')", "'\\' is followed by none of \\ ' n r t x", 36},
      {gelu + "'\\xF0')", "\\x is not followed by two of 0-9a-f", 36},
      {gelu + "'\\x0", "\\x is not followed by two of 0-9a-f", 36},
      {gelu + "'\\x41')", "'\\\\x41' is written A", 36},
      {add + "0x10)", "expected a number, found '0x10'", 48},
      {add + "1.50)", "the number '1.50' is written 1.5 here", 48},
      {add + "1e-5)", "the number '1e-5' is written 1e-05 here", 48},
      {add + "-nan)", "the number '-nan' is written nan here", 48},
      {add + "infinity)", "the number 'infinity' is written inf here", 48},
      {add + "1e999)", "the number '1e999' does not fit into a double", 48},
      {add + "1e-999)", "the number '1e-999' does not fit into a double", 48},
      {add + std::string(65, '1') + ")", "a number of 65 characters is too long", 48},
      {add + ")", "expected a number, found ')'", 48},
      {cat + "f32[1],dim=0)", "expected a list, found 'f32'", 18},
      {cat + "[None],dim=0)", "expected a tensor such as f32[2,3], found 'None'", 19},
      {cat + "[[f32[1]]],dim=0)", "expected a tensor such as f32[2,3], found '['", 19},
      {cat + "[f32[1])", "expected ',' or ']', found ')'", 25},
      {cat + "[f32[1]],dim=None)", "expected an integer, found 'None'", 31},
      {cat + "[f32[1]])", "expected ',' and the argument 'dim', found ')'", 26},
      {norm + "8,weight=None,bias=None,eps=1e-05,cudnn_enable=True)", "expected a list, found '8'", 47},
      {norm + "[8],weight=None,bias=None,eps=1,cudnn_enable=True)", "the number '1' is written 1.0 here", 77},
      {norm + "[8],weight=None,bias=None,eps=1e-05,cudnn_enable=true)", "expected True or False, found 'true'", 96},
      {"aten::softmax.int(self=f32[1],dim=0,dtype=f32)", "expected a dtype such as float32, found 'f32'", 42},
  };
}

TEST(Snippet, refusesWithOneSentenceAndThePlace) {
  for (const auto& [text, sentence, offset] : refusedTexts()) {
    const auto parsed = parseSnippet(text);
    const auto* error = std::get_if<SnippetError>(&parsed);
    ASSERT_TRUE(error) << "accepted " << text;
    EXPECT_EQ(error->sentence, sentence) << text;
    EXPECT_EQ(error->offset, offset) << text;
  }
}

TEST(Snippet, namesTheOverloadsWhereNoneIsGiven) {
  const auto parsed = parseSnippet("aten::add(self=f32[1],other=f32[1],alpha=1)");
  EXPECT_EQ(std::get<SnippetError>(parsed).sentence, "the registry has no operator 'aten::add', but aten::add.Tensor, aten::add.Scalar");
}

TEST(Snippet, boundsWhatItReads) {
  const auto sentence = [](const std::string& text) {
    const auto parsed = parseSnippet(text);
    const auto* error = std::get_if<SnippetError>(&parsed);
    return error ? error->sentence : "accepted";
  };
  std::string sizes = "1";
  for (std::size_t i = 1; i < maxSnippetRank; ++i) sizes += ",1";
  EXPECT_EQ(sentence("aten::relu(self=f32[" + sizes + "])"), "accepted");
  EXPECT_EQ(sentence("aten::relu(self=f32[" + sizes + ",1])"), "a tensor has more than 64 dimensions");
  EXPECT_EQ(sentence(std::string(maxSnippetBytes + 1, '[')), "a snippet of 1048577 bytes is too long: at most 1048576 are read");
  EXPECT_EQ(sentence(std::string(maxSnippetBytes, 'x')), "the registry has no operator '" + std::string(40, 'x') + "...'");
  EXPECT_EQ(sentence("aten::cat(tensors=" + std::string(100000, '[')), "expected a tensor such as f32[2,3], found '['");
}

Call call(std::string_view name, std::vector<Argument> arguments) { return {ops::find(name), std::move(arguments)}; }

TEST(Snippet, normalizesArgumentsThatSayTheSame) {
  const TensorType image{DType::Float32, {1, 3, 8, 8}}, weight{DType::Float32, {4, 3, 3, 3}};
  using Ints = std::vector<std::int64_t>;
  const Call lists = call("aten::conv2d", {image, weight, None{}, Ints{2, 2}, Ints{0, 0}, Ints{1, 1}, std::int64_t{1}});
  const Call single = call("aten::conv2d", {image, weight, None{}, std::int64_t{2}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1}});
  EXPECT_EQ(normalized(single), lists);
  EXPECT_EQ(normalized(lists), lists);

  const TensorType row{DType::Float32, {8}};
  const Call whole = call("aten::layer_norm", {row, Ints{8}, None{}, None{}, std::int64_t{1}, true});
  EXPECT_EQ(normalized(whole), call("aten::layer_norm", {row, Ints{8}, None{}, None{}, 1.0, true}));

  EXPECT_EQ(normalized(call("aten::cat", {Ints{}, std::int64_t{0}})), call("aten::cat", {TensorList{}, std::int64_t{0}}));
  EXPECT_EQ(normalized(call("aten::cat", {row, std::int64_t{0}})), call("aten::cat", {TensorList{row}, std::int64_t{0}}));
  EXPECT_EQ(normalized(call("aten::relu", {Open{}})), call("aten::relu", {Open{}}));
}

TEST(Snippet, printsNothingWithoutAnOperator) { EXPECT_EQ(printSnippet(Call{}), ""); }

} // namespace
} // namespace cobra
