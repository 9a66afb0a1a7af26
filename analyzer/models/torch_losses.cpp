// Losses (torch/nn/functional/loss.h). They follow the forward pass in programs that train; the tool sizes them like any layer.
#include "analyzer/models/torch_layer.h"

namespace cobra::interp::torch_model {

namespace {
/// at::Reduction (ATen/core/Reduction.h).
Value reduction(const Layer& l) {
  const std::string name = l.enumerator("reduction");
  return integerValue(name == "None" ? 0 : name == "Sum" || name == "BatchMean" ? 2 : 1);
}
/// Losses that make input and target the same size first.
template <const char* op, const char* extra> Value broadcastLoss(const Layer& l) {
  Value pair = l.run("aten::broadcast_tensors", {l.ev.heap.sequence({l.input(), l.input(1)})});
  Object* both = asObject(pair);
  Value x = both && both->items.size() == 2 ? both->items[0]->value() : pair;
  Value y = both && both->items.size() == 2 ? both->items[1]->value() : pair;
  Values arguments = {x, y, reduction(l)};
  if (*extra) arguments.push_back(l.value(extra));
  return l.run(op, std::move(arguments));
}
constexpr char mse[] = "aten::mse_loss", smooth[] = "aten::smooth_l1_loss", huber[] = "aten::huber_loss";
constexpr char nothing[] = "", beta[] = "beta", delta[] = "delta";

Value l1(const Layer& l) { return l.run("aten::l1_loss", {l.input(), l.input(1), reduction(l)}); }
Value klDiv(const Layer& l) {
  Value loss = l.run("aten::kl_div", {l.input(), l.input(1), reduction(l), l.value("log_target")});
  if (l.enumerator("reduction") != "BatchMean" || rankOf(l.input()) == 0) return loss;
  std::optional<std::int64_t> batch = sizeOf(l.input(), 0);
  return l.run("aten::div.Scalar", {loss, batch ? integerValue(*batch) : l.input()});
}
Value nll(const Layer& l) {
  Tensor *x = tensorOf(l.input()), *y = tensorOf(l.input(1));
  if (x && x->type.rank() < 2) l.ev.raise(l.at, "Expected 2 or more dimensions (got " + std::to_string(x->type.rank()) + ")");
  if (x && y && y->type.rank() > 0 && x->type.shape[0] != y->type.shape[0])
    l.ev.raise(l.at, "Expected input batch_size (" + std::to_string(x->type.shape[0]) + ") to match target batch_size (" +
                         std::to_string(y->type.shape[0]) + ").");
  return l.run("aten::nll_loss_nd", {l.input(), l.input(1), l.tensor("weight"), reduction(l), l.value("ignore_index")});
}
Value crossEntropy(const Layer& l) {
  return l.run("aten::cross_entropy_loss",
               {l.input(), l.input(1), l.tensor("weight"), reduction(l), l.value("ignore_index"), l.value("label_smoothing")});
}
Value binaryCrossEntropy(const Layer& l) {
  return l.run("aten::binary_cross_entropy", {l.input(), l.input(1), l.tensor("weight"), reduction(l)});
}
Value binaryCrossEntropyWithLogits(const Layer& l) {
  return l.run("aten::binary_cross_entropy_with_logits", {l.input(), l.input(1), l.tensor("weight"), l.tensor("pos_weight"), reduction(l)});
}
Value softMargin(const Layer& l) { return l.run("aten::soft_margin_loss", {l.input(), l.input(1), reduction(l)}); }
Value hingeEmbedding(const Layer& l) {
  return l.run("aten::hinge_embedding_loss", {l.input(), l.input(1), l.value("margin"), reduction(l)});
}
Value cosineEmbedding(const Layer& l) {
  return l.run("aten::cosine_embedding_loss", {l.input(), l.input(1), l.input(2), l.value("margin"), reduction(l)});
}
Value marginRanking(const Layer& l) {
  return l.run("aten::margin_ranking_loss", {l.input(), l.input(1), l.input(2), l.value("margin"), reduction(l)});
}
Value tripletMargin(const Layer& l) {
  return l.run("aten::triplet_margin_loss",
               {l.input(), l.input(1), l.input(2), l.value("margin"), l.value("p"), l.value("eps"), l.value("swap"), reduction(l)});
}
Value multiMargin(const Layer& l) {
  return l.run("aten::multi_margin_loss", {l.input(), l.input(1), l.value("p"), l.value("margin"), l.tensor("weight"), reduction(l)});
}
Value poisson(const Layer& l) {
  return l.run("aten::poisson_nll_loss", {l.input(), l.input(1), l.value("log_input"), l.value("full"), l.value("eps"), reduction(l)});
}
Value ctc(const Layer& l) {
  return l.run("aten::ctc_loss.Tensor",
               {l.input(), l.input(1), l.input(2), l.input(3), l.value("blank"), reduction(l), l.value("zero_infinity")});
}

constexpr LayerRow rows[] = {{nullptr, "multilabel_margin_loss", "aten::multilabel_margin_loss", nullptr, "input target"}};
constexpr LayerCase cases[] = {{"MSELoss", "mse_loss", broadcastLoss<mse, nothing>},
                               {"SmoothL1Loss", "smooth_l1_loss", broadcastLoss<smooth, beta>},
                               {"HuberLoss", "huber_loss", broadcastLoss<huber, delta>},
                               {"L1Loss", "l1_loss", l1},
                               {"KLDivLoss", "kl_div", klDiv},
                               {"NLLLoss", "nll_loss", nll},
                               {"CrossEntropyLoss", "cross_entropy", crossEntropy},
                               {"BCELoss", "binary_cross_entropy", binaryCrossEntropy},
                               {"BCEWithLogitsLoss", "binary_cross_entropy_with_logits", binaryCrossEntropyWithLogits},
                               {"SoftMarginLoss", "soft_margin_loss", softMargin},
                               {"HingeEmbeddingLoss", "hinge_embedding_loss", hingeEmbedding},
                               {"CosineEmbeddingLoss", "cosine_embedding_loss", cosineEmbedding},
                               {"MarginRankingLoss", "margin_ranking_loss", marginRanking},
                               {"TripletMarginLoss", "triplet_margin_loss", tripletMargin},
                               {"MultiMarginLoss", "multi_margin_loss", multiMargin},
                               {"PoissonNLLLoss", "poisson_nll_loss", poisson},
                               {"CTCLoss", "ctc_loss", ctc}};
} // namespace

llvm::ArrayRef<LayerRow> lossRows() { return rows; }
llvm::ArrayRef<LayerCase> lossCases() { return cases; }

} // namespace cobra::interp::torch_model
