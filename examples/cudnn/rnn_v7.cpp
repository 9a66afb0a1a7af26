// A bidirectional GRU as programs for cuDNN 7 wrote it: an array with one tensor descriptor for each time step.
#include <cuda_runtime.h>
#include <cudnn.h>

#include <cstdio>
#include <cstdlib>

#define cudnnErrCheck(stat) { cudnnErrCheck_((stat), __FILE__, __LINE__); }
void cudnnErrCheck_(cudnnStatus_t stat, const char* file, int line) {
  if (stat != CUDNN_STATUS_SUCCESS) fprintf(stderr, "cuDNN Error: %s %s %d\n", cudnnGetErrorString(stat), file, line);
}

int main(int argc, char* argv[]) {
  int seqLength = 50, numLayers = 1, hiddenSize = 512, inputSize = 256, miniBatch = 64;
  bool bidirectional = true;
  if (argc == 6) {
    seqLength = atoi(argv[1]);
    numLayers = atoi(argv[2]);
    hiddenSize = atoi(argv[3]);
    inputSize = hiddenSize;
    miniBatch = atoi(argv[4]);
  }
  cudnnHandle_t handle;
  cudnnErrCheck(cudnnCreate(&handle));

  cudnnTensorDescriptor_t* xDesc = (cudnnTensorDescriptor_t*)malloc(seqLength * sizeof(cudnnTensorDescriptor_t));
  cudnnTensorDescriptor_t* yDesc = (cudnnTensorDescriptor_t*)malloc(seqLength * sizeof(cudnnTensorDescriptor_t));
  int dimA[3], strideA[3];
  for (int i = 0; i < seqLength; i++) {
    cudnnErrCheck(cudnnCreateTensorDescriptor(&xDesc[i]));
    cudnnErrCheck(cudnnCreateTensorDescriptor(&yDesc[i]));
    dimA[0] = miniBatch;
    dimA[1] = inputSize;
    dimA[2] = 1;
    strideA[0] = dimA[2] * dimA[1];
    strideA[1] = dimA[2];
    strideA[2] = 1;
    cudnnErrCheck(cudnnSetTensorNdDescriptor(xDesc[i], CUDNN_DATA_FLOAT, 3, dimA, strideA));
    dimA[1] = bidirectional ? hiddenSize * 2 : hiddenSize;
    strideA[0] = dimA[2] * dimA[1];
    cudnnErrCheck(cudnnSetTensorNdDescriptor(yDesc[i], CUDNN_DATA_FLOAT, 3, dimA, strideA));
  }
  cudnnTensorDescriptor_t hxDesc, hyDesc;
  dimA[0] = numLayers * (bidirectional ? 2 : 1);
  dimA[1] = miniBatch;
  dimA[2] = hiddenSize;
  strideA[0] = dimA[2] * dimA[1];
  strideA[1] = dimA[2];
  cudnnErrCheck(cudnnCreateTensorDescriptor(&hxDesc));
  cudnnErrCheck(cudnnCreateTensorDescriptor(&hyDesc));
  cudnnErrCheck(cudnnSetTensorNdDescriptor(hxDesc, CUDNN_DATA_FLOAT, 3, dimA, strideA));
  cudnnErrCheck(cudnnSetTensorNdDescriptor(hyDesc, CUDNN_DATA_FLOAT, 3, dimA, strideA));

  cudnnDropoutDescriptor_t dropoutDesc;
  cudnnErrCheck(cudnnCreateDropoutDescriptor(&dropoutDesc));
  size_t stateSize;
  void* states;
  cudnnErrCheck(cudnnDropoutGetStatesSize(handle, &stateSize));
  cudaMalloc(&states, stateSize);
  cudnnErrCheck(cudnnSetDropoutDescriptor(dropoutDesc, handle, 0.f, states, stateSize, 1337ull));

  cudnnRNNDescriptor_t rnnDesc;
  cudnnErrCheck(cudnnCreateRNNDescriptor(&rnnDesc));
  cudnnErrCheck(cudnnSetRNNDescriptor_v6(handle, rnnDesc, hiddenSize, numLayers, dropoutDesc, CUDNN_LINEAR_INPUT, CUDNN_BIDIRECTIONAL,
                                         CUDNN_GRU, CUDNN_RNN_ALGO_STANDARD, CUDNN_DATA_FLOAT));
  cudnnFilterDescriptor_t wDesc;
  cudnnErrCheck(cudnnCreateFilterDescriptor(&wDesc));
  size_t weightsSize;
  cudnnErrCheck(cudnnGetRNNParamsSize(handle, rnnDesc, xDesc[0], &weightsSize, CUDNN_DATA_FLOAT));
  int dimW[3] = {(int)(weightsSize / sizeof(float)), 1, 1};
  cudnnErrCheck(cudnnSetFilterNdDescriptor(wDesc, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, 3, dimW));

  void *x, *y, *w, *hx, *hy, *workspace;
  size_t workSize;
  cudnnErrCheck(cudnnGetRNNWorkspaceSize(handle, rnnDesc, seqLength, xDesc, &workSize));
  cudaMalloc(&workspace, workSize);
  cudaMalloc(&w, weightsSize);
  cudaMalloc(&x, seqLength * inputSize * miniBatch * sizeof(float));
  cudaMalloc(&y, seqLength * hiddenSize * miniBatch * 2 * sizeof(float));
  cudaMalloc(&hx, numLayers * hiddenSize * miniBatch * 2 * sizeof(float));
  cudaMalloc(&hy, numLayers * hiddenSize * miniBatch * 2 * sizeof(float));

  cudaEvent_t start, stop;
  float timeForward;
  cudaEventCreate(&start);
  cudaEventCreate(&stop);
  cudaEventRecord(start);
  cudnnErrCheck(cudnnRNNForwardInference(handle, rnnDesc, seqLength, xDesc, x, hxDesc, hx, NULL, NULL, wDesc, w, yDesc, y, hyDesc, hy, NULL,
                                         NULL, workspace, workSize));
  cudaEventRecord(stop);
  cudaEventSynchronize(stop);
  cudaEventElapsedTime(&timeForward, start, stop);
  printf("Forward: %3.0f GFLOPS\n", 2.0 * seqLength / timeForward);
  return 0;
}
