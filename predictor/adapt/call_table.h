// What the devices of a trained model say of measured calls: the items of CallMethod.
#pragma once

#include "predictor/adapt/call_method.h"
#include "predictor/adapt/call_samples.h"
#include "predictor/infer/model.h"

namespace cobra::adapt {

struct CallTable {
  std::vector<int> devices;    // of the model: those that know most of the calls, all the same ones
  std::vector<int> calls;      // of the samples: those that they know; items are in this order
  KnownDevices known;          // [calls, devices]
  std::vector<CallKind> kinds; // op: of the model's vocabulary
  std::vector<std::string> families;
};

/// The rows of CallTable::calls as measured, and the items 0, 1, ... themselves.
Samples samplesOf(const CallTable& table, const CallSamples& samples);

/// `without`: names of devices that are not asked. Empty where no device knows any of the calls.
CallTable tableOf(const infer::Model& model, const CallSamples& samples, std::span<const std::string> without = {});

/// Families by number for every operator of the model's vocabulary; operators that the registry does not have: -1.
std::vector<int> familiesOf(const infer::Model& model, std::vector<std::string>& names);

} // namespace cobra::adapt
