#include "runtime-probe/cudnn/constants.h"

#include <algorithm>
#include <array>

namespace cobra::probe::cudnn {
namespace {

struct Constant {
  std::string_view name;
  int number;
};
constexpr std::array constants = {
    Constant{"CUDNN_CONVOLUTION", 0},
    Constant{"CUDNN_CROSS_CORRELATION", 1},
    Constant{"CUDNN_POOLING_MAX", 0},
    Constant{"CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING", 1},
    Constant{"CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING", 2},
    Constant{"CUDNN_POOLING_MAX_DETERMINISTIC", 3},
    Constant{"CUDNN_ACTIVATION_SIGMOID", 0},
    Constant{"CUDNN_ACTIVATION_RELU", 1},
    Constant{"CUDNN_ACTIVATION_TANH", 2},
    Constant{"CUDNN_ACTIVATION_CLIPPED_RELU", 3},
    Constant{"CUDNN_ACTIVATION_ELU", 4},
    Constant{"CUDNN_ACTIVATION_IDENTITY", 5},
    Constant{"CUDNN_ACTIVATION_SWISH", 6},
    Constant{"CUDNN_SOFTMAX_FAST", 0},
    Constant{"CUDNN_SOFTMAX_ACCURATE", 1},
    Constant{"CUDNN_SOFTMAX_LOG", 2},
    Constant{"CUDNN_SOFTMAX_MODE_INSTANCE", 0},
    Constant{"CUDNN_SOFTMAX_MODE_CHANNEL", 1},
    Constant{"CUDNN_OP_TENSOR_ADD", 0},
    Constant{"CUDNN_OP_TENSOR_MUL", 1},
    Constant{"CUDNN_OP_TENSOR_MIN", 2},
    Constant{"CUDNN_OP_TENSOR_MAX", 3},
    Constant{"CUDNN_OP_TENSOR_SQRT", 4},
    Constant{"CUDNN_OP_TENSOR_NOT", 5},
};

struct DataType {
  DType dtype;
  int number;
};
constexpr std::array dataTypes = {
    DataType{DType::Float32, 0}, DataType{DType::Float64, 1}, DataType{DType::Float16, 2},  DataType{DType::Int8, 3},
    DataType{DType::Int32, 4},   DataType{DType::UInt8, 6},   DataType{DType::BFloat16, 9}, DataType{DType::Int64, 10},
};

} // namespace

std::optional<int> numberOf(std::string_view constant) {
  auto at = std::ranges::find(constants, constant, &Constant::name);
  return at == constants.end() ? std::nullopt : std::optional(at->number);
}

std::optional<int> dataTypeOf(DType dtype) {
  auto at = std::ranges::find(dataTypes, dtype, &DataType::dtype);
  return at == dataTypes.end() ? std::nullopt : std::optional(at->number);
}

DType sumOf(DType dtype) {
  if (dtype == DType::Float64) return DType::Float64;
  return isFloating(dtype) ? DType::Float32 : DType::Int32;
}

} // namespace cobra::probe::cudnn
