// Recurrent layers and cells (ATen/native/RNN.cpp).
#pragma once

#include "predictor/ops/rule.h"

#include <string_view>

namespace cobra::ops {

/// What distinguishes the kinds of recurrent layers.
struct RecurrentKind {
  std::string_view name;
  std::int64_t gates;     // rows of the weights, in units of the hidden size
  std::size_t states;     // 2: hidden and cell
  std::int64_t pointwise; // operations for each hidden number and step, besides the products and biases
};
inline constexpr RecurrentKind lstmKind = {"lstm", 4, 2, 13};
inline constexpr RecurrentKind gruKind = {"gru", 3, 1, 11};
inline constexpr RecurrentKind rnnKind = {"rnn", 1, 1, 2};

/// input [T, N, I], or [N, T, I] with batchFirst; each state [layers * directions, N, H]; for each layer and
/// direction the parameters [gates * H, in], [gates * H, R], twice [gates * H] with biases, and [R, H] with a
/// projection to R < H numbers (LSTM).
/// -> output [T, N, directions * R], then the states.
struct RecurrentLayer {
  Tensor input;
  std::vector<const TensorType*> states;
  Tensors parameters;
  bool hasBiases;
  Int layers;
  Float dropout;
  bool train, bidirectional, batchFirst;
};
Answer recurrentLayer(const RecurrentKind& kind, const RecurrentLayer& call);

/// input [N, I], states [N, H], weights [gates * H, I] and [gates * H, H], biases [gates * H] -> the states.
struct RecurrentCell {
  Tensor input;
  std::vector<const TensorType*> states;
  Tensor inputWeight, hiddenWeight;
  MaybeTensor inputBias, hiddenBias;
};
Answer recurrentCell(const RecurrentKind& kind, const RecurrentCell& call);

} // namespace cobra::ops
