#include "analyzer/tool/coverage_report.h"
#include "analyzer/tool/options.h"
#include "analyzer/tool/process_pool.h"
#include "analyzer/tool/source_tree.h"

#include <algorithm>
#include <csignal>
#include <thread>
#include <unistd.h>

namespace cobra::tool {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// The first Ctrl-C ends the reading and prints what is there; the second ends the program.
void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

class Progress {
public:
  explicit Progress(std::size_t count) : count_(count), shown_(::isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) llvm::errs() << "\r\x1b[K";
  }
  void tell(const std::string& file) {
    if (shown_) llvm::errs() << "\r\x1b[K[" << ++done_ << "/" << count_ << "] " << llvm::StringRef(file).take_back(70);
  }

private:
  std::size_t count_, done_ = 0;
  bool shown_;
};

} // namespace

int coverage(const Options& options) {
  Frontend frontend(options.frontend);
  if (auto why = frontend.error()) {
    llvm::errs() << "cobra: " << *why << "\n";
    return wrongUse;
  }
  const std::vector<std::string> files = sourceFiles(options.files);
  PoolLimits limits;
  limits.jobs = options.jobs ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  limits.seconds = options.timeout;
  std::vector<FileCoverage> read;
  std::vector<std::size_t> order; // of `read`, as the files were named
  Progress progress(files.size());
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  runPieces(
      files.size(), limits, [&](std::size_t i) { return encode(coverageOf(frontend.analyze(files[i], /*last=*/true))); },
      [&](PieceEnd end) {
        FileCoverage file;
        file.file = files[end.index];
        if (end.death.empty() && !decode(end.text, file)) end.death = "its answer was cut short";
        if (!end.death.empty()) {
          file.state = FileState::Failed;
          file.failure = end.death;
        }
        progress.tell(file.file);
        read.push_back(std::move(file));
        order.push_back(end.index);
      },
      &interrupted);
  std::vector<FileCoverage> sorted(read.size());
  std::vector<std::size_t> places(order.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return order[a] < order[b]; });
  for (std::size_t i = 0; i < places.size(); ++i) sorted[i] = std::move(read[places[i]]);

  (options.format == Format::Json ? writeCoverageJson : writeCoverageText)(llvm::outs(), sorted, files.size());
  if (files.empty()) llvm::errs() << "cobra: no C++ file was found\n";
  if (interrupted) return 130;
  return std::any_of(sorted.begin(), sorted.end(), [](const FileCoverage& f) { return f.state == FileState::Failed; }) ? broken : ok;
}

} // namespace cobra::tool
