// libcublas.so.12 of the tests: products are computed, column by column, in float; of other types the memory is only looked at.

#include "test/probe/fake/fake.h"

#include <cstring>

namespace {

using namespace cobra::fake;

enum Status : int { success = 0, invalidValue = 7, executionFailed = 13 };

struct Handle {
  void* stream = nullptr;
};

struct Matrix {
  const char* what;
  const void* data;
  int type, rows, columns, leading;
  long long distance;
};

std::size_t bytesOf(int type) { return type == 1 ? 8 : type == 0 ? 4 : 2; }

bool fits(const Matrix& m, int count) {
  if (m.leading < m.rows) {
    fault(std::string("the leading dimension of ") + m.what + " is " + std::to_string(m.leading) + ", its rows are " +
          std::to_string(m.rows));
    return false;
  }
  const auto last = static_cast<std::size_t>(count - 1) * static_cast<std::size_t>(m.distance);
  return holds(m.data, (last + static_cast<std::size_t>(m.leading) * static_cast<std::size_t>(m.columns)) * bytesOf(m.type), m.what);
}

int multiply(void* handle, bool transa, bool transb, int k, const void* alpha, Matrix a, Matrix b, Matrix c, int count, int sums) {
  if (!is(handle, "cuBLAS handle")) {
    fault("no cuBLAS handle");
    return invalidValue;
  }
  if (!fits(a, count) || !fits(b, count) || !fits(c, count) || sums != (a.type == 1 ? 70 : 68)) return invalidValue;
  const double one = a.type == 1 ? *static_cast<const double*>(alpha) : static_cast<double>(*static_cast<const float*>(alpha));
  if (one != 1) return invalidValue;
  return launch(static_cast<Handle*>(handle)->stream,
                [=] {
                  if (a.type != 0) return;
                  for (int i = 0; i < count; ++i) {
                    const float* left = static_cast<const float*>(a.data) + i * a.distance;
                    const float* right = static_cast<const float*>(b.data) + i * b.distance;
                    float* into = static_cast<float*>(const_cast<void*>(c.data)) + i * c.distance;
                    for (int column = 0; column < c.columns; ++column)
                      for (int row = 0; row < c.rows; ++row) {
                        float sum = 0;
                        for (int j = 0; j < k; ++j)
                          sum += left[transa ? row * a.leading + j : j * a.leading + row] *
                                 right[transb ? j * b.leading + column : column * b.leading + j];
                        into[column * c.leading + row] = sum;
                      }
                  }
                }) == 0
             ? success
             : executionFailed;
}

} // namespace

#define CALLED(name)                                                                                                                       \
  if (const int told = called(#name, executionFailed); told != 0) return told

extern "C" {

const char* cublasGetStatusString(int status) {
  return status == success        ? "success"
         : status == 3            ? "the resource allocation failed"
         : status == invalidValue ? "an unsupported value or parameter was passed to the function"
                                  : "the function failed to launch on the GPU";
}
int cublasGetProperty(int part, int* value) {
  CALLED(cublasGetProperty);
  *value = part == 0 ? 12 : part == 1 ? 4 : 5;
  return success;
}
int cublasCreate_v2(void** handle) {
  CALLED(cublasCreate_v2);
  made(*handle = new Handle, "cuBLAS handle");
  return success;
}
int cublasDestroy_v2(void* handle) {
  if (destroyed(handle, "cuBLAS handle")) delete static_cast<Handle*>(handle);
  CALLED(cublasDestroy_v2);
  return success;
}
int cublasSetStream_v2(void* handle, void* stream) {
  CALLED(cublasSetStream_v2);
  if (!is(handle, "cuBLAS handle") || !is(stream, "stream")) return invalidValue;
  static_cast<Handle*>(handle)->stream = stream;
  return success;
}
int cublasSetMathMode(void* handle, int mode) {
  CALLED(cublasSetMathMode);
  return is(handle, "cuBLAS handle") && (mode == 0 || mode == 3) ? success : invalidValue;
}
int cublasGemmEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha, const void* a, int atype, int lda,
                 const void* b, int btype, int ldb, const void*, void* c, int ctype, int ldc, int sums, int) {
  CALLED(cublasGemmEx);
  return multiply(handle, transa, transb, k, alpha, {"a", a, atype, transa ? k : m, transa ? m : k, lda, 0},
                  {"b", b, btype, transb ? n : k, transb ? k : n, ldb, 0}, {"c", c, ctype, m, n, ldc, 0}, 1, sums);
}
int cublasGemmStridedBatchedEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha, const void* a, int atype,
                               int lda, long long astep, const void* b, int btype, int ldb, long long bstep, const void*, void* c,
                               int ctype, int ldc, long long cstep, int count, int sums, int) {
  CALLED(cublasGemmStridedBatchedEx);
  return multiply(handle, transa, transb, k, alpha, {"a", a, atype, transa ? k : m, transa ? m : k, lda, astep},
                  {"b", b, btype, transb ? n : k, transb ? k : n, ldb, bstep}, {"c", c, ctype, m, n, ldc, cstep}, count, sums);
}
}
