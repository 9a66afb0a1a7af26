// cuDNN's convolutions through descriptors: one node each.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include <array>

namespace cobra::interp {

using namespace cudnn_model;

namespace {

constexpr std::string_view what = "convolution descriptor";

/// padding, stride, dilation, groups: what every convolution's schema ends with.
struct Window {
  Value padding, stride, dilation, groups, mode;
};
Window windowOf(Operation& op, std::size_t argument) {
  const Descriptor d = op.parameters(argument, what);
  Window w{op.field(d, "padding", what), d.get("stride"), d.get("dilation"), d.get("groups"), Nothing{}};
  if (auto* mode = as<std::int64_t>(d.get("mode"))) w.mode = Text(*mode ? "cross_correlation" : "convolution");
  return w;
}

// handle, alpha, xDesc, x, wDesc, w, convDesc, algorithm, workspace, bytes, beta, yDesc, y
Result forward(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(2, "xDesc"), w = op.type(4, "wDesc");
  const Window window = windowOf(op, 6);
  const TensorType y = op.type(11, "yDesc");
  return op.run("cudnn::convolution_forward",
                {op.input(3, x), op.input(5, w), window.padding, window.stride, window.dilation, window.groups, window.mode},
                {{y, 12, "yDesc"}});
}

// handle, alpha1, xDesc, x, wDesc, w, convDesc, algorithm, workspace, bytes, alpha2, zDesc, z, biasDesc,
// bias, activation, yDesc, y
Result biasActivation(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(2, "xDesc"), w = op.type(4, "wDesc");
  const Window window = windowOf(op, 6);
  const TensorType z = op.type(11, "zDesc"), bias = op.type(13, "biasDesc");
  const Descriptor activation = op.parameters(15, "activation descriptor");
  const Value mode = op.field(activation, "mode", "activation descriptor");
  const TensorType y = op.type(16, "yDesc");
  constexpr std::array<std::string_view, 6> modes = {"sigmoid", "relu", "tanh", "clipped_relu", "elu", "identity"};
  // alpha2 of 0 leaves z out, which programs then often let point to y.
  auto* alpha2 = as<double>(ev.pointee(call.value(10), call.at)->value());
  const Value other = alpha2 && *alpha2 == 0 ? Value(NullOpt{}) : op.optionalInput(12, z);
  const std::string_view name = nameAt(modes, mode);
  return op.run("cudnn::convolution_bias_activation_forward",
                {op.input(3, x), op.input(5, w), other, op.input(14, bias), window.padding, window.stride, window.dilation, window.groups,
                 Text(std::string(name.empty() ? "other" : name))},
                {{y, 17, "yDesc"}});
}

// handle, alpha, dyDesc, dy, beta, dbDesc, db
Result backwardBias(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType dy = op.type(2, "dyDesc"), db = op.type(5, "dbDesc");
  return op.run("cudnn::convolution_backward_bias", {op.input(3, dy)}, {{db, 6, "dbDesc"}});
}

// handle, alpha, xDesc, x, dyDesc, dy, convDesc, algorithm, workspace, bytes, beta, dwDesc, dw
Result backwardFilter(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType x = op.type(2, "xDesc"), dy = op.type(4, "dyDesc");
  const Window window = windowOf(op, 6);
  const TensorType dw = op.type(11, "dwDesc");
  return op.run("cudnn::convolution_backward_filter",
                {op.input(3, x), op.input(5, dy), op.list(dw.shape), window.padding, window.stride, window.dilation, window.groups},
                {{dw, 12, "dwDesc"}});
}

// handle, alpha, wDesc, w, dyDesc, dy, convDesc, algorithm, workspace, bytes, beta, dxDesc, dx
Result backwardData(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const TensorType w = op.type(2, "wDesc"), dy = op.type(4, "dyDesc");
  const Window window = windowOf(op, 6);
  const TensorType dx = op.type(11, "dxDesc");
  return op.run("cudnn::convolution_backward_data",
                {op.input(5, dy), op.input(3, w), op.list(dx.shape), window.padding, window.stride, window.dilation, window.groups},
                {{dx, 12, "dxDesc"}});
}

} // namespace

void registerCudnnConvolution(Library& library) {
  constexpr std::pair<const char*, Handler> table[] = {{"cudnnConvolutionForward", forward},
                                                       {"cudnnConvolutionBiasActivationForward", biasActivation},
                                                       {"cudnnConvolutionBackwardBias", backwardBias},
                                                       {"cudnnConvolutionBackwardFilter", backwardFilter},
                                                       {"cudnnConvolutionBackwardData", backwardData}};
  for (const auto& [name, handler] : table) library.function(name, handler);
}

} // namespace cobra::interp
