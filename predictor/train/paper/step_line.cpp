#include "predictor/train/paper/step_line.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace cobra::train::paper {

StepLine::StepLine(std::string what, std::string figure)
    : what_(std::move(what)), figure_(std::move(figure)), onTerminal_(::isatty(STDERR_FILENO) == 1) {}

void StepLine::operator()(int step, int steps, double figure, double seconds) const {
  const bool last = step == steps;
  if (!last && step % std::max(1, steps / (onTerminal_ ? 400 : 10)) != 0) return;
  std::fprintf(stderr, "%s%s: step %d of %d, %s %.3g, %.0f s, %.0f s left%s", onTerminal_ ? "\r\033[K" : "", what_.c_str(), step, steps,
               figure_.c_str(), figure, seconds, seconds / step * (steps - step), onTerminal_ && !last ? "" : "\n");
}

} // namespace cobra::train::paper
