// What a profile says of itself, for people.
#pragma once

#include "predictor/infer/model.h"

#include <string>

namespace cobra::train {

/// What `fit` writes into model.training (JSON text): the rows it used and all its settings.
struct TrainingRecord {
  int trainingRows = 0, calibrationRows = 0, validationRows = 0, testRows = 0;
  int steps = 0;               // of the weights in the profile
  double validation = -1;      // MAPE, percent; negative: not known
  std::string settings = "{}"; // JSON object, as a file for --config
};
std::string printRecord(const TrainingRecord& record);

/// Model card (Mitchell et al. 2019) in Markdown: what it is, devices, training, errors on unseen rows. Of profiles without a record that
/// part says so.
std::string printCard(const infer::Model& model);

} // namespace cobra::train
