// Rearranging pixels and sampling along grids (ATen/native/PixelShuffle.cpp, GridSampler.cpp,
// AffineGridGenerator.cpp, Im2Col.cpp, ChanelShuffle.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// Moved, not computed.
Effect moved(TensorType output) { return {{std::move(output)}, 0}; }

/// [..., C r r, H, W] -> [..., C, H r, W r]
Answer pixelShuffle(Tensor self, Int factor) {
  if (self.rank() < 3)
    return Misuse{"pixel_shuffle expects input to have at least 3 dimensions, but got input with " + number(self.rank()) + " dimension(s)"};
  if (factor <= 0) return Misuse{"pixel_shuffle expects a positive upscale_factor, but got " + number(factor)};
  TensorType output = self;
  const auto last = output.shape.end();
  const std::int64_t square = mulClamped(factor, factor);
  if (*(last - 3) % square != 0)
    return Misuse{"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                  "upscale_factor, but "
                  "input.size(-3)=" +
                  number(*(last - 3)) + " is not divisible by " + number(square)};
  *(last - 3) /= square;
  *(last - 2) = mulClamped(*(last - 2), factor);
  *(last - 1) = mulClamped(*(last - 1), factor);
  return moved(std::move(output));
}

Answer pixelUnshuffle(Tensor self, Int factor) {
  if (self.rank() < 3)
    return Misuse{"pixel_unshuffle expects input to have at least 3 dimensions, but got input with " + number(self.rank()) +
                  " dimension(s)"};
  if (factor <= 0) return Misuse{"pixel_unshuffle expects a positive downscale_factor, but got " + number(factor)};
  if (self.elements() == 0) return moved(self); // handed back before it is looked at
  TensorType output = self;
  for (std::size_t back : {2U, 1U}) {
    std::int64_t& size = output.shape[output.shape.size() - back];
    if (size % factor != 0)
      return Misuse{std::string("pixel_unshuffle expects ") + (back == 2 ? "height" : "width") +
                    " to be divisible by downscale_factor, but input.size(-" + number(back) + ")=" + number(size) +
                    " is not divisible by " + number(factor)};
    size /= factor;
  }
  std::int64_t& channels = output.shape[output.shape.size() - 3];
  channels = mulClamped(channels, mulClamped(factor, factor));
  return moved(std::move(output));
}

Answer channelShuffle(Tensor self, Int groups) {
  if (self.rank() < 3) return Misuse{"channel_shuffle expects input with > 2 dims, but got input with sizes " + text(self.shape)};
  if (groups <= 0) return Misuse{"Number of groups to divide channels in must be positive. Value of groups:" + number(groups)};
  if (self.shape[1] % groups != 0)
    return Misuse{"Number of channels must be divisible by groups. Got " + number(self.shape[1]) + " channels and " + number(groups) +
                  " groups."};
  return moved(self);
}

/// What a sample costs, by interpolation_mode: bilinear (by rank), nearest, bicubic.
std::int64_t sampleCost(Int mode, bool volume) {
  if (mode == 1) return 0;
  return mode == 2 ? 31 : volume ? 15 : 7;
}

/// input [N, C, ...], grid [N, ...', rank] -> [N, C, ...']
Answer gridSampler(Tensor input, Tensor grid, Int mode, Int padding) {
  const std::string sizes = "input with sizes " + text(input.shape) + " and grid with sizes " + text(grid.shape);
  if ((input.rank() != 4 && input.rank() != 5) || input.rank() != grid.rank())
    return Misuse{"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got " + sizes};
  if (input.shape[0] != grid.shape[0]) return Misuse{"grid_sampler(): expected input and grid to have same batch size, but got " + sizes};
  if (grid.shape.back() != input.rank() - 2)
    return Misuse{"grid_sampler(): expected grid to have size " + number(input.rank() - 2) +
                  " in last dimension, but got grid with sizes " + text(grid.shape)};
  if (std::find(input.shape.begin() + 2, input.shape.end(), 0) != input.shape.end())
    return Misuse{"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes " + text(input.shape)};
  if (input.rank() == 5 && mode == 2) return Misuse{"grid_sampler(): bicubic interpolation only supports 4D input"};
  if (mode < 0 || mode > 2) return Misuse{"grid_sampler(): unknown interpolation mode " + number(mode)};
  if (padding < 0 || padding > 2) return Misuse{"grid_sampler(): unknown padding mode " + number(padding)};
  if (input.dtype != grid.dtype)
    return Misuse{"grid_sampler(): expected input and grid to have same dtype, but input has " + std::string(longName(input.dtype)) +
                  " and grid has " + std::string(longName(grid.dtype))};
  TensorType output = input;
  std::copy(grid.shape.begin() + 1, grid.shape.end() - 1, output.shape.begin() + 2);
  return pointwise(output, sampleCost(mode, input.rank() == 5));
}

/// theta [N, 2, 3], size [N, C, H, W] -> [N, H, W, 2]; in 3-D theta [N, 3, 4] -> [N, D, H, W, 3]
Answer affineGrid(Tensor theta, IntList size) {
  if (size.size() != 4 && size.size() != 5) return Misuse{"AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs."};
  const std::int64_t rank = static_cast<std::int64_t>(size.size()) - 2;
  if (theta.shape != Shape{size[0], rank, rank + 1})
    return Misuse{"Expected a batch of " + number(rank) + "D affine matrices of shape " + text(Shape{size[0], rank, rank + 1}) +
                  " for size " + text(size) + ". Got " + text(theta.shape) + "."};
  TensorType output{theta.dtype, {size[0]}};
  output.shape.insert(output.shape.end(), size.begin() + 2, size.end());
  output.shape.push_back(rank);
  return pointwise(output, 2 * (rank + 1));
}

struct Windows {
  IntList kernel, dilation, padding, stride;
};

/// How many windows fit into one dimension.
std::int64_t windows(const Windows& window, std::size_t i, std::int64_t size) {
  const std::int64_t covered = addClamped(mulClamped(window.dilation[i], window.kernel[i] - 1), 1);
  const std::int64_t room = addClamped(addClamped(size, mulClamped(2, window.padding[i])), -covered);
  return room < 0 ? 0 : room / window.stride[i] + 1;
}

/// Two values each, all of at least `least`.
std::optional<Misuse> refused(std::string_view name, IntList values, std::int64_t least) {
  if (values.size() != 2)
    return Misuse{"It is expected " + std::string(name) + " equals to 2, but got size " + number(static_cast<Int>(values.size()))};
  if (std::ranges::all_of(values, [&](std::int64_t value) { return value >= least; })) return std::nullopt;
  return Misuse{std::string(name) + " should be " + (least == 0 ? "non-negative" : "greater than zero") + ", but got " + text(values)};
}

std::optional<Misuse> refused(const Windows& window) {
  for (auto misuse : {refused("kernel_size", window.kernel, 1), refused("dilation", window.dilation, 1),
                      refused("padding", window.padding, 0), refused("stride", window.stride, 1)})
    if (misuse) return misuse;
  return std::nullopt;
}

/// [N, C, H, W] -> [N, C kH kW, windows]
Answer im2col(Tensor self, const Windows& window) {
  if (auto misuse = refused(window)) return *std::move(misuse);
  const bool batched = self.rank() == 4;
  if ((self.rank() != 3 && !batched) || std::find(self.shape.begin() + (batched ? 1 : 0), self.shape.end(), 0) != self.shape.end())
    return Misuse{"Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
                  "dimensions for input, but "
                  "got: " +
                  text(self.shape)};
  const std::size_t first = self.shape.size() - 2;
  const std::int64_t height = windows(window, 0, self.shape[first]), width = windows(window, 1, self.shape[first + 1]);
  if (height < 1 || width < 1)
    return Misuse{"Given input with spatial size (" + number(self.shape[first]) + ", " + number(self.shape[first + 1]) +
                  "), kernel_size=" + text(window.kernel) + ", dilation=" + text(window.dilation) + ", padding=" + text(window.padding) +
                  ", calculated shape of the array of sliding blocks as (" + number(height) + ", " + number(width) +
                  "), but its components must be at least one."};
  Shape shape(self.shape.begin(), self.shape.end() - 2);
  shape.back() = mulClamped(shape.back(), mulClamped(window.kernel[0], window.kernel[1]));
  shape.push_back(mulClamped(height, width));
  return moved({self.dtype, std::move(shape)});
}

/// [N, C kH kW, windows] -> [N, C, H, W]; overlapping windows add up.
Answer col2im(Tensor self, IntList output, const Windows& window) {
  if (auto misuse = refused("output_size", output, 1)) return *std::move(misuse);
  if (auto misuse = refused(window)) return *std::move(misuse);
  const bool batched = self.rank() == 3;
  if ((self.rank() != 2 && !batched) || std::find(self.shape.begin() + (batched ? 1 : 0), self.shape.end(), 0) != self.shape.end())
    return Misuse{"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
                  "dimensions for input, "
                  "but got: " +
                  text(self.shape)};
  const std::int64_t block = mulClamped(window.kernel[0], window.kernel[1]);
  const std::size_t channel = self.shape.size() - 2;
  if (self.shape[channel] % block != 0)
    return Misuse{"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
                  "got input.size(1)=" +
                  number(self.shape[channel]) + " and kernel_size=" + text(window.kernel) + "."};
  const std::int64_t count = mulClamped(windows(window, 0, output[0]), windows(window, 1, output[1]));
  if (self.shape.back() != count || count < 1)
    return Misuse{"Given output_size=" + text(output) + ", kernel_size=" + text(window.kernel) +
                  ", expected size of input's "
                  "dimension 2 to match the calculated number of sliding blocks " +
                  number(count) + ", but got input.size(2)=" + number(self.shape.back()) + "."};
  TensorType result = self;
  result.shape[channel] /= block;
  result.shape.back() = output[0];
  result.shape.push_back(output[1]);
  return Effect{{std::move(result)}, self.elements()};
}

constexpr std::string_view grids = "input: [N:1..8, 1..256, 1..128, 1..128]  grid: [N, 1..128, 1..128, 2]  "
                                   "interpolation_mode: 0|0|1|2  padding_mode: 0|1|2  align_corners: True|False";

constexpr auto entries = family(
    op(
        "aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
        [](Tensor self, Int factor) -> Answer { return pixelShuffle(self, factor); },
        "upscale_factor: R:2|3|4  self: [1..16, R*R*(1..64), 1..128, 1..128]"),
    op(
        "aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
        [](Tensor self, Int factor) -> Answer { return pixelUnshuffle(self, factor); },
        "downscale_factor: R:2|3|4  self: [1..16, 1..64, R*(1..64), R*(1..64)]"),
    op(
        "aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor",
        [](Tensor self, Int groups) -> Answer { return channelShuffle(self, groups); },
        "groups: G:2|3|4|8  self: [1..16, G*(1..64), 1..64, 1..64]"),
    op(
        "aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool "
        "align_corners) -> Tensor",
        [](Tensor input, Tensor grid, Int mode, Int padding, Openable<Bool>) -> Answer { return gridSampler(input, grid, mode, padding); },
        grids),
    op(
        "aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor",
        [](Tensor theta, IntList size, Openable<Bool>) -> Answer { return affineGrid(theta, size); },
        "theta: [N:1..64, 2, 3]  size: [N, 3, 1..256, 1..256]  align_corners: True|False"),
    op(
        "aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> "
        "Tensor",
        [](Tensor self, IntList kernel, IntList dilation, IntList padding, IntList stride) -> Answer {
          return im2col(self, {kernel, dilation, padding, stride});
        },
        "self: [1..8, 1..64, 4..64, 4..64]  kernel_size: [K:2|3|4, K]  dilation: [1, 1]  padding: [P:0|1, P] "
        " stride: [S:1|2|4, S]"),
    op(
        "aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] "
        "padding, int[2] stride) -> "
        "Tensor",
        [](Tensor self, IntList output, IntList kernel, IntList dilation, IntList padding, IntList stride) -> Answer {
          return col2im(self, output, {kernel, dilation, padding, stride});
        },
        "kernel_size: [K:2|4, K]  stride: [K, K]  dilation: [1, 1]  padding: [0, 0]  output_size: "
        "[K*(H:1..16), K*(W:1..16)]  "
        "self: [1..8, (1..64)*K*K, H*W]"));

} // namespace

constinit const Family families::image = {"image", entries};

} // namespace cobra::ops
