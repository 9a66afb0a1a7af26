// WordPiece tokens as uncased English BERT makes them (Wu et al. 2016; Devlin et al. 2019): lower case, words cut at blanks and around
// every punctuation mark, each word written as the longest known pieces from left to right, "##" before pieces inside a word. Snippets are
// ASCII; other bytes are taken as letters. Read-only once made: any thread.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace cobra::train::paper {

/// A run of letters and digits, or one punctuation mark, and where it stands.
struct Word {
  std::string text; // in lower case
  std::size_t begin = 0, end = 0;
};
std::vector<Word> wordsOf(std::string_view text);

/// A token and the bytes of the text that it stands for.
struct Piece {
  int id = 0;
  std::size_t begin = 0, end = 0;
};

class WordPiece {
public:
  enum Special : int { Pad, Unknown, Begin, Separator, Mask };
  static constexpr std::array<std::string_view, 5> specialNames{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

  /// One entry a line, the number of the line being its id; all special names must be there. A sentence says what is wrong.
  static std::variant<WordPiece, std::string> fromEntries(std::vector<std::string> entries);
  static std::variant<WordPiece, std::string> fromFile(const std::filesystem::path& file);

  std::vector<Piece> encode(std::string_view text) const;
  int special(Special which) const { return special_[static_cast<std::size_t>(which)]; }
  const std::vector<std::string>& entries() const { return entries_; }

private:
  WordPiece() = default;
  /// False where a word can't be written with the entries.
  bool encodeWord(const Word& word, std::vector<Piece>& out) const;

  std::vector<std::string> entries_;
  std::unordered_map<std::string, int> ids_;
  std::array<int, specialNames.size()> special_{};
};

} // namespace cobra::train::paper
