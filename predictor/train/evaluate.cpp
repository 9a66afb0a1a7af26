#include "predictor/train/evaluate.h"

#include "predictor/infer/ensemble.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace cobra::train {
namespace {

constexpr double kMiss = 0.05; // on each side of a band
constexpr std::size_t kEnough = 20, kEnoughForThirds = 300;

struct Sample {
  double predicted, ratio; // ratio: measured / predicted, or what else is ranked
};
using Samples = std::vector<Sample>;

/// Where 90 % of new ratios lie if they are exchangeable with these: the quantiles of rank (n + 1) q.
infer::Band bandOf(Samples samples, double upToMs) {
  std::ranges::sort(samples, {}, &Sample::ratio);
  const auto n = static_cast<double>(samples.size());
  const auto low = static_cast<std::size_t>(std::max(1.0, std::floor((n + 1) * kMiss)));
  const auto high = static_cast<std::size_t>(std::min(n, std::ceil((n + 1) * (1 - kMiss))));
  return {upToMs, samples[low - 1].ratio, samples[high - 1].ratio};
}

std::vector<infer::Band> bandsOf(Samples samples) {
  constexpr double kNoLimit = 1e30;
  if (samples.size() < kEnoughForThirds) return {bandOf(std::move(samples), kNoLimit)};
  std::ranges::sort(samples, {}, &Sample::predicted);
  std::vector<infer::Band> bands;
  const std::size_t third = samples.size() / 3;
  for (std::size_t part = 0; part < 3; ++part) {
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(part * third);
    const auto end = part == 2 ? samples.end() : begin + static_cast<std::ptrdiff_t>(third);
    bands.push_back(bandOf(Samples(begin, end), part == 2 ? kNoLimit : std::prev(end)->predicted));
  }
  return bands;
}

/// Samples by device and operator; where one has too few, those of the operator on all devices or of the device.
class Pools {
public:
  explicit Pools(const infer::Model& model) {
    for (std::size_t d = 0; d < model.devices.size(); ++d) {
      byDevice[static_cast<int>(d)];
      for (const auto& coverage : model.devices[d].coverage) {
        own[{static_cast<int>(d), coverage.op}];
        byOperator[coverage.op];
      }
    }
  }
  void add(int device, int op, const Sample& sample) {
    own[{device, op}].push_back(sample);
    byOperator[op].push_back(sample);
    byDevice[device].push_back(sample);
  }
  const Samples* find(int device, int op) const {
    for (const Samples* pool : {&own.at({device, op}), &byOperator.at(op), &byDevice.at(device)}) {
      if (pool->size() >= kEnough) return pool;
    }
    return nullptr;
  }

private:
  std::map<std::pair<int, int>, Samples> own; // (device, operator)
  std::map<int, Samples> byOperator, byDevice;
};

/// The rows that bands of calls alone or inside networks are fitted to, with device and operator in terms of the model.
template <typename Use> void forCalibration(const Dataset& data, const infer::Model& model, bool inside, const Use& use) {
  for (std::size_t r = 0; r < data.rows.size(); ++r) {
    const DatasetRow& row = data.rows[r];
    if (row.part != Part::Calibrate || row.inside() != inside) continue;
    const int device = model.deviceIndex(data.devices[static_cast<std::size_t>(row.device)].name);
    const int op = model.vocabulary.operatorIndex(data.kindOf(row));
    if (device >= 0 && op >= 0) use(r, row, device, op);
  }
}

} // namespace

std::vector<double> predictRows(const Dataset& data, const infer::Model& model, std::vector<double>* spreads) {
  std::vector<double> sums(data.rows.size(), 0);
  if (spreads) spreads->assign(data.rows.size(), 0);
  std::vector<bool> known(data.rows.size(), true);
  infer::Ensemble ensemble(model);
  for (std::size_t d = 0; d < data.devices.size(); ++d) {
    const int device = model.deviceIndex(data.devices[d].name);
    struct Job {
      std::size_t row;
      int call;
    };
    std::vector<Job> jobs;
    for (std::size_t r = 0; r < data.rows.size(); ++r) {
      if (data.rows[r].device != static_cast<int>(d)) continue;
      for (const int call : data.rows[r].calls) jobs.push_back({r, call});
    }
    constexpr std::size_t kBatch = 64;
    for (std::size_t begin = 0; begin < jobs.size(); begin += kBatch) {
      const std::size_t end = std::min(jobs.size(), begin + kBatch);
      std::vector<infer::EncodedCall> encoded(end - begin);
      std::vector<infer::EncoderInput> inputs;
      std::vector<Job> asked;
      for (std::size_t j = begin; j < end; ++j) {
        const auto& features = data.calls[static_cast<std::size_t>(jobs[j].call)];
        auto& code = encoded[j - begin];
        if (device < 0 || !model.vocabulary.encode(features, code)) {
          known[jobs[j].row] = false;
          continue;
        }
        inputs.push_back({&features, &code, data.rows[jobs[j].row].context});
        asked.push_back(jobs[j]);
      }
      std::vector<infer::Estimate> estimates(inputs.size());
      ensemble.run(inputs, std::max(0, device), estimates);
      for (std::size_t i = 0; i < asked.size(); ++i) {
        sums[asked[i].row] += estimates[i].ms;
        if (spreads && data.rows[asked[i].row].main == asked[i].call) (*spreads)[asked[i].row] = estimates[i].spread;
      }
    }
  }
  for (std::size_t r = 0; r < sums.size(); ++r) {
    if (!known[r]) sums[r] = std::numeric_limits<double>::quiet_NaN();
  }
  return sums;
}

void ScoreKeeper::add(double predicted, double measured) {
  const double error = std::abs(predicted - measured) / measured;
  ++rows_;
  sum_ += error;
  within1_ += error <= 0.01 ? 1 : 0;
  within5_ += error <= 0.05 ? 1 : 0;
  within10_ += error <= 0.10 ? 1 : 0;
}

Score ScoreKeeper::score() const {
  const double percent = rows_ ? 100.0 / rows_ : 0;
  return {rows_, sum_ * percent, within1_ * percent, within5_ * percent, within10_ * percent};
}

void calibrate(const Dataset& data, infer::Model& model, const std::vector<double>& predicted) {
  for (const bool inside : {false, true}) {
    Pools pools(model);
    forCalibration(data, model, inside, [&](std::size_t r, const DatasetRow& row, int device, int op) {
      if (predicted[r] > 0) pools.add(device, op, {predicted[r], row.ms / predicted[r]});
    });
    for (std::size_t d = 0; d < model.devices.size(); ++d) {
      for (auto& coverage : model.devices[d].coverage) {
        auto& bands = inside ? coverage.bandsInside : coverage.bands;
        bands.clear();
        if (coverage.rows == 0) continue;
        if (const Samples* pool = pools.find(static_cast<int>(d), coverage.op)) bands = bandsOf(*pool);
      }
    }
  }
}

void calibrateSpread(const Dataset& data, infer::Model& model, const std::vector<double>& spreads) {
  constexpr double kUsual = 0.99, kSlack = 1.5; // the quantile of few rows is uncertain, hence the slack
  if (model.members < 2) return;
  Pools pools(model);
  for (const bool inside : {false, true}) {
    forCalibration(data, model, inside,
                   [&](std::size_t r, const DatasetRow&, int device, int op) { pools.add(device, op, {1, spreads[r]}); });
  }
  for (std::size_t d = 0; d < model.devices.size(); ++d) {
    for (auto& coverage : model.devices[d].coverage) {
      const Samples* pool = pools.find(static_cast<int>(d), coverage.op);
      if (!pool) continue;
      Samples sorted = *pool;
      std::ranges::sort(sorted, {}, &Sample::ratio);
      const auto rank = static_cast<std::size_t>(std::ceil(kUsual * static_cast<double>(sorted.size())));
      coverage.spread = kSlack * sorted[std::max<std::size_t>(1, rank) - 1].ratio;
    }
  }
}

std::vector<infer::ErrorLine> measureErrors(const Dataset& data, const infer::Model& model, const std::vector<double>& predicted,
                                            GroupBy by) {
  struct Line {
    ScoreKeeper score;
    int covered = 0, floors = 0;
    double floor = 0;
  };
  std::map<std::pair<std::string, std::string>, Line> lines;
  for (std::size_t r = 0; r < data.rows.size(); ++r) {
    const DatasetRow& row = data.rows[r];
    if (row.part != Part::Test || !(predicted[r] > 0)) continue;
    const std::string& device = data.devices[static_cast<std::size_t>(row.device)].name;
    Line& line = lines[{groupOf(data, row, by) + (row.inside() ? " inside networks" : ""), device}];
    line.score.add(predicted[r], row.ms);
    if (!std::isnan(row.floor)) {
      line.floor += row.floor;
      ++line.floors;
    }
    const auto* coverage =
        model.devices[static_cast<std::size_t>(model.deviceIndex(device))].find(model.vocabulary.operatorIndex(data.kindOf(row)));
    if (!coverage || coverage->bandsFor(row.inside()).empty()) continue;
    const auto& bands = coverage->bandsFor(row.inside());
    auto band = std::ranges::find_if(bands, [&](const infer::Band& b) { return predicted[r] <= b.upToMs; });
    if (band == bands.end()) band = std::prev(band);
    const double ratio = row.ms / predicted[r];
    line.covered += ratio >= band->low && ratio <= band->high ? 1 : 0;
  }
  std::vector<infer::ErrorLine> errors;
  for (const auto& [key, line] : lines) {
    const Score s = line.score.score();
    errors.push_back({key.first, key.second, s.rows, s.mape, s.within1, s.within5, s.within10, 100.0 * line.covered / s.rows,
                      line.floors ? 100 * line.floor / line.floors : -1});
  }
  return errors;
}

} // namespace cobra::train
