#include "predictor/ops/recurrent.h"

#include "predictor/ops/rules.h"

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// Both products, both biases and their sum, and what the gates do: for one row of a batch in one step.
std::int64_t stepCost(const RecurrentKind& kind, std::int64_t in, std::int64_t hidden, std::int64_t recurrent, bool biases) {
  const std::int64_t rows = mulClamped(kind.gates, hidden);
  std::int64_t cost = mulClamped(mulClamped(2, rows), addClamped(in, recurrent));
  if (biases) cost = addClamped(cost, mulClamped(2, rows));
  cost = addClamped(cost, mulClamped(kind.pointwise, hidden));
  return recurrent == hidden ? cost : addClamped(cost, mulClamped(mulClamped(2, hidden), recurrent));
}

class Layers {
public:
  Layers(const RecurrentKind& kind, const RecurrentLayer& call) : kind_(kind), call_(call) {}

  Answer answer() {
    if (auto misuse = checkInput()) return *std::move(misuse);
    if (auto misuse = checkStates()) return *std::move(misuse);
    if (auto misuse = checkParameters()) return *std::move(misuse);
    TensorType output = call_.input;
    output.shape.back() = mulClamped(directions_, recurrent_);
    Effect effect{{std::move(output)}, mulClamped(cost_, mulClamped(steps_, batch_))};
    for (const TensorType* state : call_.states) effect.outputs.push_back(*state);
    return effect;
  }

private:
  std::optional<Misuse> checkInput() {
    const Shape& input = call_.input.shape;
    if (input.size() != 3)
      return Misuse{std::string(kind_.name) + ": Expected input to be 3D, got " + number(call_.input.rank()) + "D instead"};
    steps_ = input[call_.batchFirst ? 1 : 0];
    batch_ = input[call_.batchFirst ? 0 : 1];
    if (steps_ == 0) return Misuse{"Expected sequence length to be larger than 0 in RNN"};
    directions_ = call_.bidirectional ? 2 : 1;
    if (call_.train && !(call_.dropout >= 0 && call_.dropout <= 1))
      return Misuse{"dropout probability has to be between 0 and 1, but got " + std::to_string(call_.dropout)};
    return std::nullopt;
  }

  std::optional<Misuse> checkStates() {
    if (call_.states.size() != kind_.states) return Misuse{std::string(kind_.name) + " expects two hidden states"};
    for (const TensorType* state : call_.states) {
      if (state->rank() != 3 || call_.layers < 1 || state->shape[0] != mulClamped(call_.layers, directions_))
        return Misuse{"Expected hidden state of size [" + number(mulClamped(call_.layers, directions_)) + ", " + number(batch_) +
                      ", hidden_size], got " + text(state->shape)};
      if (state->shape[1] != batch_) return Misuse{"Expected hidden batch size " + number(batch_) + ", got " + text(state->shape)};
      if (auto misuse = checkType(*state)) return misuse;
    }
    recurrent_ = call_.states.front()->shape[2];
    hidden_ = call_.states.back()->shape[2];
    return std::nullopt;
  }

  std::optional<Misuse> checkType(Tensor tensor) const {
    if (tensor.dtype == call_.input.dtype) return std::nullopt;
    return Misuse{"Input and parameter tensors are not the same dtype, found input tensor with " +
                  std::string(longName(call_.input.dtype)) + " and parameter tensor with " + std::string(longName(tensor.dtype))};
  }

  std::optional<Misuse> checkParameters() {
    const bool projected = recurrent_ != hidden_;
    const std::int64_t each = (call_.hasBiases ? 4 : 2) + (projected ? 1 : 0);
    const std::int64_t wanted = mulClamped(mulClamped(call_.layers, directions_), each);
    if (static_cast<std::int64_t>(call_.parameters.size()) != wanted) return Misuse{"got an incorrect number of RNN parameters"};
    const std::int64_t rows = mulClamped(kind_.gates, hidden_);
    std::int64_t in = call_.input.shape.back();
    std::size_t next = 0;
    for (std::int64_t layer = 0; layer < call_.layers; ++layer) {
      for (std::int64_t direction = 0; direction < directions_; ++direction) {
        std::vector<Shape> shapes = {{rows, in}, {rows, recurrent_}};
        if (call_.hasBiases) shapes.insert(shapes.end(), {{rows}, {rows}});
        if (projected) shapes.push_back({recurrent_, hidden_});
        for (const Shape& shape : shapes)
          if (auto misuse = checkParameter(call_.parameters[next++], shape)) return misuse;
        cost_ = addClamped(cost_, stepCost(kind_, in, hidden_, recurrent_, call_.hasBiases));
      }
      in = mulClamped(directions_, recurrent_);
    }
    return std::nullopt;
  }

  std::optional<Misuse> checkParameter(Tensor parameter, const Shape& shape) const {
    if (auto misuse = checkType(parameter)) return misuse;
    if (parameter.shape == shape) return std::nullopt;
    return Misuse{std::string(kind_.name) + ": a parameter of size " + text(parameter.shape) + " does not fit, expected " + text(shape)};
  }

  const RecurrentKind& kind_;
  const RecurrentLayer& call_;
  std::int64_t steps_ = 0, batch_ = 0, directions_ = 1, hidden_ = 0, recurrent_ = 0;
  std::int64_t cost_ = 0; // of one row in one step, all layers
};

std::optional<Misuse> wrongWeight(std::string_view name, MaybeTensor tensor, DType dtype, const Shape& shape) {
  if (tensor == nullptr) return std::nullopt;
  if (tensor->shape != shape)
    return Misuse{std::string(name) + " of size " + text(tensor->shape) + " does not fit, expected " + text(shape)};
  if (tensor->dtype != dtype)
    return Misuse{"expected m1 and m2 to have the same dtype, but got: " + std::string(longName(dtype)) +
                  " != " + std::string(longName(tensor->dtype))};
  return std::nullopt;
}

} // namespace

Answer recurrentLayer(const RecurrentKind& kind, const RecurrentLayer& call) { return Layers(kind, call).answer(); }

Answer recurrentCell(const RecurrentKind& kind, const RecurrentCell& call) {
  if (call.states.size() != kind.states) return Misuse{std::string(kind.name) + " expects two hidden states"};
  if (call.input.rank() != 2 || call.inputWeight.rank() != 2)
    return Misuse{std::string(kind.name) + "_cell: Expected input and weights to be 2D, got " + number(call.input.rank()) + "D and " +
                  number(call.inputWeight.rank()) + "D instead"};
  const std::int64_t batch = call.input.shape[0], in = call.input.shape[1];
  if (call.inputWeight.shape[1] != in)
    return Misuse{"input has inconsistent input_size: got " + number(in) + " expected " + number(call.inputWeight.shape[1])};
  for (std::size_t i = 0; i < call.states.size(); ++i) {
    const TensorType& state = *call.states[i];
    const std::string name = "hidden" + number(static_cast<Int>(i));
    if (state.rank() != 2) return Misuse{name + " must be 2D, got " + text(state.shape)};
    if (state.shape[0] != batch)
      return Misuse{"Input batch size " + number(batch) + " doesn't match " + name + " batch size " + number(state.shape[0])};
    if (mulClamped(kind.gates, state.shape[1]) != call.inputWeight.shape[0])
      return Misuse{name + " has inconsistent hidden_size: got " + number(state.shape[1]) + ", expected " +
                    number(call.inputWeight.shape[0] / kind.gates)};
    if (state.dtype != call.input.dtype)
      return Misuse{"expected m1 and m2 to have the same dtype, but got: " + std::string(longName(state.dtype)) +
                    " != " + std::string(longName(call.input.dtype))};
  }
  const std::int64_t hidden = call.states.front()->shape[1], rows = mulClamped(kind.gates, hidden);
  const auto wrong = {wrongWeight("w_ih", &call.inputWeight, call.input.dtype, {rows, in}),
                      wrongWeight("w_hh", &call.hiddenWeight, call.input.dtype, {rows, hidden}),
                      wrongWeight("b_ih", call.inputBias, call.input.dtype, {rows}),
                      wrongWeight("b_hh", call.hiddenBias, call.input.dtype, {rows})};
  for (const auto& misuse : wrong)
    if (misuse) return *misuse;
  Effect effect;
  effect.flops = mulClamped(batch, stepCost(kind, in, hidden, hidden, call.inputBias != nullptr));
  for (const TensorType* state : call.states) effect.outputs.push_back(*state);
  return effect;
}

} // namespace cobra::ops
