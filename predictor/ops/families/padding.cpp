// Padding (ATen/native/PadNd.cpp, ReflectionPad.cpp, ReplicationPadding.cpp). Nothing is computed, all is
// moved.
#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

#include <algorithm>
#include <array>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

/// ATen/PadNd.h
enum class PadMode : std::uint8_t { Reflect, Replicate, Circular, Constant };
constexpr std::array<std::string_view, 4> modeNames = {"reflect", "replicate", "circular", "constant"};

/// What is put on the two sides of dimension `d`; pads are listed from the last dimension on.
struct Sides {
  std::int64_t before, after;
};
Sides sidesOf(IntList pad, std::size_t rank, std::size_t d) {
  const std::size_t at = 2 * (rank - 1 - d);
  return at + 1 < pad.size() ? Sides{pad[at], pad[at + 1]} : Sides{0, 0};
}

Answer constantPad(Tensor self, IntList pad) {
  if (pad.size() % 2 != 0) return Misuse{"Length of pad must be even but instead it equals " + number(static_cast<Int>(pad.size()))};
  if (self.shape.size() * 2 < pad.size())
    return Misuse{"Length of pad should be no more than twice the number of dimensions of the input. Pad length is " +
                  number(static_cast<Int>(pad.size())) + " while the input has " + number(self.rank()) + " dimensions."};
  TensorType output = self;
  for (std::size_t d = 0; d < output.shape.size(); ++d) {
    const Sides sides = sidesOf(pad, output.shape.size(), d);
    std::int64_t& size = output.shape[d];
    const std::int64_t given = size;
    size = addClamped(addClamped(size, sides.before), sides.after);
    if (size < 0)
      return Misuse{"The input size " + number(given) + ", plus negative padding " + number(sides.before) + " and " + number(sides.after) +
                    " resulted in a negative output size, which is invalid. Check dimension " + number(static_cast<Int>(d)) +
                    " of your input."};
  }
  return Effect{{std::move(output)}, 0};
}

/// Reflection and replication of the last `rank` dimensions of [N, C, ...] or [C, ...].
Answer mirrorPad(Tensor self, IntList pad, std::size_t rank, PadMode mode) {
  if (pad.size() != 2 * rank)
    return Misuse{"padding size is expected to be " + number(static_cast<Int>(2 * rank)) +
                  ", but got: " + number(static_cast<Int>(pad.size()))};
  const std::size_t dims = self.shape.size();
  const bool rightRank = dims == rank + 1 || dims == rank + 2;
  const auto first = self.shape.begin() + (rightRank && dims == rank + 2 ? 1 : 0);
  if (!rightRank || std::find(first, self.shape.end(), 0) != self.shape.end())
    return Misuse{"Expected " + number(static_cast<Int>(rank) + 1) + "D or " + number(static_cast<Int>(rank) + 2) +
                  "D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
                  "but got: " +
                  text(self.shape)};
  TensorType output = self;
  for (std::size_t d = dims - rank; d < dims; ++d) {
    const auto [before, after] = sidesOf(pad, dims, d);
    std::int64_t& size = output.shape[d];
    if (mode == PadMode::Reflect && (before >= size || after >= size))
      return Misuse{"Padding size should be less than the corresponding input dimension, but got: padding (" + number(before) + ", " +
                    number(after) + ") at dimension " + number(static_cast<Int>(d)) + " of input " + text(self.shape)};
    const std::int64_t given = size;
    size = addClamped(addClamped(size, before), after);
    if (size < 1) return Misuse{"input (size: " + number(given) + ") is too small. Calculated output size: " + number(size)};
  }
  return Effect{{std::move(output)}, 0};
}

/// The last dimensions of [N, C, ...], as many as there are pairs, wrap around.
Answer circularPad(Tensor self, IntList pad) {
  const std::size_t rank = pad.size() / 2;
  if (pad.size() + 4 != 2 * self.shape.size() && pad.size() + 2 != 2 * self.shape.size())
    return Misuse{"Invalid padding size, expected " + number(2 * (self.rank() - 2)) + " but got " + number(static_cast<Int>(pad.size()))};
  TensorType output = self;
  for (std::size_t d = output.shape.size() - rank; d < output.shape.size(); ++d) {
    const auto [before, after] = sidesOf(pad, output.shape.size(), d);
    std::int64_t& size = output.shape[d];
    if (before > size || after > size) return Misuse{"Padding value causes wrapping around more than once."};
    size = addClamped(addClamped(size, before), after);
    if (size < 0) return Misuse{"Negative padding value is resulting in an empty dimension."};
  }
  return Effect{{std::move(output)}, 0};
}

Answer padBy(Tensor self, IntList pad, PadMode mode, MaybeFloat value) {
  if (pad.size() % 2 != 0) return Misuse{"Padding length must be divisible by 2"};
  if (pad.size() > 2 * self.shape.size())
    return Misuse{"Padding length should be less than or equal to two times the input dimension but got "
                  "padding length " +
                  number(static_cast<Int>(pad.size())) + " and input of dimension " + number(self.rank())};
  if (mode == PadMode::Constant) return constantPad(self, pad);
  if (value && *value != 0)
    return Misuse{"Padding mode \"" + std::string(modeNames[static_cast<std::size_t>(mode)]) + "\" doesn't take in value argument"};
  const std::size_t rank = pad.size() / 2, dims = self.shape.size();
  if (rank < 1 || rank > 3 || (dims != rank + 1 && dims != rank + 2))
    return Misuse{"Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now"};
  return mode == PadMode::Circular ? circularPad(self, pad) : mirrorPad(self, pad, rank, mode);
}

Answer padByNumber(Tensor self, IntList pad, Int mode, MaybeFloat value) {
  if (mode < 0 || mode > static_cast<Int>(PadMode::Constant)) return Misuse{"Unrecognised padding mode " + number(mode)};
  return padBy(self, pad, static_cast<PadMode>(mode), value);
}

Answer padByName(Tensor self, IntList pad, String mode, MaybeFloat value) {
  const auto at = std::ranges::find(modeNames, mode);
  if (at == modeNames.end()) return Misuse{"Unrecognised padding mode " + std::string(mode)};
  return padBy(self, pad, static_cast<PadMode>(at - modeNames.begin()), value);
}

constexpr std::string_view line = "self: [1..16, 1..256, 4..512]  padding: [0..3, 0..3]";
constexpr std::string_view plane = "self: [1..16, 1..256, 4..128, 4..128]  padding: [P:0..3, P, 0..3, P]";
constexpr std::string_view volume = "self: [1..4, 1..64, 3..32, 3..32, 3..32]  padding: [P:0..2, P, P, 0..2, P, P]";

constexpr auto entries =
    family(op(
               "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
               [](Tensor self, IntList pad, Openable<Scalar>) -> Answer { return constantPad(self, pad); },
               "self: [1..16, 1..256, 2..128, 2..128]  pad: [0..3, 0..3] | [P:0..3, P, P, P]"),
           op(
               "aten::_pad_enum(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor",
               [](Tensor self, IntList pad, Int mode, MaybeFloat value) -> Answer { return padByNumber(self, pad, mode, value); },
               "self: [1..16, 1..256, 4..128, 4..128]  pad: [P:0..3, P, P, P]  mode: 0|1|2|3|3"),
           op(
               "aten::pad(Tensor self, SymInt[] pad, str mode=\"constant\", float? value=None) -> Tensor",
               [](Tensor self, IntList pad, String mode, MaybeFloat value) -> Answer { return padByName(self, pad, mode, value); },
               "self: [1..16, 1..256, 4..128, 4..128]  pad: [P:0..3, P, P, P]  mode: "
               "'constant'|'reflect'|'replicate'|'circular'"),
           op(
               "aten::reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 1, PadMode::Reflect); }, line),
           op(
               "aten::reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 2, PadMode::Reflect); }, plane),
           op(
               "aten::reflection_pad3d(Tensor self, SymInt[6] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 3, PadMode::Reflect); }, volume),
           op(
               "aten::replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 1, PadMode::Replicate); }, line),
           op(
               "aten::replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 2, PadMode::Replicate); }, plane),
           op(
               "aten::replication_pad3d(Tensor self, SymInt[6] padding) -> Tensor",
               [](Tensor self, IntList pad) -> Answer { return mirrorPad(self, pad, 3, PadMode::Replicate); }, volume));

} // namespace

constinit const Family families::padding = {"padding", entries};

} // namespace cobra::ops
