#include "runtime-probe/cuda/graph.h"

#include "runtime-probe/call_failure.h"

namespace cobra::probe::cuda {
namespace {

constexpr int threadLocal = 1; // cudaStreamCaptureModeThreadLocal: what other threads do is no matter

/// Whatever came of a capture is let go of.
void abandon(const Runtime& runtime, void* stream) {
  void* graph = nullptr;
  runtime.streamEndCapture.plain()(stream, &graph);
  if (graph != nullptr) runtime.graphDestroy.plain()(graph);
}

Held captured(const Runtime& runtime, void* stream, const std::function<void()>& work) {
  runtime.streamBeginCapture(stream, threadLocal);
  try {
    work();
  } catch (...) {
    abandon(runtime, stream);
    throw;
  }
  return hold(runtime.graphDestroy, [&](void** made) { runtime.streamEndCapture(stream, made); });
}

} // namespace

CapturedGraph::CapturedGraph(Runtime runtime, void* stream, const std::function<void()>& work)
    : runtime_(std::move(runtime)), stream_(stream) {
  try {
    Held graph = captured(runtime_, stream_, work);
    std::size_t nodes = 0;
    runtime_.graphGetNodes(graph.get(), nullptr, &nodes);
    if (nodes == 0) throw CallFailure{CallFailure::Kind::Refused, "nothing of it runs on the device"};
    exec_ = hold(runtime_.graphExecDestroy, [&](void** made) { runtime_.graphInstantiate(made, graph.get(), 0); });
  } catch (...) {
    runtime_.getLastError.plain()(); // else whoever looks for an error next finds this one
    throw;
  }
}

} // namespace cobra::probe::cuda
