#include "analyzer/report/report.h"

#include <cstdio>
#include <filesystem>

namespace cobra {
namespace {

std::string cell(std::optional<double> value, const char* format) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, *value);
  return text;
}

std::string row(const std::string& predicted, const std::string& measured, const std::string& ratio, const std::string& calls,
                const std::string& run, const std::string& where) {
  char text[128];
  std::snprintf(text, sizeof text, "%12s %12s %7s %7s %9s  ", predicted.c_str(), measured.c_str(), ratio.c_str(), calls.c_str(),
                run.c_str());
  return text + where + "\n";
}

std::string row(std::optional<double> predicted, std::optional<double> measured, int calls, int run, const std::string& where) {
  std::optional<double> ratio;
  if (predicted && measured && *predicted > 0 && *measured > 0) ratio = *predicted / *measured;
  return row(cell(predicted, "%.4g"), cell(measured, "%.4g"), cell(ratio, "%.3g"), calls ? std::to_string(calls) : "-",
             run ? std::to_string(run) : "-", where);
}

/// Paths under the working folder relative to it, as elsewhere.
std::string shown(const LineTimes& line) {
  if (line.line == 0) return "(no line)";
  std::error_code error;
  const std::filesystem::path path = std::filesystem::path(line.file).lexically_normal(), working = std::filesystem::current_path(error);
  const std::filesystem::path relative = error || !path.is_absolute() ? path : path.lexically_relative(working);
  return (relative.empty() || *relative.begin() == ".." ? path : relative).string() + ":" + std::to_string(line.line);
}

} // namespace

std::string writeComparison(const Comparison& comparison, const std::string& device) {
  std::string text = "predicted for " + (device.empty() ? "no device" : device) + ", measured on " +
                     (comparison.measuredOn.empty() ? "an unnamed device" : comparison.measuredOn) + "\n" +
                     row("predicted ms", "measured ms", "ratio", "calls", "measured", "where");
  double predictedAlone = 0, measuredAlone = 0;
  int predictedLines = 0, measuredLines = 0;
  for (const LineTimes& line : comparison.lines) {
    std::string where = shown(line) + "  " + line.what;
    if (line.predictedCalls == 0) {
      where += "; only measured";
      measuredAlone += line.measuredMs.value_or(0), ++measuredLines;
    } else if (line.measuredCalls == 0) {
      where += "; not in the trace";
      predictedAlone += line.predictedMs.value_or(0), ++predictedLines;
    }
    text += row(line.predictedMs, line.measuredMs, line.predictedCalls, line.measuredCalls, where);
  }
  if (measuredLines) text += row({}, measuredAlone, 0, 0, "all lines that were only measured (" + std::to_string(measuredLines) + ")");
  if (predictedLines) text += row(predictedAlone, {}, 0, 0, "all lines that are not in the trace (" + std::to_string(predictedLines) + ")");
  if (comparison.predictedCalls)
    text += row(comparison.predictedMs, comparison.measuredMs, comparison.predictedCalls, comparison.measuredCalls,
                comparison.complete ? "all lines that both have" : "all lines that both have; the graph has open points");
  else
    text += "no line of the trace is a line of the source: was the program built with -g, and of these files?\n";
  for (const std::string& note : comparison.notes) text += "the trace: " + note + "\n";
  return text;
}

} // namespace cobra
