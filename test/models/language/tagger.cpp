#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

// Tags for the words of a sentence: scores from a recurrent network both ways, and how likely tags follow each other. All ways through the
// sentence are summed up on logarithms; the best one is walked back by data.

using torch::Tensor;

class Tagger : public torch::nn::Module {
 public:
  static inline const std::string kBegin = "^", kEnd = "$";
  static constexpr double kNever = -1e4;

  Tagger(int64_t words, const std::vector<std::string>& tags, int64_t width, int64_t hidden) : half_(hidden / 2) {
    for (const auto& t : tags) number_.emplace(t, number_.size());
    for (const auto& t : {kBegin, kEnd}) number_.emplace(t, number_.size());
    tags_ = number_.size();
    meaning_ = register_module("meaning", torch::nn::Embedding(words, width));
    both_ways_ = register_module("both_ways", torch::nn::LSTM(torch::nn::LSTMOptions(width, half_).num_layers(1).bidirectional(true)));
    score_ = register_module("score", torch::nn::Linear(2 * half_, tags_));
    follows_ = register_parameter("follows", torch::randn({tags_, tags_}));
    torch::NoGradGuard unlearned;
    follows_[begin()].fill_(kNever);
    follows_.index_put_({torch::indexing::Slice(), end()}, kNever);
  }

  /// [words, tags]
  Tensor scores(const Tensor& sentence) {
    const auto n = sentence.size(0);
    auto state = std::make_tuple(torch::randn({2, 1, half_}), torch::randn({2, 1, half_}));
    auto seen = std::get<0>(both_ways_->forward(meaning_(sentence).view({n, 1, -1}), state));
    return score_(seen.view({n, 2 * half_}));
  }

  Tensor all_ways(const Tensor& scores) {
    auto so_far = start();
    for (int64_t i = 0; i < scores.size(0); ++i) {
      std::vector<Tensor> next;
      for (int64_t tag = 0; tag < tags_; ++tag) next.push_back(torch::logsumexp(so_far + follows_[tag].view({1, -1}) + scores[i][tag], 1).view(1));
      so_far = torch::cat(next).view({1, -1});
    }
    return torch::logsumexp(so_far + follows_[end()], 1);
  }

  Tensor one_way(const Tensor& scores, const Tensor& tags) {
    auto way = torch::cat({torch::tensor({begin()}, torch::kLong), tags, torch::tensor({end()}, torch::kLong)});
    auto sum = torch::zeros({1});
    for (int64_t i = 1; i < way.size(0); ++i) {
      sum = sum + follows_.index({way[i], way[i - 1]});
      if (i <= scores.size(0)) sum = sum + scores[i - 1].index({way[i]});
    }
    return sum;
  }

  Tensor loss(const Tensor& sentence, const Tensor& tags) {
    auto s = scores(sentence);
    return all_ways(s) - one_way(s, tags);
  }

  std::pair<Tensor, std::vector<int64_t>> forward(const Tensor& sentence) {
    auto s = scores(sentence);
    std::vector<Tensor> came_from;
    auto so_far = start();
    for (int64_t i = 0; i < s.size(0); ++i) {
      auto [best, from] = (so_far.expand({tags_, tags_}) + follows_).max(1);
      so_far = (best + s[i]).view({1, -1});
      came_from.push_back(from);
    }
    so_far = so_far + follows_[end()];
    std::vector<int64_t> way{so_far.argmax(1).item<int64_t>()};
    auto total = so_far[0][way.front()];
    for (auto step = came_from.rbegin(); step + 1 != came_from.rend(); ++step) way.push_back((*step)[way.back()].item<int64_t>());
    std::reverse(way.begin(), way.end());
    return {total, way};
  }

 private:
  int64_t begin() const { return number_.at(kBegin); }
  int64_t end() const { return number_.at(kEnd); }
  Tensor start() const {
    auto s = torch::full({1, tags_}, kNever);
    s[0][begin()] = 0.;
    return s;
  }
  int64_t half_, tags_;
  std::map<std::string, int64_t> number_;
  torch::nn::Embedding meaning_{nullptr};
  torch::nn::LSTM both_ways_{nullptr};
  torch::nn::Linear score_{nullptr};
  Tensor follows_;
};

int main() {
  const std::vector<std::vector<std::string>> sentences = {{"ships", "sail", "west"}, {"a", "ship", "called", "west"}};
  std::map<std::string, int64_t> words;
  for (const auto& s : sentences)
    for (const auto& w : s) words.emplace(w, words.size());
  Tagger tagger(words.size(), {"name", "other"}, 5, 4);
  torch::NoGradGuard no_grad;
  std::vector<int64_t> ids(sentences[0].size());
  std::transform(sentences[0].begin(), sentences[0].end(), ids.begin(), [&](const std::string& w) { return words[w]; });
  auto [total, way] = tagger.forward(torch::tensor(ids, torch::kLong));
  std::cout << total << " " << way.size() << std::endl;
}

// cobra: Tagger tagger(20, {"a", "b", "c"}, 5, 4); tagger.eval(); auto sentence = torch::randint(0, 20, {6}, torch::kLong); auto tags = torch::tensor({0, 1, 2, 2, 0, 1}); tagger.loss(sentence, tags);
// cobra: Tagger tagger(20, {"a", "b", "c"}, 5, 4); tagger.eval(); auto sentence = torch::randint(0, 20, {6}, torch::kLong); tagger.forward(sentence);
