// NAS-Bench-201 (Dong and Yang, ICLR 2020): one cell of four nodes, five operations, 15,625 networks.
//
//   |nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|
#pragma once

#include "runtime-probe/networks/network.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cobra::probe::nas201 {

inline constexpr std::int64_t architectures = 15'625;

/// The operation on each of the cell's edges 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2.
using Cell = std::array<int, 6>;

/// The cell with that number, 0..architectures-1.
Cell cellOf(std::int64_t number);
/// In the benchmark's notation, and back; nothing for a text in no such notation.
std::string print(const Cell& cell);
std::optional<Cell> parse(std::string_view text);

/// The network for CIFAR: input [batch, 3, 32, 32], 3 stages of 5 cells with 16, 32 and 64 channels.
Network build(const Cell& cell, std::int64_t batch, std::int64_t classes = 10);

} // namespace cobra::probe::nas201
