#include "runtime-probe/cuda/lane.h"

namespace cobra::probe::cuda {
namespace {

constexpr unsigned nonBlocking = 1; // cudaStreamNonBlocking: apart from the default stream
constexpr std::size_t moreThanCaches = std::size_t(256) << 20;

} // namespace

StreamLane::StreamLane(Runtime runtime)
    : runtime_(std::move(runtime)), stream_(hold(runtime_.streamDestroy, [&](void** made) { runtime_.streamCreate(made, nonBlocking); })),
      first_(hold(runtime_.eventDestroy, [&](void** made) { runtime_.eventCreate(made); })),
      last_(hold(runtime_.eventDestroy, [&](void** made) { runtime_.eventCreate(made); })) {}

void StreamLane::start() { runtime_.eventRecord(first_.get(), stream_.get()); }

double StreamLane::stop() {
  runtime_.eventRecord(last_.get(), stream_.get());
  runtime_.eventSynchronize(last_.get());
  float milliseconds = 0;
  runtime_.eventElapsedTime(&milliseconds, first_.get(), last_.get());
  return static_cast<double>(milliseconds) / 1000;
}

void StreamLane::wait() { runtime_.streamSynchronize(stream_.get()); }

void StreamLane::emptyCaches() {
  if (!buffer_) buffer_ = runtime_.allocate(moreThanCaches);
  runtime_.memsetAsync(buffer_.get(), ++written_ & 0xff, moreThanCaches, stream_.get());
}

} // namespace cobra::probe::cuda
