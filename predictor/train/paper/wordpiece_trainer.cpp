#include "predictor/train/paper/wordpiece_trainer.h"

#include "predictor/train/paper/wordpiece.h"

#include <cmath>
#include <map>
#include <set>

namespace cobra::train::paper {
namespace {

struct Spelling {
  std::vector<int> pieces;
  double count = 0;
};
using Pair = std::pair<int, int>;

class Trainer {
public:
  Trainer(const std::vector<std::string>& texts, std::size_t limit) : limit_(limit) {
    std::map<std::string, double> counts;
    for (const std::string& text : texts) {
      for (Word& word : wordsOf(text)) ++counts[std::move(word.text)];
    }
    for (const std::string_view name : WordPiece::specialNames) idOf(std::string(name));
    std::set<std::string> characters;
    for (const auto& [word, count] : counts) {
      for (std::size_t i = 0; i < word.size(); ++i) characters.insert((i ? "##" : "") + word.substr(i, 1));
    }
    for (const std::string& character : characters) idOf(character);
    for (const auto& [word, count] : counts) {
      Spelling spelling{.pieces = {}, .count = count};
      for (std::size_t i = 0; i < word.size(); ++i) spelling.pieces.push_back(idOf((i ? "##" : "") + word.substr(i, 1)));
      words_.push_back(std::move(spelling));
    }
  }

  std::vector<std::string> run() {
    for (std::size_t w = 0; w < words_.size(); ++w) count(w, 1);
    while (entries_.size() < limit_) {
      const auto best = bestPair();
      if (best.first < 0) break;
      join(best);
    }
    return entries_;
  }

private:
  int idOf(const std::string& entry) {
    const auto [slot, isNew] = ids_.try_emplace(entry, static_cast<int>(entries_.size()));
    if (isNew) {
      entries_.push_back(entry);
      frequency_.push_back(0);
    }
    return slot->second;
  }

  /// Adds a word to the counts (sign 1) or takes it out (-1).
  void count(std::size_t w, double sign) {
    const Spelling& word = words_[w];
    for (std::size_t i = 0; i < word.pieces.size(); ++i) {
      frequency_[static_cast<std::size_t>(word.pieces[i])] += sign * word.count;
      total_ += sign * word.count;
      if (i + 1 == word.pieces.size()) continue;
      const Pair pair{word.pieces[i], word.pieces[i + 1]};
      double& found = pairs_[pair];
      found += sign * word.count;
      if (sign > 0) {
        where_[pair].insert(w);
      } else if (found < 0.5) {
        pairs_.erase(pair);
      }
    }
  }

  Pair bestPair() const {
    Pair best{-1, -1};
    double most = 0;
    for (const auto& [pair, both] : pairs_) {
      if (both < 2) continue;
      const double left = frequency_[static_cast<std::size_t>(pair.first)], right = frequency_[static_cast<std::size_t>(pair.second)];
      const double gain = both * std::log(both * total_ / (left * right));
      if (gain > most) {
        most = gain;
        best = pair;
      }
    }
    return best;
  }

  void join(const Pair& pair) {
    const std::string joined = entries_[static_cast<std::size_t>(pair.first)] + entries_[static_cast<std::size_t>(pair.second)].substr(2);
    const int id = idOf(joined);
    const std::set<std::size_t> words = std::move(where_[pair]);
    where_.erase(pair);
    for (const std::size_t w : words) {
      count(w, -1);
      std::vector<int> pieces;
      const std::vector<int>& old = words_[w].pieces;
      for (std::size_t i = 0; i < old.size(); ++i) {
        const bool here = i + 1 < old.size() && old[i] == pair.first && old[i + 1] == pair.second;
        pieces.push_back(here ? id : old[i]);
        i += here ? 1 : 0;
      }
      words_[w].pieces = std::move(pieces);
      count(w, 1);
    }
  }

  std::size_t limit_;
  std::vector<std::string> entries_;
  std::map<std::string, int> ids_;
  std::vector<double> frequency_;
  double total_ = 0;
  std::vector<Spelling> words_;
  std::map<Pair, double> pairs_;
  std::map<Pair, std::set<std::size_t>> where_; // words that held the pair once; stale ones do no harm
};

} // namespace

std::vector<std::string> trainWordPieces(const std::vector<std::string>& texts, std::size_t entries) {
  return Trainer(texts, entries).run();
}

} // namespace cobra::train::paper
