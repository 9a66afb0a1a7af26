#include <torch/torch.h>
#include <iostream>
#include <map>
#include <string>
#include <vector>

// BiLSTM-CRF tagger. The forward algorithm runs on log-sum-exp, viterbi backtracks by data.

const std::string START_TAG = "<START>";
const std::string STOP_TAG = "<STOP>";

static torch::Tensor log_sum_exp(const torch::Tensor& vec) {
  auto max_score = std::get<0>(vec.max(1));
  auto broadcast = max_score.view({-1, 1}).expand({-1, vec.size(1)});
  return max_score + torch::log(torch::sum(torch::exp(vec - broadcast), 1));
}

class BiLSTM_CRF : public torch::nn::Module {
 public:
  BiLSTM_CRF(int64_t vocab_size, std::map<std::string, int64_t> tag_to_ix, int64_t embedding_dim, int64_t hidden_dim)
      : hidden_dim(hidden_dim), tag_to_ix(tag_to_ix), tagset_size(tag_to_ix.size()) {
    word_embeds = register_module("word_embeds", torch::nn::Embedding(vocab_size, embedding_dim));
    lstm = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(embedding_dim, hidden_dim / 2).num_layers(1).bidirectional(true)));
    hidden2tag = register_module("hidden2tag", torch::nn::Linear(hidden_dim, tagset_size));
    transitions = register_parameter("transitions", torch::randn({tagset_size, tagset_size}));
    {
      torch::NoGradGuard no_grad;
      transitions[this->tag_to_ix[START_TAG]].fill_(-10000);
      transitions.index_put_({torch::indexing::Slice(), this->tag_to_ix[STOP_TAG]}, -10000);
    }
  }

  std::pair<torch::Tensor, torch::Tensor> init_hidden() {
    return {torch::randn({2, 1, hidden_dim / 2}), torch::randn({2, 1, hidden_dim / 2})};
  }

  torch::Tensor get_lstm_features(const torch::Tensor& sentence) {
    auto [h0, c0] = init_hidden();
    auto embeds = word_embeds(sentence).view({sentence.size(0), 1, -1});
    auto out = lstm->forward(embeds, std::make_tuple(h0, c0));
    auto lstm_out = std::get<0>(out).view({sentence.size(0), hidden_dim});
    return hidden2tag(lstm_out);
  }

  torch::Tensor forward_alg(const torch::Tensor& feats) {
    auto init_alphas = torch::full({1, tagset_size}, -10000.);
    init_alphas[0][tag_to_ix.at(START_TAG)] = 0.;
    auto forward_var = init_alphas;
    for (int64_t i = 0; i < feats.size(0); ++i) {
      auto feat = feats[i];
      std::vector<torch::Tensor> alphas_t;
      for (int64_t next_tag = 0; next_tag < tagset_size; ++next_tag) {
        auto emit_score = feat[next_tag].view({1, -1}).expand({1, tagset_size});
        auto trans_score = transitions[next_tag].view({1, -1});
        auto next_tag_var = forward_var + trans_score + emit_score;
        alphas_t.push_back(log_sum_exp(next_tag_var).view(1));
      }
      forward_var = torch::cat(alphas_t).view({1, -1});
    }
    auto terminal_var = forward_var + transitions[tag_to_ix.at(STOP_TAG)];
    return log_sum_exp(terminal_var);
  }

  torch::Tensor score_sentence(const torch::Tensor& feats, torch::Tensor tags) {
    auto score = torch::zeros({1});
    tags = torch::cat({torch::tensor({tag_to_ix.at(START_TAG)}, torch::kLong), tags});
    for (int64_t i = 0; i < feats.size(0); ++i)
      score = score + transitions.index({tags[i + 1], tags[i]}) + feats[i].index({tags[i + 1]});
    return score + transitions.index({tag_to_ix.at(STOP_TAG), tags[-1]});
  }

  std::pair<torch::Tensor, std::vector<int64_t>> viterbi_decode(const torch::Tensor& feats) {
    std::vector<torch::Tensor> backpointers;
    auto forward_var = torch::full({1, tagset_size}, -10000.);
    forward_var[0][tag_to_ix.at(START_TAG)] = 0;
    for (int64_t i = 0; i < feats.size(0); ++i) {
      // [next, previous]
      auto scores = forward_var.expand({tagset_size, tagset_size}) + transitions;
      auto [best, pointers] = scores.max(1);
      forward_var = (best + feats[i]).view({1, -1});
      backpointers.push_back(pointers);
    }
    auto terminal_var = forward_var + transitions[tag_to_ix.at(STOP_TAG)];
    auto best_tag = terminal_var.argmax(1).item<int64_t>();
    auto path_score = terminal_var[0][best_tag];
    std::vector<int64_t> path = {best_tag};
    for (auto it = backpointers.rbegin(); it != backpointers.rend(); ++it) {
      best_tag = (*it)[best_tag].item<int64_t>();
      path.push_back(best_tag);
    }
    path.pop_back();
    std::reverse(path.begin(), path.end());
    return {path_score, path};
  }

  torch::Tensor neg_log_likelihood(const torch::Tensor& sentence, const torch::Tensor& tags) {
    auto feats = get_lstm_features(sentence);
    return forward_alg(feats) - score_sentence(feats, tags);
  }

  std::pair<torch::Tensor, std::vector<int64_t>> forward(const torch::Tensor& sentence) {
    return viterbi_decode(get_lstm_features(sentence));
  }

 private:
  int64_t hidden_dim;
  std::map<std::string, int64_t> tag_to_ix;
  int64_t tagset_size;
  torch::nn::Embedding word_embeds{nullptr};
  torch::nn::LSTM lstm{nullptr};
  torch::nn::Linear hidden2tag{nullptr};
  torch::Tensor transitions;
};

int main() {
  std::map<std::string, int64_t> tag_to_ix{{"B", 0}, {"I", 1}, {"O", 2}, {START_TAG, 3}, {STOP_TAG, 4}};
  std::vector<std::vector<std::string>> sentences = {{"the", "wall", "street", "journal"}, {"georgia", "tech", "is", "a", "university"}};
  std::map<std::string, int64_t> word_to_ix;
  for (const auto& sentence : sentences)
    for (const auto& word : sentence)
      if (word_to_ix.find(word) == word_to_ix.end()) word_to_ix[word] = word_to_ix.size();
  BiLSTM_CRF model(word_to_ix.size(), tag_to_ix, 5, 4);
  torch::NoGradGuard no_grad;
  std::vector<int64_t> ids;
  for (const auto& word : sentences[0]) ids.push_back(word_to_ix[word]);
  auto [score, path] = model.forward(torch::tensor(ids, torch::kLong));
  std::cout << score << " " << path.size() << std::endl;
}

// cobra: std::map<std::string, int64_t> tags{{"B", 0}, {"I", 1}, {"O", 2}, {START_TAG, 3}, {STOP_TAG, 4}}; BiLSTM_CRF model(20, tags, 5, 4); model.eval(); auto sentence = torch::randint(0, 20, {6}, torch::kLong); auto gold = torch::tensor({0, 1, 2, 2, 0, 1}); model.neg_log_likelihood(sentence, gold);
// cobra: std::map<std::string, int64_t> tags{{"B", 0}, {"I", 1}, {"O", 2}, {START_TAG, 3}, {STOP_TAG, 4}}; BiLSTM_CRF model(20, tags, 5, 4); model.eval(); auto sentence = torch::randint(0, 20, {6}, torch::kLong); model.forward(sentence);
