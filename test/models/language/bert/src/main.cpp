#include "bert_model.h"

#include <iostream>

// cobra: BertForSequenceClassification model(BertConfig::tiny()); model->eval(); std::unordered_map<std::string, torch::Tensor> batch; batch["input_ids"] = torch::randint(0, 120, {2, 16}); batch["attention_mask"] = torch::ones({2, 16}, torch::kLong); batch["labels"] = torch::tensor({0, 1}); model->forward(batch);
int main(int argc, const char* argv[]) {
    auto config = argc > 1 && std::string(argv[1]) == "--tiny" ? BertConfig::tiny() : BertConfig::base();
    BertForSequenceClassification model(config);
    model->eval();
    std::unordered_map<std::string, torch::Tensor> batch{{"input_ids", torch::randint(0, config.vocabSize, {8, 128})},
                                                         {"attention_mask", torch::ones({8, 128}, torch::kInt64)}};
    torch::Tensor loss, logits;
    std::tie(loss, logits) = model->forward(batch);
    std::cout << logits.sizes() << std::endl;
}
