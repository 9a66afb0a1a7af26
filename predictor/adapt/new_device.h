// A device that nobody measured as a profile of its own, from a handful of measured calls and a trained model of others.
#pragma once

#include "predictor/adapt/call_table.h"
#include "predictor/adapt/cross_validation.h"

namespace cobra::adapt {

/// What one way to predict the new device is expected to be off by, each sample left out in turn.
struct MethodError {
  std::string method;
  ExpectedError error;
};

struct Adaptation {
  std::vector<std::string> basis;    // the known devices it follows from
  std::size_t used = 0, unknown = 0; // samples; those of operators that no known device was trained for
  ExpectedError before;              // the nearest known device as it is
  std::string nearest;
  std::vector<MethodError> methods; // the simple ones
  ExpectedError after;              // ours, which `model` holds
  infer::Model model;               // one device that is listed, `name`, and its basis
};

/// The error of a fit on fewer than three usable samples can't be told; that, and more than `kMostSamples`, is one sentence.
inline constexpr std::size_t kLeastSamples = 3, kMostSamples = 2000;
std::variant<Adaptation, std::string> adaptModel(const infer::Model& model, const CallSamples& samples, const std::string& name);

} // namespace cobra::adapt
