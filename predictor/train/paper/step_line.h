// How far one part of the protocol is, on standard error: one line rewritten on a terminal, at most ten lines elsewhere.
#pragma once

#include <string>

namespace cobra::train::paper {

class StepLine {
public:
  /// "WHAT: step 3 of 9, FIGURE 1.25, 4 s, 8 s left".
  StepLine(std::string what, std::string figure);
  void operator()(int step, int steps, double figure, double seconds) const;

private:
  std::string what_, figure_;
  bool onTerminal_;
};

} // namespace cobra::train::paper
