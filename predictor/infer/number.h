// How an integer enters the encoder: 56 numbers that show its size, its divisibility and the waste of
// rounding it up.
//
// Kernels care about such things: a matrix of 65 columns costs a tile of 128, a channel count divisible by 8
// takes the vectorised path. A network that is given log2(v) alone has to guess them (design notes:
// docs/accuracy.md).
#pragma once

#include <cstdint>
#include <span>

namespace cobra::infer {

inline constexpr int kNumberWidth = 56;

/// Entries: log2(v+1)/8, its square; sin and cos of 2 pi f log2(v+1) for f = 1/2, 1, 2; for m = 2, 4, ... 128
/// whether m divides v, the waste (-v mod m)/m and log2(ceil(v/m) m / v); the 10 lowest bits; one-hot of
/// min(v, 16) for v = 0 .. 16. Negative values are embedded as their magnitude with all entries' signs
/// turned. Every entry is finite.
void embedNumber(std::int64_t value, std::span<float, kNumberWidth> out);

} // namespace cobra::infer
