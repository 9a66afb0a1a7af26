// A WordPiece vocabulary from texts, for users who have no vocab.txt of BERT.
#pragma once

#include <string>
#include <vector>

namespace cobra::train::paper {

/// The special names, every character of the texts (alone and with "##"), then pairs of pieces joined one after the other: always the pair
/// that raises the likelihood of the texts most under a unigram model (Schuster & Nakajima 2012), f(ab) log(f(ab) N / (f(a) f(b))), as long
/// as a pair occurs twice and there are fewer than `entries`. The same texts give the same vocabulary, in any order.
std::vector<std::string> trainWordPieces(const std::vector<std::string>& texts, std::size_t entries);

} // namespace cobra::train::paper
