#include "predictor/adapt/call_samples.h"

#include "predictor/format/records.h"

#include <set>

namespace cobra::adapt {

std::variant<CallSamples, std::string> readCallSamples(const std::filesystem::path& file) {
  auto read = readRecords(file);
  if (auto* error = std::get_if<RecordError>(&read)) return error->sentence;
  const auto& records = std::get<RecordFile>(read);
  const RecordHeader& header = records.header;
  CallSamples samples{header.device, header.processor, header.versions, header.date.substr(0, 10), {}, {}};
  const std::string name = "'" + file.string() + "'";
  std::set<std::string, std::less<>> seen;
  std::size_t refused = 0, networks = 0;
  for (const Record& record : records.rows) {
    if (record.repeats) continue;
    if (!record.measured()) {
      ++refused;
      continue;
    }
    if (!record.network.empty()) {
      ++networks;
      continue;
    }
    const std::string row = "row " + std::to_string(record.row) + " of " + name;
    if (!(record.medianMs > 0)) return row + " says that a call takes no time";
    auto call = parseSnippet(record.snippet);
    if (auto* error = std::get_if<SnippetError>(&call)) return row + " is no call: " + error->sentence;
    if (!seen.insert(record.snippet).second) continue;
    samples.calls.push_back({std::get<Call>(std::move(call)), record.medianMs});
  }
  if (!records.torn.empty()) samples.notes.push_back(records.torn);
  if (refused > 0) samples.notes.push_back(std::to_string(refused) + " rows of " + name + " could not be measured and are left out");
  if (networks > 0) samples.notes.push_back(std::to_string(networks) + " rows of " + name + " are whole networks and are left out");
  if (samples.calls.empty()) return name + " holds no measured call";
  return samples;
}

} // namespace cobra::adapt
