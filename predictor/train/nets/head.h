// The head for networks of one closed space: t = c + sum over parts of (count x weight) + corrections of pooled counts that
// start at zero and decay. Everything is chosen and fitted on training networks alone.
#pragma once

#include "predictor/train/nets/factors.h"

namespace cobra::train {

/// Latencies in ms of some networks on one device.
struct NetworkSample {
  std::vector<std::string> networks;
  std::vector<double> ms;
};

struct HeadSettings {
  Corrections corrections;
  double decay = 1e-4; // on corrections
  double sumDecay = 0; // on the weights of parts
  double width = 0.01; // of RobustOptions
  std::string print() const;
};

class NetworkHead {
public:
  /// Fits with given settings.
  NetworkHead(const NetworkParts& parts, const NetworkSample& training, const HeadSettings& settings);

  /// Milliseconds for each network.
  std::vector<double> predict(const NetworkParts& parts, std::span<const std::string> networks) const;
  const HeadSettings& settings() const { return settings_; }

private:
  HeadSettings settings_;
  Factors factors_;
  at::Tensor weights_;
};

/// The settings whose five-fold cross-validation within `training` loses least: mean of log(1 + (e / 1 %)²) of held-out
/// relative errors e. Settings are chosen one after another: corrections, decays, width.
HeadSettings chooseHead(const NetworkParts& parts, const NetworkSample& training);

} // namespace cobra::train
