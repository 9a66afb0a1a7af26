// Measured networks in files of records: a graph as a record's nodes, and back.
#pragma once

#include "predictor/format/records.h"
#include "predictor/graph/graph.h"

#include <string>
#include <variant>
#include <vector>

namespace cobra {

/// The nodes of a graph with the time of each in milliseconds. Places and module names stay behind.
std::vector<RecordNode> nodesOf(const Graph& graph, const std::vector<double>& milliseconds);

/// A record's network as an executed graph: outputs, FLOPs and bytes from the registry's rules, the latencies in its
/// nodes, no inputs. An error is one sentence.
std::variant<Graph, GraphError> graphOf(const Record& record, const RecordHeader& header);

} // namespace cobra
