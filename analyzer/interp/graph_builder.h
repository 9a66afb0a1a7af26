// From a run of the trace to its two graphs.
#pragma once

#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

enum class View { Meant, Executed };

/// The graph of one run. Nodes keep the order of execution; open points become sentences with places.
Graph buildGraph(Evaluator& ev, const RunMark& run, View view);
/// An open point as the user sees it.
OpenPoint openPoint(const Evaluator& ev, const Why& why);

} // namespace cobra::interp
