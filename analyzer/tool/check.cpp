#include "analyzer/findings/findings.h"
#include "analyzer/findings/measured.h"
#include "analyzer/findings/profile_choice.h"
#include "analyzer/report/report.h"
#include "analyzer/tool/options.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <map>

namespace cobra::tool {
namespace {

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Statistics {
  std::size_t models = 0, operators = 0;
  double parse = 0, interpret = 0, predict = 0, load = 0; // seconds
  CacheUse cache = CacheUse::None;
};

/// Predictors by device: files may name different ones in their settings.
class Predictors {
public:
  Predictors(const Options& options, Statistics& statistics) : options_(options), statistics_(statistics) {}

  struct Answer {
    std::string device;
    Predictor* predictor = nullptr; // null: no profile at all
    std::optional<std::string> error;
  };
  Answer get(const std::string& wanted) {
    auto [it, isNew] = known_.try_emplace(wanted);
    if (isNew) {
      const auto start = std::chrono::steady_clock::now();
      std::variant<ProfileChoice, std::string> chosen = chooseProfile(wanted, options_.profiles);
      if (auto* why = std::get_if<std::string>(&chosen)) {
        it->second.error = *why;
      } else if (auto& c = std::get<ProfileChoice>(chosen); c.profile) {
        it->second.device = c.device;
        it->second.predictor = std::make_unique<Predictor>(c.profile, c.device);
      }
      statistics_.load += secondsSince(start);
    }
    return {it->second.device, it->second.predictor.get(), it->second.error};
  }

private:
  struct Slot {
    std::string device;
    std::unique_ptr<Predictor> predictor;
    std::optional<std::string> error;
  };
  const Options& options_;
  Statistics& statistics_;
  std::map<std::string, Slot> known_;
};

/// The graphs of what is executed, for the comparison with a trace. A graph file holds only one view.
void collect(MeasuredComparison* comparison, const AnalysisResult& analysis, Predictor* predictor) {
  if (!comparison) return;
  for (const ModelRun& run : analysis.runs) {
    const Graph& graph = run.executed.nodes.empty() ? run.graph : run.executed;
    std::optional<GraphLatency> latency;
    if (predictor) latency = predictor->predict(graph);
    comparison->add(graph, latency ? &*latency : nullptr);
  }
}

void append(FileReport& report, std::vector<Finding> findings) {
  report.findings.insert(report.findings.end(), std::make_move_iterator(findings.begin()), std::make_move_iterator(findings.end()));
}

FileReport reportOf(const UnitResult& unit, const Predictors::Answer& answer, const Options& options, Statistics& statistics,
                    MeasuredComparison* comparison) {
  FileReport report;
  report.file = unit.file;
  report.failure = unit.failure;
  report.libTorch = unit.libTorch;
  report.errorCount = unit.errorCount;
  for (const UnitError& error : unit.errors)
    report.errors.push_back({error.at, error.entry.empty() ? error.message : "entry '" + error.entry + "': " + error.message});
  const auto start = std::chrono::steady_clock::now();
  append(report, findingsOf(unit.analysis, answer.predictor, answer.device, options.lowerBound));
  statistics.predict += secondsSince(start);
  collect(comparison, unit.analysis, answer.predictor);
  statistics.models += unit.analysis.runs.size();
  for (const ModelRun& run : unit.analysis.runs) statistics.operators += run.graph.nodes.size();
  statistics.parse += unit.parseSeconds;
  statistics.interpret += unit.interpretSeconds;
  if (unit.cache != CacheUse::None) statistics.cache = unit.cache;
  return report;
}

/// A graph file (docs/graph.md) in place of a source: its nodes say which lines they came from.
FileReport reportOfGraphFile(const std::string& file, const Predictors::Answer& answer, const Options& options, Statistics& statistics,
                             MeasuredComparison* comparison) {
  FileReport report;
  report.file = file;
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) {
    report.failure = "the file cannot be read: " + buffer.getError().message();
    return report;
  }
  std::variant<std::vector<Graph>, GraphError> graphs = readJson((*buffer)->getBuffer());
  if (auto* error = std::get_if<GraphError>(&graphs)) {
    report.failure = error->sentence;
    return report;
  }
  AnalysisResult analysis;
  for (Graph& graph : std::get<std::vector<Graph>>(graphs)) {
    statistics.operators += graph.nodes.size();
    analysis.runs.emplace_back().graph = std::move(graph);
  }
  collect(comparison, analysis, answer.predictor);
  statistics.models += analysis.runs.size();
  const auto start = std::chrono::steady_clock::now();
  append(report, findingsOf(analysis, answer.predictor, answer.device, options.lowerBound));
  statistics.predict += secondsSince(start);
  return report;
}

std::string seconds(double value) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  stream << (value < 1 ? llvm::format("%.2f ms", value * 1000) : llvm::format("%.2f s", value));
  return out;
}

void printStatistics(const Statistics& statistics, std::size_t files) {
  const char* headers = statistics.cache == CacheUse::Hit     ? ", headers from the cache"
                        : statistics.cache == CacheUse::Built ? ", headers now in the cache"
                                                              : "";
  llvm::errs() << files << (files == 1 ? " file, " : " files, ") << statistics.models << (statistics.models == 1 ? " model, " : " models, ")
               << statistics.operators << " operators; parsed in " << seconds(statistics.parse) << headers << ", interpreted in "
               << seconds(statistics.interpret) << ", predicted in " << seconds(statistics.predict) << " with a profile loaded in "
               << seconds(statistics.load) << "\n";
}

} // namespace

int check(const Options& options) {
  Frontend frontend(options.frontend);
  if (auto why = frontend.error()) {
    llvm::errs() << "cobra: " << *why << "\n";
    return wrongUse;
  }
  Statistics statistics;
  Predictors predictors(options, statistics);
  if (Predictors::Answer answer = predictors.get(options.device); answer.error) {
    llvm::errs() << "cobra: " << *answer.error << "\n";
    return wrongUse;
  }
  std::optional<MeasuredComparison> comparison;
  std::string wanted = options.device;
  if (!options.measured.empty()) {
    auto measured = readMeasured(options.measured);
    if (auto* why = std::get_if<std::string>(&measured)) {
      llvm::errs() << "cobra: " << *why << "\n";
      return wrongUse;
    }
    comparison.emplace(std::move(std::get<std::vector<Graph>>(measured)));
    // The device that was measured, if a profile knows it.
    if (wanted.empty() && !comparison->device().empty() && !predictors.get(comparison->device()).error) wanted = comparison->device();
  }
  MeasuredComparison* beside = comparison ? &*comparison : nullptr;
  const bool colour = options.colour == Colour::Always || (options.colour == Colour::Auto && llvm::sys::Process::StandardOutHasColors());
  SourceLines lines;
  std::vector<FileReport> reports;
  int exit = ok;
  std::string device;
  for (const std::string& file : options.files) {
    FileReport report;
    if (llvm::StringRef(file).ends_with(".json")) {
      Predictors::Answer answer = predictors.get(wanted);
      device = answer.device;
      report = reportOfGraphFile(file, answer, options, statistics, beside);
    } else {
      UnitResult unit = frontend.analyze(file, &file == &options.files.back());
      Predictors::Answer answer = predictors.get(wanted.empty() ? unit.settings.device : wanted);
      device = answer.device;
      if (answer.error && !unit.failure) unit.failure = unit.settings.path + ": " + *answer.error;
      report = reportOf(unit, answer, options, statistics, beside);
    }
    if (report.failure || report.errorCount) exit = broken;
    if (options.format == Format::Text) {
      llvm::outs() << writeText(report, lines, {colour, true});
      llvm::outs().flush();
    } else {
      reports.push_back(std::move(report));
    }
  }
  if (comparison) llvm::outs() << writeComparison(comparison->result(), device);
  if (options.format == Format::Json) llvm::outs() << writeFindingsJson(reports, device);
  llvm::outs().flush(); // before the statistics, where both go to one terminal
  if (!options.quiet) {
    if (device.empty()) llvm::errs() << "cobra: no device profile is built in; name one with --profile\n";
    printStatistics(statistics, options.files.size());
  }
  return exit;
}

} // namespace cobra::tool
