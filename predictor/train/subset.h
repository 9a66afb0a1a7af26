// Some devices of a model as a model of their own.
#pragma once

#include "predictor/infer/model.h"

#include <span>
#include <string>
#include <variant>

namespace cobra::train {

/// The model for `devices` alone, in their order: the same figures from a smaller file. A sentence if one of them is not there.
std::variant<infer::Model, std::string> onlyDevices(const infer::Model& model, std::span<const std::string> devices);

} // namespace cobra::train
