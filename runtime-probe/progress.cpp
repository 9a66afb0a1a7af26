#include "runtime-probe/progress.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace cobra::probe {

using Clock = std::chrono::steady_clock;

Progress::Progress(std::int64_t rows, double seconds)
    : begun_(Clock::now()), drawn_(begun_), rows_(rows), seconds_(seconds), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (terminal_ && done_ > 0) std::fprintf(stderr, "\r\033[K");
}

double Progress::elapsed() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

std::string Progress::line() const {
  char text[96];
  double left = seconds_ > 0 ? seconds_ - elapsed() : -1;
  if (rows_ > 0 && rate() > 0) {
    double byRows = static_cast<double>(rows_ - done_) / rate();
    left = left < 0 ? byRows : std::min(left, byRows);
  }
  int seconds = static_cast<int>(std::max(left, 0.0));
  std::snprintf(text, sizeof text, "%lld rows, %.1f/s, %d:%02d left", static_cast<long long>(done_), rate(), seconds / 60, seconds % 60);
  return text;
}

void Progress::say(const std::string& line) { std::fprintf(stderr, "%s%s\n", terminal_ ? "\r\033[K" : "", line.c_str()); }

void Progress::step() {
  ++done_;
  if (!terminal_ || Clock::now() - drawn_ < std::chrono::milliseconds(500)) return;
  drawn_ = Clock::now();
  std::fprintf(stderr, "\r\033[K%s", line().c_str());
}

} // namespace cobra::probe
