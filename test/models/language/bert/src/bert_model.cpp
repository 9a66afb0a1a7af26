#include "bert_model.h"

#include <cmath>
#include <stdexcept>

using namespace torch::indexing;

BertConfig BertConfig::tiny() {
    BertConfig c;
    c.vocabSize = 120;
    c.hiddenSize = 32;
    c.numHiddenLayers = 2;
    c.numAttentionHeads = 4;
    c.intermediateSize = 64;
    c.maxPositionEmbeddings = 40;
    return c;
}

Activation getActivation(const std::string& name) {
    static const std::unordered_map<std::string, Activation> table = {
        {"gelu", [](const torch::Tensor& x) { return torch::gelu(x); }},
        {"relu", [](const torch::Tensor& x) { return torch::relu(x); }},
        {"gelu_new",
         [](const torch::Tensor& x) {
             return 0.5 * x * (1 + torch::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * torch::pow(x, 3))));
         }},
    };
    auto it = table.find(name);
    if (it == table.end()) throw std::invalid_argument("unknown activation " + name);
    return it->second;
}

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertConfig& config) {
    wordEmbeddings = register_module(
        "word_embeddings",
        torch::nn::Embedding(torch::nn::EmbeddingOptions(config.vocabSize, config.hiddenSize).padding_idx(config.padTokenId)));
    positionEmbeddings =
        register_module("position_embeddings", torch::nn::Embedding(config.maxPositionEmbeddings, config.hiddenSize));
    tokenTypeEmbeddings = register_module("token_type_embeddings", torch::nn::Embedding(config.typeVocabSize, config.hiddenSize));
    layerNorm = register_module(
        "LayerNorm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.hiddenSize}).eps(config.layerNormEps)));
    dropout = register_module("dropout", torch::nn::Dropout(config.hiddenDropoutProb));
    positionIds = register_buffer("position_ids", torch::arange(config.maxPositionEmbeddings).expand({1, -1}));
}

torch::Tensor BertEmbeddingsImpl::forward(const torch::Tensor& inputIds, const c10::optional<torch::Tensor>& tokenTypeIds) {
    const auto seqLength = inputIds.size(1);
    const auto types = tokenTypeIds.has_value() ? tokenTypeIds.value() : torch::zeros_like(inputIds);
    auto embeddings = wordEmbeddings(inputIds) + tokenTypeEmbeddings(types);
    embeddings += positionEmbeddings(positionIds.index({Slice(), Slice(None, seqLength)}));
    return dropout(layerNorm(embeddings));
}

BertSelfAttentionImpl::BertSelfAttentionImpl(const BertConfig& config)
    : numHeads(config.numAttentionHeads), headSize(config.headSize()), allHeadSize(numHeads * headSize) {
    if (config.hiddenSize % config.numAttentionHeads != 0)
        throw std::runtime_error("The hidden size (" + std::to_string(config.hiddenSize) + ") is not a multiple of the number of heads");
    query = register_module("query", torch::nn::Linear(config.hiddenSize, allHeadSize));
    key = register_module("key", torch::nn::Linear(config.hiddenSize, allHeadSize));
    value = register_module("value", torch::nn::Linear(config.hiddenSize, allHeadSize));
    dropout = register_module("dropout", torch::nn::Dropout(config.attentionProbsDropoutProb));
}

torch::Tensor BertSelfAttentionImpl::transposeForScores(const torch::Tensor& x) const {
    auto shape = x.sizes().vec();
    shape.pop_back();
    shape.insert(shape.end(), {numHeads, headSize});
    return x.view(shape).permute({0, 2, 1, 3});
}

torch::Tensor BertSelfAttentionImpl::forward(const torch::Tensor& hidden, const torch::Tensor& mask) {
    auto q = transposeForScores(query(hidden));
    auto k = transposeForScores(key(hidden));
    auto v = transposeForScores(value(hidden));
    auto scores = torch::matmul(q, k.transpose(-1, -2)) / std::sqrt(double(headSize));
    if (mask.defined()) scores = scores + mask;
    auto probs = dropout(torch::nn::functional::softmax(scores, -1));
    auto context = torch::matmul(probs, v).permute({0, 2, 1, 3}).contiguous();
    return context.view({context.size(0), context.size(1), allHeadSize});
}

BertResidualOutputImpl::BertResidualOutputImpl(int64_t in, const BertConfig& config)
    : dense(in, config.hiddenSize),
      layerNorm(torch::nn::LayerNormOptions(std::vector<int64_t>({config.hiddenSize})).eps(config.layerNormEps)),
      dropout(torch::nn::DropoutOptions(config.hiddenDropoutProb)) {
    register_module("dense", dense);
    register_module("LayerNorm", layerNorm);
    register_module("dropout", dropout);
}

torch::Tensor BertResidualOutputImpl::forward(const torch::Tensor& hidden, const torch::Tensor& input) {
    return layerNorm(dropout(dense(hidden)) + input);
}

BertLayerImpl::BertLayerImpl(const BertConfig& config)
    : attention(register_module("attention", BertSelfAttention(config))),
      attentionOutput(register_module("attention_output", BertResidualOutput(config.hiddenSize, config))),
      output(register_module("output", BertResidualOutput(config.intermediateSize, config))),
      intermediate(register_module("intermediate", torch::nn::Linear(config.hiddenSize, config.intermediateSize))),
      act(getActivation(config.hiddenAct)) {}

torch::Tensor BertLayerImpl::forward(torch::Tensor hidden, const torch::Tensor& mask) {
    hidden = attentionOutput(attention(hidden, mask), hidden);
    return output(act(intermediate(hidden)), hidden);
}

BertModelImpl::BertModelImpl(const BertConfig& config) : config_(config) {
    embeddings = register_module("embeddings", BertEmbeddings(config));
    layers = register_module("layers", torch::nn::ModuleList());
    for (int64_t i = 0; i < config.numHiddenLayers; ++i) layers->push_back(BertLayer(config));
    pooler = register_module("pooler", torch::nn::Linear(config.hiddenSize, config.hiddenSize));
    this->apply([this](torch::nn::Module& m) { initWeights(m); });
}

void BertModelImpl::initWeights(torch::nn::Module& module) {
    torch::NoGradGuard guard;
    if (auto* linear = module.as<torch::nn::LinearImpl>()) {
        linear->weight.normal_(0.0, config_.initializerRange);
        if (linear->bias.defined()) linear->bias.zero_();
    } else if (auto* embedding = module.as<torch::nn::EmbeddingImpl>()) {
        embedding->weight.normal_(0.0, config_.initializerRange);
    } else if (auto* norm = module.as<torch::nn::LayerNormImpl>()) {
        norm->bias.zero_();
        norm->weight.fill_(1.0);
    }
}

BertOutput BertModelImpl::forward(torch::Tensor inputIds, c10::optional<torch::Tensor> attentionMask,
                                  c10::optional<torch::Tensor> tokenTypeIds) {
    BertOutput out;
    torch::Tensor mask = attentionMask ? *attentionMask : torch::ones_like(inputIds);
    torch::Tensor extended;
    if (mask.dim() == 3)
        extended = mask.index({Slice(), None, Slice(), Slice()});
    else if (mask.dim() == 2)
        extended = mask.index({Slice(), None, None, Slice()});
    else
        throw std::runtime_error("Wrong shape for attention_mask");
    extended = (1.0 - extended.to(torch::kFloat32)) * -10000.0;

    auto hidden = embeddings(inputIds, tokenTypeIds);
    out.hiddenStates.emplace_back(hidden);
    for (const auto& layer : *layers) {
        hidden = layer->as<BertLayer>()->forward(hidden, extended);
        out.hiddenStates.emplace_back(hidden);
    }
    out.lastHiddenState = hidden;
    out.poolerOutput = torch::tanh(pooler(hidden.select(1, 0)));
    return out;
}

BertForSequenceClassificationImpl::BertForSequenceClassificationImpl(const BertConfig& config) : numLabels(config.numLabels) {
    bert = register_module("bert", BertModel(config));
    dropout = register_module("dropout", torch::nn::Dropout(config.hiddenDropoutProb));
    classifier = register_module("classifier", torch::nn::Linear(config.hiddenSize, config.numLabels));
}

std::tuple<torch::Tensor, torch::Tensor> BertForSequenceClassificationImpl::forward(
    const std::unordered_map<std::string, torch::Tensor>& batch) {
    auto out = bert->forward(batch.at("input_ids"), batch.at("attention_mask"));
    auto logits = classifier(dropout(out.poolerOutput));
    torch::Tensor loss;
    if (batch.count("labels") > 0)
        loss = torch::nn::functional::cross_entropy(logits.view({-1, numLabels}), batch.at("labels").view({-1}));
    return std::make_tuple(loss, logits);
}
