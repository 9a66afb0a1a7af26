// Enumerations and the status of cuDNN's frontend, for the stand-in of its header.
#ifndef COBRA_CUDNN_FRONTEND_TYPES_H
#define COBRA_CUDNN_FRONTEND_TYPES_H
#pragma GCC system_header
#include <cudnn.h>

#include <cstdint>
#include <string>

#define CUDNN_FRONTEND_MAJOR_VERSION 1
#define CUDNN_FRONTEND_MINOR_VERSION 10
#define CUDNN_FRONTEND_PATCH_VERSION 0
#define CUDNN_FRONTEND_VERSION 11000

namespace cudnn_frontend {

enum class DataType_t {
  NOT_SET,
  FLOAT,
  DOUBLE,
  HALF,
  INT8,
  INT32,
  INT8x4,
  UINT8,
  UINT8x4,
  INT8x32,
  BFLOAT16,
  INT64,
  BOOLEAN,
  FP8_E4M3,
  FP8_E5M2,
  FAST_FLOAT_FOR_FP8
};
enum class HeurMode_t { A, B, FALLBACK };
enum class BuildPlanPolicy_t { HEURISTICS_CHOICE, ALL };
enum class ConvolutionMode_t { NOT_SET, CONVOLUTION, CROSS_CORRELATION };
enum class NormFwdPhase_t { NOT_SET, INFERENCE, TRAINING };
enum class NormMode_t { NOT_SET, LAYER_NORM, INSTANCE_NORM, BATCH_NORM, GROUP_NORM };
enum class ReductionMode_t { NOT_SET, ADD, MUL, MIN, MAX, AMAX, AVG, NORM1, NORM2, MUL_NO_ZEROS };
enum class PointwiseMode_t {
  NOT_SET,
  ADD,
  MUL,
  DIV,
  ADD_SQUARE,
  EXP,
  SQRT,
  MAX,
  MIN,
  MOD,
  RSQRT,
  SIN,
  COS,
  TAN,
  POW,
  SUB,
  LOG,
  NEG,
  CEIL,
  FLOOR,
  ABS,
  ERF,
  RECIPROCAL,
  IDENTITY,
  RELU_FWD,
  TANH_FWD,
  SIGMOID_FWD,
  ELU_FWD,
  GELU_FWD,
  SOFTPLUS_FWD,
  SWISH_FWD,
  GELU_APPROX_TANH_FWD,
  RELU_BWD,
  TANH_BWD,
  SIGMOID_BWD,
  ELU_BWD,
  GELU_BWD,
  GELU_APPROX_TANH_BWD,
  SOFTPLUS_BWD,
  SWISH_BWD,
  CMP_EQ,
  CMP_NEQ,
  CMP_GT,
  CMP_GE,
  CMP_LT,
  CMP_LE,
  LOGICAL_AND,
  LOGICAL_OR,
  LOGICAL_NOT,
  GEN_INDEX,
  BINARY_SELECT
};
enum class ResampleMode_t { NOT_SET, AVGPOOL_EXCLUDE_PADDING, AVGPOOL_INCLUDE_PADDING, BILINEAR, NEAREST, MAXPOOL };
enum class PaddingMode_t { NOT_SET, EDGE_VAL_PAD, NEG_INF_PAD, ZERO_PAD };
enum class RngDistribution_t { NOT_SET, BERNOULLI, UNIFORM, NORMAL };
enum class TensorReordering_t { NONE, INT8x32, F16x16, F8_128x4 };
enum class DiagonalAlignment_t { TOP_LEFT, BOTTOM_RIGHT };
enum class AttentionImplementation_t { AUTO, COMPOSITE, UNIFIED };
enum class NumericalNote_t { TENSOR_CORE, DOWN_CONVERT_INPUTS, REDUCED_PRECISION_REDUCTION, FFT, NONDETERMINISTIC, WINOGRAD };
enum class BehaviorNote_t { RUNTIME_COMPILATION, REQUIRES_FILTER_INT8x32_REORDER, REQUIRES_BIAS_INT8x32_REORDER };

enum class error_code_t {
  OK,
  ATTRIBUTE_NOT_SET,
  SHAPE_DEDUCTION_FAILED,
  INVALID_TENSOR_NAME,
  INVALID_VARIANT_PACK,
  GRAPH_NOT_SUPPORTED,
  GRAPH_EXECUTION_PLAN_CREATION_FAILED,
  GRAPH_EXECUTION_FAILED,
  HEURISTIC_QUERY_FAILED,
  UNSUPPORTED_GRAPH_FORMAT,
  CUDA_API_FAILED,
  CUDNN_BACKEND_API_FAILED,
  INVALID_CUDA_DEVICE,
  HANDLE_ERROR,
  INVALID_VALUE
};

class error_object {
public:
  error_code_t code;
  std::string err_msg;
  error_object();
  error_object(error_code_t, std::string);
  error_code_t get_code();
  std::string get_message();
  bool is_good() const;
  bool is_bad() const;
  bool operator==(error_code_t);
  bool operator!=(error_code_t);
};
typedef error_object error_t;

bool& isLoggingEnabled();
std::string to_string(cudnnStatus_t);
size_t get_backend_version();
std::string get_backend_version_string();

} // namespace cudnn_frontend
#endif
