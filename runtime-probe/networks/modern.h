// Random networks of the blocks that models are made of today: transformer encoders, mixers, inverted residuals with
// squeeze and excitation, ConvNeXt blocks, U-Nets with skips. Sizes are drawn as such models have them.
#pragma once

#include "runtime-probe/networks/network.h"
#include "runtime-probe/random.h"

#include <array>
#include <optional>
#include <string_view>

namespace cobra::probe::modern {

using Draw = std::optional<Network> (*)(Random& random, std::int64_t batch, std::int64_t image);
struct Style {
  std::string_view name;
  Draw draw; // nothing if the image is too small for what was drawn
};
extern const std::array<Style, 5> styles;

} // namespace cobra::probe::modern
