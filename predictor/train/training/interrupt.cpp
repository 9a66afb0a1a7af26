#include "predictor/train/training/interrupt.h"

namespace cobra::train {
namespace {

std::atomic<bool> raised{false}; // a handler gets no argument of ours
static_assert(std::atomic<bool>::is_always_lock_free);

void raise(int) { raised = true; }

} // namespace

Interrupt::Interrupt() {
  raised = false;
  struct sigaction once{};
  once.sa_handler = raise;
  once.sa_flags = SA_RESETHAND | SA_RESTART;
  ::sigaction(SIGINT, &once, &onInterrupt_);
  ::sigaction(SIGTERM, &once, &onTerminate_);
}

Interrupt::~Interrupt() {
  ::sigaction(SIGINT, &onInterrupt_, nullptr);
  ::sigaction(SIGTERM, &onTerminate_, nullptr);
}

const std::atomic<bool>& Interrupt::flag() const { return raised; }

} // namespace cobra::train
