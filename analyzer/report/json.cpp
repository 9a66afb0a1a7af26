#include "analyzer/report/report.h"

#include <nlohmann/json.hpp>

namespace cobra {
namespace {
using Json = nlohmann::ordered_json;

constexpr int schemaVersion = 1;

/// Names in source files may hold any bytes; a JSON document may not.
std::string text(const Json& document) { return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

void putPlace(Json& out, const SourceRange& at, const std::string& file) {
  out["file"] = at.file.empty() ? file : at.file;
  out["line"] = at.line;
  out["column"] = at.column;
  out["endLine"] = at.endLine;
  out["endColumn"] = at.endColumn;
}

void putLatency(Json& out, const std::optional<Latency>& latency) {
  if (!latency) {
    out["latency"] = nullptr;
    return;
  }
  out["latency"] = latency->ms;
  out["low"] = latency->lowMs;
  out["high"] = latency->highMs;
  out["extrapolated"] = latency->extrapolated;
  out["covered"] = latency->covered;
}

Json findingJson(const Finding& finding, const std::string& file) {
  Json out;
  out["id"] = finding.id;
  out["kind"] = name(finding.kind);
  putPlace(out, finding.at, file);
  out["text"] = finding.text;
  out["model"] = finding.model;
  if (finding.kind == FindingKind::Op || finding.kind == FindingKind::Model) {
    putLatency(out, finding.latency);
    out["lowerBound"] = finding.lowerBound;
    out["calls"] = finding.calls;
  }
  if (finding.kind == FindingKind::Op) {
    out["share"] = finding.share ? Json(*finding.share) : Json(nullptr);
    out["snippet"] = finding.snippets.empty() ? "" : finding.snippets.front().snippet;
    Json list = Json::array();
    for (const FindingCall& call : finding.snippets)
      list.push_back({{"snippet", call.snippet}, {"calls", call.count}, {"latency", call.latency.ms}});
    out["snippets"] = std::move(list);
  }
  out["why"] = finding.notes;
  return out;
}

} // namespace

std::string writeFindingsJson(const std::vector<FileReport>& reports, const std::string& device) {
  Json document;
  document["schemaVersion"] = schemaVersion;
  document["device"] = device.empty() ? Json(nullptr) : Json(device);
  Json files = Json::array();
  for (const FileReport& report : reports) {
    Json file;
    file["file"] = report.file;
    if (!report.libTorch.empty()) file["libTorch"] = report.libTorch;
    if (report.failure) file["failure"] = *report.failure;
    file["errorCount"] = report.errorCount;
    Json errors = Json::array();
    for (const ReportError& error : report.errors) {
      Json item;
      putPlace(item, error.at, report.file);
      item["text"] = error.text;
      errors.push_back(std::move(item));
    }
    file["errors"] = std::move(errors);
    Json findings = Json::array();
    for (const Finding& finding : report.findings) findings.push_back(findingJson(finding, report.file));
    file["findings"] = std::move(findings);
    files.push_back(std::move(file));
  }
  document["files"] = std::move(files);
  return text(document);
}

} // namespace cobra
