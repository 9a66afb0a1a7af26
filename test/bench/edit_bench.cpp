// Edits in one process, as an editor's server has them: a function's body changes, and the file's graphs are worked out anew.
//
//   edit_bench FILE ANCHOR [EDITS]
//
// Works on a copy of FILE beside it in memory of the file system; before each run the line that follows the first ANCHOR gets another
// statement. Prints the median time from the edit to the graphs, and the most memory that was resident.
#include "analyzer/frontend/frontend.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {
namespace fs = std::filesystem;

double milliseconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A folder that goes with its owner.
class Scratch {
public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "cobra-edit-XXXXXX").string();
    if (!mkdtemp(name.data())) std::exit(2);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};
} // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("edit_bench FILE ANCHOR [EDITS]\n", stderr), 2;
  const int edits = argc > 3 ? std::atoi(argv[3]) : 15;
  std::ostringstream read;
  read << std::ifstream(argv[1]).rdbuf();
  const std::string text = read.str();
  const std::size_t anchor = text.find(argv[2]);
  if (anchor == std::string::npos) return std::fprintf(stderr, "edit_bench: '%s' does not occur in %s\n", argv[2], argv[1]), 2;
  const std::size_t next = text.find('\n', anchor) + 1;

  Scratch scratch;
  const fs::path file = scratch.path() / fs::path(argv[1]).filename();
  cobra::Frontend frontend({});
  std::vector<double> all, parse, interpret;
  std::size_t operators = 0;
  for (int i = 0; i <= edits; ++i) {
    std::ofstream(file) << text.substr(0, next) << "int64_t edited = " << i << "; (void)edited;\n" << text.substr(next);
    const auto start = std::chrono::steady_clock::now();
    cobra::UnitResult result = frontend.analyze(file.string());
    const double took = milliseconds(std::chrono::steady_clock::now() - start);
    if (!result.errors.empty() || result.analysis.runs.empty()) return std::fputs("edit_bench: the file gives no graph\n", stderr), 1;
    operators = 0;
    for (const cobra::ModelRun& run : result.analysis.runs) operators += run.graph.nodes.size();
    if (i == 0) continue; // headers are read for the first time
    all.push_back(took);
    parse.push_back(result.parseSeconds * 1000);
    interpret.push_back(result.interpretSeconds * 1000);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("edit to graphs %.1f ms (parse %.1f ms, interpret %.1f ms), %zu operators, resident %.0f MB\n", median(all), median(parse),
              median(interpret), operators, static_cast<double>(usage.ru_maxrss) / 1024);
}
