// What several commands do alike.
#pragma once

#include "predictor/infer/model.h"

#include <string>
#include <variant>

namespace cobra::train {

/// A profile from a file; a sentence if it can't be read.
std::variant<infer::Model, std::string> readProfile(const std::string& file);

/// The error table on standard output.
void printErrors(const infer::Model& model);

} // namespace cobra::train
