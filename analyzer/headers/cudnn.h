// Stand-in for cuDNN's header where it is not installed: the calls of versions 7, 8 and 9 that programs make.
#ifndef COBRA_CUDNN_H
#define COBRA_CUDNN_H
#pragma GCC system_header
#include <cudnn_types.h>

#define CUDNN_MAJOR 8
#define CUDNN_MINOR 9
#define CUDNN_PATCHLEVEL 7
#define CUDNN_VERSION (CUDNN_MAJOR * 1000 + CUDNN_MINOR * 100 + CUDNN_PATCHLEVEL)
#define COBRA_CUDNN_STANDIN 1

#ifdef __cplusplus
extern "C" {
#endif
size_t cudnnGetVersion(void);
size_t cudnnGetCudartVersion(void);
const char* cudnnGetErrorString(cudnnStatus_t);
void cudnnGetLastErrorString(char*, size_t);
cudnnStatus_t cudnnCreate(cudnnHandle_t*);
cudnnStatus_t cudnnDestroy(cudnnHandle_t);
cudnnStatus_t cudnnSetStream(cudnnHandle_t, cudaStream_t);
cudnnStatus_t cudnnGetStream(cudnnHandle_t, cudaStream_t*);

#define COBRA_CUDNN_LIFE(Name)                                                                                                             \
  cudnnStatus_t cudnnCreate##Name##Descriptor(cudnn##Name##Descriptor_t*);                                                                 \
  cudnnStatus_t cudnnDestroy##Name##Descriptor(cudnn##Name##Descriptor_t);
COBRA_CUDNN_LIFE(Tensor)
COBRA_CUDNN_LIFE(Filter)
COBRA_CUDNN_LIFE(Convolution)
COBRA_CUDNN_LIFE(Pooling)
COBRA_CUDNN_LIFE(LRN)
COBRA_CUDNN_LIFE(Activation)
COBRA_CUDNN_LIFE(Dropout)
COBRA_CUDNN_LIFE(OpTensor)
COBRA_CUDNN_LIFE(ReduceTensor)
COBRA_CUDNN_LIFE(RNN)
COBRA_CUDNN_LIFE(RNNData)
COBRA_CUDNN_LIFE(SpatialTransformer)
COBRA_CUDNN_LIFE(CTCLoss)
#undef COBRA_CUDNN_LIFE

// ---- tensors
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t, cudnnTensorFormat_t, cudnnDataType_t, int n, int c, int h, int w);
cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t, cudnnDataType_t, int n, int c, int h, int w, int nStride, int cStride,
                                           int hStride, int wStride);
cudnnStatus_t cudnnGetTensor4dDescriptor(const cudnnTensorDescriptor_t, cudnnDataType_t*, int* n, int* c, int* h, int* w, int*, int*, int*,
                                         int*);
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t, cudnnDataType_t, int nbDims, const int* dims, const int* strides);
cudnnStatus_t cudnnSetTensorNdDescriptorEx(cudnnTensorDescriptor_t, cudnnTensorFormat_t, cudnnDataType_t, int nbDims, const int* dims);
cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorDescriptor_t, int, cudnnDataType_t*, int*, int*, int*);
cudnnStatus_t cudnnGetTensorSizeInBytes(const cudnnTensorDescriptor_t, size_t*);
cudnnStatus_t cudnnTransformTensor(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                   const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnAddTensor(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                             const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnSetOpTensorDescriptor(cudnnOpTensorDescriptor_t, cudnnOpTensorOp_t, cudnnDataType_t, cudnnNanPropagation_t);
cudnnStatus_t cudnnOpTensor(cudnnHandle_t, const cudnnOpTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                            const void*, const cudnnTensorDescriptor_t, const void*, const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnSetReduceTensorDescriptor(cudnnReduceTensorDescriptor_t, cudnnReduceTensorOp_t, cudnnDataType_t, cudnnNanPropagation_t,
                                             cudnnReduceTensorIndices_t, cudnnIndicesType_t);
cudnnStatus_t cudnnGetReductionWorkspaceSize(cudnnHandle_t, const cudnnReduceTensorDescriptor_t, const cudnnTensorDescriptor_t,
                                             const cudnnTensorDescriptor_t, size_t*);
cudnnStatus_t cudnnGetReductionIndicesSize(cudnnHandle_t, const cudnnReduceTensorDescriptor_t, const cudnnTensorDescriptor_t,
                                           const cudnnTensorDescriptor_t, size_t*);
cudnnStatus_t cudnnReduceTensor(cudnnHandle_t, const cudnnReduceTensorDescriptor_t, void*, size_t, void*, size_t, const void*,
                                const cudnnTensorDescriptor_t, const void*, const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnSetTensor(cudnnHandle_t, const cudnnTensorDescriptor_t, void*, const void*);
cudnnStatus_t cudnnScaleTensor(cudnnHandle_t, const cudnnTensorDescriptor_t, void*, const void*);

// ---- filters
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t, cudnnDataType_t, cudnnTensorFormat_t, int k, int c, int h, int w);
cudnnStatus_t cudnnGetFilter4dDescriptor(const cudnnFilterDescriptor_t, cudnnDataType_t*, cudnnTensorFormat_t*, int*, int*, int*, int*);
cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t, cudnnDataType_t, cudnnTensorFormat_t, int, const int*);
cudnnStatus_t cudnnGetFilterNdDescriptor(const cudnnFilterDescriptor_t, int, cudnnDataType_t*, cudnnTensorFormat_t*, int*, int*);
cudnnStatus_t cudnnGetFilterSizeInBytes(const cudnnFilterDescriptor_t, size_t*);

// ---- convolutions
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int padH, int padW, int u, int v, int dilationH, int dilationW,
                                              cudnnConvolutionMode_t, cudnnDataType_t);
cudnnStatus_t cudnnGetConvolution2dDescriptor(const cudnnConvolutionDescriptor_t, int*, int*, int*, int*, int*, int*,
                                              cudnnConvolutionMode_t*, cudnnDataType_t*);
cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t, int, const int*, const int*, const int*, cudnnConvolutionMode_t,
                                              cudnnDataType_t);
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t, cudnnMathType_t);
cudnnStatus_t cudnnGetConvolutionMathType(cudnnConvolutionDescriptor_t, cudnnMathType_t*);
cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t, int);
cudnnStatus_t cudnnGetConvolutionGroupCount(cudnnConvolutionDescriptor_t, int*);
cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(const cudnnConvolutionDescriptor_t, const cudnnTensorDescriptor_t,
                                                    const cudnnFilterDescriptor_t, int*, int*, int*, int*);
cudnnStatus_t cudnnGetConvolutionNdForwardOutputDim(const cudnnConvolutionDescriptor_t, const cudnnTensorDescriptor_t,
                                                    const cudnnFilterDescriptor_t, int, int*);
cudnnStatus_t cudnnGetConvolutionForwardAlgorithmMaxCount(cudnnHandle_t, int*);
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(cudnnHandle_t, int*);
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithmMaxCount(cudnnHandle_t, int*);
// Each direction: its two operands and its result, as the descriptors stand in the calls.
#define COBRA_CUDNN_SEARCH(Direction, Short, A, B, C)                                                                                      \
  cudnnStatus_t cudnnGetConvolution##Direction##Algorithm_v7(cudnnHandle_t, const A, const B, const cudnnConvolutionDescriptor_t, const C, \
                                                             int, int*, cudnnConvolution##Short##AlgoPerf_t*);                             \
  cudnnStatus_t cudnnFindConvolution##Direction##Algorithm(cudnnHandle_t, const A, const B, const cudnnConvolutionDescriptor_t, const C,   \
                                                           int, int*, cudnnConvolution##Short##AlgoPerf_t*);                               \
  cudnnStatus_t cudnnGetConvolution##Direction##WorkspaceSize(cudnnHandle_t, const A, const B, const cudnnConvolutionDescriptor_t,         \
                                                              const C, cudnnConvolution##Short##Algo_t, size_t*);
COBRA_CUDNN_SEARCH(Forward, Fwd, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t)
COBRA_CUDNN_SEARCH(BackwardFilter, BwdFilter, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t)
COBRA_CUDNN_SEARCH(BackwardData, BwdData, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t)
#undef COBRA_CUDNN_SEARCH
cudnnStatus_t cudnnFindConvolutionForwardAlgorithmEx(cudnnHandle_t, const cudnnTensorDescriptor_t, const void*,
                                                     const cudnnFilterDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                                     const cudnnTensorDescriptor_t, void*, int, int*, cudnnConvolutionFwdAlgoPerf_t*, void*,
                                                     size_t);
cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithmEx(cudnnHandle_t, const cudnnTensorDescriptor_t, const void*,
                                                            const cudnnTensorDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                                            const cudnnFilterDescriptor_t, void*, int, int*,
                                                            cudnnConvolutionBwdFilterAlgoPerf_t*, void*, size_t);
cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithmEx(cudnnHandle_t, const cudnnFilterDescriptor_t, const void*,
                                                          const cudnnTensorDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                                          const cudnnTensorDescriptor_t, void*, int, int*,
                                                          cudnnConvolutionBwdDataAlgoPerf_t*, void*, size_t);
cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*, const cudnnFilterDescriptor_t,
                                      const void*, const cudnnConvolutionDescriptor_t, cudnnConvolutionFwdAlgo_t, void*, size_t,
                                      const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnConvolutionBiasActivationForward(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                                    const cudnnFilterDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                                    cudnnConvolutionFwdAlgo_t, void*, size_t, const void*, const cudnnTensorDescriptor_t,
                                                    const void*, const cudnnTensorDescriptor_t, const void*,
                                                    const cudnnActivationDescriptor_t, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnConvolutionBackwardBias(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                           const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                             const cudnnTensorDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                             cudnnConvolutionBwdFilterAlgo_t, void*, size_t, const void*, const cudnnFilterDescriptor_t,
                                             void*);
cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t, const void*, const cudnnFilterDescriptor_t, const void*,
                                           const cudnnTensorDescriptor_t, const void*, const cudnnConvolutionDescriptor_t,
                                           cudnnConvolutionBwdDataAlgo_t, void*, size_t, const void*, const cudnnTensorDescriptor_t, void*);

// ---- softmax, pooling, activation
cudnnStatus_t cudnnSoftmaxForward(cudnnHandle_t, cudnnSoftmaxAlgorithm_t, cudnnSoftmaxMode_t, const void*, const cudnnTensorDescriptor_t,
                                  const void*, const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnSoftmaxBackward(cudnnHandle_t, cudnnSoftmaxAlgorithm_t, cudnnSoftmaxMode_t, const void*, const cudnnTensorDescriptor_t,
                                   const void*, const cudnnTensorDescriptor_t, const void*, const void*, const cudnnTensorDescriptor_t,
                                   void*);
cudnnStatus_t cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t, cudnnPoolingMode_t, cudnnNanPropagation_t, int windowH, int windowW,
                                          int padH, int padW, int strideH, int strideW);
cudnnStatus_t cudnnSetPoolingNdDescriptor(cudnnPoolingDescriptor_t, const cudnnPoolingMode_t, const cudnnNanPropagation_t, int, const int*,
                                          const int*, const int*);
cudnnStatus_t cudnnGetPooling2dForwardOutputDim(const cudnnPoolingDescriptor_t, const cudnnTensorDescriptor_t, int*, int*, int*, int*);
cudnnStatus_t cudnnGetPoolingNdForwardOutputDim(const cudnnPoolingDescriptor_t, const cudnnTensorDescriptor_t, int, int*);
cudnnStatus_t cudnnPoolingForward(cudnnHandle_t, const cudnnPoolingDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                  const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnPoolingBackward(cudnnHandle_t, const cudnnPoolingDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                   const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                   const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t, cudnnActivationMode_t, cudnnNanPropagation_t, double);
cudnnStatus_t cudnnActivationForward(cudnnHandle_t, cudnnActivationDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                     const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnActivationBackward(cudnnHandle_t, cudnnActivationDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                      const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                      const cudnnTensorDescriptor_t, void*);

// ---- normalization
cudnnStatus_t cudnnSetLRNDescriptor(cudnnLRNDescriptor_t, unsigned, double, double, double);
cudnnStatus_t cudnnLRNCrossChannelForward(cudnnHandle_t, cudnnLRNDescriptor_t, cudnnLRNMode_t, const void*, const cudnnTensorDescriptor_t,
                                          const void*, const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnLRNCrossChannelBackward(cudnnHandle_t, cudnnLRNDescriptor_t, cudnnLRNMode_t, const void*, const cudnnTensorDescriptor_t,
                                           const void*, const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t,
                                           const void*, const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnDeriveBNTensorDescriptor(cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t, cudnnBatchNormMode_t);
cudnnStatus_t cudnnBatchNormalizationForwardTraining(cudnnHandle_t, cudnnBatchNormMode_t, const void*, const void*,
                                                     const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, void*,
                                                     const cudnnTensorDescriptor_t, const void*, const void*, double, void*, void*, double,
                                                     void*, void*);
cudnnStatus_t cudnnBatchNormalizationForwardInference(cudnnHandle_t, cudnnBatchNormMode_t, const void*, const void*,
                                                      const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, void*,
                                                      const cudnnTensorDescriptor_t, const void*, const void*, const void*, const void*,
                                                      double);
cudnnStatus_t cudnnBatchNormalizationBackward(cudnnHandle_t, cudnnBatchNormMode_t, const void*, const void*, const void*, const void*,
                                              const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                              const cudnnTensorDescriptor_t, void*, const cudnnTensorDescriptor_t, const void*, void*,
                                              void*, double, const void*, const void*);
cudnnStatus_t cudnnDropoutGetStatesSize(cudnnHandle_t, size_t*);
cudnnStatus_t cudnnDropoutGetReserveSpaceSize(cudnnTensorDescriptor_t, size_t*);
cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t, cudnnHandle_t, float, void*, size_t, unsigned long long);
cudnnStatus_t cudnnDropoutForward(cudnnHandle_t, const cudnnDropoutDescriptor_t, const cudnnTensorDescriptor_t, const void*,
                                  const cudnnTensorDescriptor_t, void*, void*, size_t);
cudnnStatus_t cudnnDropoutBackward(cudnnHandle_t, const cudnnDropoutDescriptor_t, const cudnnTensorDescriptor_t, const void*,
                                   const cudnnTensorDescriptor_t, void*, void*, size_t);

// ---- recurrent networks as cuDNN 8 and 9 have them
cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t, cudnnRNNAlgo_t, cudnnRNNMode_t, cudnnRNNBiasMode_t, cudnnDirectionMode_t,
                                       cudnnRNNInputMode_t, cudnnDataType_t, cudnnDataType_t, cudnnMathType_t, int32_t inputSize,
                                       int32_t hiddenSize, int32_t projSize, int32_t numLayers, cudnnDropoutDescriptor_t, uint32_t);
cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t, cudnnDataType_t, cudnnRNNDataLayout_t, int maxSeqLength, int batchSize,
                                        int vectorSize, const int*, void*);
cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t, cudnnForwardMode_t, cudnnRNNDataDescriptor_t, size_t*,
                                        size_t*);
cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t, size_t*);
cudnnStatus_t cudnnRNNForward(cudnnHandle_t, cudnnRNNDescriptor_t, cudnnForwardMode_t, const int32_t*, cudnnRNNDataDescriptor_t,
                              const void*, cudnnRNNDataDescriptor_t, void*, cudnnTensorDescriptor_t, const void*, void*,
                              cudnnTensorDescriptor_t, const void*, void*, size_t, const void*, size_t, void*, size_t, void*);
cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t, cudnnRNNDescriptor_t, const int32_t*, cudnnRNNDataDescriptor_t, const void*,
                                      const void*, cudnnRNNDataDescriptor_t, void*, cudnnTensorDescriptor_t, const void*, const void*,
                                      void*, cudnnTensorDescriptor_t, const void*, const void*, void*, size_t, const void*, size_t, void*,
                                      size_t, void*);
cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t, cudnnRNNDescriptor_t, cudnnWgradMode_t, const int32_t*, cudnnRNNDataDescriptor_t,
                                         const void*, cudnnTensorDescriptor_t, const void*, cudnnRNNDataDescriptor_t, const void*, size_t,
                                         void*, size_t, void*, size_t, void*);
#ifdef __cplusplus
} // extern "C"
#endif
#include <cudnn_older.h>
#include <cudnn_rest.h>
#endif
