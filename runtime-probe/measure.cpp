#include "runtime-probe/measure.h"

#include "runtime-probe/preemption.h"
#include "runtime-probe/stopwatch.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace cobra::probe {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

class CallWorkload final : public Workload {
public:
  explicit CallWorkload(BoxedCall& call) : call_(call) {}
  void repeat(std::int64_t count) override { call_.repeat(count); }
  void prepare() override { call_.restore(); }
  // Changed over and over, values run away to infinity or to denormals, which take another time: start afresh
  // soon.
  std::int64_t mostBatch() const override { return call_.reshapesInputs() ? 1 : call_.changesInputs() ? 8 : 4096; }

private:
  BoxedCall& call_;
};

/// Writes over more memory than the caches hold.
class CacheEviction {
public:
  explicit CacheEviction(const MeasureSetting& setting) {
    constexpr std::int64_t bytes = 256 << 20;
    if (setting.coldCache) buffer_ = at::zeros({bytes / 4}, at::TensorOptions(setting.call.device).dtype(at::kFloat));
  }
  void run() {
    if (buffer_.defined()) buffer_.add_(1);
  }

private:
  at::Tensor buffer_;
};

/// Runs until the warm-up is over. The shortest run seen, in seconds.
double warmUp(Workload& workload, Stopwatch& watch, double seconds) {
  Clock::time_point begun = Clock::now();
  double shortest = 0;
  for (int run = 0; run < 100 && (run < 2 || secondsSince(begun) < seconds); ++run) {
    workload.prepare();
    watch.start();
    workload.repeat(1);
    double took = watch.stop();
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

Timing timeRuns(Workload& workload, const MeasureSetting& setting) {
  c10::InferenceMode inference;
  Clock::time_point warming = Clock::now();
  auto watch = Stopwatch::on(setting.call.device);
  double single = warmUp(workload, *watch, setting.warmUpSeconds);
  synchronize(setting.call.device);

  Timing timing;
  CacheEviction eviction(setting);
  double wanted = std::ceil(setting.sampleSeconds / std::max(single, 1e-9));
  timing.batch = setting.coldCache ? 1 : static_cast<std::int64_t>(std::clamp(wanted, 1.0, static_cast<double>(workload.mostBatch())));
  StopLimits limits = setting.stop;
  limits.seconds = std::max(limits.seconds, 4.5 * single); // long calls get five samples all the same
  StoppingRule rule(limits);
  Preemption preemption;
  timing.spent = secondsSince(warming);
  Clock::time_point begun = Clock::now();
  while (timing.stop == StoppingRule::Verdict::Continue) {
    workload.prepare();
    eviction.run();
    synchronize(setting.call.device);
    preemption.begin();
    watch->start();
    workload.repeat(timing.batch);
    double took = watch->stop();
    timing.spent += took;
    if (preemption.happened()) {
      ++timing.preempted;
    } else {
      rule.add(took / static_cast<double>(timing.batch));
    }
    Clock::time_point after = Clock::now();
    workload.afterSample();
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
  auto made = BoxedCall::make(call, setting.call);
  if (auto* failure = std::get_if<CallFailure>(&made)) return refused(std::move(snippet), *failure);
  Timing timing;
  try {
    CallWorkload workload(std::get<BoxedCall>(made));
    timing = timeRuns(workload, setting);
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
