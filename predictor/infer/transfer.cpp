#include "predictor/infer/transfer.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace cobra::infer {
namespace {

/// Far outside what adapting gives; keeps hostile figures from giving infinity.
constexpr double kMostWeight = 8, kMostOffset = 60, kMostLog = 60;

} // namespace

void DeviceAnswers::run(std::span<const EncoderInput> batch, std::span<const OperatorCoverage* const> coverage, int device,
                        std::span<Estimate> estimates) {
  std::set<int> sources;
  bool own = false;
  for (const OperatorCoverage* one : coverage) {
    own = own || !one->transfer;
    if (!one->transfer) continue;
    for (const auto& [source, weight] : one->transfer->devices) sources.insert(source);
  }
  if (own || sources.empty()) ensemble_.run(batch, device, estimates);
  if (sources.empty()) return;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (coverage[i]->transfer) estimates[i] = {coverage[i]->transfer->offset, 0}; // a logarithm until the end
  }
  each_.resize(batch.size());
  for (const int source : sources) {
    ensemble_.run(batch, source, each_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!coverage[i]->transfer) continue;
      for (const auto& [from, weight] : coverage[i]->transfer->devices) {
        if (from != source) continue;
        estimates[i].ms += weight * std::log(each_[i].ms);
        estimates[i].spread += std::abs(weight) * each_[i].spread;
      }
    }
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (coverage[i]->transfer) estimates[i].ms = std::exp(std::clamp(estimates[i].ms, -kMostLog, kMostLog));
  }
}

bool transfersFit(const std::vector<DeviceEntryInfo>& devices) {
  const auto trained = [&](int device, int op) {
    if (device < 0 || static_cast<std::size_t>(device) >= devices.size()) return false;
    const OperatorCoverage* coverage = devices[static_cast<std::size_t>(device)].find(op);
    return coverage && !coverage->transfer;
  };
  for (const DeviceEntryInfo& device : devices) {
    for (const OperatorCoverage& coverage : device.coverage) {
      if (!coverage.transfer) continue;
      const Transfer& transfer = *coverage.transfer;
      if (transfer.devices.empty() || !(std::abs(transfer.offset) <= kMostOffset)) return false;
      for (const auto& [source, weight] : transfer.devices) {
        if (!trained(source, coverage.op) || !(std::abs(weight) <= kMostWeight)) return false;
      }
    }
  }
  return true;
}

} // namespace cobra::infer
