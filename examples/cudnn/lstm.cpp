// Two layers of LSTM with cuDNN 8 and 9: one descriptor for the whole sequence, weights as one block.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <array>
#include <vector>

int main() {
  constexpr int seqLength = 20, batch = 32, inputSize = 128, hiddenSize = 256, layers = 2;
  cudnnHandle_t handle;
  cudnnCreate(&handle);

  cudnnDropoutDescriptor_t dropout;
  cudnnCreateDropoutDescriptor(&dropout);
  size_t stateBytes;
  cudnnDropoutGetStatesSize(handle, &stateBytes);
  void* states;
  cudaMalloc(&states, stateBytes);
  cudnnSetDropoutDescriptor(dropout, handle, 0.1f, states, stateBytes, 1234ull);

  cudnnRNNDescriptor_t rnn;
  cudnnCreateRNNDescriptor(&rnn);
  cudnnSetRNNDescriptor_v8(rnn, CUDNN_RNN_ALGO_STANDARD, CUDNN_LSTM, CUDNN_RNN_DOUBLE_BIAS, CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT,
                           CUDNN_DATA_FLOAT, CUDNN_DATA_FLOAT, CUDNN_DEFAULT_MATH, inputSize, hiddenSize, hiddenSize, layers, dropout, 0);

  std::vector<int> lengths(batch, seqLength);
  cudnnRNNDataDescriptor_t xDesc, yDesc;
  cudnnCreateRNNDataDescriptor(&xDesc);
  cudnnCreateRNNDataDescriptor(&yDesc);
  cudnnSetRNNDataDescriptor(xDesc, CUDNN_DATA_FLOAT, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED, seqLength, batch, inputSize, lengths.data(), nullptr);
  cudnnSetRNNDataDescriptor(yDesc, CUDNN_DATA_FLOAT, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED, seqLength, batch, hiddenSize, lengths.data(), nullptr);

  cudnnTensorDescriptor_t hDesc, cDesc;
  const std::array<int, 3> dims{layers, batch, hiddenSize}, strides{batch * hiddenSize, hiddenSize, 1};
  for (cudnnTensorDescriptor_t* d : {&hDesc, &cDesc}) {
    cudnnCreateTensorDescriptor(d);
    cudnnSetTensorNdDescriptor(*d, CUDNN_DATA_FLOAT, 3, dims.data(), strides.data());
  }

  size_t weightBytes, workBytes, reserveBytes;
  cudnnGetRNNWeightSpaceSize(handle, rnn, &weightBytes);
  cudnnGetRNNTempSpaceSizes(handle, rnn, CUDNN_FWD_MODE_TRAINING, xDesc, &workBytes, &reserveBytes);
  void *x, *y, *dx, *dy, *hx, *hy, *cx, *cy, *weights, *dWeights, *work, *reserve;
  int* deviceLengths;
  cudaMalloc(&x, sizeof(float) * seqLength * batch * inputSize);
  cudaMalloc(&dx, sizeof(float) * seqLength * batch * inputSize);
  cudaMalloc(&y, sizeof(float) * seqLength * batch * hiddenSize);
  cudaMalloc(&dy, sizeof(float) * seqLength * batch * hiddenSize);
  for (void** p : {&hx, &hy, &cx, &cy}) cudaMalloc(p, sizeof(float) * layers * batch * hiddenSize);
  cudaMalloc(&weights, weightBytes);
  cudaMalloc(&dWeights, weightBytes);
  cudaMalloc(&work, workBytes);
  cudaMalloc(&reserve, reserveBytes);
  cudaMalloc((void**)&deviceLengths, batch * sizeof(int));

  cudnnRNNForward(handle, rnn, CUDNN_FWD_MODE_TRAINING, deviceLengths, xDesc, x, yDesc, y, hDesc, hx, hy, cDesc, cx, cy, weightBytes, weights,
                  workBytes, work, reserveBytes, reserve);
  cudnnRNNBackwardData_v8(handle, rnn, deviceLengths, yDesc, y, dy, xDesc, dx, hDesc, hx, nullptr, nullptr, cDesc, cx, nullptr, nullptr,
                          weightBytes, weights, workBytes, work, reserveBytes, reserve);
  cudnnRNNBackwardWeights_v8(handle, rnn, CUDNN_WGRAD_MODE_ADD, deviceLengths, xDesc, x, hDesc, hx, yDesc, y, weightBytes, dWeights, workBytes,
                             work, reserveBytes, reserve);
}
