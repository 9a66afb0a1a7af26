// Models trained from different seeds as the members of one.
#pragma once

#include "predictor/infer/model.h"

#include <span>
#include <string>
#include <variant>

namespace cobra::train {

/// One model whose members are those of all of `models`, in order; the first gives everything else. They must agree in architecture,
/// vocabulary, devices and statistics of the facts, which they do if they were trained on the same rows with the same split; else a
/// sentence says where they differ. Bands, spreads and errors are those of the first and have to be measured again.
std::variant<infer::Model, std::string> joinMembers(std::span<const infer::Model> models);

/// One member alone, with everything else of the model. `member` is in 0 .. model.members - 1.
infer::Model memberOf(const infer::Model& model, int member);

} // namespace cobra::train
