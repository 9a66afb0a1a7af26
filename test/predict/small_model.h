// A model small enough to reason about, with weights drawn from a seed: it knows relu and linear on the
// device "toy", and relu alone on "toy2".
#pragma once

#include "predictor/infer/model.h"
#include "predictor/infer/predictor.h"

#include <memory>
#include <string>
#include <string_view>

namespace cobra::testing {

infer::Model smallModel(std::uint32_t seed = 1, int members = 1);
/// The same as the bytes of a profile.
std::string smallProfile(std::uint32_t seed = 1);
std::shared_ptr<const Profile> parsed(const std::string& bytes);

/// The call of a snippet that the registry must accept.
Call call(std::string_view snippet);
/// A graph whose nodes are these calls, each after the one before.
Graph graphOf(const std::vector<std::string>& snippets);

} // namespace cobra::testing
