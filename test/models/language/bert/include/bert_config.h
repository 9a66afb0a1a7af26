#pragma once
#include <cstdint>
#include <string>

struct BertConfig {
    int64_t vocabSize{30522};
    int64_t hiddenSize{768};
    int64_t numHiddenLayers{12};
    int64_t numAttentionHeads{12};
    int64_t intermediateSize{3072};
    std::string hiddenAct{"gelu"};
    double hiddenDropoutProb{0.1};
    double attentionProbsDropoutProb{0.1};
    int64_t maxPositionEmbeddings{512};
    int64_t typeVocabSize{2};
    double initializerRange{0.02};
    double layerNormEps{1e-12};
    int64_t padTokenId{0};
    int64_t numLabels{2};

    int64_t headSize() const { return hiddenSize / numAttentionHeads; }

    static BertConfig base() { return {}; }
    static BertConfig tiny();
};
