#include "predictor/ops/pooling.h"

#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// One item stands for all dimensions.
std::int64_t at(IntList list, std::size_t i) { return list[list.size() == 1 ? 0 : i]; }

bool hasLength(IntList list, std::size_t rank) { return list.size() == 1 || list.size() == rank; }

constexpr std::array<std::string_view, 3> counts = {"one int", "two ints", "three ints"};

/// "max_pool2d: kernel_size must either be a single int, or a tuple of two ints"
std::optional<Misuse> wrongLengths(std::string_view name, const Pooling& call, std::size_t rank) {
  const auto wrong = [&](std::string_view what) {
    return Misuse{std::string(name) + ": " + std::string(what) + " must either be a single int, or a tuple of " +
                  std::string(counts[rank - 1])};
  };
  if (!hasLength(call.kernel, rank)) return wrong("kernel_size");
  if (!call.stride.empty() && !hasLength(call.stride, rank)) return wrong("stride");
  if (!hasLength(call.padding, rank)) return wrong("padding");
  if (!hasLength(call.dilation, rank)) return wrong("dilation");
  return std::nullopt;
}

/// [N, C, ...] or [C, ...]; only the batch may be empty.
std::optional<Misuse> wrongInput(std::string_view name, Tensor input, std::size_t rank) {
  const std::size_t dims = input.shape.size();
  const bool rightRank = dims == rank + 1 || dims == rank + 2;
  const auto first = input.shape.begin() + (rightRank && dims == rank + 2 ? 1 : 0);
  if (rightRank && std::find(first, input.shape.end(), 0) == input.shape.end()) return std::nullopt;
  return Misuse{std::string(name) + ": Expected " + number(static_cast<Int>(rank) + 1) + "D or " + number(static_cast<Int>(rank) + 2) +
                "D (batch mode) tensor with optional 0 dim batch size for input, but got: " + text(input.shape)};
}

std::optional<Misuse> wrongWindow(std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation) {
  if (kernel <= 0) return Misuse{"kernel size should be greater than zero, but got " + number(kernel)};
  if (stride <= 0) return Misuse{"stride should be greater than zero, but got " + number(stride)};
  if (dilation <= 0) return Misuse{"dilation should be greater than zero, but got " + number(dilation)};
  if (pad < 0) return Misuse{"pad must be non-negative, but got pad: " + number(pad)};
  if (pad > kernel / 2)
    return Misuse{"pad should be at most half of effective kernel size, but got pad=" + number(pad) + ", kernel_size=" + number(kernel) +
                  " and dilation=" + number(dilation)};
  return std::nullopt;
}

std::int64_t divideDown(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

/// pooling_output_shape: with ceil mode, a last window that starts inside the input or its left padding
/// counts.
std::int64_t outputSize(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation,
                        bool ceilMode) {
  const std::int64_t covered = addClamped(mulClamped(dilation, kernel - 1), 1);
  std::int64_t room = addClamped(addClamped(input, mulClamped(2, pad)), -covered);
  if (ceilMode) room = addClamped(room, stride - 1);
  std::int64_t size = addClamped(divideDown(room, stride), 1);
  if (ceilMode && mulClamped(size - 1, stride) >= addClamped(input, pad)) --size;
  return size;
}

/// "(3x1x1)"
std::string crossed(IntList sizes) {
  std::string result = "(";
  for (const std::int64_t size : sizes) result += (result.size() > 1 ? "x" : "") + number(size);
  return result + ")";
}

std::optional<Misuse> noMean(Tensor input) {
  if (isFloating(input.dtype) || isComplex(input.dtype)) return std::nullopt;
  return Misuse{"mean(): could not infer output dtype. Input dtype must be either a floating point or "
                "complex dtype. Got: " +
                messageName(input.dtype)};
}

/// Down to one number each is a mean, which takes any leading dimensions.
Answer globalAverage(Tensor input, std::size_t rank) {
  if (auto misuse = noMean(input)) return *std::move(misuse);
  TensorType result = input;
  std::fill(result.shape.end() - static_cast<std::ptrdiff_t>(rank), result.shape.end(), 1);
  return Effect{{std::move(result)}, input.elements()};
}

Effect effectOf(TensorType output, std::int64_t flops, Pooled gives) {
  if (gives == Pooled::Values) return {{std::move(output)}, flops};
  TensorType indices{DType::Int64, output.shape};
  return {{std::move(output), std::move(indices)}, flops};
}

} // namespace

Answer pooling(std::string_view name, const Pooling& call, std::size_t rank, Pooled gives) {
  if (auto misuse = wrongLengths(name, call, rank)) return *std::move(misuse);
  if (auto misuse = wrongInput(name, call.input, rank)) return *std::move(misuse);
  TensorType output = call.input;
  const std::size_t first = output.shape.size() - rank;
  if (call.wholeWindows)
    for (std::size_t i = 0; i < rank; ++i)
      if (output.shape[first + i] < at(call.kernel, i))
        return Misuse{"input image " + text(IntList(output.shape).subspan(first)) + " smaller than kernel size " + text(call.kernel)};
  std::int64_t window = 1;
  bool tooSmall = false;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t kernel = at(call.kernel, i), pad = at(call.padding, i), dilation = at(call.dilation, i);
    const std::int64_t stride = call.stride.empty() ? kernel : at(call.stride, i);
    if (auto misuse = wrongWindow(kernel, stride, pad, dilation)) return *std::move(misuse);
    std::int64_t& size = output.shape[first + i];
    size = outputSize(size, kernel, stride, pad, dilation, call.ceilMode);
    tooSmall = tooSmall || size < 1;
    window = mulClamped(window, kernel);
  }
  if (tooSmall)
    return Misuse{"Given input size: " + crossed(IntList(call.input.shape).subspan(first - 1)) +
                  ". Calculated output size: " + crossed(IntList(output.shape).subspan(first - 1)) + ". Output size is too small"};
  const std::int64_t flops = mulClamped(output.elements(), window);
  return effectOf(std::move(output), flops, gives);
}

Answer adaptivePooling(std::string_view name, Tensor input, IntList output, std::size_t rank, Pooled gives) {
  if (output.size() != rank) return Misuse{std::string(name) + ": output_size must be " + number(static_cast<Int>(rank))};
  if (std::ranges::any_of(output, [](std::int64_t size) { return size < 0; }))
    return Misuse{"elements of output_size must be greater than or equal to 0 but received " + text(output)};
  const std::size_t dims = input.shape.size();
  const bool average = gives == Pooled::Values;
  const bool toOne = std::ranges::all_of(output, [](std::int64_t size) { return size == 1; });
  if (average && toOne && (rank == 1 ? dims == 2 || dims == 3 : dims >= rank)) return globalAverage(input, rank);
  if (dims != rank + 1 && dims != rank + 2)
    return Misuse{std::string(name) + "(): Expected " + number(static_cast<Int>(rank) + 1) + "D or " + number(static_cast<Int>(rank) + 2) +
                  "D tensor, but got " + text(input.shape)};
  // Averages in one and two dimensions do not mind a tensor without channels.
  for (std::size_t i = average && rank < 3 ? dims - rank : 1; i < dims; ++i)
    if (input.shape[i] == 0)
      return Misuse{std::string(name) + "(): Expected input to have non-zero size for non-batch dimensions, but input has sizes " +
                    text(input.shape) + " with dimension " + number(static_cast<Int>(i)) + " being empty"};
  TensorType result = input;
  std::ranges::copy(output, result.shape.end() - static_cast<std::ptrdiff_t>(rank));
  return effectOf(std::move(result), input.elements(), gives);
}

} // namespace cobra::ops
