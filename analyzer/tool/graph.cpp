#include "analyzer/tool/options.h"

#include "llvm/Support/raw_ostream.h"

namespace cobra::tool {
namespace {

void sayErrors(const UnitResult& unit) {
  if (unit.failure) llvm::errs() << unit.file << ": error: " << *unit.failure << "\n";
  for (const UnitError& error : unit.errors) {
    llvm::errs() << (error.at.file.empty() ? unit.file : error.at.file);
    if (error.at.line) llvm::errs() << ":" << error.at.line << ":" << error.at.column;
    llvm::errs() << ": error: does not compile: " << (error.entry.empty() ? "" : "entry '" + error.entry + "': ") << error.message << "\n";
  }
}

void sayOpen(const UnitResult& unit) {
  for (const ModelWithoutRun& model : unit.analysis.without) {
    llvm::errs() << model.at.file << ":" << model.at.line << ":" << model.at.column << ": remark: nothing runs " << model.name << ": "
                 << model.why << "\n";
    if (!model.suggestion.empty()) llvm::errs() << "  add a comment such as " << model.suggestion << "\n";
  }
  for (const OpenPoint& point : unit.analysis.open)
    llvm::errs() << point.at.file << ":" << point.at.line << ":" << point.at.column << ": remark: " << point.why << "\n";
}

} // namespace

int graph(const Options& options) {
  Frontend frontend(options.frontend);
  if (auto why = frontend.error()) {
    llvm::errs() << "cobra: " << *why << "\n";
    return wrongUse;
  }
  std::vector<Graph> graphs;
  int exit = ok;
  for (const std::string& file : options.files) {
    UnitResult unit = frontend.analyze(file, &file == &options.files.back());
    sayErrors(unit);
    if (!options.quiet) sayOpen(unit);
    if (unit.failure || unit.errorCount) exit = broken;
    for (ModelRun& run : unit.analysis.runs) graphs.push_back(std::move(options.executed ? run.executed : run.graph));
  }
  if (options.format == Format::Json) {
    llvm::outs() << writeJson(graphs);
  } else {
    for (const Graph& graph : graphs) llvm::outs() << (options.format == Format::Dot ? writeDot(graph) : writeMatrix(graph));
  }
  if (graphs.empty() && !options.quiet) llvm::errs() << "cobra: no model was found running\n";
  return exit;
}

} // namespace cobra::tool
