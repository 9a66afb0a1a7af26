// cobra-probe layers: rows into a file. One process measures, another one watches over it.

#include "runtime-probe/campaign.h"
#include "runtime-probe/child.h"
#include "runtime-probe/commands.h"
#include "runtime-probe/interruption.h"
#include "runtime-probe/progress.h"
#include "runtime-probe/session.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>
#include <span>

#include <sys/mman.h>

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

/// What the measuring process tells the one that watches over it, in memory that both share.
struct Shared {
  std::int64_t rows = 0; // added by this run
  bool inFlight = false; // a call is being measured: this one
  std::int64_t row = 0;
  char snippet[1 << 16] = "";
  char file[4096] = "";

  static void keep(std::span<char> into, const std::string& text) {
    std::size_t length = std::min(text.size(), into.size() - 1);
    std::copy_n(text.begin(), length, into.begin());
    into[length] = 0;
  }
};
class SharedPage {
public:
  SharedPage()
      : at_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (at_ == MAP_FAILED) throw std::bad_alloc();
    new (at_) Shared;
  }
  ~SharedPage() { ::munmap(at_, sizeof(Shared)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  Shared& operator*() const { return *static_cast<Shared*>(at_); }
  Shared* operator->() const { return static_cast<Shared*>(at_); }

private:
  void* at_;
};

/// The measuring process: goes on with the file until time, rows or samples are used up.
int measureRows(Options options, Shared& shared) {
  auto begun = begin(options);
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  if (std::filesystem::is_directory(options.out))
    options.out += "/" + session.header.device + "-layers.jsonl" + (recordsCompress() ? ".gz" : "");
  session.header.command = commandOf(options);
  Shared::keep(shared.file, options.out);

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
  while ((options.rows == 0 || progress.rows() < options.rows) &&
         (options.minutes == 0 || progress.elapsed() < options.minutes * 60) && !interruption.requested()) {
    auto call = campaign.next();
    if (!call) break;
    shared.row = campaign.row();
    Shared::keep(shared.snippet, printSnippet(*call));
    shared.inFlight = true;
    Record record = measure(*call, session.setting);
    shared.inFlight = false;
    record.row = campaign.row();
    if (auto error = writer.append(record)) return complain(error->sentence);
    campaign.add(record);
    surprises.see(record, progress);
    progress.step();
    ++shared.rows;
  }
  if (auto error = writer.close()) return complain(error->sentence);
  surprises.finish(progress);
  return interruption.requested() ? interruptedCode : 0;
}

/// Adds the row of the call during which the measuring process ended.
std::optional<RecordError> addCrash(Shared& shared, const ChildEnd& end) {
  auto read = readRecords(shared.file);
  if (auto* error = std::get_if<RecordError>(&read)) return *error;
  auto opened = RecordWriter::open(shared.file, std::get<RecordFile>(read).header);
  if (auto* error = std::get_if<RecordError>(&opened)) return *error;
  Record record = refused(shared.snippet, {CallFailure::Kind::Crashed, end.sentence()});
  record.row = shared.row;
  if (auto error = std::get<RecordWriter>(opened).append(record)) return error;
  shared.inFlight = false;
  ++shared.rows;
  return std::get<RecordWriter>(opened).close();
}

} // namespace

int layers(const Options& options) {
  if (options.out.empty()) return complain("layers needs --out FILE", 2);
  if (options.minutes <= 0 && options.rows <= 0) return complain("layers needs --minutes M or --rows N", 2);
  SharedPage shared;
  Progress whole(0, 0);
  int code = 0;
  for (bool going = true; going;) {
    Options rest = options;
    if (options.rows > 0) rest.rows = options.rows - shared->rows;
    if (options.minutes > 0) rest.minutes = options.minutes - whole.elapsed() / 60;
    if ((options.rows > 0 && rest.rows <= 0) || (options.minutes > 0 && rest.minutes <= 0)) break;
    ChildEnd end = inChild([&] { return measureRows(rest, *shared); });
    code = end.code;
    going = end.crashed();
    if (!going) break;
    if (!shared->inFlight) return complain(end.sentence());
    complain(end.sentence() + ", in " + shared->snippet);
    if (auto error = addCrash(*shared, end)) return complain(error->sentence);
  }
  if (code != 0 && code != interruptedCode) return code;
  std::printf("%lld rows in %.1f s (%.1f/s) added to %s%s\n", static_cast<long long>(shared->rows),
              whole.elapsed(), static_cast<double>(shared->rows) / whole.elapsed(), shared->file,
              code == interruptedCode ? "; interrupted, the same command goes on" : "");
  return code;
}

} // namespace cobra::probe
