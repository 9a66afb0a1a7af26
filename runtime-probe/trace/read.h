// The trace of a program as a measured, executed graph.
#pragma once

#include "predictor/graph/graph.h"

#include <filesystem>
#include <string>
#include <variant>

namespace cobra::probe::trace {

struct TraceError {
  std::string sentence;
};

/// Reads what the preloaded object wrote (preload.cpp). Operators that have no snippet become open points; so does the
/// end of a recording that was too long. A file that was cut off reads up to the cut.
std::variant<Graph, TraceError> readTrace(const std::filesystem::path& file, const std::string& program);

/// Operators and milliseconds by source line, most expensive first, as a table: measured in all, with each call's median over
/// its repeats instead (a program's first calls are cold), and predicted. `predicted` holds the nodes' predicted milliseconds, or
/// is empty.
std::string table(const Graph& graph, const std::vector<double>& predicted);

} // namespace cobra::probe::trace
