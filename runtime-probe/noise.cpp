// cobra-probe noise: rows measured again.

#include "predictor/format/network_record.h"
#include "runtime-probe/child.h"
#include "runtime-probe/collect.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/graph_run.h"
#include "runtime-probe/interruption.h"
#include "runtime-probe/progress.h"

#include <algorithm>
#include <random>
#include <set>

namespace cobra::probe {
namespace {

constexpr int interruptedCode = 130;

/// Rows of the file that are measured and were not repeated yet, a random share of them.
std::vector<const Record*> toRepeat(const RecordFile& file, double share, std::uint64_t seed) {
  std::set<std::int64_t> repeated;
  for (const Record& record : file.rows)
    if (record.repeats) repeated.insert(*record.repeats);
  std::vector<const Record*> all, chosen;
  for (const Record& record : file.rows)
    if (record.measured() && !record.repeats) all.push_back(&record);
  auto wanted = static_cast<std::size_t>(share * static_cast<double>(all.size()) + 0.5);
  std::erase_if(all, [&](const Record* record) { return repeated.contains(record->row); });
  std::mt19937_64 random(seed + repeated.size());
  std::ranges::sample(all, std::back_inserter(chosen), static_cast<std::ptrdiff_t>(std::min(wanted, all.size())), random);
  return chosen;
}

/// What runs in the file's rows; nothing where they are networks.
std::vector<std::string> operatorsOf(const RecordFile& file) {
  std::set<std::string> names;
  for (const Record& record : file.rows)
    if (record.network.empty()) names.insert(record.snippet.substr(0, record.snippet.find('(')));
  return {names.begin(), names.end()};
}

/// Measures what an earlier row measured.
Record again(const Record& first, const Session& session) {
  auto unreadable = [](const std::string& sentence) { return refused("", {CallFailure::Kind::Argument, sentence}); };
  if (first.network.empty()) {
    auto call = parseSnippet(first.snippet);
    if (std::holds_alternative<Call>(call)) return measure(std::get<Call>(call), session.setting);
    Record record = unreadable(std::get<SnippetError>(call).sentence);
    record.snippet = first.snippet;
    return record;
  }
  auto graph = graphOf(first, session.header);
  Record record = std::holds_alternative<Graph>(graph) ? measureNetwork(first.network, std::get<Graph>(graph), session.setting)
                                                       : unreadable(std::get<GraphError>(graph).sentence);
  record.network = first.network;
  record.nodes.clear(); // they are those of the first row
  return record;
}

int repeatRows(const Options& options) {
  const std::string& path = options.operands[0];
  auto read = readRecords(path);
  if (auto* error = std::get_if<RecordError>(&read)) return complain(error->sentence);
  const RecordHeader& there = std::get<RecordFile>(read).header;

  // Everything that the rows depend on comes from the file; a device of another name is refused by the
  // writer.
  Options same = options;
  same.seed = there.seed;
  same.threads = there.threads;
  same.space = there.space;
  same.cache = there.cache;
  same.layout = there.layout;
  same.shard = there.shard;
  same.tf32 = there.tf32 == "convolutions and products";
  same.replay = there.launch == "replay";
  if (there.kind == "networks") same.command = Command::Graph; // their time for sampling
  if (auto dtype = dtypeFromName(there.dtype)) same.dtype = *dtype;
  auto begun = begin(same, operatorsOf(std::get<RecordFile>(read)));
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  session.header.kind = there.kind;
  auto opened = RecordWriter::open(path, session.header);
  if (auto* error = std::get_if<RecordError>(&opened)) return complain(error->sentence);
  RecordWriter& writer = std::get<RecordWriter>(opened);

  RecordFile file = writer.present();
  std::vector<const Record*> chosen = toRepeat(writer.present(), options.share, same.seed);
  Interruption interruption;
  Progress progress(static_cast<std::int64_t>(chosen.size()), options.minutes * 60);
  bool interrupted = false;
  for (const Record* first : chosen) {
    if ((interrupted = interruption.requested())) break;
    if (options.minutes > 0 && progress.elapsed() > options.minutes * 60) break;
    Record record = again(*first, session);
    noteConditions(record, session.setting.call.device);
    record.row = firstRepeat + first->row;
    record.repeats = first->row;
    if (auto error = writer.append(record)) return complain(error->sentence);
    file.rows.push_back(std::move(record));
    progress.step();
  }
  if (auto error = writer.close()) return complain(error->sentence);
  printNoiseFloor(file);
  return interrupted ? interruptedCode : 0;
}

} // namespace

int noise(const Options& options) {
  ChildEnd end = inChild([&] { return repeatRows(options); });
  return end.crashed() ? complain(end.sentence()) : end.code;
}

} // namespace cobra::probe
