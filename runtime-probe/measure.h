// Measures one call, or anything else that can be repeated: warm-up, batches, stopping rule, preempted
// samples thrown away.
#pragma once

#include "predictor/format/records.h"
#include "runtime-probe/boxed_call.h"
#include "runtime-probe/lane.h"
#include "runtime-probe/stopping_rule.h"

namespace cobra::probe {

struct MeasureSetting {
  CallSetting call;
  StopLimits stop;
  double warmUpSeconds = 0.002; // at least one run, at most this long
  /// Calls shorter than this are timed in batches that last as long, so that the clock's own cost and grain
  /// don't show.
  double sampleSeconds = 50e-6;
  bool coldCache = false; // caches are emptied before every sample, which then is a single run
  bool replay = false;    // what is timed are launches of the run as a CUDA graph
  bool tf32 = false;      // matrix products of cuBLAS may use it; LibTorch has a switch of its own
};
/// The setting's defaults for a device.
MeasureSetting defaultSetting(c10::Device device);

/// Something to be timed.
class Workload {
public:
  virtual ~Workload() = default;
  /// Runs `count` times in a row without waiting for the device; may throw what LibTorch throws.
  virtual void repeat(std::int64_t count) = 0;
  /// Called before every sample, untimed.
  virtual void prepare() {}
  /// Called after every sample, untimed: measurements that belong to the same moments.
  virtual void afterSample() {}
  /// The most runs that one sample may hold.
  virtual std::int64_t mostBatch() const { return 4096; }
};

struct Timing {
  Summary seconds; // of one run
  std::int64_t batch = 1;
  std::int64_t preempted = 0;
  StoppingRule::Verdict stop = StoppingRule::Verdict::Continue;
  double spent = 0; // seconds of warm-up and samples together
};
/// Throws what the workload and the lane that it runs on throw, and CallFailure where its run cannot be replayed. No sample may be left if
/// the kernel preempted all of them: then seconds.count is 0.
Timing timeRuns(Workload& workload, Lane& lane, const MeasureSetting& setting);
/// LibTorch's stream that the setting asks for. Throws c10::Error where LibTorch does not know the device.
std::unique_ptr<Lane> laneOf(const MeasureSetting& setting);

/// Everything of a record but its row number. Never throws: what goes wrong is the record's error. Adds to `spent`
/// the seconds of warm-up and samples.
Record measure(const Call& call, const MeasureSetting& setting, double* spent = nullptr);
/// The times of a record.
void write(Record& record, const Timing& timing);
/// A record that says why there is no measurement.
Record refused(std::string snippet, const CallFailure& failure);

} // namespace cobra::probe
