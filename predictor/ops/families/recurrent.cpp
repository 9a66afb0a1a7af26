#include "predictor/ops/recurrent.h"

#include "predictor/ops/families.h"

namespace cobra::ops {
namespace {

std::vector<const TensorType*> all(Tensors list) {
  std::vector<const TensorType*> result;
  for (std::size_t i = 0; i < list.size(); ++i) result.push_back(&list[i]);
  return result;
}

/// A layer with one state.
Answer layer(const RecurrentKind& kind, Tensor input, Tensor hx, Tensors parameters, Bool biases, Int layers, Float dropout, Bool train,
             Bool bidirectional, Bool batchFirst) {
  return recurrentLayer(kind, {input, {&hx}, parameters, biases, layers, dropout, train, bidirectional, batchFirst});
}

// One layer in one direction, two layers, and one layer in both directions.
constexpr std::string_view lstmSpace = "has_biases: True  dropout: 0.0  train: False  batch_first: True|False  "
                                       "input: [A:1..32, B:1..32, I:1..512]  num_layers: 1|1|2  bidirectional: False|False|True  "
                                       "hx: [[L:1|2, (A|B), H:1..512], [L, (A|B), H]]  "
                                       "params: [[4*H, I], [4*H, H], [4*H]^2]"
                                       "      | [[4*H, I], [4*H, H], [4*H]^2, [4*H, I], [4*H, H], [4*H]^2]"
                                       "      | [[4*H, I], [4*H, H], [4*H]^2, [4*H, H], [4*H, H], [4*H]^2]";
constexpr std::string_view gruSpace = "has_biases: True  dropout: 0.0  train: False  batch_first: True|False  "
                                      "input: [A:1..32, B:1..32, I:1..512]  num_layers: 1|1|2  bidirectional: False|False|True  hx: [1|2, "
                                      "(A|B), H:1..512]  "
                                      "params: [[3*H, I], [3*H, H], [3*H]^2]"
                                      "      | [[3*H, I], [3*H, H], [3*H]^2, [3*H, I], [3*H, H], [3*H]^2]"
                                      "      | [[3*H, I], [3*H, H], [3*H]^2, [3*H, H], [3*H, H], [3*H]^2]";
constexpr std::string_view rnnSpace = "has_biases: True  dropout: 0.0  train: False  batch_first: True|False  "
                                      "input: [A:1..32, B:1..32, I:1..512]  num_layers: 1|1|2  bidirectional: False|False|True  hx: [1|2, "
                                      "(A|B), H:1..512]  "
                                      "params: [[H, I], [H, H], [H]^2]"
                                      "      | [[H, I], [H, H], [H]^2, [H, I], [H, H], [H]^2]"
                                      "      | [[H, I], [H, H], [H]^2, [H, H], [H, H], [H]^2]";

constexpr auto entries = family(
    op(
        "aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float "
        "dropout, bool "
        "train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)",
        [](Tensor input, Tensors hx, Tensors params, Bool biases, Int layers, Float dropout, Bool train, Bool bidirectional,
           Bool batchFirst) -> Answer {
          return recurrentLayer(lstmKind, {input, all(hx), params, biases, layers, dropout, train, bidirectional, batchFirst});
        },
        lstmSpace),
    op(
        "aten::gru.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float "
        "dropout, bool train, "
        "bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
        [](Tensor input, Tensor hx, Tensors params, Bool biases, Int layers, Float dropout, Bool train, Bool bidirectional, Bool batchFirst)
            -> Answer { return layer(gruKind, input, hx, params, biases, layers, dropout, train, bidirectional, batchFirst); },
        gruSpace),
    op(
        "aten::rnn_tanh.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, "
        "float dropout, bool "
        "train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
        [](Tensor input, Tensor hx, Tensors params, Bool biases, Int layers, Float dropout, Bool train, Bool bidirectional, Bool batchFirst)
            -> Answer { return layer(rnnKind, input, hx, params, biases, layers, dropout, train, bidirectional, batchFirst); },
        rnnSpace),
    op(
        "aten::rnn_relu.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, "
        "float dropout, bool "
        "train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
        [](Tensor input, Tensor hx, Tensors params, Bool biases, Int layers, Float dropout, Bool train, Bool bidirectional, Bool batchFirst)
            -> Answer { return layer(rnnKind, input, hx, params, biases, layers, dropout, train, bidirectional, batchFirst); },
        rnnSpace),
    op(
        "aten::lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? "
        "b_hh=None) -> "
        "(Tensor, Tensor)",
        [](Tensor input, Tensors hx, Tensor inputWeight, Tensor hiddenWeight, MaybeTensor inputBias, MaybeTensor hiddenBias) -> Answer {
          return recurrentCell(lstmKind, {input, all(hx), inputWeight, hiddenWeight, inputBias, hiddenBias});
        },
        "input: [N:1..256, I:1..1024]  hx: [[N, H:1..1024], [N, H]]  w_ih: [4*H, I]  w_hh: [4*H, H]  b_ih: "
        "None|[4*H]  b_hh: b_ih"),
    op(
        "aten::gru_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? "
        "b_hh=None) -> Tensor",
        [](Tensor input, Tensor hx, Tensor inputWeight, Tensor hiddenWeight, MaybeTensor inputBias, MaybeTensor hiddenBias) -> Answer {
          return recurrentCell(gruKind, {input, {&hx}, inputWeight, hiddenWeight, inputBias, hiddenBias});
        },
        "input: [N:1..256, I:1..1024]  hx: [N, H:1..1024]  w_ih: [3*H, I]  w_hh: [3*H, H]  b_ih: None|[3*H]  "
        "b_hh: b_ih"),
    op(
        "aten::rnn_tanh_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? "
        "b_hh=None) -> Tensor",
        [](Tensor input, Tensor hx, Tensor inputWeight, Tensor hiddenWeight, MaybeTensor inputBias, MaybeTensor hiddenBias) -> Answer {
          return recurrentCell(rnnKind, {input, {&hx}, inputWeight, hiddenWeight, inputBias, hiddenBias});
        },
        "input: [N:1..256, I:1..1024]  hx: [N, H:1..1024]  w_ih: [H, I]  w_hh: [H, H]  b_ih: None|[H]  b_hh: "
        "b_ih"),
    op(
        "aten::rnn_relu_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? "
        "b_hh=None) -> Tensor",
        [](Tensor input, Tensor hx, Tensor inputWeight, Tensor hiddenWeight, MaybeTensor inputBias, MaybeTensor hiddenBias) -> Answer {
          return recurrentCell(rnnKind, {input, {&hx}, inputWeight, hiddenWeight, inputBias, hiddenBias});
        },
        "input: [N:1..256, I:1..1024]  hx: [N, H:1..1024]  w_ih: [H, I]  w_hh: [H, H]  b_ih: None|[H]  b_hh: "
        "b_ih"));

} // namespace

constinit const Family families::recurrent = {"recurrent", entries};

} // namespace cobra::ops
