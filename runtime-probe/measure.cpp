#include "runtime-probe/measure.h"

#include "runtime-probe/preemption.h"
#include "runtime-probe/replay.h"
#include "runtime-probe/runner.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace cobra::probe {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

/// Runs until the warm-up is over. The shortest run seen, in seconds.
double warmUp(Workload& workload, Lane& lane, double seconds) {
  Clock::time_point begun = Clock::now();
  double shortest = 0;
  for (int run = 0; run < 100 && (run < 2 || secondsSince(begun) < seconds); ++run) {
    workload.prepare();
    lane.start();
    workload.repeat(1);
    double took = lane.stop();
    shortest = run == 0 ? took : std::min(shortest, took);
    if (run == 0 && took > seconds * 50) break; // a long call was its own warm-up
  }
  return shortest;
}

} // namespace

MeasureSetting defaultSetting(c10::Device device) {
  MeasureSetting setting;
  setting.call.device = device;
  if (!device.is_cpu()) setting.sampleSeconds = 100e-6;
  return setting;
}

std::unique_ptr<Lane> laneOf(const MeasureSetting& setting) {
  return setting.replay ? Lane::apart(setting.call.device) : Lane::on(setting.call.device);
}

Timing timeRuns(Workload& workload, Lane& lane, const MeasureSetting& setting) {
  c10::InferenceMode inference;
  Clock::time_point warming = Clock::now();
  if (setting.coldCache) lane.emptyCaches(); // takes its memory before a graph is captured
  double single = warmUp(workload, lane, setting.warmUpSeconds);
  std::optional<Replay> replay;
  if (setting.replay) {
    if (!setting.call.device.is_cuda()) throw CallFailure{CallFailure::Kind::Refused, "only a GPU replays CUDA graphs"};
    replay.emplace(workload, lane);
    single = warmUp(*replay, lane, setting.warmUpSeconds);
  }
  lane.wait();
  Workload& timed = replay ? *replay : workload;

  Timing timing;
  double wanted = std::ceil(setting.sampleSeconds / std::max(single, 1e-9));
  timing.batch = setting.coldCache ? 1 : static_cast<std::int64_t>(std::clamp(wanted, 1.0, static_cast<double>(timed.mostBatch())));
  StopLimits limits = setting.stop;
  limits.seconds = std::max(limits.seconds, 4.5 * single); // long calls get five samples all the same
  StoppingRule rule(limits);
  Preemption preemption;
  timing.spent = secondsSince(warming);
  Clock::time_point begun = Clock::now();
  while (timing.stop == StoppingRule::Verdict::Continue) {
    timed.prepare();
    if (setting.coldCache) lane.emptyCaches();
    lane.wait();
    preemption.begin();
    lane.start();
    timed.repeat(timing.batch);
    double took = lane.stop();
    timing.spent += took;
    if (preemption.happened()) {
      ++timing.preempted;
    } else {
      rule.add(took / static_cast<double>(timing.batch));
    }
    Clock::time_point after = Clock::now();
    timed.afterSample();
    timing.spent += secondsSince(after);
    timing.stop = rule.verdict(secondsSince(begun));
  }
  timing.seconds = rule.summary();
  return timing;
}

Record refused(std::string snippet, const CallFailure& failure) {
  Record record;
  record.snippet = std::move(snippet);
  record.error = name(failure.kind);
  record.reason = failure.sentence;
  return record;
}

void write(Record& record, const Timing& timing) {
  record.medianMs = timing.seconds.median * 1e3;
  record.p10Ms = timing.seconds.p10 * 1e3;
  record.p90Ms = timing.seconds.p90 * 1e3;
  record.count = timing.seconds.count;
  record.batch = timing.batch;
  record.preempted = timing.preempted;
  record.stop = name(timing.stop);
}

Record measure(const Call& call, const MeasureSetting& setting, double* spent) {
  std::string snippet = printSnippet(call);
  Timing timing;
  try {
    Prepared ready = runnerOf(call.op->fullName())(call, setting);
    timing = timeRuns(*ready.workload, *ready.lane, setting);
  } catch (...) {
    return refused(std::move(snippet), failureOfException());
  }
  if (spent) *spent += timing.spent;
  if (timing.seconds.count == 0)
    return refused(std::move(snippet), {CallFailure::Kind::Preempted, "the kernel gave the core to another thread during all " +
                                                                          std::to_string(timing.preempted) + " samples"});
  Record record;
  record.snippet = std::move(snippet);
  write(record, timing);
  return record;
}

} // namespace cobra::probe
