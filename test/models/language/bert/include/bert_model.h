#pragma once
#include "bert_config.h"

#include <torch/torch.h>

#include <functional>
#include <optional>
#include <unordered_map>

using Activation = std::function<torch::Tensor(const torch::Tensor&)>;
Activation getActivation(const std::string& name);

struct BertOutput {
    torch::Tensor lastHiddenState;
    torch::Tensor poolerOutput;
    std::vector<torch::Tensor> hiddenStates;
};

class BertEmbeddingsImpl : public torch::nn::Module {
public:
    explicit BertEmbeddingsImpl(const BertConfig& config);
    torch::Tensor forward(const torch::Tensor& inputIds, const c10::optional<torch::Tensor>& tokenTypeIds);

private:
    torch::nn::Embedding wordEmbeddings{nullptr}, positionEmbeddings{nullptr}, tokenTypeEmbeddings{nullptr};
    torch::nn::LayerNorm layerNorm{nullptr};
    torch::nn::Dropout dropout{nullptr};
    torch::Tensor positionIds;
};
TORCH_MODULE(BertEmbeddings);

class BertSelfAttentionImpl : public torch::nn::Module {
public:
    explicit BertSelfAttentionImpl(const BertConfig& config);
    torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& mask);

private:
    torch::Tensor transposeForScores(const torch::Tensor& x) const;
    int64_t numHeads, headSize, allHeadSize;
    torch::nn::Linear query{nullptr}, key{nullptr}, value{nullptr};
    torch::nn::Dropout dropout{nullptr};
};
TORCH_MODULE(BertSelfAttention);

/// Dense, dropout, residual, norm.
class BertResidualOutputImpl : public torch::nn::Module {
public:
    BertResidualOutputImpl(int64_t in, const BertConfig& config);
    torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& input);

private:
    torch::nn::Linear dense;
    torch::nn::LayerNorm layerNorm;
    torch::nn::Dropout dropout;
};
TORCH_MODULE(BertResidualOutput);

class BertLayerImpl : public torch::nn::Module {
public:
    explicit BertLayerImpl(const BertConfig& config);
    torch::Tensor forward(torch::Tensor hidden, const torch::Tensor& mask);

private:
    BertSelfAttention attention{nullptr};
    BertResidualOutput attentionOutput{nullptr}, output{nullptr};
    torch::nn::Linear intermediate{nullptr};
    Activation act;
};
TORCH_MODULE(BertLayer);

class BertModelImpl : public torch::nn::Module {
public:
    explicit BertModelImpl(const BertConfig& config);
    BertOutput forward(torch::Tensor inputIds, c10::optional<torch::Tensor> attentionMask = c10::nullopt,
                       c10::optional<torch::Tensor> tokenTypeIds = c10::nullopt);

private:
    void initWeights(torch::nn::Module& module);
    BertConfig config_;
    BertEmbeddings embeddings{nullptr};
    torch::nn::ModuleList layers{nullptr};
    torch::nn::Linear pooler{nullptr};
};
TORCH_MODULE(BertModel);

class BertForSequenceClassificationImpl : public torch::nn::Module {
public:
    explicit BertForSequenceClassificationImpl(const BertConfig& config);
    std::tuple<torch::Tensor, torch::Tensor> forward(const std::unordered_map<std::string, torch::Tensor>& batch);

private:
    int64_t numLabels;
    BertModel bert{nullptr};
    torch::nn::Dropout dropout{nullptr};
    torch::nn::Linear classifier{nullptr};
};
TORCH_MODULE(BertForSequenceClassification);
