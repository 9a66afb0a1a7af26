#include "analyzer/tool/coverage_report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <tuple>

namespace cobra::tool {
namespace {

namespace json = llvm::json;

/// One thing that was met in several files. What is in most files comes first, for that is the next job.
struct Ranked {
  std::string what;
  unsigned files = 0, times = 0;
  std::string example; // "file:line", the first
};

class Ranking {
public:
  void add(const std::string& what, unsigned times, const std::string& file, const std::string& place) {
    auto [it, isNew] = index_.try_emplace(what, list_.size());
    if (isNew) list_.push_back({what, 0, 0, place});
    Ranked& entry = list_[it->second];
    entry.times += times;
    if (std::exchange(lastFile_[what], file) != file) ++entry.files;
  }
  std::vector<Ranked> sorted() const {
    std::vector<Ranked> out = list_;
    std::sort(out.begin(), out.end(),
              [](const Ranked& a, const Ranked& b) { return std::tie(b.files, b.times, a.what) < std::tie(a.files, a.times, b.what); });
    return out;
  }

private:
  std::vector<Ranked> list_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> lastFile_;
};

std::string placeOf(const FileCoverage& file, const SourceRange& at) {
  return (at.file.empty() ? file.file : at.file) + (at.line ? ":" + std::to_string(at.line) : "");
}

struct Summary {
  explicit Summary(const std::vector<FileCoverage>& files) {
    Ranking reasonRanks, functionRanks, nodeRanks;
    for (const FileCoverage& f : files) {
      ++states[f.state];
      withErrors += f.errorCount > 0;
      complete += f.complete;
      partly += f.partly;
      unrun += f.unrun;
      operators += f.operators;
      seconds += f.seconds;
      withModels += f.complete + f.partly + f.unrun > 0;
      for (const Obstacle& o : f.obstacles) reasonRanks.add(o.reason, 1, f.file, placeOf(f, o.at));
      for (const auto& [function, count] : f.functions) functionRanks.add(function, count, f.file, f.file);
      for (const auto& [node, count] : f.nodes) nodeRanks.add(node, count, f.file, f.file);
    }
    reasons = reasonRanks.sorted();
    functions = functionRanks.sorted();
    nodes = nodeRanks.sorted();
  }
  unsigned in(FileState state) const {
    auto it = states.find(state);
    return it == states.end() ? 0 : it->second;
  }

  std::map<FileState, unsigned> states;
  unsigned withErrors = 0, withModels = 0, complete = 0, partly = 0, unrun = 0;
  std::uint64_t operators = 0;
  double seconds = 0;
  std::vector<Ranked> reasons, functions, nodes;
};

void writeRanking(llvm::raw_ostream& out, const char* title, const std::vector<Ranked>& list) {
  out << "\n" << title << ": " << list.size() << "\n";
  if (list.empty()) return;
  out << "   files   times\n";
  for (const Ranked& r : list) out << llvm::format("%8u%8u  ", r.files, r.times) << r.what << "  (" << r.example << ")\n";
}

json::Array rankingJson(const std::vector<Ranked>& list, const char* key) {
  json::Array out;
  for (const Ranked& r : list)
    out.push_back(
        json::Object{{key, json::fixUTF8(r.what)}, {"files", r.files}, {"times", r.times}, {"example", json::fixUTF8(r.example)}});
  return out;
}

json::Object fileJson(const FileCoverage& f) {
  json::Array obstacles;
  for (const Obstacle& o : f.obstacles)
    obstacles.push_back(json::Object{{"reason", json::fixUTF8(o.reason)},
                                     {"file", json::fixUTF8(o.at.file.empty() ? f.file : o.at.file)},
                                     {"line", o.at.line},
                                     {"column", o.at.column}});
  json::Object out{{"file", json::fixUTF8(f.file)},
                   {"state", name(f.state)},
                   {"errorCount", f.errorCount},
                   {"models", json::Object{{"complete", f.complete}, {"partlyOpen", f.partly}, {"unrun", f.unrun}}},
                   {"operators", static_cast<std::int64_t>(f.operators)},
                   {"obstacles", std::move(obstacles)},
                   {"seconds", f.seconds}};
  if (!f.failure.empty()) out["failure"] = json::fixUTF8(f.failure);
  return out;
}

} // namespace

void writeCoverageText(llvm::raw_ostream& out, const std::vector<FileCoverage>& files, std::size_t asked) {
  const Summary s(files);
  auto line = [&](const char* what, std::uint64_t count) {
    out << llvm::left_justify(what, 22) << llvm::format("%6llu\n", static_cast<unsigned long long>(count));
  };
  line("files", asked);
  if (files.size() != asked) line("  not reached", asked - files.size());
  line("  failed", s.in(FileState::Failed));
  line("  other code", s.in(FileState::Other));
  line("  without a model", s.in(FileState::NoModel));
  line("  complete", s.in(FileState::Complete));
  line("  partly open", s.in(FileState::Partly));
  line("with errors of Clang", s.withErrors);
  line("with models", s.withModels);
  line("models", s.complete + s.partly + s.unrun);
  line("  complete", s.complete);
  line("  partly open", s.partly);
  line("  run by nothing", s.unrun);
  line("operators", s.operators);
  if (s.in(FileState::Failed)) {
    out << "\nfailed\n";
    for (const FileCoverage& f : files)
      if (f.state == FileState::Failed) out << "  " << f.file << ": " << f.failure << "\n";
  }
  writeRanking(out, "reasons why something is open", s.reasons);
  writeRanking(out, "unknown functions", s.functions);
  writeRanking(out, "unhandled AST nodes", s.nodes);
}

void writeCoverageJson(llvm::raw_ostream& out, const std::vector<FileCoverage>& files, std::size_t asked) {
  const Summary s(files);
  json::Array list;
  for (const FileCoverage& f : files) list.push_back(fileJson(f));
  json::Object counts{{"asked", static_cast<std::int64_t>(asked)},
                      {"read", static_cast<std::int64_t>(files.size())},
                      {"failed", s.in(FileState::Failed)},
                      {"other", s.in(FileState::Other)},
                      {"noModel", s.in(FileState::NoModel)},
                      {"complete", s.in(FileState::Complete)},
                      {"partlyOpen", s.in(FileState::Partly)},
                      {"withErrors", s.withErrors},
                      {"withModels", s.withModels}};
  out << llvm::formatv("{0:2}\n", json::Value(json::Object{
                                      {"schemaVersion", 1},
                                      {"files", std::move(counts)},
                                      {"models", json::Object{{"complete", s.complete}, {"partlyOpen", s.partly}, {"unrun", s.unrun}}},
                                      {"operators", static_cast<std::int64_t>(s.operators)},
                                      {"reasons", rankingJson(s.reasons, "reason")},
                                      {"unknownFunctions", rankingJson(s.functions, "function")},
                                      {"unhandledNodes", rankingJson(s.nodes, "node")},
                                      {"perFile", std::move(list)},
                                  }));
}

} // namespace cobra::tool
