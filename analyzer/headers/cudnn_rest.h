// Calls of cuDNN that the tool knows by name alone: any arguments will do, and a program that makes one is told so.
#ifndef COBRA_CUDNN_REST_H
#define COBRA_CUDNN_REST_H
#pragma GCC system_header

typedef void* cudnnBackendDescriptor_t;
typedef struct cudnnSeqDataStruct* cudnnSeqDataDescriptor_t;
typedef struct cudnnAttnStruct* cudnnAttnDescriptor_t;
typedef enum { CUDNN_CTC_LOSS_ALGO_DETERMINISTIC = 0, CUDNN_CTC_LOSS_ALGO_NON_DETERMINISTIC = 1 } cudnnCTCLossAlgo_t;
typedef enum { CUDNN_LOSS_NORMALIZATION_NONE = 0, CUDNN_LOSS_NORMALIZATION_SOFTMAX = 1 } cudnnLossNormalizationMode_t;

#ifdef __cplusplus
#define COBRA_ANYTHING ...
extern "C" {
#else
#define COBRA_ANYTHING
#endif
cudnnStatus_t cudnnBackendCreateDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnBackendDestroyDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnBackendExecute(COBRA_ANYTHING);
cudnnStatus_t cudnnBackendFinalize(COBRA_ANYTHING);
cudnnStatus_t cudnnBackendGetAttribute(COBRA_ANYTHING);
cudnnStatus_t cudnnBackendSetAttribute(COBRA_ANYTHING);
cudnnStatus_t cudnnBatchNormalizationBackwardEx(COBRA_ANYTHING);
cudnnStatus_t cudnnBatchNormalizationForwardTrainingEx(COBRA_ANYTHING);
cudnnStatus_t cudnnCTCLoss(COBRA_ANYTHING);
cudnnStatus_t cudnnCTCLoss_v8(COBRA_ANYTHING);
cudnnStatus_t cudnnCreateAttnDescriptor(cudnnAttnDescriptor_t*);
cudnnStatus_t cudnnCreateSeqDataDescriptor(cudnnSeqDataDescriptor_t*);
cudnnStatus_t cudnnCreateTensorTransformDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnDestroyAttnDescriptor(cudnnAttnDescriptor_t);
cudnnStatus_t cudnnDestroySeqDataDescriptor(cudnnSeqDataDescriptor_t);
cudnnStatus_t cudnnDivisiveNormalizationBackward(COBRA_ANYTHING);
cudnnStatus_t cudnnDivisiveNormalizationForward(COBRA_ANYTHING);
cudnnStatus_t cudnnGetCTCLossWorkspaceSize(COBRA_ANYTHING);
cudnnStatus_t cudnnGetMultiHeadAttnBuffers(COBRA_ANYTHING);
cudnnStatus_t cudnnIm2Col(COBRA_ANYTHING);
cudnnStatus_t cudnnMultiHeadAttnBackwardData(COBRA_ANYTHING);
cudnnStatus_t cudnnMultiHeadAttnBackwardWeights(COBRA_ANYTHING);
cudnnStatus_t cudnnMultiHeadAttnForward(COBRA_ANYTHING);
cudnnStatus_t cudnnNormalizationBackward(COBRA_ANYTHING);
cudnnStatus_t cudnnNormalizationForwardInference(COBRA_ANYTHING);
cudnnStatus_t cudnnNormalizationForwardTraining(COBRA_ANYTHING);
cudnnStatus_t cudnnReorderFilterAndBias(COBRA_ANYTHING);
cudnnStatus_t cudnnSetAttnDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnSetCTCLossDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnSetCTCLossDescriptorEx(COBRA_ANYTHING);
cudnnStatus_t cudnnSetSeqDataDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnSetSpatialTransformerNdDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnSetTensorTransformDescriptor(COBRA_ANYTHING);
cudnnStatus_t cudnnSpatialTfGridGeneratorBackward(COBRA_ANYTHING);
cudnnStatus_t cudnnSpatialTfGridGeneratorForward(COBRA_ANYTHING);
cudnnStatus_t cudnnSpatialTfSamplerBackward(COBRA_ANYTHING);
cudnnStatus_t cudnnSpatialTfSamplerForward(COBRA_ANYTHING);
cudnnStatus_t cudnnTransformFilter(COBRA_ANYTHING);
cudnnStatus_t cudnnTransformTensorEx(COBRA_ANYTHING);
#ifdef __cplusplus
}
#endif
#undef COBRA_ANYTHING
#endif
