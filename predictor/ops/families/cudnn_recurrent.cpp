// cuDNN's recurrent layers. input [T, N, I], the weights one block, states [layers * directions, N, hidden].
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <array>

namespace cobra::ops {
namespace {

using cudnn::badParam;
using cudnn::number;

struct Layers {
  String mode;
  std::int64_t input, hidden, layers;
  bool bidirectional;
  std::int64_t directions() const { return bidirectional ? 2 : 1; }
};

std::int64_t gatesOf(String mode) { return mode == "lstm" ? 4 : mode == "gru" ? 3 : 1; }

/// Numbers of the weight block that take part in products, for one time step.
std::int64_t products(const Layers& rnn) {
  const std::int64_t gates = mulClamped(gatesOf(rnn.mode), rnn.hidden);
  std::int64_t sum = 0, in = rnn.input;
  for (std::int64_t layer = 0; layer < rnn.layers; ++layer) {
    sum = addClamped(sum, mulClamped(rnn.directions(), mulClamped(gates, addClamped(in, rnn.hidden))));
    in = mulClamped(rnn.directions(), rnn.hidden);
  }
  return sum;
}

std::optional<Misuse> refused(const Layers& rnn) {
  if (rnn.hidden < 1 || rnn.layers < 1 || rnn.input < 1)
    return badParam("an RNN of " + number(rnn.layers) + " layers with " + number(rnn.input) + " inputs and " + number(rnn.hidden) +
                    " hidden numbers cannot be");
  if (rnn.layers > 4096) return badParam("an RNN of " + number(rnn.layers) + " layers cannot be");
  return std::nullopt;
}

std::optional<Misuse> wrongState(std::string_view what, MaybeTensor state, const Shape& wanted) {
  if (!state || state->shape == wanted) return std::nullopt;
  return badParam(std::string(what) + " is " + text(state->shape) + " and has to be " + text(wanted));
}

std::int64_t cost(const Layers& rnn, std::int64_t steps, std::int64_t batch) {
  const std::int64_t numbers = mulClamped(steps, batch);
  const std::int64_t pointwise = mulClamped(10, mulClamped(numbers, mulClamped(rnn.hidden, mulClamped(rnn.layers, rnn.directions()))));
  return addClamped(mulClamped(2, mulClamped(numbers, products(rnn))), pointwise);
}

constexpr auto entries = family(
    op(
        "cudnn::rnn_forward(Tensor input, Tensor? hx, Tensor? cx, Tensor weight, str mode, int hidden_size, "
        "int num_layers=1, "
        "bool bidirectional=False, bool training=False) -> (Tensor, Tensor, Tensor)",
        [](Tensor input, MaybeTensor hx, MaybeTensor cx, Tensor, String mode, Int hidden, Int layers, Bool bidirectional,
           Openable<Bool>) -> Answer {
          if (input.rank() != 3) return badParam("the input of an RNN is " + text(input.shape) + " and has to be [time, batch, size]");
          const Layers rnn{mode, input.shape[2], hidden, layers, bidirectional};
          if (auto misuse = refused(rnn)) return *std::move(misuse);
          const std::int64_t steps = input.shape[0], batch = input.shape[1];
          const Shape state = {mulClamped(layers, rnn.directions()), batch, hidden};
          if (auto misuse = wrongState("the first hidden state hx", hx, state)) return *std::move(misuse);
          if (auto misuse = wrongState("the first cell state cx", cx, state)) return *std::move(misuse);
          std::vector<TensorType> outputs = {{input.dtype, {steps, batch, mulClamped(rnn.directions(), hidden)}}, {input.dtype, state}};
          if (mode == "lstm") outputs.push_back({input.dtype, state});
          return Effect{std::move(outputs), cost(rnn, steps, batch)};
        },
        "input: [1..64, N:1..32, 1..256]  weight: [1..1048576]  mode: 'lstm'|'gru'|'tanh'  hidden_size: "
        "1..256  num_layers: 1..2"),
    op(
        "cudnn::rnn_backward_data(Tensor output, Tensor grad_output, Tensor weight, str mode, int "
        "input_size, int hidden_size, "
        "int num_layers=1, bool bidirectional=False) -> Tensor",
        [](Tensor output, Tensor gradient, Tensor, String mode, Int input, Int hidden, Int layers, Bool bidirectional) -> Answer {
          const Layers rnn{mode, input, hidden, layers, bidirectional};
          if (auto misuse = refused(rnn)) return *std::move(misuse);
          if (output.rank() != 3 || gradient.shape != output.shape)
            return badParam("the gradient of the output is " + text(gradient.shape) + " and has to be " + text(output.shape));
          return Effect{{{gradient.dtype, {output.shape[0], output.shape[1], input}}}, cost(rnn, output.shape[0], output.shape[1])};
        },
        ""),
    op(
        "cudnn::rnn_backward_weights(Tensor input, Tensor output, Tensor weight, str mode, int hidden_size, "
        "int num_layers=1, "
        "bool bidirectional=False) -> Tensor",
        [](Tensor input, Tensor output, Tensor weight, String mode, Int hidden, Int layers, Bool bidirectional) -> Answer {
          if (input.rank() != 3 || output.rank() != 3)
            return badParam("the tensors of an RNN have to be [time, batch, size], they are " + text(input.shape) + " and " +
                            text(output.shape));
          const Layers rnn{mode, input.shape[2], hidden, layers, bidirectional};
          if (auto misuse = refused(rnn)) return *std::move(misuse);
          return Effect{{weight}, cost(rnn, input.shape[0], input.shape[1])};
        },
        ""));

} // namespace

constinit const Family families::cudnnRecurrent = {"cudnn recurrent", entries};

} // namespace cobra::ops
