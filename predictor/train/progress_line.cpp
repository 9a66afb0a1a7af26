#include "predictor/train/progress_line.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace cobra::train {

ProgressLine::ProgressLine(std::string prefix) : prefix_(std::move(prefix)), onTerminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::operator()(const FitProgress& p) const {
  const bool last = p.step == p.steps;
  const int every = onTerminal_ ? std::max(1, p.steps / 400) : std::max(1, p.steps / 20);
  if (!last && p.step % every != 0) return;
  const double left = p.seconds / p.step * (p.steps - p.step);
  char validation[32] = "";
  if (p.validation >= 0) std::snprintf(validation, sizeof validation, ", validation %.2f %%", p.validation);
  std::fprintf(stderr, "%s%sstep %d of %d, error %.2f %%%s, %.0f s, %.0f s left%s", onTerminal_ ? "\r\033[K" : "", prefix_.c_str(), p.step,
               p.steps, 100 * p.loss, validation, p.seconds, left, onTerminal_ && !last ? "" : "\n");
}

} // namespace cobra::train
