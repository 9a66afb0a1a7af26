// The published figures of a series of predictions.
#pragma once

#include "predictor/train/bench/figures.h"

#include <vector>

namespace cobra::train::paper {

struct Errors {
  int rows = 0;
  double mape = 0, rmse = 0;                                   // percent; milliseconds
  double within1 = 0, within5 = 0, within10 = 0, within25 = 0; // percent of the rows
};
/// Both in milliseconds, of one length; measured > 0.
Errors errorsOf(const std::vector<double>& predicted, const std::vector<double>& measured);

/// The same over seeds.
struct ErrorSpread {
  std::vector<double> mape, rmse, within1, within5, within10, within25;
  void add(const Errors& errors);
};

} // namespace cobra::train::paper
