/* A DCGAN generator in plain C: transposed convolutions as the gradient of a convolution, batch normalization in training mode, activations in place. */
#include <cudnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_LAYERS 5

typedef struct {
  int in_channels, out_channels, kernel, stride, pad;
  int in_size, out_size;
  cudnnFilterDescriptor_t filter;
  cudnnConvolutionDescriptor_t conv;
  cudnnTensorDescriptor_t in_desc, out_desc, bn_desc;
  float *weights, *output;
  float *gamma, *beta, *running_mean, *running_var, *saved_mean, *saved_var;
} Deconv;

static void die(const char* file, int line, const char* what) {
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  exit(1);
}
#define CUDNN_CALL(f) { cudnnStatus_t err = (f); if (err != CUDNN_STATUS_SUCCESS) die(__FILE__, __LINE__, cudnnGetErrorString(err)); }
#define CUDA_CALL(f) { cudaError_t err = (f); if (err != cudaSuccess) die(__FILE__, __LINE__, cudaGetErrorString(err)); }

static const int channels[N_LAYERS + 1] = {100, 512, 256, 128, 64, 3};

static void deconv_init(Deconv* l, int batch, int in_channels, int out_channels, int in_size, int kernel, int stride, int pad) {
  memset(l, 0, sizeof(*l));
  l->in_channels = in_channels;
  l->out_channels = out_channels;
  l->kernel = kernel;
  l->stride = stride;
  l->pad = pad;
  l->in_size = in_size;
  l->out_size = (in_size - 1) * stride - 2 * pad + kernel;
  CUDNN_CALL(cudnnCreateTensorDescriptor(&l->in_desc));
  CUDNN_CALL(cudnnSetTensor4dDescriptor(l->in_desc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, in_channels, in_size, in_size));
  CUDNN_CALL(cudnnCreateTensorDescriptor(&l->out_desc));
  CUDNN_CALL(cudnnSetTensor4dDescriptor(l->out_desc, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, out_channels, l->out_size, l->out_size));
  CUDNN_CALL(cudnnCreateFilterDescriptor(&l->filter));
  /* The filter is that of the convolution that goes the other way. */
  CUDNN_CALL(cudnnSetFilter4dDescriptor(l->filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, in_channels, out_channels, kernel, kernel));
  CUDNN_CALL(cudnnCreateConvolutionDescriptor(&l->conv));
  CUDNN_CALL(cudnnSetConvolution2dDescriptor(l->conv, pad, pad, stride, stride, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  CUDNN_CALL(cudnnCreateTensorDescriptor(&l->bn_desc));
  CUDNN_CALL(cudnnDeriveBNTensorDescriptor(l->bn_desc, l->out_desc, CUDNN_BATCHNORM_SPATIAL));
  CUDA_CALL(cudaMalloc((void**)&l->weights, sizeof(float) * in_channels * out_channels * kernel * kernel));
  CUDA_CALL(cudaMalloc((void**)&l->output, sizeof(float) * batch * out_channels * l->out_size * l->out_size));
  float** parameters[6];
  int i;
  parameters[0] = &l->gamma; parameters[1] = &l->beta; parameters[2] = &l->running_mean;
  parameters[3] = &l->running_var; parameters[4] = &l->saved_mean; parameters[5] = &l->saved_var;
  for (i = 0; i < 6; i++) CUDA_CALL(cudaMalloc((void**)parameters[i], sizeof(float) * out_channels));
}

static float* deconv_forward(cudnnHandle_t handle, Deconv* l, float* x, cudnnActivationDescriptor_t act, int norm) {
  const float alpha = 1.0f, zero = 0.0f;
  size_t bytes;
  void* workspace = NULL;
  cudnnConvolutionBwdDataAlgoPerf_t perf;
  int found;
  CUDNN_CALL(cudnnFindConvolutionBackwardDataAlgorithm(handle, l->filter, l->in_desc, l->conv, l->out_desc, 1, &found, &perf));
  CUDNN_CALL(cudnnGetConvolutionBackwardDataWorkspaceSize(handle, l->filter, l->in_desc, l->conv, l->out_desc, perf.algo, &bytes));
  if (bytes > 0) CUDA_CALL(cudaMalloc(&workspace, bytes));
  CUDNN_CALL(cudnnConvolutionBackwardData(handle, &alpha, l->filter, l->weights, l->in_desc, x, l->conv, perf.algo, workspace, bytes, &zero, l->out_desc, l->output));
  if (norm)
    CUDNN_CALL(cudnnBatchNormalizationForwardTraining(handle, CUDNN_BATCHNORM_SPATIAL, &alpha, &zero, l->out_desc, l->output, l->out_desc, l->output, l->bn_desc,
                                                      l->gamma, l->beta, 0.1, l->running_mean, l->running_var, CUDNN_BN_MIN_EPSILON, l->saved_mean, l->saved_var));
  CUDNN_CALL(cudnnActivationForward(handle, act, &alpha, l->out_desc, l->output, &zero, l->out_desc, l->output));
  if (workspace) cudaFree(workspace);
  return l->output;
}

int main(int argc, char** argv) {
  int batch = argc > 1 ? atoi(argv[1]) : 64;
  int i, size = 1;
  cudnnHandle_t handle;
  cudnnActivationDescriptor_t relu, tanh_act;
  Deconv* layers = (Deconv*)malloc(N_LAYERS * sizeof(Deconv));
  float *noise, *x, *image;
  CUDNN_CALL(cudnnCreate(&handle));
  CUDNN_CALL(cudnnCreateActivationDescriptor(&relu));
  CUDNN_CALL(cudnnSetActivationDescriptor(relu, CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0.0));
  CUDNN_CALL(cudnnCreateActivationDescriptor(&tanh_act));
  CUDNN_CALL(cudnnSetActivationDescriptor(tanh_act, CUDNN_ACTIVATION_TANH, CUDNN_NOT_PROPAGATE_NAN, 0.0));
  for (i = 0; i < N_LAYERS; i++) {
    deconv_init(&layers[i], batch, channels[i], channels[i + 1], size, 4, i == 0 ? 1 : 2, i == 0 ? 0 : 1);
    size = layers[i].out_size;
  }
  CUDA_CALL(cudaMalloc((void**)&noise, sizeof(float) * batch * 100));
  x = noise;
  for (i = 0; i < N_LAYERS; i++) x = deconv_forward(handle, &layers[i], x, i + 1 < N_LAYERS ? relu : tanh_act, i + 1 < N_LAYERS);
  CUDA_CALL(cudaDeviceSynchronize());
  image = (float*)malloc(sizeof(float) * batch * 3 * size * size);
  CUDA_CALL(cudaMemcpy(image, x, sizeof(float) * batch * 3 * size * size, cudaMemcpyDeviceToHost));
  printf("%f\n", image[0]);
  free(image);
  free(layers);
  return 0;
}
