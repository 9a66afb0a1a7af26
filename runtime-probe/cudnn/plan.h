// What cuDNN has to be told to run one call of a `cudnn::` entry: the descriptors, in the terms of cuDNN's C interface. Needs neither
// cuDNN nor CUDA, so that it is tested everywhere; call.h carries it out.
//
// Pure functions, any thread.
#pragma once

#include "predictor/encode/snippet.h"

#include <string>
#include <variant>
#include <vector>

namespace cobra::probe::cudnn {

/// cudnnSetTensorNdDescriptor, or cudnnSetFilterNdDescriptor where `filter`: packed, of at least four sizes, as cuDNN asks for.
struct Block {
  DType dtype = DType::Float32;
  std::vector<int> sizes, strides; // strides count elements
  bool filter = false;
  bool channelsLast = false; // the channels of a place lie side by side in memory: NHWC
};

/// cudnnSetConvolutionNdDescriptor and cudnnSetConvolutionGroupCount.
struct Convolution {
  std::vector<int> padding, stride, dilation;
  int groups = 1;
  bool flipped = false; // CUDNN_CONVOLUTION instead of CUDNN_CROSS_CORRELATION
};
/// cudnnSetPoolingNdDescriptor.
struct Pooling {
  std::string mode; // "CUDNN_POOLING_MAX"
  std::vector<int> window, padding, stride;
};
/// cudnnSetActivationDescriptor.
struct Activation {
  std::string mode; // "CUDNN_ACTIVATION_RELU"
  double coefficient = 0;
};
/// The arguments of cudnnSoftmaxForward.
struct Softmax {
  std::string algorithm, mode; // "CUDNN_SOFTMAX_ACCURATE", "CUDNN_SOFTMAX_MODE_INSTANCE"
};
/// cudnnSetOpTensorDescriptor.
struct Elementwise {
  std::string op; // "CUDNN_OP_TENSOR_ADD"
};

struct Plan {
  std::string function; // "cudnnConvolutionForward"
  std::variant<std::monostate, Convolution, Pooling, Activation, Softmax, Elementwise> setting;
  std::vector<Block> inputs; // in the order of the entry's tensors
  Block output;
};

/// The plan of a call; or one sentence: an entry that there is no plan for, an argument whose value is not known, sizes that
/// cuDNN refuses or that its int cannot hold.
std::variant<Plan, std::string> planOf(const Call& call, bool channelsLast = false);
/// False for entries that planOf() has no plan for whatever their arguments are.
bool hasPlan(std::string_view op);

} // namespace cobra::probe::cudnn
