// One table line for each rule of docs/model-format.md that a file can break.
#include "predictor/format/file.h"
#include "predictor/format/safetensors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>

namespace cobra::format {
namespace {

/// A file of this header and this many zero bytes of data.
std::string file(std::string header, std::size_t data, std::uint64_t saidLength = 0) {
  const std::uint64_t length = saidLength ? saidLength : header.size();
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((length >> (8 * i)) & 0xff);
  return bytes + header + std::string(data, '\0');
}

/// Data of one F32 tensor whose single value has these bits.
std::string withValue(const std::string& bits) { return file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 0) + bits; }

struct BadFile {
  const char* what;
  std::string bytes;
  Rule rule;
  const char* sentence;
};

class BadFiles : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, IsOneSentenceAboutTheRuleItBreaks) {
  const auto parsed = parseSafetensors(GetParam().bytes, "x.safetensors");
  const auto* error = std::get_if<FormatError>(&parsed);
  ASSERT_NE(error, nullptr) << GetParam().what;
  EXPECT_EQ(error->rule, GetParam().rule) << error->sentence;
  EXPECT_THAT(error->sentence, ::testing::HasSubstr("'x.safetensors'"));
  EXPECT_THAT(error->sentence, ::testing::HasSubstr(GetParam().sentence));
}

const BadFile kBadFiles[] = {
    {"empty", "", Rule::HeaderLength, "too short"},
    {"seven bytes", "1234567", Rule::HeaderLength, "too short"},
    {"a header of 2^60 bytes", file("{}", 0, std::uint64_t{1} << 60), Rule::HeaderLength, "1152921504606846976"},
    {"a header longer than the file", file("{}", 0, 3), Rule::HeaderLength, "3 bytes"},
    {"a header of one byte", file("{", 0, 1), Rule::HeaderLength, "1 bytes"},
    {"no JSON", file("{]", 0), Rule::HeaderJson, "not JSON"},
    {"an array", file("[]", 0), Rule::HeaderJson, "not an object"},
    {"not UTF-8", file("{\"\xff\":1}", 0), Rule::HeaderJson, "not JSON"},
    {"one tensor twice",
     file(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", 0),
     Rule::HeaderJson, "'a' stands there twice"},
    {"deep nesting", file(R"({"a":[[[[[[[[]]]]]]]]})", 0), Rule::HeaderJson, "nested"},
    {"metadata of numbers", file(R"({"__metadata__":{"a":1}})", 0), Rule::Metadata, "object of strings"},
    {"a tensor that is a number", file(R"({"a":1})", 0), Rule::TensorEntry, "'a'"},
    {"a tensor without a shape", file(R"({"a":{"dtype":"F32","data_offsets":[0,0]}})", 0), Rule::TensorEntry, "'a'"},
    {"three offsets", file(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}})", 0), Rule::TensorEntry, "'a'"},
    {"another key", file(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":0}})", 0), Rule::TensorEntry, "'a'"},
    {"double precision", file(R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8), Rule::TensorType, "'F64'"},
    {"a negative size", file(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), Rule::TensorShape, "negative"},
    {"a size of 2^63", file(R"({"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}})", 4), Rule::TensorShape, "huge"},
    {"sizes whose product wraps around", file(R"({"a":{"dtype":"F32","shape":[67108864,67108864,67108864],"data_offsets":[0,0]}})", 0),
     Rule::TensorShape, "more elements"},
    {"nine sizes", file(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4), Rule::TensorShape, "more than 8"},
    {"a broken size", file(R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4), Rule::TensorShape, "no integer"},
    {"end before begin", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4), Rule::TensorExtent, "begin <= end"},
    {"fewer bytes than elements", file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), Rule::TensorExtent,
     "takes 4 bytes"},
    {"the data ends early", file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7), Rule::TensorExtent, "after the file"},
    {"a hole", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), Rule::NoGaps, "byte 0 is next"},
    {"an overlap",
     file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
     Rule::NoGaps, "'b'"},
    {"bytes after the last tensor", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5), Rule::NoGaps, "1 bytes after"},
    {"NaN", withValue(std::string("\x00\x00\xc0\x7f", 4)), Rule::Finite, "not finite"},
    {"infinity", withValue(std::string("\x00\x00\x80\x7f", 4)), Rule::Finite, "not finite"},
};
INSTANTIATE_TEST_SUITE_P(Format, BadFiles, ::testing::ValuesIn(kBadFiles));

TEST(Safetensors, ReadsBackWhatWasWritten) {
  const std::vector<float> a{1, -2.5F, 3e-3F, 0}, b{65504};
  const std::vector<StoredTensor> tensors{
      {"a", {2, 2}, a, Storage::Float32}, {"b", {1}, b, Storage::Float16}, {"none", {0, 3}, {}, Storage::Float32}};
  const std::string bytes = printSafetensors({{"key", "a \"text\"\n"}}, tensors);
  const auto parsed = parseSafetensors(bytes, "x");
  ASSERT_TRUE(std::holds_alternative<Document>(parsed)) << std::get<FormatError>(parsed).sentence;
  const auto& document = std::get<Document>(parsed);
  EXPECT_EQ(document.metadata.at("key"), "a \"text\"\n");
  const std::int64_t square[] = {2, -1}, wrong[] = {2, 3};
  ASSERT_NE(document.find("a", square), nullptr);
  EXPECT_EQ(document.find("a", square)->values, a);
  EXPECT_EQ(document.find("a", wrong), nullptr);
  EXPECT_EQ(document.tensors.at("b").values, b);
  EXPECT_TRUE(document.tensors.at("none").values.empty());
}

/// Values are read several at a time: each place of a tensor is looked at.
TEST(Safetensors, OneValueThatIsNotFiniteIsFoundWhereverItStands) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Storage storage : {Storage::Float32, Storage::Float16})
    for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()})
      for (std::size_t at = 0; at < 37; ++at) {
        std::vector<float> values(37, -65504);
        const std::vector<StoredTensor> good{{"a", {37}, values, storage}};
        EXPECT_TRUE(std::holds_alternative<Document>(parseSafetensors(printSafetensors({}, good), "x")));
        values[at] = bad;
        const std::vector<StoredTensor> tensors{{"a", {37}, values, storage}};
        const auto parsed = parseSafetensors(printSafetensors({}, tensors), "x");
        ASSERT_TRUE(std::holds_alternative<FormatError>(parsed)) << bad << " at " << at;
        EXPECT_EQ(std::get<FormatError>(parsed).rule, Rule::Finite);
      }
}

TEST(Safetensors, EveryFiniteHalfIsReadAsItsValue) {
  std::vector<float> values;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits)
    if ((bits & 0x7c00U) != 0x7c00U) {
      const std::int64_t mantissa = bits & 0x3ffU, exponent = (bits >> 10) & 0x1fU;
      const double value = exponent ? std::ldexp(1024.0 + static_cast<double>(mantissa), static_cast<int>(exponent) - 25)
                                    : std::ldexp(static_cast<double>(mantissa), -24);
      values.push_back(static_cast<float>(bits & 0x8000U ? -value : value));
    }
  const auto count = static_cast<std::int64_t>(values.size());
  const std::vector<StoredTensor> tensors{{"a", {count}, values, Storage::Float16}};
  const auto parsed = parseSafetensors(printSafetensors({}, tensors), "x");
  ASSERT_TRUE(std::holds_alternative<Document>(parsed));
  EXPECT_EQ(std::get<Document>(parsed).tensors.at("a").values, values);
}

TEST(Safetensors, TheHeaderAloneIsThatOfAFileWhoseLengthCanBe) {
  EXPECT_EQ(safetensorsHeader(file(R"({"a":1})", 5)), R"({"a":1})");
  for (const BadFile& bad : kBadFiles)
    if (bad.rule == Rule::HeaderLength) {
      EXPECT_TRUE(safetensorsHeader(bad.bytes).empty()) << bad.what;
    }
}

TEST(Safetensors, TensorsStartAtMultiplesOfEightBytes) {
  for (const char* name : {"a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"}) {
    const std::vector<float> one{1};
    const std::vector<StoredTensor> tensors{{name, {1}, one, Storage::Float32}};
    EXPECT_EQ((printSafetensors({}, tensors).size() - sizeof(float)) % 8, 0U) << name;
  }
}

TEST(Safetensors, MissingFilesAndFoldersAreSentences) {
  const auto missing = readSafetensors("/nowhere/at all.safetensors");
  EXPECT_THAT(std::get<FormatError>(missing).sentence, ::testing::HasSubstr("/nowhere/at all.safetensors"));
  const auto folder = readSafetensors(std::filesystem::temp_directory_path());
  EXPECT_THAT(std::get<FormatError>(folder).sentence, ::testing::HasSubstr("it is not a file"));
}

TEST(WholeFiles, AreReplacedInOneStepAndLeaveNoPartBehind) {
  const auto folder = std::filesystem::temp_directory_path() / ("cobra-format-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto path = folder / "file";
  EXPECT_FALSE(writeFileAtomically(path, "first"));
  EXPECT_FALSE(writeFileAtomically(path, "second"));
  EXPECT_EQ(std::get<std::string>(readWholeFile(path, 100)), "second");
  EXPECT_THAT(std::get<FileError>(readWholeFile(path, 5)).sentence, ::testing::HasSubstr("larger than"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_THAT(writeFileAtomically(folder / "no" / "file", "x")->sentence, ::testing::HasSubstr("cannot be written"));
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace cobra::format
