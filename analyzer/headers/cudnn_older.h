// Calls of cuDNN 5 to 7 that later headers no longer declare, in the forms old programs use. Read after cuDNN's own header too.
#ifndef COBRA_CUDNN_OLDER_H
#define COBRA_CUDNN_OLDER_H
#pragma GCC system_header
#ifdef __cplusplus

#if !defined(COBRA_CUDNN_STANDIN) && CUDNN_MAJOR >= 8
typedef enum {
  CUDNN_CONVOLUTION_FWD_NO_WORKSPACE = 0,
  CUDNN_CONVOLUTION_FWD_PREFER_FASTEST = 1,
  CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT = 2
} cudnnConvolutionFwdPreference_t;
typedef enum {
  CUDNN_CONVOLUTION_BWD_FILTER_NO_WORKSPACE = 0,
  CUDNN_CONVOLUTION_BWD_FILTER_PREFER_FASTEST = 1,
  CUDNN_CONVOLUTION_BWD_FILTER_SPECIFY_WORKSPACE_LIMIT = 2
} cudnnConvolutionBwdFilterPreference_t;
typedef enum {
  CUDNN_CONVOLUTION_BWD_DATA_NO_WORKSPACE = 0,
  CUDNN_CONVOLUTION_BWD_DATA_PREFER_FASTEST = 1,
  CUDNN_CONVOLUTION_BWD_DATA_SPECIFY_WORKSPACE_LIMIT = 2
} cudnnConvolutionBwdDataPreference_t;
#endif

#if defined(COBRA_CUDNN_STANDIN) || CUDNN_MAJOR >= 8
cudnnStatus_t cudnnGetConvolutionForwardAlgorithm(cudnnHandle_t, const cudnnTensorDescriptor_t, const cudnnFilterDescriptor_t,
                                                  const cudnnConvolutionDescriptor_t, const cudnnTensorDescriptor_t,
                                                  cudnnConvolutionFwdPreference_t, size_t, cudnnConvolutionFwdAlgo_t*);
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm(cudnnHandle_t, const cudnnTensorDescriptor_t, const cudnnTensorDescriptor_t,
                                                         const cudnnConvolutionDescriptor_t, const cudnnFilterDescriptor_t,
                                                         cudnnConvolutionBwdFilterPreference_t, size_t, cudnnConvolutionBwdFilterAlgo_t*);
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm(cudnnHandle_t, const cudnnFilterDescriptor_t, const cudnnTensorDescriptor_t,
                                                       const cudnnConvolutionDescriptor_t, const cudnnTensorDescriptor_t,
                                                       cudnnConvolutionBwdDataPreference_t, size_t, cudnnConvolutionBwdDataAlgo_t*);
#endif
// Before cuDNN 6: no compute type, no mode of the NaNs, the format of a filter left out.
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int, int, int, int, int, int, cudnnConvolutionMode_t);
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t, cudnnDataType_t, int, int, int, int);
cudnnStatus_t cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t, cudnnPoolingMode_t, int, int, int, int, int, int);
cudnnStatus_t cudnnActivationForward(cudnnHandle_t, cudnnActivationMode_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                     const void*, const cudnnTensorDescriptor_t, void*);
cudnnStatus_t cudnnActivationBackward(cudnnHandle_t, cudnnActivationMode_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                      const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*, const void*,
                                      const cudnnTensorDescriptor_t, void*);

#if defined(COBRA_CUDNN_STANDIN) || CUDNN_MAJOR >= 9
cudnnStatus_t cudnnSetRNNDescriptor_v6(cudnnHandle_t, cudnnRNNDescriptor_t, const int hiddenSize, const int numLayers,
                                       cudnnDropoutDescriptor_t, cudnnRNNInputMode_t, cudnnDirectionMode_t, cudnnRNNMode_t, cudnnRNNAlgo_t,
                                       cudnnDataType_t);
cudnnStatus_t cudnnGetRNNParamsSize(cudnnHandle_t, const cudnnRNNDescriptor_t, const cudnnTensorDescriptor_t, size_t*, cudnnDataType_t);
cudnnStatus_t cudnnGetRNNWorkspaceSize(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, size_t*);
cudnnStatus_t cudnnGetRNNTrainingReserveSize(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, size_t*);
cudnnStatus_t cudnnGetRNNLinLayerMatrixParams(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t,
                                              const cudnnFilterDescriptor_t, const void*, const int, cudnnFilterDescriptor_t, void**);
cudnnStatus_t cudnnGetRNNLinLayerBiasParams(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t,
                                            const cudnnFilterDescriptor_t, const void*, const int, cudnnFilterDescriptor_t, void**);
cudnnStatus_t cudnnSetRNNMatrixMathType(cudnnRNNDescriptor_t, cudnnMathType_t);
cudnnStatus_t cudnnSetRNNBiasMode(cudnnRNNDescriptor_t, cudnnRNNBiasMode_t);
cudnnStatus_t cudnnRNNForwardInference(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, const void*,
                                       const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                       const cudnnFilterDescriptor_t, const void*, const cudnnTensorDescriptor_t*, void*,
                                       const cudnnTensorDescriptor_t, void*, const cudnnTensorDescriptor_t, void*, void*, size_t);
cudnnStatus_t cudnnRNNForwardTraining(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, const void*,
                                      const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                      const cudnnFilterDescriptor_t, const void*, const cudnnTensorDescriptor_t*, void*,
                                      const cudnnTensorDescriptor_t, void*, const cudnnTensorDescriptor_t, void*, void*, size_t, void*,
                                      size_t);
cudnnStatus_t cudnnRNNBackwardData(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, const void*,
                                   const cudnnTensorDescriptor_t*, const void*, const cudnnTensorDescriptor_t, const void*,
                                   const cudnnTensorDescriptor_t, const void*, const cudnnFilterDescriptor_t, const void*,
                                   const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t, const void*,
                                   const cudnnTensorDescriptor_t*, void*, const cudnnTensorDescriptor_t, void*,
                                   const cudnnTensorDescriptor_t, void*, void*, size_t, void*, size_t);
cudnnStatus_t cudnnRNNBackwardWeights(cudnnHandle_t, const cudnnRNNDescriptor_t, const int, const cudnnTensorDescriptor_t*, const void*,
                                      const cudnnTensorDescriptor_t, const void*, const cudnnTensorDescriptor_t*, const void*, const void*,
                                      size_t, const cudnnFilterDescriptor_t, void*, const void*, size_t);
cudnnStatus_t cudnnSetRNNDescriptor(cudnnHandle_t, cudnnRNNDescriptor_t, int, int, cudnnDropoutDescriptor_t, cudnnRNNInputMode_t,
                                    cudnnDirectionMode_t, cudnnRNNMode_t, cudnnRNNAlgo_t, cudnnDataType_t);
#endif
cudnnStatus_t cudnnSetRNNDescriptor(cudnnRNNDescriptor_t, int, int, cudnnDropoutDescriptor_t, cudnnRNNInputMode_t, cudnnDirectionMode_t,
                                    cudnnRNNMode_t, cudnnDataType_t);
#endif
#endif
