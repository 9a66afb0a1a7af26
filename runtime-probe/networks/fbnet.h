// FBNet (Wu et al., CVPR 2019): 22 blocks of nine kinds in a fixed frame.
//
//   7 8 1 8 4 8 8 8 7 4 1 4 7 3 2 7 3 2 4 2 4 5
#pragma once

#include "runtime-probe/networks/network.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cobra::probe::fbnet {

/// Each block's kind: k3_e1, k3_e1_g2, k3_e3, k3_e6, k5_e1, k5_e1_g2, k5_e3, k5_e6, skip.
using Blocks = std::array<int, 22>;

std::string print(const Blocks& blocks);
std::optional<Blocks> parse(std::string_view text);

/// Input [batch, 3, image, image], 1,000 classes; `head` channels before the classifier (1,504 in FBNet-A, 1,984
/// in FBNet-B and -C).
Network build(const Blocks& blocks, std::int64_t batch, std::int64_t image = 224, std::int64_t head = 1984);

} // namespace cobra::probe::fbnet
