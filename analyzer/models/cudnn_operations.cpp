// cuDNN's calls that compute, without convolutions and recurrent layers: one node each.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include <array>

namespace cobra::interp {

using namespace cudnn_model;

namespace {

using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 7> activations = {"sigmoid", "relu", "tanh", "clipped_relu", "elu", "identity", "swish"};
constexpr std::array<std::string_view, 4> poolings = {"max", "average_include_padding", "average_exclude_padding", "max_deterministic"};
constexpr std::array<std::string_view, 3> softmaxes = {"fast", "accurate", "log"};
constexpr std::array<std::string_view, 2> softmaxModes = {"instance", "channel"};
constexpr std::array<std::string_view, 3> normModes = {"per_activation", "spatial", "spatial_persistent"};
constexpr std::array<std::string_view, 6> tensorOps = {"add", "mul", "min", "max", "sqrt", "not"};
constexpr std::array<std::string_view, 9> reductions = {"add", "mul", "min", "max", "amax", "avg", "norm1", "norm2", "mul_no_zeros"};

/// An enumerator as the schema's text; open where its value is.
Value named(Names names, const Value& v) {
  const std::string_view name = nameAt(names, v);
  return name.empty() ? (isOpen(v) ? v : Value(Text("other"))) : Value(Text(std::string(name)));
}

Result activationForward(Evaluator& ev,
                         const LibraryCall& call) { // handle, descriptor or mode, alpha, xDesc, x, beta, yDesc, y
  Operation op(ev, call);
  Value mode = call.value(1), coef = std::int64_t{0};
  if (!as<std::int64_t>(mode)) {
    const Descriptor d = op.parameters(1, "activation descriptor");
    mode = op.field(d, "mode", "activation descriptor");
    coef = d.get("coef");
  }
  const TensorType x = op.type(3, "xDesc"), y = op.type(6, "yDesc");
  return op.run("cudnn::activation_forward", {op.input(4, x), named(activations, mode), coef}, {{y, 7, "yDesc"}});
}

Result activationBackward(Evaluator& ev,
                          const LibraryCall& call) { // handle, descriptor, alpha, y, dy, x, beta, dx: pairs
  Operation op(ev, call);
  Value mode = call.value(1), coef = std::int64_t{0};
  if (!as<std::int64_t>(mode)) {
    const Descriptor d = op.parameters(1, "activation descriptor");
    mode = op.field(d, "mode", "activation descriptor");
    coef = d.get("coef");
  }
  const TensorType y = op.type(3, "yDesc"), dy = op.type(5, "dyDesc"), x = op.type(7, "xDesc"), dx = op.type(10, "dxDesc");
  return op.run("cudnn::activation_backward", {op.input(4, y), op.input(6, dy), op.input(8, x), named(activations, mode), coef},
                {{dx, 11, "dxDesc"}});
}

Result poolingForward(Evaluator& ev,
                      const LibraryCall& call) { // handle, descriptor, alpha, xDesc, x, beta, yDesc, y
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "pooling descriptor");
  const Value window = op.field(d, "window", "pooling descriptor");
  const TensorType x = op.type(3, "xDesc"), y = op.type(6, "yDesc");
  return op.run("cudnn::pooling_forward", {op.input(4, x), named(poolings, d.get("mode")), window, d.get("padding"), d.get("stride")},
                {{y, 7, "yDesc"}});
}

Result poolingBackward(Evaluator& ev,
                       const LibraryCall& call) { // handle, descriptor, alpha, y, dy, x, beta, dx: pairs
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "pooling descriptor");
  const Value window = op.field(d, "window", "pooling descriptor");
  const TensorType y = op.type(3, "yDesc"), dy = op.type(5, "dyDesc"), x = op.type(7, "xDesc"), dx = op.type(10, "dxDesc");
  return op.run(
      "cudnn::pooling_backward",
      {op.input(4, y), op.input(6, dy), op.input(8, x), named(poolings, d.get("mode")), window, d.get("padding"), d.get("stride")},
      {{dx, 11, "dxDesc"}});
}

Result softmaxForward(Evaluator& ev,
                      const LibraryCall& call) { // handle, algorithm, mode, alpha, xDesc, x, beta, yDesc, y
  Operation op(ev, call);
  const TensorType x = op.type(4, "xDesc"), y = op.type(7, "yDesc");
  return op.run("cudnn::softmax_forward", {op.input(5, x), named(softmaxes, call.value(1)), named(softmaxModes, call.value(2))},
                {{y, 8, "yDesc"}});
}

Result softmaxBackward(Evaluator& ev,
                       const LibraryCall& call) { // handle, algorithm, mode, alpha, y, dy, beta, dx: pairs
  Operation op(ev, call);
  const TensorType y = op.type(4, "yDesc"), dy = op.type(6, "dyDesc"), dx = op.type(9, "dxDesc");
  return op.run("cudnn::softmax_backward",
                {op.input(5, y), op.input(7, dy), named(softmaxes, call.value(1)), named(softmaxModes, call.value(2))},
                {{dx, 10, "dxDesc"}});
}

Result addTensor(Evaluator& ev, const LibraryCall& call) { // handle, alpha, aDesc, a, beta, cDesc, c
  Operation op(ev, call);
  const TensorType a = op.type(2, "aDesc"), c = op.type(5, "cDesc");
  return op.run("cudnn::add_tensor", {op.input(6, c), op.input(3, a)}, {{c, 6, "cDesc"}});
}

Result opTensor(Evaluator& ev,
                const LibraryCall& call) { // handle, descriptor, alpha1, aDesc, a, alpha2, bDesc, b, beta, cDesc, c
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "opTensor descriptor");
  const Value kind = op.field(d, "op", "opTensor descriptor");
  const TensorType a = op.type(3, "aDesc"), b = op.type(6, "bDesc"), c = op.type(9, "cDesc");
  return op.run("cudnn::op_tensor", {op.input(4, a), op.input(7, b), named(tensorOps, kind)}, {{c, 10, "cDesc"}});
}

Result reduceTensor(Evaluator& ev,
                    const LibraryCall& call) { // handle, descriptor, indices.., workspace.., alpha, aDesc, a, beta, cDesc, c
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "reduceTensor descriptor");
  const Value kind = op.field(d, "op", "reduceTensor descriptor");
  const TensorType a = op.type(7, "aDesc"), c = op.type(10, "cDesc");
  return op.run("cudnn::reduce_tensor", {op.input(8, a), op.list(c.shape), named(reductions, kind)}, {{c, 11, "cDesc"}});
}

Result scaleTensor(Evaluator& ev, const LibraryCall& call) { // handle, yDesc, y, alpha
  Operation op(ev, call);
  const TensorType y = op.type(1, "yDesc");
  return op.run("cudnn::scale_tensor", {op.input(2, y)}, {{y, 2, "yDesc"}});
}
Result setTensor(Evaluator& ev, const LibraryCall& call) { // handle, yDesc, y, value
  Operation op(ev, call);
  const TensorType y = op.type(1, "yDesc");
  return op.run("cudnn::set_tensor", {op.input(2, y)}, {{y, 2, "yDesc"}});
}
Result transformTensor(Evaluator& ev, const LibraryCall& call) { // handle, alpha, xDesc, x, beta, yDesc, y
  Operation op(ev, call);
  const TensorType x = op.type(2, "xDesc"), y = op.type(5, "yDesc");
  return op.run("cudnn::transform_tensor", {op.input(3, x)}, {{y, 6, "yDesc"}});
}

Result lrnForward(Evaluator& ev,
                  const LibraryCall& call) { // handle, descriptor, mode, alpha, xDesc, x, beta, yDesc, y
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "LRN descriptor");
  const Value n = op.field(d, "n", "LRN descriptor");
  const TensorType x = op.type(4, "xDesc"), y = op.type(7, "yDesc");
  return op.run("cudnn::lrn_cross_channel_forward", {op.input(5, x), n, d.get("alpha"), d.get("beta"), d.get("k")}, {{y, 8, "yDesc"}});
}
Result lrnBackward(Evaluator& ev,
                   const LibraryCall& call) { // handle, descriptor, mode, alpha, y, dy, x, beta, dx: pairs
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "LRN descriptor");
  const Value n = op.field(d, "n", "LRN descriptor");
  const TensorType y = op.type(4, "yDesc"), dy = op.type(6, "dyDesc"), x = op.type(8, "xDesc"), dx = op.type(11, "dxDesc");
  return op.run("cudnn::lrn_cross_channel_backward",
                {op.input(5, y), op.input(7, dy), op.input(9, x), n, d.get("alpha"), d.get("beta"), d.get("k")}, {{dx, 12, "dxDesc"}});
}

Result dropoutForward(Evaluator& ev,
                      const LibraryCall& call) { // handle, descriptor, xDesc, x, yDesc, y, reserve, bytes
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "dropout descriptor");
  const Value p = op.field(d, "p", "dropout descriptor");
  const TensorType x = op.type(2, "xDesc"), y = op.type(4, "yDesc");
  return op.run("cudnn::dropout_forward", {op.input(3, x), p}, {{y, 5, "yDesc"}});
}
Result dropoutBackward(Evaluator& ev,
                       const LibraryCall& call) { // handle, descriptor, dyDesc, dy, dxDesc, dx, reserve, bytes
  Operation op(ev, call);
  const Descriptor d = op.parameters(1, "dropout descriptor");
  const Value p = op.field(d, "p", "dropout descriptor");
  const TensorType dy = op.type(2, "dyDesc"), dx = op.type(4, "dxDesc");
  return op.run("cudnn::dropout_backward", {op.input(3, dy), p}, {{dx, 5, "dxDesc"}});
}

// handle, mode, alpha, beta, xDesc, x, yDesc, y, parameterDesc, scale, bias, mean, variance, epsilon
Result normInference(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(4, "xDesc"), y = op.type(6, "yDesc"), p = op.type(8, "bnScaleBiasMeanVarDesc");
  return op.run(
      "cudnn::batch_normalization_forward_inference",
      {op.input(5, x), op.input(9, p), op.input(10, p), op.input(11, p), op.input(12, p), named(normModes, call.value(1)), call.value(13)},
      {{y, 7, "yDesc"}});
}
// ..., parameterDesc, scale, bias, factor, mean, variance, epsilon, savedMean, savedVariance
Result normTraining(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(4, "xDesc"), y = op.type(6, "yDesc"), p = op.type(8, "bnScaleBiasMeanVarDesc");
  return op.run("cudnn::batch_normalization_forward_training",
                {op.input(5, x), op.input(9, p), op.input(10, p), named(normModes, call.value(1)), call.value(14)}, {{y, 7, "yDesc"}});
}
// handle, mode, 4 factors, xDesc, x, dyDesc, dy, dxDesc, dx, parameterDesc, scale, dScale, dBias, epsilon,
// mean, variance
Result normBackward(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(6, "xDesc"), dy = op.type(8, "dyDesc"), dx = op.type(10, "dxDesc"), p = op.type(12, "dBnScaleBiasDesc");
  return op.run("cudnn::batch_normalization_backward",
                {op.input(7, x), op.input(9, dy), op.input(13, p), named(normModes, call.value(1)), call.value(16)},
                {{dx, 11, "dxDesc"}, {p, 14, "dBnScaleBiasDesc"}, {p, 15, "dBnScaleBiasDesc"}});
}

} // namespace

void registerCudnnOperations(Library& library) {
  constexpr std::pair<const char*, Handler> table[] = {{"cudnnActivationForward", activationForward},
                                                       {"cudnnActivationBackward", activationBackward},
                                                       {"cudnnActivationForward_v4", activationForward},
                                                       {"cudnnActivationBackward_v4", activationBackward},
                                                       {"cudnnPoolingForward", poolingForward},
                                                       {"cudnnPoolingBackward", poolingBackward},
                                                       {"cudnnSoftmaxForward", softmaxForward},
                                                       {"cudnnSoftmaxBackward", softmaxBackward},
                                                       {"cudnnAddTensor", addTensor},
                                                       {"cudnnOpTensor", opTensor},
                                                       {"cudnnReduceTensor", reduceTensor},
                                                       {"cudnnScaleTensor", scaleTensor},
                                                       {"cudnnSetTensor", setTensor},
                                                       {"cudnnTransformTensor", transformTensor},
                                                       {"cudnnLRNCrossChannelForward", lrnForward},
                                                       {"cudnnLRNCrossChannelBackward", lrnBackward},
                                                       {"cudnnDropoutForward", dropoutForward},
                                                       {"cudnnDropoutBackward", dropoutBackward},
                                                       {"cudnnBatchNormalizationForwardInference", normInference},
                                                       {"cudnnBatchNormalizationForwardTraining", normTraining},
                                                       {"cudnnBatchNormalizationBackward", normBackward}};
  for (const auto& [name, handler] : table) library.function(name, handler);
}

} // namespace cobra::interp
