// What holds in every graph, wherever it comes from. Pure function, any thread.
#pragma once

#include "predictor/graph/graph.h"

#include <optional>

namespace cobra {

/// The first thing that is wrong, as "nodes[3].flops: is 5, but the rule of aten::relu gives 10"; nullopt for
/// a sound graph: ids are indices, edges run forward, are in range, sorted and unrepeated, outputs and cost
/// equal the registry's rule (where the rule cannot tell, they are taken as they are), node times only in a
/// measured graph.
std::optional<GraphError> checkGraph(const Graph& graph);

} // namespace cobra
