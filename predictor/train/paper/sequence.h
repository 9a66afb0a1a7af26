// Snippets as the published encoder reads them: "[CLS] snippet [SEP]", and for masked tokens "[CLS] snippet [SEP] latency [SEP]".
#pragma once

#include "predictor/train/paper/wordpiece.h"

namespace cobra::train::paper {

/// The largest number of tokens in a sequence.
inline constexpr std::size_t maxTokens = 600;

struct Sequence {
  std::vector<int> ids;
  std::size_t snippetEnd = 1;  // tokens 1 .. snippetEnd - 1 are the snippet's, the only ones that are ever masked
  std::vector<bool> parameter; // of each token: it is part of a number among the call's arguments
};

/// Token ids of a snippet. A longer one is cut at maxTokens.
Sequence plainSequence(const WordPiece& tokens, std::string_view snippet);
/// The same with a measured latency behind it; room for the latency is kept when the snippet is cut.
Sequence sequenceWithLatency(const WordPiece& tokens, std::string_view snippet, double ms);
/// What is appended: "latency=1.63e-01", milliseconds with three digits.
std::string latencyText(double ms);

} // namespace cobra::train::paper
