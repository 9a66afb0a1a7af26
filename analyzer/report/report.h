// Views of findings: what the command line and the plugin print. Knows nothing of Clang.
#pragma once

#include "analyzer/findings/findings.h"
#include "analyzer/findings/measured.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cobra {

/// An error of the source itself; the findings are what could be told all the same.
struct ReportError {
  SourceRange at;
  std::string text;
};

struct FileReport {
  std::string file;                   // as the user named it
  std::optional<std::string> failure; // nothing could be read: one sentence
  std::vector<ReportError> errors;    // the first few
  unsigned errorCount = 0;
  std::string libTorch; // version of the headers it was read with
  std::vector<Finding> findings;
};

/// Lines of source files for the caret display, read when asked for.
class SourceLines {
public:
  /// Empty where there is no such line.
  std::string line(const std::string& file, unsigned number);

private:
  std::map<std::string, std::vector<std::string>> files_;
};

struct TextOptions {
  bool colour = false;
  bool sources = true; // show the source line with carets
};

/// `file:line:column: remark: text [cobra-latency]`, the source line and carets below, notes below that.
/// Paths under the working folder are shown relative to it.
std::string writeText(const FileReport& report, SourceLines& lines, const TextOptions& options);

/// Predicted and measured milliseconds of every line, then of all lines that both sides have, as a table. `device`: what the
/// predictions are for.
std::string writeComparison(const Comparison& comparison, const std::string& device);

/// One document (docs/json.md) for all files.
std::string writeFindingsJson(const std::vector<FileReport>& reports, const std::string& device);

} // namespace cobra
