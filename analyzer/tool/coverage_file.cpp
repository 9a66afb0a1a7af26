// One file's coverage: from what the analysis gave, and through a pipe.
#include "analyzer/tool/coverage_report.h"

#include "llvm/Support/JSON.h"

namespace cobra::tool {
namespace {

namespace json = llvm::json;

/// The first cause is what to work on; what follows from it is not. A reason ends with the place it was met
/// at.
std::string firstCause(const OpenPoint& point) {
  if (point.because.empty()) return point.why;
  llvm::StringRef cause = point.because.back();
  if (cause.ends_with(")"))
    if (const std::size_t at = cause.rfind(" ("); at != llvm::StringRef::npos && cause.substr(at).contains(':'))
      cause = cause.take_front(at);
  return cause.str();
}

json::Object countsJson(const std::map<std::string, unsigned>& counts) {
  json::Object out;
  for (const auto& [name, count] : counts) out[json::fixUTF8(name)] = count;
  return out;
}

void readCounts(const json::Object& from, llvm::StringRef key, std::map<std::string, unsigned>& to) {
  if (const json::Object* counts = from.getObject(key))
    for (const auto& [name, count] : *counts) to[name.str()] = static_cast<unsigned>(count.getAsInteger().value_or(0));
}

} // namespace

const char* name(FileState state) {
  switch (state) {
  case FileState::Other: return "other";
  case FileState::NoModel: return "no model";
  case FileState::Complete: return "complete";
  case FileState::Partly: return "partly open";
  case FileState::Failed: return "failed";
  }
  return "";
}

FileCoverage coverageOf(const UnitResult& unit) {
  FileCoverage out;
  out.file = unit.file;
  out.errorCount = unit.errorCount;
  out.seconds = unit.parseSeconds + unit.interpretSeconds;
  if (unit.failure) {
    out.state = FileState::Failed;
    out.failure = *unit.failure;
    return out;
  }
  if (!unit.deepLearning) return out;
  auto add = [&](const OpenPoint& point) { out.obstacles.push_back({firstCause(point), point.at}); };
  for (const ModelRun& run : unit.analysis.runs) {
    ++(run.graph.complete() ? out.complete : out.partly);
    out.operators += run.executed.nodes.size();
    for (const OpenPoint& point : run.graph.open) add(point);
  }
  out.unrun = static_cast<unsigned>(unit.analysis.without.size());
  for (const ModelWithoutRun& model : unit.analysis.without) out.obstacles.push_back({model.why, model.at});
  for (const OpenPoint& point : unit.analysis.open) add(point);
  for (const auto& [function, count] : unit.analysis.unknownFunctions) out.functions[function] += count;
  for (const auto& [node, count] : unit.analysis.unhandledNodes) out.nodes[node] += count;
  const bool models = out.complete + out.partly + out.unrun > 0;
  const bool open = out.partly + out.unrun > 0 || !unit.analysis.open.empty();
  out.state = open ? FileState::Partly : models ? FileState::Complete : FileState::NoModel;
  return out;
}

std::string encode(const FileCoverage& file) {
  json::Array obstacles;
  for (const Obstacle& o : file.obstacles)
    obstacles.push_back(json::Array{json::fixUTF8(o.reason), json::fixUTF8(o.at.file), o.at.line, o.at.column});
  std::string out;
  llvm::raw_string_ostream stream(out);
  stream << json::Value(json::Object{{"state", static_cast<int>(file.state)},
                                     {"failure", json::fixUTF8(file.failure)},
                                     {"errors", file.errorCount},
                                     {"complete", file.complete},
                                     {"partly", file.partly},
                                     {"unrun", file.unrun},
                                     {"operators", static_cast<std::int64_t>(file.operators)},
                                     {"obstacles", std::move(obstacles)},
                                     {"functions", countsJson(file.functions)},
                                     {"nodes", countsJson(file.nodes)},
                                     {"seconds", file.seconds}});
  return out;
}

bool decode(const std::string& text, FileCoverage& file) {
  llvm::Expected<json::Value> document = json::parse(text);
  if (!document) {
    llvm::consumeError(document.takeError());
    return false;
  }
  const json::Object* from = document->getAsObject();
  if (!from) return false;
  auto number = [&](llvm::StringRef key) { return static_cast<unsigned>(from->getInteger(key).value_or(0)); };
  file.state = static_cast<FileState>(number("state"));
  file.failure = from->getString("failure").value_or("").str();
  file.errorCount = number("errors");
  file.complete = number("complete");
  file.partly = number("partly");
  file.unrun = number("unrun");
  file.operators = static_cast<std::uint64_t>(from->getInteger("operators").value_or(0));
  file.seconds = from->getNumber("seconds").value_or(0);
  readCounts(*from, "functions", file.functions);
  readCounts(*from, "nodes", file.nodes);
  if (const json::Array* list = from->getArray("obstacles"))
    for (const json::Value& item : *list)
      if (const json::Array* o = item.getAsArray(); o && o->size() == 4) {
        Obstacle obstacle{(*o)[0].getAsString().value_or("").str(), {}};
        obstacle.at.file = (*o)[1].getAsString().value_or("").str();
        obstacle.at.line = static_cast<unsigned>((*o)[2].getAsInteger().value_or(0));
        obstacle.at.column = static_cast<unsigned>((*o)[3].getAsInteger().value_or(0));
        file.obstacles.push_back(std::move(obstacle));
      }
  return true;
}

} // namespace cobra::tool
