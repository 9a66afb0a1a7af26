// The whole state of a training as one file, so that a training that was killed goes on as if it had not been.
#pragma once

#include "predictor/train/training/optimizer.h"
#include "predictor/train/training/sampler.h"
#include "predictor/train/training/validation.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace cobra::train {

struct Checkpoint {
  std::string training = {}; // fingerprint(): which training it belongs to
  int step = 0;
  double recent = 0, validation = -1, seconds = 0; // as in FitProgress
  at::Tensor weights = {};
  Optimizer::State optimizer = {};
  SamplerState sampler = {};
  EarlyStop::State stop = {};
};

/// Equal for trainings that would take the same steps: of the rows, the split and every option that changes a step.
std::string fingerprint(const Dataset& data, const FitOptions& options);

/// A safetensors file: tensors of 32-bit floats (row numbers too: they are exact up to 2^24), the rest as JSON under "cobra.checkpoint".
/// Replaces the file in one step. A sentence if it can't.
std::optional<std::string> writeCheckpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// Checks what is in the file; whether it fits the training is for the caller.
std::variant<Checkpoint, std::string> readCheckpoint(const std::filesystem::path& file);

} // namespace cobra::train
