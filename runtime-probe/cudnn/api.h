// cuDNN's C functions that a call needs: the descriptor interface, which versions 8 and 9 have alike.
//
// Every pointer to a function's data is a pointer into the device's memory; alpha and beta are on the host. Throws CallFailure, the
// words being cudnnGetErrorString's.
#pragma once

#include "runtime-probe/cuda/library.h"

#include <cstddef>
#include <string>

namespace cobra::probe::cudnn {

/// cudnnConvolutionFwdAlgoPerf_t and its two siblings.
struct AlgorithmPerf {
  int algorithm, status;
  float time;
  std::size_t memory;
  int determinism, mathType, reserved[3];
};
static_assert(sizeof(AlgorithmPerf) == 48);

struct Api {
  static Api load();

  using Object = void*;
  using Data = void*;
  using Input = const void*;
  template <class... A> using Function = cuda::Function<A...>;
  // Descriptors and data in the order x, w, y of the forward convolution; of the others in theirs.
  using Search = Function<Object, Object, Object, Object, Object, int, int*, AlgorithmPerf*>;
  using WorkspaceSize = Function<Object, Object, Object, Object, Object, int, std::size_t*>;
  using Convolve = Function<Object, Input, Object, Input, Object, Input, Object, int, Data, std::size_t, Input, Object, Data>;
  using Through = Function<Object, Object, Input, Object, Input, Input, Object, Data>;
  using Back = Function<Object, Object, Input, Object, Input, Object, Input, Object, Input, Input, Object, Data>;
  using Copy = Function<Object, Input, Object, Input, Input, Object, Data>;

  cuda::Library library;
  Function<Object*> create{library, "cudnnCreate"};
  Function<Object> destroy{library, "cudnnDestroy"};
  Function<Object, void*> setStream{library, "cudnnSetStream"};

  Function<Object*> createTensor{library, "cudnnCreateTensorDescriptor"};
  Function<Object, int, int, const int*, const int*> setTensor{library, "cudnnSetTensorNdDescriptor"}; // type, rank, sizes, strides
  Function<Object> destroyTensor{library, "cudnnDestroyTensorDescriptor"};
  Function<Object*> createFilter{library, "cudnnCreateFilterDescriptor"};
  Function<Object, int, int, int, const int*> setFilter{library, "cudnnSetFilterNdDescriptor"}; // type, format, rank, sizes
  Function<Object> destroyFilter{library, "cudnnDestroyFilterDescriptor"};

  Function<Object*> createConvolution{library, "cudnnCreateConvolutionDescriptor"};
  // rank, padding, stride, dilation, mode, type of the sums
  Function<Object, int, const int*, const int*, const int*, int, int> setConvolution{library, "cudnnSetConvolutionNdDescriptor"};
  Function<Object, int> setGroups{library, "cudnnSetConvolutionGroupCount"};
  Function<Object, int> setMathType{library, "cudnnSetConvolutionMathType"};
  Function<Object> destroyConvolution{library, "cudnnDestroyConvolutionDescriptor"};
  Search searchForward{library, "cudnnGetConvolutionForwardAlgorithm_v7"};
  Search searchBackwardData{library, "cudnnGetConvolutionBackwardDataAlgorithm_v7"};
  Search searchBackwardFilter{library, "cudnnGetConvolutionBackwardFilterAlgorithm_v7"};
  WorkspaceSize workspaceForward{library, "cudnnGetConvolutionForwardWorkspaceSize"};
  WorkspaceSize workspaceBackwardData{library, "cudnnGetConvolutionBackwardDataWorkspaceSize"};
  WorkspaceSize workspaceBackwardFilter{library, "cudnnGetConvolutionBackwardFilterWorkspaceSize"};
  Convolve convolutionForward{library, "cudnnConvolutionForward"};
  Convolve convolutionBackwardData{library, "cudnnConvolutionBackwardData"};
  Convolve convolutionBackwardFilter{library, "cudnnConvolutionBackwardFilter"};
  Copy convolutionBackwardBias{library, "cudnnConvolutionBackwardBias"};

  Function<Object*> createPooling{library, "cudnnCreatePoolingDescriptor"};
  // mode, NaNs, rank, window, padding, stride
  Function<Object, int, int, int, const int*, const int*, const int*> setPooling{library, "cudnnSetPoolingNdDescriptor"};
  Function<Object> destroyPooling{library, "cudnnDestroyPoolingDescriptor"};
  Through poolingForward{library, "cudnnPoolingForward"};
  Back poolingBackward{library, "cudnnPoolingBackward"};

  Function<Object*> createActivation{library, "cudnnCreateActivationDescriptor"};
  Function<Object, int, int, double> setActivation{library, "cudnnSetActivationDescriptor"}; // mode, NaNs, coefficient
  Function<Object> destroyActivation{library, "cudnnDestroyActivationDescriptor"};
  Through activationForward{library, "cudnnActivationForward"};
  Back activationBackward{library, "cudnnActivationBackward"};

  // algorithm, mode, then as the others
  Function<Object, int, int, Input, Object, Input, Input, Object, Data> softmaxForward{library, "cudnnSoftmaxForward"};
  Function<Object, int, int, Input, Object, Input, Object, Input, Input, Object, Data> softmaxBackward{library, "cudnnSoftmaxBackward"};

  Copy addTensor{library, "cudnnAddTensor"};
  Function<Object*> createOpTensor{library, "cudnnCreateOpTensorDescriptor"};
  Function<Object, int, int, int> setOpTensor{library, "cudnnSetOpTensorDescriptor"}; // operation, type of the computation, NaNs
  Function<Object> destroyOpTensor{library, "cudnnDestroyOpTensorDescriptor"};
  // alpha1, a, alpha2, b, beta, c
  Function<Object, Object, Input, Object, Input, Input, Object, Input, Input, Object, Data> opTensor{library, "cudnnOpTensor"};

  /// "cuDNN 9.1.0"
  std::string version() const;
};

} // namespace cobra::probe::cudnn
