#include "predictor/train/transfer/protocol.h"

#include "predictor/train/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

namespace cobra::train {

using adapt::NetworkSettings;

std::string cardOf(const std::string& device) {
  const auto end = device.rfind('_');
  if (end == std::string::npos) return device;
  const std::string batch = device.substr(end + 1);
  return batch == "1" || batch == "32" || batch == "256" ? device.substr(0, end) : device;
}

TransferData::TransferData(const NetworkTable& table, std::size_t networks, std::uint64_t draw) : table_(&table) {
  std::vector<std::string> names;
  for (const auto& row : table.rows) names.push_back(row.network);
  counts_ = adapt::countCells(names, static_cast<int>(table.choices.size()));
  measured_.resize(table.rows.size());
  std::iota(measured_.begin(), measured_.end(), 0);
  std::mt19937_64 random(draw);
  std::ranges::shuffle(measured_, random);
  measured_.resize(std::min(networks, measured_.size()));
  for (std::size_t d = 0; d < table.devices.size(); ++d) {
    Eigen::VectorXd ms(static_cast<Eigen::Index>(table.rows.size()));
    for (Eigen::Index n = 0; n < ms.size(); ++n) ms[n] = table.rows[static_cast<std::size_t>(n)].ms[d];
    std::vector<int> there;
    std::ranges::copy_if(measured_, std::back_inserter(there), [&](int n) { return ms[n] > 0; });
    profiles_.push_back(adapt::profileSource(counts_, there, ms(there)));
    ms_.push_back(std::move(ms));
  }
}

std::vector<int> TransferData::devicesWithout(std::span<const std::string> without) const {
  std::vector<int> devices;
  for (std::size_t d = 0; d < table_->devices.size(); ++d) {
    if (std::ranges::find(without, cardOf(table_->devices[d])) == without.end()) devices.push_back(static_cast<int>(d));
  }
  return devices;
}

adapt::KnownDevices TransferData::known(std::span<const int> devices) const {
  adapt::KnownDevices known{{}, Eigen::MatrixXd(counts_.all.rows(), static_cast<Eigen::Index>(devices.size()))};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const adapt::SourceProfile& source = profile(devices[i]);
    known.names.push_back(table_->devices[static_cast<std::size_t>(devices[i])]);
    known.ms.col(static_cast<Eigen::Index>(i)) = source.log(source.unused).array().exp() * source.meanMs;
  }
  return known;
}

std::vector<const adapt::SourceProfile*> TransferData::profiles(std::span<const int> devices) const {
  std::vector<const adapt::SourceProfile*> out;
  for (const int device : devices) out.push_back(&profile(device));
  return out;
}

TransferScore scoreTransfer(const Eigen::VectorXd& predicted, const Eigen::VectorXd& ms, std::span<const int> measured) {
  std::vector<double> ours, theirs;
  double within = 0, off = 0;
  for (Eigen::Index n = 0; n < ms.size(); ++n) {
    if (!(ms[n] > 0) || std::ranges::find(measured, static_cast<int>(n)) != measured.end()) continue;
    ours.push_back(predicted[n]);
    theirs.push_back(ms[n]);
    const double error = std::abs(predicted[n] / ms[n] - 1);
    within += error <= 0.1 ? 1 : 0;
    off += error;
  }
  const double percent = ours.empty() ? 0 : 100 / static_cast<double>(ours.size());
  return {spearman(ours, theirs), within * percent, off * percent};
}

namespace {

/// A known device in the part of the new one, among the networks that were measured on it.
class PretendNew {
public:
  PretendNew(const TransferData& data, std::span<const int> devices, int left) {
    const std::string card = cardOf(data.table().devices[static_cast<std::size_t>(left)]);
    const std::vector<int>& networks = data.measured();
    counts_ = {data.counts().all(networks, Eigen::all), data.counts().used(networks, Eigen::all)};
    ms_ = data.ms(left)(networks);
    for (const int device : devices) {
      if (cardOf(data.table().devices[static_cast<std::size_t>(device)]) == card) continue;
      adapt::SourceProfile source = data.profile(device);
      source.logRun = Eigen::VectorXd(source.logRun(networks));
      source.logDropped = Eigen::VectorXd(source.logDropped(networks));
      sources_.push_back(std::move(source));
    }
    // Several choices of what could have been measured, disjoint where they can be, so that luck counts less.
    constexpr std::size_t kRepeats = 3;
    candidates_.resize(kRepeats);
    for (Eigen::Index n = 0; n < ms_.size(); ++n) {
      if (ms_[n] > 0) candidates_[static_cast<std::size_t>(n) % kRepeats].push_back(static_cast<int>(n));
    }
  }

  double score(const NetworkSettings& settings, std::size_t samples) const {
    std::vector<const adapt::SourceProfile*> sources;
    for (const auto& source : sources_) sources.push_back(&source);
    const adapt::NetworkMethod method(counts_, sources, settings);
    double sum = 0;
    for (const std::vector<int>& candidates : candidates_) {
      const std::vector<int> items = method.choose(candidates, samples);
      const TransferScore score = scoreTransfer(method.predict({items, ms_(items)}), ms_, items);
      sum += score.rank * 100 + score.within10;
    }
    return sum;
  }

private:
  adapt::OperatorCounts counts_;
  Eigen::VectorXd ms_;
  std::vector<adapt::SourceProfile> sources_;
  std::vector<std::vector<int>> candidates_;
};

using Change = std::function<void(NetworkSettings&)>;

/// Values that one setting may take.
const std::vector<std::vector<Change>>& changes() {
  static const std::vector<std::vector<Change>> kAll{
      {[](auto& s) { s.noise.levels = {0.02, 0.04}; }, [](auto& s) { s.noise.levels = {0.02, 0.04, 0.08, 0.16}; }},
      {[](auto& s) { s.slack = s.nearSlack = 0.15; }, [](auto& s) { s.slack = 0.25, s.nearSlack = 0.2; }},
      {[](auto& s) { s.nearDeviation = 0.4; }, [](auto& s) { s.nearDeviation = 0.1; }},
  };
  return kAll;
}

} // namespace

NetworkSettings chooseTransferSettings(const TransferData& data, std::span<const int> devices, std::size_t samples) {
  std::vector<PretendNew> pretend;
  for (const int device : devices) pretend.emplace_back(data, devices, device);
  const auto mean = [&](const NetworkSettings& settings) {
    double sum = 0;
    for (const PretendNew& one : pretend) sum += one.score(settings, samples);
    return sum;
  };
  NetworkSettings best;
  double most = mean(best);
  for (const auto& values : changes()) {
    const NetworkSettings before = best;
    for (const Change& change : values) {
      NetworkSettings tried = before;
      change(tried);
      if (const double score = mean(tried); score > most) {
        most = score;
        best = tried;
      }
    }
  }
  return best;
}

} // namespace cobra::train
