// Calls of cublas:: entries through a stand-in for cuBLAS and CUDA's runtime (fake/fake.h).

#include "runtime-probe/measure.h"
#include "test/probe/fake/fake.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace cobra::probe {
namespace {

Record measured(const std::string& snippet, bool tf32 = false) {
  MeasureSetting setting = defaultSetting(c10::Device(c10::kCUDA, 0));
  setting.stop.most = 20; // samples that nothing disturbed, however long that takes
  setting.stop.seconds = 20;
  setting.warmUpSeconds = 0.0001;
  setting.tf32 = tf32;
  auto parsed = parseSnippet(snippet);
  if (auto* error = std::get_if<SnippetError>(&parsed)) {
    ADD_FAILURE() << snippet << ": " << error->sentence;
    return {};
  }
  return measure(std::get<Call>(parsed), setting);
}

class CublasCall : public ::testing::Test {
protected:
  void SetUp() override { fake::reset(); }
  void TearDown() override {
    ::unsetenv("COBRA_FAKE_FAIL");
    EXPECT_EQ(fake::report(), "");
  }
};

TEST_F(CublasCall, ProductsOfEveryFormAndType) {
  for (const char* snippet : {"cublas::gemm(self=f32[3,5],mat2=f32[5,7],transa=False,transb=False)",
                              "cublas::gemm(self=f32[5,3],mat2=f32[5,7],transa=True,transb=False)",
                              "cublas::gemm(self=f64[3,5],mat2=f64[7,5],transa=False,transb=True)",
                              "cublas::gemm(self=bf16[5,3],mat2=bf16[7,5],transa=True,transb=True)",
                              "cublas::gemm_batched(self=f16[4,3,5],mat2=f16[4,5,7],transa=False,transb=False)",
                              "cublas::gemm_batched(self=f32[4,5,3],mat2=f32[4,7,5],transa=True,transb=True)"}) {
    const Record record = measured(snippet);
    EXPECT_TRUE(record.measured()) << snippet << ": " << record.reason;
    EXPECT_EQ(fake::report(), "") << snippet;
  }
  EXPECT_TRUE(measured("cublas::gemm(self=f32[3,5],mat2=f32[5,7],transa=False,transb=False)", true).measured());
}

TEST_F(CublasCall, EveryStatusIsOneReason) {
  const std::string snippet = "cublas::gemm(self=f32[3,5],mat2=f32[5,7],transa=False,transb=False)";
  for (const char* function : {"cublasCreate_v2", "cublasSetStream_v2", "cublasSetMathMode", "cublasGemmEx"}) {
    fake::reset();
    ::setenv("COBRA_FAKE_FAIL", function, 1);
    EXPECT_EQ(measured(snippet).reason, std::string(function) + ": the function failed to launch on the GPU");
    EXPECT_EQ(fake::report(), "");
  }
  fake::reset();
  ::setenv("COBRA_FAKE_FAIL", "cublasCreate_v2:1:3", 1);
  EXPECT_EQ(measured(snippet).error, "memory");
}

TEST_F(CublasCall, WhatCannotRunSaysWhy) {
  EXPECT_EQ(measured("cublas::dot(x=f32[9],y=f32[9])").reason, "the probe cannot run cublas::dot through cuBLAS");
  EXPECT_EQ(measured("cublas::gemm(self=c64[3,5],mat2=c64[5,7],transa=False,transb=False)").reason,
            "cuBLAS multiplies no matrices of complex64");
  const Record wrong = measured("cublas::gemm(self=f32[3,5],mat2=f32[6,7],transa=False,transb=False)");
  EXPECT_EQ(wrong.error, "argument");
  EXPECT_EQ(wrong.reason, "CUBLAS_STATUS_INVALID_VALUE: the matrices [3, 5] and [6, 7] cannot be multiplied");
}

} // namespace
} // namespace cobra::probe
