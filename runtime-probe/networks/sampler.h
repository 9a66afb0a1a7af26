// Networks in the order in which a run measures them: named spaces, each a sequence that follows from its seed.
#pragma once

#include "runtime-probe/networks/network.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::probe {

struct NetworkSetting {
  std::uint64_t seed = 1;
  std::vector<std::int64_t> batches = {1}; // taken in turn
  std::int64_t image = 224;                // height and width, where the space leaves it open
  std::int64_t flopLimit = 0;              // of one pass; larger networks are drawn again. 0: none
};

/// Gives the next network; nothing when the space is used up. Every call draws, so a shard that skips a network
/// has to ask for it.
using NetworkSampler = std::function<std::optional<Network>()>;

struct NetworkSpace {
  std::string_view name, help;
  NetworkSampler (*sampler)(const NetworkSetting& setting);
};
/// "cobra-2022", "nas-bench-201", "fbnet", "modern", "networks" (all of these in turn).
std::span<const NetworkSpace> networkSpaces();
/// nullptr if there is none of that name.
const NetworkSpace* findNetworkSpace(std::string_view name);
/// The sentence for a name that is none: it lists those there are.
std::string noNetworkSpace(std::string_view name);

} // namespace cobra::probe
