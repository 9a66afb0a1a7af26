#include "analyzer/report/report.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace cobra {
namespace fs = std::filesystem;
namespace {

enum class Severity { Remark, Note, Warning, Error };
struct SeverityStyle {
  const char* word;
  const char* colour;
};
constexpr SeverityStyle styles[] = {
    {"remark", "\033[0;1;34m"}, {"note", "\033[0;1;36m"}, {"warning", "\033[0;1;35m"}, {"error", "\033[0;1;31m"}};

Severity severityOf(FindingKind kind) { return kind == FindingKind::Wrong ? Severity::Warning : Severity::Remark; }

/// Paths under the working folder are shown relative to it, as a compiler called with them would.
std::string shown(const std::string& file) {
  std::error_code error;
  const fs::path working = fs::current_path(error);
  const fs::path path(file);
  if (error || !path.is_absolute()) return file;
  const fs::path relative = path.lexically_relative(working);
  return relative.empty() || *relative.begin() == ".." ? file : relative.string();
}

class Writer {
public:
  Writer(SourceLines& lines, const TextOptions& options) : lines_(lines), options_(options) {}

  void say(Severity severity, const SourceRange& at, const std::string& file, const std::string& text, const char* tag) {
    const SeverityStyle& style = styles[static_cast<int>(severity)];
    std::string place = shown(at.file.empty() ? file : at.file);
    if (at.line) place += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    out += paint("\033[1m", place + ": ") + paint(style.colour, std::string(style.word) + ": ") + paint("\033[1m", text) + tag + "\n";
  }

  void source(const SourceRange& at) {
    if (!options_.sources || !at.line || !at.column) return;
    const std::string line = lines_.line(at.file, at.line);
    if (line.empty() || at.column > line.size()) return;
    const std::size_t begin = at.column - 1;
    std::size_t end = at.endLine == at.line && at.endColumn > at.column ? at.endColumn - 1 : at.endLine > at.line ? line.size() : begin + 1;
    end = std::min(end, line.size());
    std::string carets;
    for (std::size_t i = 0; i < end; ++i) {
      if ((static_cast<unsigned char>(line[i]) & 0xC0) == 0x80) continue; // inside one UTF-8 character
      carets += i < begin ? (line[i] == '\t' ? '\t' : ' ') : i == begin ? '^' : '~';
    }
    std::string number = std::to_string(at.line);
    if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
    out += number + " | " + line + "\n      | " + paint("\033[0;1;32m", carets) + "\n";
  }

  std::string out;

private:
  std::string paint(const char* colour, const std::string& text) const { return options_.colour ? colour + text + "\033[0m" : text; }

  SourceLines& lines_;
  const TextOptions& options_;
};

} // namespace

std::string SourceLines::line(const std::string& file, unsigned number) {
  auto [it, isNew] = files_.try_emplace(file);
  if (isNew) {
    std::ifstream in(file, std::ios::binary);
    for (std::string text; std::getline(in, text);) {
      if (!text.empty() && text.back() == '\r') text.pop_back();
      it->second.push_back(std::move(text));
    }
  }
  return number >= 1 && number <= it->second.size() ? it->second[number - 1] : std::string();
}

std::string writeText(const FileReport& report, SourceLines& lines, const TextOptions& options) {
  Writer writer(lines, options);
  if (report.failure) {
    writer.say(Severity::Error, {}, report.file, *report.failure, "");
    return writer.out;
  }
  for (const ReportError& error : report.errors) {
    writer.say(Severity::Error, error.at, report.file, "does not compile: " + error.text, "");
    writer.source(error.at);
  }
  if (report.errorCount > report.errors.size())
    writer.say(Severity::Note, {}, report.file, std::to_string(report.errorCount - report.errors.size()) + " more errors", "");
  for (const Finding& finding : report.findings) {
    // Views move nothing: no line for them.
    if (finding.kind == FindingKind::Op && finding.latency && finding.latency->ms == 0) continue;
    writer.say(severityOf(finding.kind), finding.at, report.file, finding.text, " [cobra-latency]");
    if (finding.kind != FindingKind::Model) writer.source(finding.at);
    for (const std::string& note : finding.notes) writer.say(Severity::Note, finding.at, report.file, note, "");
  }
  return writer.out;
}

} // namespace cobra
