// One process measures, another one watches over it.

#include "runtime-probe/collect.h"

#include "runtime-probe/child.h"
#include "runtime-probe/interruption.h"
#include "runtime-probe/progress.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <new>
#include <span>

#include <sys/mman.h>

namespace cobra::probe {
namespace {

constexpr int interruptedCode = 130;

/// The end of a file's name: kind, space, dtype and shard as far as they are not the usual ones.
std::string fileKind(const RecordHeader& header) {
  std::string kind = header.kind;
  if (header.space != "default" && header.space != kind) kind += "-" + header.space;
  if (header.dtype != "float32") kind += "-" + header.dtype;
  if (header.cache != "warm") kind += "-" + header.cache;
  if (header.layout != "contiguous") kind += "-" + header.layout;
  if (header.launch != "eager") kind += "-" + header.launch;
  std::string shard = header.shard;
  if (std::size_t slash = shard.find('/'); slash != shard.npos) shard.replace(slash, 1, "of");
  return shard.empty() ? kind : kind + "-" + shard;
}

/// Says which rows deserve a second look, and how to take it; after the first few only how many there were.
class Surprises {
public:
  Surprises(const Session& session, const Options& options) : session_(session), options_(options) {}
  void see(const Record& record, Progress& progress) {
    if (!surprising(record) || ++count_ > shown) return;
    progress.say("row " + std::to_string(record.row) + " is surprising: " + describe(record) + "\n  " +
                 (record.network.empty() ? repeatCommand(session_, options_, record.snippet) : record.network));
  }
  void finish(Progress& progress) const {
    if (count_ > shown)
      progress.say(std::to_string(count_ - shown) + " more rows are surprising; 'cobra-probe show " + options_.out + "' lists them");
  }

private:
  static constexpr int shown = 10;
  const Session& session_;
  const Options& options_;
  int count_ = 0;
};

std::string commandOf(const Options& options, const RecordHeader& header) {
  std::string command = "cobra-probe " + std::string(name(options.command));
  auto say = [&](const char* option, const std::string& value) { command += std::string(" --") + option + " " + value; };
  auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return std::string(text);
  };
  for (const std::string& operand : options.operands) command += " " + std::filesystem::path(operand).filename().string();
  say("seed", std::to_string(options.seed));
  say("device", options.device);
  say("dtype", header.dtype);
  say("threads", std::to_string(options.threads));
  if (options.operands.empty()) say("space", header.space);
  if (options.command == Command::Graph) {
    std::string batches;
    for (std::int64_t batch : options.batches) batches += (batches.empty() ? "" : ",") + std::to_string(batch);
    say("batch", batches.empty() ? "1" : batches);
    if (options.image > 0) say("image", std::to_string(options.image));
  }
  if (options.minutes > 0) say("minutes", number(options.minutes));
  if (options.rows > 0) say("rows", std::to_string(options.rows));
  if (options.rowSeconds > 0) say("row-seconds", number(options.rowSeconds));
  if (options.memoryMiB > 0) say("memory", std::to_string(options.memoryMiB));
  if (options.gigaFlops > 0) say("gflop", number(options.gigaFlops));
  if (header.cache != "warm") say("cache", header.cache);
  if (header.layout != "contiguous") say("layout", header.layout);
  if (options.tf32) command += " --tf32";
  if (options.replay) command += " --replay";
  if (!header.shard.empty()) say("shard", header.shard);
  if (options.realtime) command += " --realtime";
  if (options.core) say("core", std::to_string(*options.core));
  say("out", std::filesystem::path(options.out).filename().string());
  return command;
}

/// What the measuring process tells the one that watches over it, in memory that both share.
struct Shared {
  std::int64_t rows = 0; // added by this run
  bool inFlight = false; // a call is being measured: this one
  std::int64_t row = 0;
  bool network = false; // what it is: a network's name, else a snippet
  char what[1 << 16] = "";
  double measuring = 0; // seconds of warm-up and samples
  char file[4096] = "";

  static void keep(std::span<char> into, const std::string& text) {
    std::size_t length = std::min(text.size(), into.size() - 1);
    std::copy_n(text.begin(), length, into.begin());
    into[length] = 0;
  }
};
class SharedPage {
public:
  SharedPage() : at_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
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
int measureRows(Options options, std::string_view kind, const MakePlan& makePlan, Shared& shared) {
  auto begun = begin(options, options.command == Command::Layers ? options.operators : std::vector<std::string>());
  if (auto* error = std::get_if<MachineError>(&begun)) return complain(error->sentence, 2);
  Session& session = std::get<Session>(begun);
  session.header.kind = kind;
  if (std::filesystem::is_directory(options.out))
    options.out += "/" + session.header.device + "-" + fileKind(session.header) + ".jsonl" + (recordsCompress() ? ".gz" : "");
  session.header.command = commandOf(options, session.header);
  Shared::keep(shared.file, options.out);

  auto planned = makePlan(session, options);
  if (auto* error = std::get_if<PlanError>(&planned)) return complain(error->sentence, 2);
  Plan& plan = *std::get<std::unique_ptr<Plan>>(planned);

  auto opened = RecordWriter::open(options.out, session.header);
  if (auto* error = std::get_if<RecordError>(&opened)) return complain(error->sentence);
  RecordWriter& writer = std::get<RecordWriter>(opened);
  if (!writer.present().torn.empty()) complain(writer.present().torn + "; the rest is measured again");
  for (const Record& record : writer.present().rows) plan.add(record);

  Interruption interruption;
  Progress progress(options.rows, options.minutes * 60);
  Surprises surprises(session, options);
  while ((options.rows == 0 || progress.rows() < options.rows) && (options.minutes == 0 || progress.elapsed() < options.minutes * 60) &&
         !interruption.requested()) {
    if (!plan.next()) break;
    Record record = plan.what();
    shared.row = plan.row();
    Shared::keep(shared.what, record.network.empty() ? record.snippet : record.network);
    shared.network = !record.network.empty();
    shared.inFlight = true;
    record = plan.measure(session.setting, shared.measuring);
    shared.inFlight = false;
    record.row = plan.row();
    noteConditions(record, session.setting.call.device);
    if (auto error = writer.append(record)) return complain(error->sentence);
    plan.add(record);
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
  Record record = refused(shared.what, {CallFailure::Kind::Crashed, end.sentence()});
  if (shared.network) std::swap(record.network, record.snippet);
  record.row = shared.row;
  if (auto error = std::get<RecordWriter>(opened).append(record)) return error;
  shared.inFlight = false;
  ++shared.rows;
  return std::get<RecordWriter>(opened).close();
}

} // namespace

void noteConditions(Record& record, c10::Device device) {
  Conditions now = conditions(device);
  record.clockMHz = now.clockMHz;
  record.celsius = now.celsius;
  record.at = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int collect(const Options& options, std::string_view kind, const MakePlan& makePlan) {
  SharedPage shared;
  Progress whole(0, 0);
  int code = 0;
  for (bool going = true; going;) {
    Options rest = options;
    if (options.rows > 0) rest.rows = options.rows - shared->rows;
    if (options.minutes > 0) rest.minutes = options.minutes - whole.elapsed() / 60;
    if ((options.rows > 0 && rest.rows <= 0) || (options.minutes > 0 && rest.minutes <= 0)) break;
    ChildEnd end = inChild([&] { return measureRows(rest, kind, makePlan, *shared); });
    code = end.code;
    going = end.crashed();
    if (!going) break;
    if (!shared->inFlight) return complain(end.sentence());
    complain(end.sentence() + ", in " + shared->what);
    if (auto error = addCrash(*shared, end)) return complain(error->sentence);
  }
  if (code != 0 && code != interruptedCode) return code;
  double share = whole.elapsed() > 0 ? 100 * shared->measuring / whole.elapsed() : 0;
  std::printf("%lld rows in %.1f s (%.1f/s, %.0f %% of it warm-up and samples) added to %s%s\n", static_cast<long long>(shared->rows),
              whole.elapsed(), static_cast<double>(shared->rows) / whole.elapsed(), share, shared->file,
              code == interruptedCode ? "; interrupted, the same command goes on" : "");
  return code;
}

} // namespace cobra::probe
