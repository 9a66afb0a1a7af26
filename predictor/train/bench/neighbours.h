// An estimate of the noise where no row was measured twice.
#pragma once

#include "predictor/train/dataset.h"
#include "predictor/train/evaluate.h"

#include <map>
#include <string>
#include <utility>

namespace cobra::train {

/// For every group and device: the error of foretelling each test row from the two rows of its operator and device that are nearest in
/// size, one smaller and one larger, test rows included. Where time depends on the size alone (elementwise operators) and is smooth
/// between the two, all of this is noise: √1.5 of what a perfect predictor would miss a row by. No predictor may look at these rows.
std::map<std::pair<std::string, std::string>, Score> neighbourScores(const Dataset& data, GroupBy by);

} // namespace cobra::train
