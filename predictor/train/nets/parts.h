// What networks are made of: how often each distinct part comes in each. An eager program runs its operators one after
// another, so its time is a function of these counts up to what one operator leaves behind for the next.
#pragma once

#include "predictor/train/nets/table.h"

#include <map>

namespace cobra::train {

struct NetworkParts {
  std::vector<std::string> names;                              // of parts: a space's choices, or snippets of operators
  std::map<std::string, std::vector<int>, std::less<>> counts; // by network, one for each part
};

/// Parts are the space's choices: no graph is needed.
NetworkParts partsOfChoices(const NetworkTable& table);

/// Parts are the distinct calls of the networks' executed graphs. The file is made by scripts/network-graphs from what the
/// analyzer read in C++ source:
///
///   {"schema":"cobra.network-graphs/1","title":"NAS-Bench-201","command":"...","snippets":["aten::relu(...)",...]}
///   {"network":"403211","graph":"9c56cc51b374c3ba","counts":[1,15,...]}
///
/// `graph` is a digest of operators and edges (network_digest in the script).
std::variant<NetworkParts, RowError> readNetworkGraphs(const std::filesystem::path& file);

} // namespace cobra::train
