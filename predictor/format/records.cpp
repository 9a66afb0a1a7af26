#include "predictor/format/records.h"

#include "predictor/format/text_file.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

namespace cobra {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "cobra.records/1";

/// A field of a struct, its name in the file, and whether continuing a file needs it to be the same.
template <class Owner, class T> struct Field {
  const char* name;
  T Owner::* member;
  bool fixed = true;
};

constexpr std::array headerTexts = {
    Field<RecordHeader, std::string>{"kind", &RecordHeader::kind},
    Field<RecordHeader, std::string>{"device", &RecordHeader::device},
    Field<RecordHeader, std::string>{"processor", &RecordHeader::processor},
    Field<RecordHeader, std::string>{"clocks", &RecordHeader::clocks, false},
    Field<RecordHeader, std::string>{"versions", &RecordHeader::versions},
    Field<RecordHeader, std::string>{"dtype", &RecordHeader::dtype},
    Field<RecordHeader, std::string>{"space", &RecordHeader::space},
    Field<RecordHeader, std::string>{"cache", &RecordHeader::cache},
    Field<RecordHeader, std::string>{"pinned", &RecordHeader::pinned, false},
    Field<RecordHeader, std::string>{"date", &RecordHeader::date, false},
    Field<RecordHeader, std::string>{"command", &RecordHeader::command, false},
};
/// Left out where they have their default.
constexpr std::array headerExtras = {
    Field<RecordHeader, std::string>{"layout", &RecordHeader::layout},
    Field<RecordHeader, std::string>{"tf32", &RecordHeader::tf32},
    Field<RecordHeader, std::string>{"launch", &RecordHeader::launch},
    Field<RecordHeader, std::string>{"shard", &RecordHeader::shard},
};
constexpr std::array times = {
    Field<Record, double>{"ms", &Record::medianMs},
    Field<Record, double>{"p10", &Record::p10Ms},
    Field<Record, double>{"p90", &Record::p90Ms},
};
constexpr std::array counts = {
    Field<Record, std::int64_t>{"count", &Record::count},
    Field<Record, std::int64_t>{"batch", &Record::batch},
    Field<Record, std::int64_t>{"preempted", &Record::preempted},
};

/// Left out where they are 0.
constexpr std::array rowExtras = {
    Field<Record, std::int64_t>{"mhz", &Record::clockMHz},
    Field<Record, std::int64_t>{"celsius", &Record::celsius},
    Field<Record, std::int64_t>{"at", &Record::at},
};

struct Bad {
  std::string sentence;
};

std::string textAt(const Json& line, const char* key) {
  auto at = line.find(key);
  if (at == line.end() || !at->is_string()) throw Bad{std::string("'") + key + "' is missing or no string"};
  return at->get<std::string>();
}

std::int64_t countAt(const Json& line, const char* key) {
  auto at = line.find(key);
  bool good = at != line.end() && at->is_number_integer() &&
              (!at->is_number_unsigned() || at->get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<std::int64_t>::max()));
  if (!good || at->get<std::int64_t>() < 0) throw Bad{std::string("'") + key + "' is missing or no count"};
  return at->get<std::int64_t>();
}

double timeAt(const Json& line, const char* key) {
  auto at = line.find(key);
  if (at == line.end() || !at->is_number() || !std::isfinite(at->get<double>()) || at->get<double>() < 0)
    throw Bad{std::string("'") + key + "' is missing or no time"};
  return at->get<double>();
}

/// Five significant digits: more is noise, and costs space.
double shortened(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return std::strtod(text, nullptr);
}

std::string lineOf(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string headerLine(const RecordHeader& header) {
  Json line{{"schema", schema}};
  for (const auto& field : headerTexts) line[field.name] = header.*field.member;
  line["threads"] = header.threads;
  line["seed"] = header.seed;
  for (const auto& field : headerExtras)
    if (header.*field.member != RecordHeader().*field.member) line[field.name] = header.*field.member;
  return lineOf(line);
}

std::string rowLine(const Record& record) {
  Json line{{"row", record.row}};
  if (record.repeats) line["repeats"] = *record.repeats;
  if (record.network.empty()) {
    line["snippet"] = record.snippet;
  } else {
    line["network"] = record.network;
  }
  if (!record.measured()) {
    line["error"] = record.error;
    line["reason"] = record.reason;
    return lineOf(line);
  }
  for (const auto& field : times) line[field.name] = shortened(record.*field.member);
  for (const auto& field : counts) line[field.name] = record.*field.member;
  line["stop"] = record.stop;
  for (const auto& field : rowExtras)
    if (record.*field.member != 0) line[field.name] = record.*field.member;
  for (const RecordNode& node : record.nodes) {
    Json item{{"snippet", node.snippet}};
    if (node.medianMs > 0) item["ms"] = shortened(node.medianMs);
    item["from"] = node.from;
    line["nodes"].push_back(std::move(item));
  }
  return lineOf(line);
}

RecordHeader headerOf(const Json& line) {
  if (textAt(line, "schema") != schema)
    throw Bad{"the schema is '" + textAt(line, "schema") + "', this reader knows '" + std::string(schema) + "'"};
  RecordHeader header;
  for (const auto& field : headerTexts) header.*field.member = textAt(line, field.name);
  header.threads = static_cast<int>(std::min<std::int64_t>(countAt(line, "threads"), 1 << 20));
  auto seed = line.find("seed");
  if (seed == line.end() || !seed->is_number_unsigned()) throw Bad{"'seed' is missing or no count"};
  header.seed = seed->get<std::uint64_t>();
  for (const auto& field : headerExtras)
    if (line.contains(field.name)) header.*field.member = textAt(line, field.name);
  return header;
}

std::vector<RecordNode> nodesOf(const Json& line) {
  const Json& list = line["nodes"];
  if (!list.is_array()) throw Bad{"'nodes' is no list"};
  std::vector<RecordNode> nodes;
  for (const Json& item : list) {
    if (!item.is_object()) throw Bad{"a node is no JSON object"};
    RecordNode node{textAt(item, "snippet"), item.contains("ms") ? timeAt(item, "ms") : 0, {}};
    auto from = item.find("from");
    if (from == item.end() || !from->is_array()) throw Bad{"'from' is missing or no list"};
    for (const Json& number : *from) {
      bool good = number.is_number_unsigned() && number.get<std::uint64_t>() < nodes.size() &&
                  (node.from.empty() || number.get<int>() > node.from.back());
      if (!good) throw Bad{"'from' names no earlier node, or is out of order"};
      node.from.push_back(number.get<int>());
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

Record rowOf(const Json& line) {
  Record record;
  record.row = countAt(line, "row");
  if (line.contains("repeats")) record.repeats = countAt(line, "repeats");
  if (line.contains("network")) {
    record.network = textAt(line, "network");
    if (record.network.empty()) throw Bad{"'network' is empty"};
  } else {
    record.snippet = textAt(line, "snippet");
  }
  if (line.contains("error")) {
    record.error = textAt(line, "error");
    record.reason = textAt(line, "reason");
    if (record.error.empty()) throw Bad{"'error' is empty"};
    return record;
  }
  for (const auto& field : times) record.*field.member = timeAt(line, field.name);
  for (const auto& field : counts) record.*field.member = countAt(line, field.name);
  record.stop = textAt(line, "stop");
  for (const auto& field : rowExtras)
    if (line.contains(field.name)) record.*field.member = countAt(line, field.name);
  if (line.contains("nodes")) record.nodes = nodesOf(line);
  return record;
}

/// Nothing if rows under both headers may stand in one file, else what differs.
std::optional<std::string> difference(const RecordHeader& there, const RecordHeader& here) {
  auto differs = [&](const Field<RecordHeader, std::string>& field) { return field.fixed && there.*field.member != here.*field.member; };
  auto said = [&](const Field<RecordHeader, std::string>& field) {
    return std::string(field.name) + " '" + there.*field.member + "', not '" + here.*field.member + "'";
  };
  for (const auto& field : headerTexts)
    if (differs(field)) return said(field);
  for (const auto& field : headerExtras)
    if (differs(field)) return said(field);
  if (there.threads != here.threads) return std::to_string(there.threads) + " threads, not " + std::to_string(here.threads);
  if (there.seed != here.seed) return "seed " + std::to_string(there.seed) + ", not " + std::to_string(here.seed);
  return std::nullopt;
}

std::variant<RecordFile, RecordError> parse(const TextRead& read, const std::filesystem::path& path) {
  RecordFile file;
  bool headed = false;
  std::size_t number = 0;
  std::string_view rest = read.text;
  while (!rest.empty()) {
    std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break; // a row cut in the middle
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    ++number;
    try {
      Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) throw Bad{"is no JSON object"};
      bool header = json.contains("schema");
      if (!headed && !header) throw Bad{"is no header"};
      if (!header) {
        file.rows.push_back(rowOf(json));
      } else if (!headed) {
        file.header = headerOf(json);
        headed = true;
      } else if (auto other = difference(headerOf(json), file.header)) {
        throw Bad{"a second header has " + *other};
      }
    } catch (const Bad& bad) {
      return RecordError{path.string() + ":" + std::to_string(number) + ": " + bad.sentence};
    }
  }
  if (read.torn || !rest.empty())
    file.torn = path.string() + " ends in the middle: " + std::to_string(file.rows.size()) + " whole rows were read";
  if (!headed && file.torn.empty()) return RecordError{path.string() + " is empty"};
  if (!headed) return RecordError{path.string() + " ends before its header does"};
  return file;
}

/// True for a part of a header, from its start: what is left of a file whose writer was killed at once.
bool beginsHeader(std::string_view text) {
  if (text == "\x1f") return true; // the first byte of a gzip stream, which zlib takes for plain text
  static constexpr std::string_view start = R"({"schema":"cobra.records/)";
  std::size_t length = std::min(text.size(), start.size());
  return text.find('\n') == text.npos && text.substr(0, length) == start.substr(0, length);
}

std::string contents(const RecordFile& file) {
  std::string text = headerLine(file.header);
  for (const Record& record : file.rows) text += rowLine(record);
  return text;
}

RecordError from(TextFileError error) { return {std::move(error.sentence)}; }

} // namespace

bool recordsCompress() { return textCompresses(); }

std::variant<RecordFile, RecordError> readRecords(const std::filesystem::path& path) {
  auto read = readText(path);
  if (auto* error = std::get_if<TextFileError>(&read)) return from(*error);
  return parse(std::get<TextRead>(read), path);
}

std::variant<RecordFile, RecordError> mergeRecords(const std::vector<std::filesystem::path>& files, std::int64_t& duplicates) {
  RecordFile merged;
  std::map<std::int64_t, std::pair<Record, std::filesystem::path>> rows;
  std::map<std::pair<std::string, std::string>, std::int64_t> calls; // the row that measured each
  duplicates = 0;
  bool first = true;
  for (const std::filesystem::path& path : files) {
    auto read = readRecords(path);
    if (auto* error = std::get_if<RecordError>(&read)) return *error;
    RecordFile& file = std::get<RecordFile>(read);
    file.header.shard.clear();
    if (first) merged.header = file.header;
    first = false;
    if (auto other = difference(file.header, merged.header)) return RecordError{path.string() + " was measured with " + *other};
    merged.header.date = std::min(merged.header.date, file.header.date);
    if (!file.torn.empty()) merged.torn += (merged.torn.empty() ? "" : "; ") + file.torn;
    for (Record& row : file.rows) {
      auto there = rows.find(row.row);
      if (there == rows.end()) {
        // Shards draw apart from each other, so that the same call may have come up in two of them.
        if (!row.repeats && !calls.emplace(std::pair(row.snippet, row.network), row.row).second) {
          ++duplicates;
          continue;
        }
        rows.emplace(row.row, std::pair(std::move(row), path));
      } else if (there->second.first.snippet == row.snippet && there->second.first.network == row.network) {
        ++duplicates;
      } else {
        return RecordError{path.string() + " and " + there->second.second.string() + " both have a row " + std::to_string(row.row) +
                           ", of different calls"};
      }
    }
  }
  for (auto& [number, row] : rows) merged.rows.push_back(std::move(row.first));
  duplicates +=
      static_cast<std::int64_t>(std::erase_if(merged.rows, [&](const Record& row) { return row.repeats && !rows.contains(*row.repeats); }));
  return merged;
}

std::optional<RecordError> writeRecords(const std::filesystem::path& path, const RecordFile& records) {
  if (auto error = replaceText(path, contents(records))) return from(*error);
  return std::nullopt;
}

struct RecordWriter::State {
  std::filesystem::path path;
  RecordFile present;
  TextAppender appender;
};

RecordWriter::RecordWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordWriter::RecordWriter(RecordWriter&&) noexcept = default;
RecordWriter& RecordWriter::operator=(RecordWriter&&) noexcept = default;
RecordWriter::~RecordWriter() = default;

std::variant<RecordWriter, RecordError> RecordWriter::open(const std::filesystem::path& path, const RecordHeader& header) {
  RecordFile present{header, {}, {}};
  std::error_code ignored;
  bool continued = std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) > 0;
  if (continued) {
    auto read = readText(path);
    if (auto* error = std::get_if<TextFileError>(&read)) return from(*error);
    auto& text = std::get<TextRead>(read);
    if (beginsHeader(text.text)) { // cut off before the first row: nothing to keep
      continued = false;
      std::filesystem::remove(path, ignored);
    } else {
      auto parsed = parse(text, path);
      if (auto* error = std::get_if<RecordError>(&parsed)) return *error;
      present = std::move(std::get<RecordFile>(parsed));
      if (auto other = difference(present.header, header))
        return RecordError{path.string() + " was measured with " + *other + "; name another file"};
      // Written anew as a whole, so that nothing torn is left in front of what is appended.
      if (auto error = replaceText(path, contents(present))) return from(*error);
    }
  }
  auto opened = TextAppender::open(path);
  if (auto* error = std::get_if<TextFileError>(&opened)) return from(*error);
  RecordWriter writer(std::unique_ptr<State>(new State{path, std::move(present), std::move(std::get<TextAppender>(opened))}));
  if (!continued) {
    TextAppender& appender = writer.state_->appender;
    if (auto error = appender.write(headerLine(header))) return from(*error);
    if (auto error = appender.flush()) return from(*error);
  }
  return writer;
}

const RecordFile& RecordWriter::present() const { return state_->present; }

std::optional<RecordError> RecordWriter::append(const Record& record) {
  if (auto error = state_->appender.write(rowLine(record))) return from(*error);
  if (auto error = state_->appender.flush()) return from(*error);
  return std::nullopt;
}

std::optional<RecordError> RecordWriter::close() {
  if (auto error = state_->appender.close()) return from(*error);
  auto whole = readText(state_->path);
  if (auto* error = std::get_if<TextFileError>(&whole)) return from(*error);
  if (auto error = replaceText(state_->path, std::get<TextRead>(whole).text)) return from(*error);
  return std::nullopt;
}

} // namespace cobra
