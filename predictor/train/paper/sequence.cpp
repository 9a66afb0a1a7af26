#include "predictor/train/paper/sequence.h"

#include <algorithm>
#include <cstdio>

namespace cobra::train::paper {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// True for a piece of a word that is all digits: 64 in "[64,3]", not the 32 of "f32".
bool insideNumber(std::string_view text, const Piece& piece) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::size_t begin = piece.begin, end = piece.end;
  while (begin > 0 && (isDigit(text[begin - 1]) || letter(text[begin - 1]))) --begin;
  while (end < text.size() && (isDigit(text[end]) || letter(text[end]))) ++end;
  return std::ranges::all_of(text.substr(begin, end - begin), isDigit);
}

Sequence makeSequence(const WordPiece& tokens, std::string_view snippet, std::string_view behind) {
  const std::vector<Piece> latency = tokens.encode(behind);
  const std::size_t room = maxTokens - 2 - (latency.empty() ? 0 : latency.size() + 1);
  std::vector<Piece> pieces = tokens.encode(snippet);
  pieces.resize(std::min(pieces.size(), room));
  const std::size_t open = snippet.find('(');
  Sequence out{.ids = {tokens.special(WordPiece::Begin)}, .snippetEnd = pieces.size() + 1, .parameter = {false}};
  for (const Piece& piece : pieces) {
    out.ids.push_back(piece.id);
    out.parameter.push_back(open != std::string_view::npos && piece.begin > open && insideNumber(snippet, piece));
  }
  out.ids.push_back(tokens.special(WordPiece::Separator));
  if (!latency.empty()) {
    for (const Piece& piece : latency) out.ids.push_back(piece.id);
    out.ids.push_back(tokens.special(WordPiece::Separator));
  }
  out.parameter.resize(out.ids.size(), false);
  return out;
}

} // namespace

Sequence plainSequence(const WordPiece& tokens, std::string_view snippet) { return makeSequence(tokens, snippet, {}); }

Sequence sequenceWithLatency(const WordPiece& tokens, std::string_view snippet, double ms) {
  return makeSequence(tokens, snippet, latencyText(ms));
}

std::string latencyText(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "latency=%.2e", ms);
  return text;
}

} // namespace cobra::train::paper
