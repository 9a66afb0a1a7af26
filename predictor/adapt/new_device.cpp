#include "predictor/adapt/new_device.h"

#include "predictor/adapt/simple.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace cobra::adapt {
namespace {

using infer::OperatorCoverage;

constexpr double kNinety = 1.645; // 90 % of a normal distribution lie within so many standard deviations

ExpectedError errorOf(const Method& method, const Samples& samples) { return expectedError(predictLeftOut(method, samples), samples.ms); }

/// Rows of the tensors that have one for each device.
void keepDevices(infer::Model& model, const std::vector<int>& rows) {
  for (int member = 0; member < model.members; ++member) {
    for (const char* name : {"device.vector", "head.device", "head.context"}) {
      if (!model.context && std::string_view(name) == "head.context") continue;
      format::Tensor& tensor = model.tensors.at(infer::memberTensor(member, name));
      const auto width = static_cast<std::size_t>(tensor.shape[1]);
      std::vector<float> values;
      for (const int row : rows) {
        const auto begin = tensor.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width);
        values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
      }
      tensor.shape[0] = static_cast<std::int64_t>(rows.size());
      tensor.values.assign(values.begin(), values.end());
    }
  }
}

/// How sure the new device's figures are.
struct Sureness {
  const ExpectedError& expected;
  std::map<int, int> ops, families; // samples of each

  /// Standard deviation of log ms beyond what the samples show, for an operator that they have not.
  double beyond(int op, int family, const CallSettings& settings) const {
    if (ops.contains(op)) return 0;
    return families.contains(family) ? settings.op : std::hypot(settings.op, settings.family);
  }
  /// Never narrower than the known device's band.
  infer::Band band(const infer::Band& known, double beyond) const {
    const auto wider = [&](double a, double b) {
      return std::exp(std::hypot(std::max(std::abs(std::log(a)), std::abs(std::log(b))), kNinety * beyond));
    };
    return {known.upToMs, 1 / wider(std::min(known.low, 1.0), expected.low), wider(std::max(known.high, 1.0), expected.high)};
  }
};

infer::DeviceEntryInfo deviceOf(const infer::Model& model, const CallTable& table, const CallSamples& samples, const ExpectedError& after,
                                const std::string& name, std::vector<LogMap> maps) {
  const CallSettings settings;
  const Samples own = samplesOf(table, samples);
  Sureness sure{after, {}, {}};
  for (const CallKind& kind : table.kinds) {
    ++sure.ops[kind.op];
    ++sure.families[kind.family];
  }
  const infer::DeviceEntryInfo& near = model.devices[static_cast<std::size_t>(table.devices.front())];
  infer::DeviceEntryInfo device = near;
  device.name = name;
  device.title = samples.processor.empty() ? name : samples.processor;
  device.title += ", adapted from " + near.name + (table.devices.size() > 1 ? " and others" : "") + " with " +
                  std::to_string(table.calls.size()) + " measured calls";
  device.source = "adapted";
  device.versions = samples.versions;
  const Eigen::VectorXd ratios = own.ms.array() / table.known.ms.col(0).array();
  const double factor = std::exp(ratios.array().log().mean());
  device.analytic.launchMs *= factor;
  device.analytic.msPerFlop *= factor;
  device.analytic.msPerByte *= factor;
  const double unknown = std::hypot(settings.op, settings.family);
  device.analytic.low *= std::exp(-kNinety * unknown);
  device.analytic.high *= std::exp(kNinety * unknown);
  std::vector<std::string> names = table.families;
  const std::vector<int> families = familiesOf(model, names);
  std::vector<OperatorCoverage> kept;
  for (OperatorCoverage& coverage : device.coverage) {
    const auto trained = [&](int source) {
      const OperatorCoverage* there = model.devices[static_cast<std::size_t>(source)].find(coverage.op);
      return there && !there->transfer;
    };
    const int family = families[static_cast<std::size_t>(coverage.op)];
    const LogMap& map = maps[static_cast<std::size_t>(coverage.op)];
    if (family < 0 || map.weights.size() == 0 || !std::ranges::all_of(table.devices, trained)) continue;
    const double beyond = sure.beyond(coverage.op, family, settings);
    if (coverage.bands.empty()) coverage.bands.push_back({0, 0.5, 2});
    for (infer::Band& band : coverage.bands) {
      if (band.upToMs > 0) band.upToMs = std::exp(std::clamp(map.offset + map.weights.sum() * std::log(band.upToMs), -50.0, 50.0));
      band = sure.band(band, beyond);
    }
    coverage.rows = sure.ops.contains(coverage.op) ? sure.ops.at(coverage.op) : 0;
    coverage.transfer = infer::Transfer{map.offset, {}};
    for (Eigen::Index d = 0; d < map.weights.size(); ++d) coverage.transfer->devices.emplace_back(static_cast<int>(d), map.weights[d]);
    kept.push_back(std::move(coverage));
  }
  device.coverage = std::move(kept);
  return device;
}

} // namespace

std::variant<Adaptation, std::string> adaptModel(const infer::Model& model, const CallSamples& samples, const std::string& name) {
  if (samples.calls.size() > kMostSamples) {
    return std::to_string(samples.calls.size()) + " calls are too many to adapt with; train on them with cobra-train fit";
  }
  CallTable table = tableOf(model, samples);
  if (table.calls.size() < kLeastSamples) {
    return "the profile knows the operators of " + std::to_string(table.calls.size()) + " of the " + std::to_string(samples.calls.size()) +
           " measured calls; it takes " + std::to_string(kLeastSamples);
  }
  // Operators without samples take part as items that nobody measures, so that they get a map too.
  std::vector<std::string> names = table.families;
  const std::vector<int> families = familiesOf(model, names);
  KnownDevices known = table.known;
  std::vector<CallKind> kinds = table.kinds;
  for (std::size_t op = 0; op < families.size(); ++op) {
    if (families[op] >= 0) kinds.push_back({static_cast<int>(op), families[op]});
  }
  const auto rows = known.ms.rows();
  known.ms.conservativeResize(static_cast<Eigen::Index>(kinds.size()), Eigen::NoChange);
  known.ms.bottomRows(known.ms.rows() - rows).setOnes();
  const CallMethod ours(known, kinds);
  const Samples own = samplesOf(table, samples);

  Adaptation out;
  out.used = table.calls.size();
  out.unknown = samples.calls.size() - table.calls.size();
  out.basis = table.known.names;
  for (Eigen::Index d = 0; d < table.known.ms.cols(); ++d) {
    const ExpectedError error = expectedError(table.known.ms.col(d), own.ms);
    if (d > 0 && error.median >= out.before.median) continue;
    out.before = error;
    out.nearest = table.known.names[static_cast<std::size_t>(d)];
  }
  const OneFactor factor(table.known);
  const BestShifted shifted(table.known);
  const RidgeOnDevices ridge(table.known);
  out.methods = {{factor.name(), errorOf(factor, own)}, {ridge.name(), errorOf(ridge, own)}};
  if (table.devices.size() > 1) out.methods.push_back({shifted.name(), errorOf(shifted, own)});
  out.after = errorOf(ours, own);

  infer::DeviceEntryInfo device = deviceOf(model, table, samples, out.after, name, ours.maps(own));
  out.model = model;
  out.model.title = name;
  out.model.date = samples.date;
  out.model.errors = {{"left out in turn", name, static_cast<int>(out.used), out.after.mape, 0, 0, out.after.within10, 90, -1}};
  out.model.devices.clear();
  std::vector<int> kept = table.devices;
  for (const int source : table.devices) {
    out.model.devices.push_back(model.devices[static_cast<std::size_t>(source)]);
    out.model.devices.back().basis = true;
    std::erase_if(out.model.devices.back().coverage, [](const OperatorCoverage& c) { return c.transfer.has_value(); });
  }
  out.model.devices.push_back(std::move(device));
  kept.push_back(table.devices.front());
  keepDevices(out.model, kept);
  return out;
}

} // namespace cobra::adapt
