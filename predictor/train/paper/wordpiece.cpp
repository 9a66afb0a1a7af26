#include "predictor/train/paper/wordpiece.h"

#include "predictor/format/file.h"

namespace cobra::train::paper {
namespace {

constexpr std::size_t kLongestWord = 100; // BERT: longer words are unknown

bool isBlank(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
/// BERT's rule: every ASCII character that is no letter, digit or blank.
bool isPunctuation(unsigned char c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

std::vector<Word> wordsOf(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (isBlank(c)) {
      ++i;
      continue;
    }
    Word word{.text = {}, .begin = i};
    do {
      word.text += lower(text[i++]);
    } while (!isPunctuation(c) && i < text.size() && !isBlank(static_cast<unsigned char>(text[i])) &&
             !isPunctuation(static_cast<unsigned char>(text[i])));
    word.end = i;
    words.push_back(std::move(word));
  }
  return words;
}

std::variant<WordPiece, std::string> WordPiece::fromEntries(std::vector<std::string> entries) {
  WordPiece out;
  out.entries_ = std::move(entries);
  for (std::size_t i = 0; i < out.entries_.size(); ++i) {
    if (!out.ids_.try_emplace(out.entries_[i], static_cast<int>(i)).second) {
      return "the vocabulary has '" + out.entries_[i] + "' twice, again in line " + std::to_string(i + 1);
    }
  }
  for (std::size_t i = 0; i < specialNames.size(); ++i) {
    const auto found = out.ids_.find(std::string(specialNames[i]));
    if (found == out.ids_.end()) return "the vocabulary has no entry " + std::string(specialNames[i]);
    out.special_[i] = found->second;
  }
  return out;
}

std::variant<WordPiece, std::string> WordPiece::fromFile(const std::filesystem::path& file) {
  constexpr std::size_t kLimit = std::size_t{64} << 20;
  auto read = format::readWholeFile(file, kLimit);
  if (auto* error = std::get_if<format::FileError>(&read)) return error->sentence;
  std::string_view text = std::get<std::string>(read);
  std::vector<std::string> entries;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    entries.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  auto made = fromEntries(std::move(entries));
  if (auto* why = std::get_if<std::string>(&made)) return "'" + file.string() + "': " + *why;
  return made;
}

bool WordPiece::encodeWord(const Word& word, std::vector<Piece>& out) const {
  if (word.text.size() > kLongestWord) return false;
  for (std::size_t begin = 0; begin < word.text.size();) {
    std::size_t end = word.text.size();
    auto found = ids_.end();
    for (; end > begin; --end) {
      std::string part = begin == 0 ? "" : "##";
      part.append(word.text, begin, end - begin);
      found = ids_.find(part);
      if (found != ids_.end()) break;
    }
    if (found == ids_.end()) return false;
    out.push_back({found->second, word.begin + begin, word.begin + end});
    begin = end;
  }
  return true;
}

std::vector<Piece> WordPiece::encode(std::string_view text) const {
  std::vector<Piece> pieces;
  for (const Word& word : wordsOf(text)) {
    const std::size_t before = pieces.size();
    if (encodeWord(word, pieces)) continue;
    pieces.resize(before);
    pieces.push_back({special(Unknown), word.begin, word.end});
  }
  return pieces;
}

} // namespace cobra::train::paper
