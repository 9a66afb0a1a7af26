// Interpolation and grids (ATen/native/UpSample.h, GridSampler.cpp, PixelShuffle.cpp,
// AffineGridGenerator.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

#include <algorithm>
#include <cmath>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// Neighbours that are weighted and added for each number of the output; nearest copies.
constexpr std::int64_t nearest = 0, linear = 3, bilinear = 7, bicubic = 31, trilinear = 15;

/// input [N, C, ...] -> [N, C, output...]
Answer upsample(Tensor input, IntList output, std::size_t rank, std::int64_t flopsPerElement) {
  const Int dims = static_cast<Int>(rank);
  if (output.size() != rank)
    return Misuse{"It is expected output_size equals to " + number(dims) + ", but got size " + number(static_cast<Int>(output.size()))};
  if (input.shape.size() != rank + 2)
    return Misuse{"It is expected input_size equals to " + number(dims + 2) + ", but got size " + number(input.rank())};
  const IntList spatial = IntList(input.shape).last(rank);
  const auto notPositive = [](std::int64_t size) { return size <= 0; };
  if (std::ranges::any_of(spatial, notPositive) || std::ranges::any_of(output, notPositive))
    return Misuse{"Input and output sizes should be greater than 0, but got input " + text(spatial) + " output " + text(output)};
  if (input.shape[1] == 0)
    return Misuse{"Non-empty " + number(dims + 2) + "D data tensor expected but got a tensor with sizes " + text(input.shape)};
  TensorType result = input;
  std::ranges::copy(output, result.shape.begin() + 2);
  return pointwise(result, flopsPerElement);
}

/// The sizes are given, or a factor for each of them.
Answer upsampleBy(Tensor input, MaybeIntList output, MaybeFloatList factors, std::size_t rank, std::int64_t flopsPerElement) {
  if (output.has_value() == factors.has_value()) return Misuse{"Must specify exactly one of output_size and scale_factors"};
  const std::size_t spatial = input.shape.size() < 2 ? 0 : input.shape.size() - 2;
  if (output) {
    if (output->size() != spatial)
      return Misuse{"Input and output must have the same number of spatial dimensions, but got input with "
                    "spatial dimensions of " +
                    number(static_cast<Int>(spatial)) + " and output size of " + text(*output)};
    return upsample(input, *output, rank, flopsPerElement);
  }
  if (factors->size() != spatial)
    return Misuse{"scale_factors has " + number(static_cast<Int>(factors->size())) + " items for " + number(static_cast<Int>(spatial)) +
                  " spatial dimensions"};
  Shape sizes;
  for (std::size_t i = 0; i < spatial; ++i) {
    const double size = static_cast<double>(input.shape[2 + i]) * (*factors)[i];
    // Beyond what a double counts exactly there is no such tensor.
    if (!(std::abs(size) < 0x1p53)) return Misuse{"scale factor " + std::to_string((*factors)[i]) + " gives no size"};
    sizes.push_back(static_cast<std::int64_t>(size));
  }
  return upsample(input, sizes, rank, flopsPerElement);
}

constexpr std::string_view line = "self: [1..16, 1..512, L:1..512]  output_size: [2*L] | [1..1024]";
constexpr std::string_view plane = "self: [1..16, 1..512, H:1..64, W:1..64]  output_size: [2*H, 2*W] | [1..128, 1..128]";
constexpr std::string_view volume = "self: [1..4, 1..64, D:1..16, H:1..32, W:1..32]  output_size: [2*D, 2*H, 2*W] | [1..32, 1..32, 1..32]";
constexpr std::string_view aligned1 = "self: [1..16, 1..512, L:1..512]  output_size: [2*L] | [1..1024]  align_corners: True|False";
constexpr std::string_view aligned2 = "self: [1..16, 1..512, H:1..64, W:1..64]  output_size: [2*H, 2*W] | "
                                      "[1..128, 1..128]  align_corners: True|False";
constexpr std::string_view aligned3 = "self: [1..4, 1..64, D:1..16, H:1..32, W:1..32]  "
                                      "output_size: [2*D, 2*H, 2*W] | [1..32, 1..32, 1..32]  align_corners: True|False";

constexpr auto entries = family(
    op(
        "aten::upsample_nearest1d(Tensor self, SymInt[1] output_size, float? scales=None) -> Tensor",
        [](Tensor self, IntList output, Openable<MaybeFloat>) -> Answer { return upsample(self, output, 1, nearest); }, line),
    op(
        "aten::upsample_nearest2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? "
        "scales_w=None) -> Tensor",
        [](Tensor self, IntList output, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer {
          return upsample(self, output, 2, nearest);
        },
        plane),
    op(
        "aten::upsample_nearest3d(Tensor self, SymInt[3] output_size, float? scales_d=None, float? "
        "scales_h=None, float? "
        "scales_w=None) -> Tensor",
        [](Tensor self, IntList output, Openable<MaybeFloat>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer {
          return upsample(self, output, 3, nearest);
        },
        volume),
    op(
        "aten::upsample_linear1d(Tensor self, SymInt[1] output_size, bool align_corners, float? "
        "scales=None) -> Tensor",
        [](Tensor self, IntList output, Openable<Bool>, Openable<MaybeFloat>) -> Answer { return upsample(self, output, 1, linear); },
        aligned1),
    op(
        "aten::upsample_bilinear2d(Tensor self, SymInt[2] output_size, bool align_corners, float? "
        "scales_h=None, float? "
        "scales_w=None) -> Tensor",
        [](Tensor self, IntList output, Openable<Bool>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer {
          return upsample(self, output, 2, bilinear);
        },
        aligned2),
    op(
        "aten::upsample_bicubic2d(Tensor self, SymInt[2] output_size, bool align_corners, float? "
        "scales_h=None, float? "
        "scales_w=None) -> Tensor",
        [](Tensor self, IntList output, Openable<Bool>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer {
          return upsample(self, output, 2, bicubic);
        },
        aligned2),
    op(
        "aten::upsample_trilinear3d(Tensor self, SymInt[3] output_size, bool align_corners, float? "
        "scales_d=None, float? "
        "scales_h=None, float? scales_w=None) -> Tensor",
        [](Tensor self, IntList output, Openable<Bool>, Openable<MaybeFloat>, Openable<MaybeFloat>, Openable<MaybeFloat>) -> Answer {
          return upsample(self, output, 3, trilinear);
        },
        aligned3));

// What torch::nn::functional::interpolate calls.
constexpr auto byFactor = family(
    op(
        "aten::upsample_nearest1d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 1, nearest); },
        "input: [1..16, 1..512, L:1..512]  scale_factors: None|[2.0|4.0]  output_size: None|[2*L]"),
    op(
        "aten::upsample_nearest2d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 2, nearest); },
        "input: [1..16, 1..512, H:1..64, W:1..64]  scale_factors: None|[F:2.0|4.0, F]  output_size: "
        "None|[2*H, 2*W]"),
    op(
        "aten::upsample_nearest3d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 3, nearest); },
        "input: [1..4, 1..64, D:1..16, 1..32, 1..32]  scale_factors: None|[2.0, 2.0, 2.0]  output_size: "
        "None|[2*D, 8, 8]"),
    op(
        "aten::_upsample_nearest_exact2d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> "
        "Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 2, nearest); },
        "input: [1..16, 1..512, H:1..64, W:1..64]  scale_factors: None|[F:2.0|4.0, F]  output_size: "
        "None|[2*H, 2*W]"),
    op(
        "aten::_upsample_nearest_exact1d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> "
        "Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 1, nearest); },
        "input: [1..16, 1..512, L:1..512]  scale_factors: None|[2.0|4.0]  output_size: None|[2*L]"),
    op(
        "aten::_upsample_nearest_exact3d.vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> "
        "Tensor",
        [](Tensor input, MaybeIntList output, MaybeFloatList factors) -> Answer { return upsampleBy(input, output, factors, 3, nearest); },
        "input: [1..4, 1..64, D:1..16, 1..32, 1..32]  scale_factors: None|[2.0, 2.0, 2.0]  output_size: "
        "None|[2*D, 8, 8]"),
    op(
        "aten::_upsample_bilinear2d_aa.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 2, bilinear);
        },
        "input: [1..8, 1..64, H:1..64, W:1..64]  scale_factors: None|[F:0.5|2.0, F]  output_size: None|[2*H, "
        "2*W]  align_corners: True|False"),
    op(
        "aten::_upsample_bicubic2d_aa.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 2, bicubic);
        },
        "input: [1..8, 1..64, H:1..64, W:1..64]  scale_factors: None|[F:0.5|2.0, F]  output_size: None|[2*H, "
        "2*W]  align_corners: True|False"),
    op(
        "aten::upsample_linear1d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 1, linear);
        },
        "input: [1..16, 1..512, L:1..512]  scale_factors: None|[2.0|4.0]  output_size: None|[2*L]  "
        "align_corners: True|False"),
    op(
        "aten::upsample_bilinear2d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 2, bilinear);
        },
        "input: [1..16, 1..512, H:1..64, W:1..64]  scale_factors: None|[F:2.0|4.0, F]  output_size: "
        "None|[2*H, 2*W]  "
        "align_corners: True|False"),
    op(
        "aten::upsample_bicubic2d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 2, bicubic);
        },
        "input: [1..16, 1..256, H:1..64, W:1..64]  scale_factors: None|[F:2.0|4.0, F]  output_size: "
        "None|[2*H, 2*W]  "
        "align_corners: True|False"),
    op(
        "aten::upsample_trilinear3d.vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
        "scale_factors) -> Tensor",
        [](Tensor input, MaybeIntList output, Openable<Bool>, MaybeFloatList factors) -> Answer {
          return upsampleBy(input, output, factors, 3, trilinear);
        },
        "input: [1..4, 1..64, D:1..16, 1..32, 1..32]  scale_factors: None|[2.0, 2.0, 2.0]  output_size: "
        "None|[2*D, 8, 8]  "
        "align_corners: True|False"));

} // namespace

constinit const Family families::upsampling = {"upsampling", entries};
constinit const Family families::interpolation = {"interpolation", byFactor};

} // namespace cobra::ops
