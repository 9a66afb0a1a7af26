// cobra-probe layers and noise: rows into a file.

#include "runtime-probe/campaign.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/interruption.h"
#include "runtime-probe/progress.h"
#include "runtime-probe/session.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>

namespace cobra::probe {
namespace {

constexpr int interruptedCode = 130;

/// Says which rows deserve a second look, and how to take it; after the first few only how many there were.
class Surprises {
public:
  Surprises(const Session& session, const Options& options) : session_(session), options_(options) {}
  void see(const Record& record, Progress& progress) {
    if (!surprising(record) || ++count_ > shown) return;
    progress.say("row " + std::to_string(record.row) + " is surprising: " + describe(record) + "\n  " +
                 repeatCommand(session_, options_, record.snippet));
  }
  void finish(Progress& progress) const {
    if (count_ > shown)
      progress.say(std::to_string(count_ - shown) + " more rows are surprising; 'cobra-probe show " +
                   options_.out + "' lists them");
  }

private:
  static constexpr int shown = 10;
  const Session& session_;
  const Options& options_;
  int count_ = 0;
};

std::string commandOf(const Options& options) {
  std::string command = "cobra-probe layers --seed " + std::to_string(options.seed) + " --device " +
                        options.device + " --dtype " + std::string(longName(options.dtype)) + " --threads " +
                        std::to_string(options.threads) + " --space " + options.space;
  if (options.minutes > 0) {
    char minutes[32];
    std::snprintf(minutes, sizeof minutes, " --minutes %g", options.minutes);
    command += minutes;
  }
  if (options.rows > 0) command += " --rows " + std::to_string(options.rows);
  if (options.realtime) command += " --realtime";
  if (options.core) command += " --core " + std::to_string(*options.core);
  return command + " --out " + std::filesystem::path(options.out).filename().string();
}

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
  std::ranges::sample(all, std::back_inserter(chosen),
                      static_cast<std::ptrdiff_t>(std::min(wanted, all.size())), random);
  return chosen;
}

} // namespace

int layers(const Options& given) {
  Options options = given;
  if (options.out.empty()) return complain("layers needs --out FILE", 2);
  if (options.minutes <= 0 && options.rows <= 0) return complain("layers needs --minutes M or --rows N", 2);
  auto begun = begin(options);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  if (std::filesystem::is_directory(options.out))
    options.out += "/" + session.header.device + "-layers.jsonl" + (recordsCompress() ? ".gz" : "");
  session.header.command = commandOf(options);

  auto calls = callsOfGraphs(options.calls);
  if (auto* error = std::get_if<CampaignError>(&calls)) return complain(error->sentence, 2);
  CampaignSetting wanted{options.seed, options.dtype, session.setting.call.memoryLimit, session.flopLimit,
                         options.operators};
  auto planned = Campaign::make(wanted, std::move(std::get<std::vector<Call>>(calls)));
  if (auto* error = std::get_if<CampaignError>(&planned)) return complain(error->sentence, 2);
  Campaign& campaign = std::get<Campaign>(planned);

  auto opened = RecordWriter::open(options.out, session.header);
  if (auto* error = std::get_if<RecordError>(&opened)) return complain(error->sentence);
  RecordWriter& writer = std::get<RecordWriter>(opened);
  if (!writer.present().torn.empty()) complain(writer.present().torn + "; the rest is measured again");
  for (const Record& record : writer.present().rows) campaign.add(record);

  Interruption interruption;
  Progress progress(options.rows, options.minutes * 60);
  Surprises surprises(session, options);
  bool interrupted = false;
  while ((options.rows == 0 || progress.rows() < options.rows) &&
         (options.minutes <= 0 || progress.elapsed() < options.minutes * 60)) {
    if ((interrupted = interruption.requested())) break;
    auto call = campaign.next();
    if (!call) break;
    Record record = measure(*call, session.setting);
    record.row = campaign.row();
    if (auto error = writer.append(record)) return complain(error->sentence);
    campaign.add(record);
    surprises.see(record, progress);
    progress.step();
  }
  if (auto error = writer.close()) return complain(error->sentence);
  surprises.finish(progress);
  std::printf("%lld rows in %.1f s (%.1f/s) added to %s%s\n", static_cast<long long>(progress.rows()),
              progress.elapsed(), progress.rate(), options.out.c_str(),
              interrupted ? "; interrupted, the same command goes on" : "");
  return interrupted ? interruptedCode : 0;
}

int noise(const Options& options) {
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
  if (auto dtype = dtypeFromName(there.dtype)) same.dtype = *dtype;
  auto begun = begin(same);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  auto opened = RecordWriter::open(path, session.header);
  if (auto* error = std::get_if<RecordError>(&opened)) return complain(error->sentence);
  RecordWriter& writer = std::get<RecordWriter>(opened);

  RecordFile file = writer.present();
  std::vector<const Record*> chosen = toRepeat(writer.present(), options.share, same.seed);
  std::int64_t row = 0;
  for (const Record& record : file.rows) row = std::max(row, record.row + 1);
  Interruption interruption;
  Progress progress(static_cast<std::int64_t>(chosen.size()), options.minutes * 60);
  bool interrupted = false;
  for (const Record* first : chosen) {
    if ((interrupted = interruption.requested())) break;
    if (options.minutes > 0 && progress.elapsed() > options.minutes * 60) break;
    auto call = parseSnippet(first->snippet);
    Record record =
        std::holds_alternative<Call>(call)
            ? measure(std::get<Call>(call), session.setting)
            : refused(first->snippet, {CallFailure::Kind::Argument, std::get<SnippetError>(call).sentence});
    record.row = row++;
    record.repeats = first->row;
    if (auto error = writer.append(record)) return complain(error->sentence);
    file.rows.push_back(std::move(record));
    progress.step();
  }
  if (auto error = writer.close()) return complain(error->sentence);
  printNoiseFloor(file);
  return interrupted ? interruptedCode : 0;
}

} // namespace cobra::probe
