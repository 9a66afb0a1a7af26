// One interface for every way to predict a new device from few measurements on it and from what is known of other devices.
//
// An item is what can be measured: a whole network, or one call. A method is made for a fixed list of items and is read-only
// afterwards, so threads may share it.
#pragma once

#include <Eigen/Core>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cobra::adapt {

/// What each known device takes for each item, in milliseconds > 0: measured, or predicted by a model of that device.
struct KnownDevices {
  std::vector<std::string> names;
  Eigen::MatrixXd ms; // [items, devices]
};

/// Measured on the new device.
struct Samples {
  std::vector<int> items;
  Eigen::VectorXd ms; // > 0, one for each of `items`

  /// The first `count` of them.
  Samples first(std::size_t count) const {
    return {{items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count)}, ms.head(static_cast<Eigen::Index>(count))};
  }
};

class Method {
public:
  virtual ~Method() = default;
  virtual std::string name() const = 0;
  /// Which items of `candidates` (in random order) to measure, before anything is; the first n of them are the choice for n.
  /// Unless a method knows better, those that come first.
  virtual std::vector<int> choose(std::span<const int> candidates, std::size_t count) const;
  /// Milliseconds > 0 for every item. There is at least one sample.
  virtual Eigen::VectorXd predict(const Samples& samples) const = 0;
};

} // namespace cobra::adapt
