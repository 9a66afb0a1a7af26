// The tokens of the published method: WordPiece with a given and a trained vocabulary, and what is appended where.
#include "predictor/train/paper/pretraining.h"
#include "predictor/train/paper/wordpiece_trainer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace cobra::train::paper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string>& snippets() {
  static const std::vector<std::string> kSnippets{
      "aten::conv2d(input=f32[1,64,56,56],weight=f32[128,64,3,3],bias=None,stride=[2,2],padding=[1,1],dilation=[1,1],groups=1)",
      "aten::relu(self=f32[8,1024,17,17])", "aten::linear(input=f32[641,3],weight=f32[1000,3],bias=f32[1000])",
      "aten::add.Tensor(self=f32[8,64],other=f32[8,64],alpha=1)"};
  return kSnippets;
}

std::vector<std::string> withSpecials(std::vector<std::string> entries) {
  entries.insert(entries.begin(), WordPiece::specialNames.begin(), WordPiece::specialNames.end());
  return entries;
}

WordPiece made(std::vector<std::string> entries) { return std::get<WordPiece>(WordPiece::fromEntries(std::move(entries))); }

std::vector<std::string> spelled(const WordPiece& tokens, std::string_view text) {
  std::vector<std::string> out;
  for (const Piece& piece : tokens.encode(text)) out.push_back(tokens.entries()[static_cast<std::size_t>(piece.id)]);
  return out;
}

TEST(WordPieces, AreTheLongestKnownFromTheLeft) {
  const WordPiece tokens = made(withSpecials({"conv", "con", "##v", "##v2", "##d", "##2", "##2d", "[", "64", "6", "##4", "]"}));
  EXPECT_THAT(spelled(tokens, "Conv2d[64] 6 64"), ElementsAre("conv", "##2d", "[", "64", "]", "6", "64"));
}

TEST(WordPieces, AWordThatCannotBeWrittenIsUnknownAsAWhole) {
  const WordPiece tokens = made(withSpecials({"6", "##4", ","}));
  EXPECT_THAT(spelled(tokens, "64,67,6"), ElementsAre("6", "##4", ",", "[UNK]", ",", "6"));
  const std::string longest(100, '6'), longer(101, '6');
  EXPECT_THAT(spelled(made(withSpecials({"6", "##6"})), longer), ElementsAre("[UNK]"));
  EXPECT_EQ(spelled(made(withSpecials({"6", "##6"})), longest).size(), 100U);
}

TEST(WordPieces, EveryPieceKnowsItsPlaceAndNothingIsLost) {
  const WordPiece tokens = made(trainWordPieces(snippets(), 90));
  for (const std::string& text : snippets()) {
    std::size_t at = 0;
    for (const Piece& piece : tokens.encode(text)) {
      EXPECT_EQ(piece.begin, at) << "snippets have no blanks";
      std::string entry = tokens.entries()[static_cast<std::size_t>(piece.id)], there = text.substr(piece.begin, piece.end - piece.begin);
      if (entry.starts_with("##")) entry.erase(0, 2);
      std::ranges::transform(there, there.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      EXPECT_EQ(entry, there);
      at = piece.end;
    }
    EXPECT_EQ(at, text.size());
  }
}

TEST(TrainedVocabulary, IsTheSameForTextsInAnyOrder) {
  std::vector<std::string> turned = snippets();
  std::ranges::reverse(turned);
  EXPECT_EQ(trainWordPieces(snippets(), 120), trainWordPieces(turned, 120));
}

TEST(TrainedVocabulary, JoinsWhatOccursTogetherAndKeepsToItsSize) {
  const auto few = trainWordPieces(snippets(), 60), many = trainWordPieces(snippets(), 100000);
  EXPECT_LE(few.size(), 60U);
  EXPECT_GT(many.size(), few.size());
  EXPECT_THAT(many, ::testing::IsSupersetOf(few));
  EXPECT_THAT(many, ::testing::IsSupersetOf({"f32", "64", "aten", "1000"})); // words that occur twice become one piece
  EXPECT_EQ(std::ranges::count(many, "641"), 0);                             // a pair that occurs once is not joined
}

TEST(Vocabulary, SaysWhatIsWrongWithAFile) {
  const auto file = std::filesystem::temp_directory_path() / ("cobra-vocab-" + std::to_string(::getpid()) + ".txt");
  const auto complaint = [&](const std::string& text) {
    std::ofstream(file) << text;
    const auto read = WordPiece::fromFile(file);
    return std::holds_alternative<std::string>(read) ? std::get<std::string>(read) : "";
  };
  EXPECT_THAT(complaint("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"), HasSubstr("no entry [MASK]"));
  EXPECT_THAT(complaint("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\na\n"), HasSubstr("'a' twice, again in line 8"));
  EXPECT_EQ(complaint("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\n"), "");
  std::filesystem::remove(file);
  EXPECT_THAT(std::get<std::string>(WordPiece::fromFile(file)), HasSubstr(file.filename().string()));
}

TEST(Sequences, TellNumbersAmongTheArgumentsFromOtherTokens) {
  const WordPiece tokens = made(trainWordPieces(snippets(), 100000));
  const std::string text = "aten::conv2d(input=f32[1,64],groups=128)";
  const Sequence sequence = plainSequence(tokens, text);
  ASSERT_EQ(sequence.parameter.size(), sequence.ids.size());
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
    if (sequence.parameter[i]) numbers.push_back(tokens.entries()[static_cast<std::size_t>(sequence.ids[i])]);
  }
  ASSERT_EQ(numbers.size(), tokens.encode("1 64 128").size());
  EXPECT_EQ(numbers[0], "1");
  EXPECT_EQ(numbers[1], "64");
  EXPECT_EQ(sequence.ids.front(), tokens.special(WordPiece::Begin));
  EXPECT_EQ(sequence.ids.back(), tokens.special(WordPiece::Separator));
}

TEST(Sequences, AreCutAtTheLimitButKeepTheLatency) {
  const WordPiece tokens = made(trainWordPieces(snippets(), 200));
  std::string text = "aten::cat(tensors=[";
  for (int i = 0; i < 400; ++i) text += "64,";
  const Sequence bare = plainSequence(tokens, text), both = sequenceWithLatency(tokens, text, 0.25);
  EXPECT_EQ(bare.ids.size(), maxTokens);
  EXPECT_EQ(both.ids.size(), maxTokens);
  EXPECT_LT(both.snippetEnd, bare.snippetEnd);
  EXPECT_EQ(both.ids[both.snippetEnd], tokens.special(WordPiece::Separator));
}

TEST(Latency, IsReadByTheMaskedPartAloneAndNeverMasked) {
  std::vector<LayerExample> slow, fast;
  for (const std::string& snippet : snippets()) {
    slow.push_back({snippet, 9.87e4});
    fast.push_back({snippet, 1.23e-5});
  }
  std::vector<std::string> texts = snippets();
  for (const double ms : {9.87e4, 1.23e-5}) texts.push_back(latencyText(ms));
  const WordPiece tokens = made(trainWordPieces(texts, 1000));
  const TrainingInputs a = trainingInputs(slow, tokens, true), b = trainingInputs(fast, tokens, true),
                       without = trainingInputs(slow, tokens, false);
  for (std::size_t i = 0; i < slow.size(); ++i) {
    EXPECT_EQ(a.bare[i].ids, b.bare[i].ids); // what the latency head reads does not depend on the latency
    EXPECT_NE(a.masked[i].ids, b.masked[i].ids);
    EXPECT_EQ(without.masked[i].ids, without.bare[i].ids);
    const auto snippetOf = [](const Sequence& s) {
      return std::vector<int>(s.ids.begin(), s.ids.begin() + static_cast<long>(s.snippetEnd));
    };
    EXPECT_EQ(snippetOf(a.masked[i]), snippetOf(a.bare[i])); // so only tokens before the latency are ever masked
    EXPECT_GT(a.masked[i].ids.size(), a.masked[i].snippetEnd + 1);
    EXPECT_TRUE(std::none_of(a.masked[i].parameter.begin() + static_cast<long>(a.masked[i].snippetEnd), a.masked[i].parameter.end(),
                             [](bool parameter) { return parameter; }));
  }
}

} // namespace
} // namespace cobra::train::paper
