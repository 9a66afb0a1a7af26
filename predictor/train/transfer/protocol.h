// Leave one device out: who knows of whom, which networks the known devices were measured on, what is scored.
#pragma once

#include "predictor/adapt/network_method.h"
#include "predictor/train/nets/table.h"

#include <cstdint>

namespace cobra::train {

/// Of networks that were not measured on the new device.
struct TransferScore {
  double rank = 0;     // Spearman
  double within10 = 0; // percent
  double mape = 0;     // percent
};

/// "1080ti" for "1080ti_32": columns of one card at several batch sizes tell of each other.
std::string cardOf(const std::string& device);

/// A table with what is known of each device from `networks` random networks of it alone.
class TransferData {
public:
  TransferData(const NetworkTable& table, std::size_t networks, std::uint64_t draw);

  const NetworkTable& table() const { return *table_; }
  const adapt::OperatorCounts& counts() const { return counts_; }
  /// The networks that known devices were measured on.
  const std::vector<int>& measured() const { return measured_; }
  const adapt::SourceProfile& profile(int device) const { return profiles_[static_cast<std::size_t>(device)]; }
  /// [networks] ms of a device.
  const Eigen::VectorXd& ms(int device) const { return ms_[static_cast<std::size_t>(device)]; }
  /// All devices that are no card of `without`.
  std::vector<int> devicesWithout(std::span<const std::string> without) const;
  /// What the sources' smoothed profiles say of every network.
  adapt::KnownDevices known(std::span<const int> devices) const;
  std::vector<const adapt::SourceProfile*> profiles(std::span<const int> devices) const;

private:
  const NetworkTable* table_;
  adapt::OperatorCounts counts_;
  std::vector<int> measured_;
  std::vector<Eigen::VectorXd> ms_;
  std::vector<adapt::SourceProfile> profiles_;
};

/// Over all networks but `measured`; NaN times are left out.
TransferScore scoreTransfer(const Eigen::VectorXd& predicted, const Eigen::VectorXd& ms, std::span<const int> measured);

/// Settings of the method for `samples` measurements of a new device, from known devices alone: each is left out in turn, with its
/// card, and predicted for the networks that were measured on it; one setting after the other takes the value with
/// the largest mean of rank and share within ±10 %. `devices`: the known ones.
adapt::NetworkSettings chooseTransferSettings(const TransferData& data, std::span<const int> devices, std::size_t samples);

} // namespace cobra::train
