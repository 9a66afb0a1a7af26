#include "runtime-probe/session.h"

#include "runtime-probe/runner.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cobra::probe {
namespace {

/// Sets what may use TF32, and says so.
std::string tf32(bool products) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(true); // LibTorch's own default
  context.setAllowTF32CuBLAS(products);
  return products ? "convolutions and products" : "convolutions";
}

/// As a word of a shell command line.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

} // namespace

std::variant<Session, MachineError> begin(const Options& options, const std::vector<std::string>& operators) {
  const bool libraries = withoutLibTorch(operators);
  auto device = libraries ? findLibrariesDevice(options.device) : findDevice(options.device);
  if (auto* error = std::get_if<MachineError>(&device)) return *error;
  if (options.replay && std::get<c10::Device>(device).is_cpu())
    return MachineError{"--replay launches CUDA graphs: it takes --device cuda, there are none on " + options.device};
  Session session;
  session.setting = defaultSetting(std::get<c10::Device>(device));
  bool cpu = session.setting.call.device.is_cpu();
  session.setting.call.seed = options.seed;
  session.setting.call.memoryLimit = (options.memoryMiB ? options.memoryMiB : cpu ? 1024 : 16384) << 20;
  session.setting.call.channelsLast = options.layout == "channels-last";
  session.setting.coldCache = options.cache == "cold";
  session.setting.replay = options.replay;
  session.setting.tf32 = options.tf32;
  session.setting.stop.seconds = options.rowSeconds > 0 ? options.rowSeconds : options.command == Command::Graph ? 1 : 0.1;
  session.flopLimit = options.gigaFlops > 0 ? static_cast<std::int64_t>(options.gigaFlops * 1e9)
                      : cpu                 ? 10'000'000'000 * options.threads
                                            : 0;

  Machine machine = describe(session.setting.call.device);
  RecordHeader& header = session.header;
  header.device = options.name.empty() ? machine.name : options.name;
  header.processor = machine.processor;
  header.clocks = machine.clocks;
  header.versions = machine.versions;
  if (libraries && !cpu) {
    try {
      header.versions += ", " + libraryVersions(operators);
    } catch (const CallFailure& failure) {
      return MachineError{failure.sentence};
    }
  }
  header.threads = options.threads;
  header.dtype = longName(options.dtype);
  header.space = options.space;
  header.seed = options.seed;
  header.cache = options.cache;
  header.layout = options.layout;
  if (options.replay) header.launch = "replay";
  header.shard = options.shard;
  if (!cpu) header.tf32 = tf32(options.tf32);
  header.pinned = pin({options.core, options.realtime}, options.threads);
  header.date = now();
  at::set_num_threads(options.threads);
  return session;
}

std::string repeatCommand(const Session& session, const Options& options, const std::string& snippet) {
  std::string command = "cobra-probe run " + quoted(snippet);
  if (options.device != "cpu") command += " --device " + options.device;
  if (options.threads != 1) command += " --threads " + std::to_string(options.threads);
  if (options.realtime) command += " --realtime";
  if (options.replay) command += " --replay";
  if (session.header.seed != 1) command += " --seed " + std::to_string(session.header.seed);
  return command;
}

bool surprising(const Record& record) {
  if (!record.measured()) return record.error == name(CallFailure::Kind::Refused) || record.error == name(CallFailure::Kind::Crashed);
  return record.p90Ms - record.p10Ms > record.medianMs;
}

std::string describe(const Record& record) {
  if (!record.measured()) return record.error + ": " + record.reason;
  char text[192];
  std::snprintf(text, sizeof text, "%.5g ms (p10 %.5g, p90 %.5g; %lld samples of %lld, %s", record.medianMs, record.p10Ms, record.p90Ms,
                static_cast<long long>(record.count), static_cast<long long>(record.batch), record.stop.c_str());
  std::string result = text;
  if (record.preempted > 0) result += ", " + std::to_string(record.preempted) + " preempted";
  return result + ")";
}

void printNoiseFloor(const RecordFile& file) {
  auto floor = noiseFloor(file);
  if (!floor) {
    std::printf("noise floor: no row was measured twice\n");
    return;
  }
  std::printf("noise floor from %lld rows measured twice: MAPE %.2f %%, within 1/5/10 %%: %.1f/%.1f/%.1f %% "
              "of rows\n",
              static_cast<long long>(floor->pairs), floor->mape, floor->within1, floor->within5, floor->within10);
}

int flushed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  const int error = complain(std::string("standard output cannot be written: ") + std::strerror(errno));
  return code == 0 ? error : code;
}

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "cobra-probe: %s\n", sentence.c_str());
  return code;
}

} // namespace cobra::probe
