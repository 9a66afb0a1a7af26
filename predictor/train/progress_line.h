// How far training is, on standard error: one line rewritten on a terminal, twenty lines elsewhere.
#pragma once

#include "predictor/train/fit.h"

#include <string>

namespace cobra::train {

class ProgressLine {
public:
  /// `prefix` comes before every line ("seed 1: ").
  explicit ProgressLine(std::string prefix = {});
  void operator()(const FitProgress& progress) const;

private:
  std::string prefix_;
  bool onTerminal_;
};

} // namespace cobra::train
