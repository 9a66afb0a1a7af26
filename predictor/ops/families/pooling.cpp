#include "predictor/ops/pooling.h"

#include "predictor/ops/families.h"

namespace cobra::ops {
namespace {

constexpr std::array<std::int64_t, 1> one = {1};

/// Average pooling knows no dilation.
Answer average(std::string_view name, Tensor self, IntList kernel, IntList stride, IntList padding, bool ceilMode, std::size_t rank,
               MaybeInt divisor) {
  if (divisor == 0) return Misuse{"divisor must be not zero"};
  return pooling(name, {self, kernel, stride, padding, one, ceilMode, rank == 3}, rank, Pooled::Values);
}

constexpr std::string_view lines = "self: [1..32, 1..512, 4..1024] | [1..512, 4..1024]  kernel_size: [2|3|5]  stride: []|[1|2|3]  "
                                   "padding: [0|0|1]  ceil_mode: False|False|True";
constexpr std::string_view planes = "self: [1..32, 1..512, 4..128, 4..128] | [1..512, 4..128, 4..128]  kernel_size: [K:2|2|3|3|5, K]  "
                                    "stride: []|[S:1|2|3, S]  padding: [P:0|0|1, P]  ceil_mode: False|False|True";
constexpr std::string_view volumes = "self: [1..4, 1..64, 4..32, 4..64, 4..64]  kernel_size: [K:2|3, K, K]  "
                                     "stride: []|[S:1|2|3, S, S]  padding: [P:0|0|1, P, P]  ceil_mode: False|False|True";

constexpr auto entries =
    family(op(
               "aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] "
               "dilation=[1], bool "
               "ceil_mode=False) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool1d()", {self, kernel, stride, padding, dilation, ceil}, 1, Pooled::Values);
               },
               lines),
           op(
               "aten::max_pool1d_with_indices(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] "
               "padding=[0], int[1] "
               "dilation=[1], bool ceil_mode=False) -> (Tensor, Tensor)",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool1d()", {self, kernel, stride, padding, dilation, ceil}, 1, Pooled::ValuesAndIndices);
               },
               lines),
           op(
               "aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] "
               "dilation=1, bool "
               "ceil_mode=False) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool2d", {self, kernel, stride, padding, dilation, ceil}, 2, Pooled::Values);
               },
               planes),
           op(
               "aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, "
               "int[2] dilation=1, "
               "bool ceil_mode=False) -> (Tensor, Tensor)",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool2d", {self, kernel, stride, padding, dilation, ceil}, 2, Pooled::ValuesAndIndices);
               },
               planes),
           op(
               "aten::max_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] "
               "dilation=1, bool "
               "ceil_mode=False) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool3d", {self, kernel, stride, padding, dilation, ceil}, 3, Pooled::Values);
               },
               volumes),
           op(
               "aten::max_pool3d_with_indices(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, "
               "int[3] dilation=1, "
               "bool ceil_mode=False) -> (Tensor, Tensor)",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, IntList dilation, Bool ceil) -> Answer {
                 return pooling("max_pool3d", {self, kernel, stride, padding, dilation, ceil}, 3, Pooled::ValuesAndIndices);
               },
               volumes),
           op(
               "aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], bool "
               "ceil_mode=False, bool "
               "count_include_pad=True) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, Bool ceil, Openable<Bool>) -> Answer {
                 return average("avg_pool1d", self, kernel, stride, padding, ceil, 1, std::nullopt);
               },
               lines),
           op(
               "aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool "
               "ceil_mode=False, bool "
               "count_include_pad=True, int? divisor_override=None) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, Bool ceil, Openable<Bool>, MaybeInt divisor) -> Answer {
                 return average("avg_pool2d", self, kernel, stride, padding, ceil, 2, divisor);
               },
               planes),
           op(
               "aten::avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool "
               "ceil_mode=False, bool "
               "count_include_pad=True, int? divisor_override=None) -> Tensor",
               [](Tensor self, IntList kernel, IntList stride, IntList padding, Bool ceil, Openable<Bool>, MaybeInt divisor) -> Answer {
                 return average("avg_pool3d", self, kernel, stride, padding, ceil, 3, divisor);
               },
               volumes));

constexpr std::string_view adaptiveLines = "self: [1..32, 1..512, 1..1024] | [1..512, 1..1024]  output_size: [1..64]";
constexpr std::string_view adaptivePlanes =
    "self: [1..32, 1..1024, 1..64, 1..64] | [1..512, 1..64, 1..64]  output_size: [1, 1] | [1..16, 1..16]";
constexpr std::string_view adaptiveVolumes = "self: [1..4, 1..256, 1..16, 1..32, 1..32]  output_size: [1, 1, 1] | [1..8, 1..8, 1..8]";

constexpr auto adaptive = family(
    op(
        "aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
        [](Tensor self, IntList output) -> Answer { return adaptivePooling("adaptive_avg_pool1d", self, output, 1, Pooled::Values); },
        adaptiveLines),
    op(
        "aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
        [](Tensor self, IntList output) -> Answer { return adaptivePooling("adaptive_avg_pool2d", self, output, 2, Pooled::Values); },
        adaptivePlanes),
    op(
        "aten::adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor",
        [](Tensor self, IntList output) -> Answer { return adaptivePooling("adaptive_avg_pool3d", self, output, 3, Pooled::Values); },
        adaptiveVolumes),
    op(
        "aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)",
        [](Tensor self, IntList output) -> Answer {
          return adaptivePooling("adaptive_max_pool1d", self, output, 1, Pooled::ValuesAndIndices);
        },
        adaptiveLines),
    op(
        "aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)",
        [](Tensor self, IntList output) -> Answer {
          return adaptivePooling("adaptive_max_pool2d", self, output, 2, Pooled::ValuesAndIndices);
        },
        adaptivePlanes),
    op(
        "aten::adaptive_max_pool3d(Tensor self, int[3] output_size) -> (Tensor, Tensor)",
        [](Tensor self, IntList output) -> Answer {
          return adaptivePooling("adaptive_max_pool3d", self, output, 3, Pooled::ValuesAndIndices);
        },
        adaptiveVolumes));

} // namespace

constinit const Family families::pooling = {"pooling", entries};
constinit const Family families::adaptivePooling = {"adaptive pooling", adaptive};

} // namespace cobra::ops
