// What several commands do alike.
#pragma once

#include "predictor/infer/model.h"
#include "predictor/train/data_options.h"

#include <optional>
#include <string>
#include <variant>

namespace cobra::train {

/// A profile from a file; a sentence if it can't be read.
std::variant<infer::Model, std::string> readProfile(const std::string& file);

/// Fits the band of totals to the networks of `data` that are held back for it, and adds a line for each kind of test networks to the
/// errors. Does nothing without networks; a sentence where they can't be read.
std::optional<std::string> calibrateTotals(const DataOptions& data, infer::Model& model);

/// The error table on standard output.
void printErrors(const infer::Model& model);

} // namespace cobra::train
