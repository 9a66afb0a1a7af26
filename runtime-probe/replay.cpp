#include "runtime-probe/replay.h"

namespace cobra::probe {
namespace {

cuda::CapturedGraph capture(Workload& run, Lane& lane) {
  try {
    run.prepare();
    lane.wait();
    return {cuda::Runtime::load(), lane.stream(), [&] { run.repeat(1); }};
  } catch (...) {
    CallFailure failure = failureOfException();
    failure.sentence = "it cannot be captured as a CUDA graph: " + failure.sentence;
    throw failure;
  }
}

} // namespace

Replay::Replay(Workload& run, Lane& lane) : run_(run), graph_(capture(run, lane)) {}

void Replay::repeat(std::int64_t count) {
  for (; count > 0; --count) graph_.launch();
}

} // namespace cobra::probe
