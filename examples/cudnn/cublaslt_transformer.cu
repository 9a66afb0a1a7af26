// A transformer block's products through cuBLASLt: one function for all of them, bias and GELU as epilogues, heads as a strided batch; the rest in kernels of
// the program's own.
#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>

using number = __nv_bfloat16;

void cublasCheck(cublasStatus_t status, const char* file, int line) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    std::printf("[cuBLAS] %d at %s:%d\n", status, file, line);
    std::exit(EXIT_FAILURE);
  }
}
#define cublasCheck(status) cublasCheck((status), __FILE__, __LINE__)

cublasLtHandle_t lt;
void* workspace = nullptr;
const size_t workspaceBytes = 32 << 20;

/// d[m, n] = a[k, m]^T or a[m, k], times b[k, n]; column-major, as cuBLAS has it.
void multiply(number* d, const number* a, const number* b, const number* bias, int m, int n, int k, cudaStream_t stream, bool transA = true,
              bool transB = false, int batch = 0, size_t strideA = 0, size_t strideB = 0, size_t strideOut = 0, bool gelu = false) {
  cublasLtMatmulDesc_t operation;
  cublasCheck(cublasLtMatmulDescCreate(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F));
  cublasOperation_t yes = CUBLAS_OP_T, no = CUBLAS_OP_N;
  cublasCheck(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSA, transA ? &yes : &no, sizeof(yes)));
  cublasCheck(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSB, transB ? &yes : &no, sizeof(no)));

  cublasLtMatrixLayout_t aLayout, bLayout, dLayout;
  cublasCheck(cublasLtMatrixLayoutCreate(&aLayout, CUDA_R_16BF, transA ? k : m, transA ? m : k, transA ? k : m));
  cublasCheck(cublasLtMatrixLayoutCreate(&bLayout, CUDA_R_16BF, transB ? n : k, transB ? k : n, transB ? n : k));
  cublasCheck(cublasLtMatrixLayoutCreate(&dLayout, CUDA_R_16BF, m, n, m));
  if (batch) {
    const struct {
      cublasLtMatrixLayout_t layout;
      size_t stride;
    } all[] = {{aLayout, strideA}, {bLayout, strideB}, {dLayout, strideOut}};
    for (const auto& one : all) {
      cublasCheck(cublasLtMatrixLayoutSetAttribute(one.layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof(batch)));
      cublasCheck(cublasLtMatrixLayoutSetAttribute(one.layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &one.stride, sizeof(one.stride)));
    }
  }
  cublasLtEpilogue_t epilogue = gelu ? (bias ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_GELU) : (bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT);
  cublasCheck(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof(epilogue)));
  if (bias) cublasCheck(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof(bias)));

  cublasLtMatmulPreference_t preference;
  cublasCheck(cublasLtMatmulPreferenceCreate(&preference));
  cublasCheck(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspaceBytes, sizeof(workspaceBytes)));
  int found = 0;
  cublasLtMatmulHeuristicResult_t heuristic;
  cublasCheck(cublasLtMatmulAlgoGetHeuristic(lt, operation, aLayout, bLayout, dLayout, dLayout, preference, 1, &heuristic, &found));
  if (found == 0) {
    std::printf("no algorithm for %d %d %d\n", m, n, k);
    std::exit(EXIT_FAILURE);
  }
  const float alpha = 1.0f, beta = 0.0f;
  cublasCheck(cublasLtMatmul(lt, operation, &alpha, a, aLayout, b, bLayout, &beta, d, dLayout, d, dLayout, &heuristic.algo, workspace, workspaceBytes, stream));
  cublasLtMatmulPreferenceDestroy(preference);
  cublasLtMatmulDescDestroy(operation);
  for (auto layout : {aLayout, bLayout, dLayout}) cublasLtMatrixLayoutDestroy(layout);
}

__global__ void softmaxRows(number* scores, int length) {
  __shared__ float shared[32];
  (void)shared;
  scores[blockIdx.x * length + threadIdx.x] = scores[blockIdx.x * length];
}

int main() {
  const int batch = 4, length = 1024, heads = 12, width = 768, size = width / heads;
  cublasCheck(cublasLtCreate(&lt));
  cudaMalloc(&workspace, workspaceBytes);
  auto device = [](size_t count) {
    number* p;
    cudaMalloc((void**)&p, count * sizeof(number));
    return p;
  };
  cudaStream_t stream;
  cudaStreamCreate(&stream);
  const size_t rows = size_t(batch) * length;
  number *x = device(rows * width), *qkv = device(rows * 3 * width), *scores = device(size_t(batch) * heads * length * length), *values = device(rows * width),
         *hidden = device(rows * 4 * width), *y = device(rows * width), *weights = device(12 * width * width), *biases = device(9 * width);
  multiply(qkv, weights, x, biases, 3 * width, rows, width, stream);
  const number *q = qkv, *k = qkv + rows * width, *v = qkv + 2 * rows * width;
  multiply(scores, k, q, nullptr, length, length, size, stream, true, false, batch * heads, length * size, length * size, size_t(length) * length);
  softmaxRows<<<batch * heads * length, 256, 0, stream>>>(scores, length);
  multiply(values, v, scores, nullptr, size, length, length, stream, false, false, batch * heads, length * size, size_t(length) * length, length * size);
  multiply(hidden, weights + 4 * width * width, values, biases + 4 * width, 4 * width, rows, width, stream, true, false, 0, 0, 0, 0, true);
  multiply(y, weights + 8 * width * width, hidden, biases + 8 * width, width, rows, 4 * width, stream);
  cudaStreamSynchronize(stream);
}
