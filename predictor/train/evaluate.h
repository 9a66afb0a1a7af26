// How good a model is on rows it has not seen, by the code that ships (predictor/infer).
#pragma once

#include "predictor/train/dataset.h"

#include <vector>

namespace cobra::train {

/// Milliseconds predicted for every row; NaN where the model does not know an operator or the device. `spreads`, if given, gets the
/// disagreement of the model's members about the heaviest call of each row.
std::vector<double> predictRows(const Dataset& data, const infer::Model& model, std::vector<double>* spreads = nullptr);

/// Mean absolute percentage error and shares of rows within ±1, ±5, ±10 %, in percent.
struct Score {
  int rows = 0;
  double mape = 0, within1 = 0, within5 = 0, within10 = 0;
};
class ScoreKeeper {
public:
  void add(double predicted, double measured);
  Score score() const;

private:
  int rows_ = 0, within1_ = 0, within5_ = 0, within10_ = 0;
  double sum_ = 0;
};

/// Split-conformal bands (Papadopoulos 2002; Lei et al. 2018): from the Part::Calibrate rows of each operator
/// and device, by thirds of predicted time where there are enough rows. Fills
/// model.devices[..].coverage[..].bands.
void calibrate(const Dataset& data, infer::Model& model, const std::vector<double>& predicted);

/// How far the members of a model may be apart on each operator and device before a figure counts as extrapolated: from the
/// Part::Calibrate rows. Fills model.devices[..].coverage[..].spread; leaves it 0 for a single member.
void calibrateSpread(const Dataset& data, infer::Model& model, const std::vector<double>& spreads);

/// Errors on the Part::Test rows, one line for each group and device, sorted.
std::vector<infer::ErrorLine> measureErrors(const Dataset& data, const infer::Model& model, const std::vector<double>& predicted,
                                            GroupBy by = GroupBy::Operator);

} // namespace cobra::train
