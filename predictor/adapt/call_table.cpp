#include "predictor/adapt/call_table.h"

#include "predictor/infer/ensemble.h"

#include <algorithm>
#include <numeric>

namespace cobra::adapt {
namespace {

struct Known {
  int sample = 0;
  infer::CallFeatures features;
  infer::EncodedCall encoded;
};

} // namespace

std::vector<int> familiesOf(const infer::Model& model, std::vector<std::string>& names) {
  std::vector<int> families;
  for (const infer::OperatorEntry& entry : model.vocabulary.operators) {
    const ops::Operator* op = ops::find(entry.name);
    if (!op) {
      families.push_back(-1);
      continue;
    }
    const std::string family{op->family()};
    const auto found = std::ranges::find(names, family);
    families.push_back(static_cast<int>(found - names.begin()));
    if (found == names.end()) names.push_back(family);
  }
  return families;
}

Samples samplesOf(const CallTable& table, const CallSamples& samples) {
  Samples out{std::vector<int>(table.calls.size()), Eigen::VectorXd(static_cast<Eigen::Index>(table.calls.size()))};
  std::iota(out.items.begin(), out.items.end(), 0);
  for (std::size_t i = 0; i < table.calls.size(); ++i) {
    out.ms[static_cast<Eigen::Index>(i)] = samples.calls[static_cast<std::size_t>(table.calls[i])].ms;
  }
  return out;
}

CallTable tableOf(const infer::Model& model, const CallSamples& samples, std::span<const std::string> without) {
  std::vector<Known> known;
  for (std::size_t i = 0; i < samples.calls.size(); ++i) {
    auto features = infer::featuresOf(samples.calls[i].call);
    auto* there = std::get_if<infer::CallFeatures>(&features);
    infer::EncodedCall encoded;
    if (!there || !model.vocabulary.encode(*there, encoded)) continue;
    known.push_back({static_cast<int>(i), std::move(*there), std::move(encoded)});
  }
  // For each device which of them it was trained for.
  std::vector<std::vector<std::size_t>> covered(model.devices.size());
  for (std::size_t d = 0; d < model.devices.size(); ++d) {
    const infer::DeviceEntryInfo& device = model.devices[d];
    if (std::ranges::find(without, device.name) != without.end()) continue;
    for (std::size_t k = 0; k < known.size(); ++k) {
      const infer::OperatorCoverage* coverage = device.find(known[k].encoded.op);
      if (coverage && !coverage->transfer) covered[d].push_back(k);
    }
  }
  const auto best = std::ranges::max_element(covered, {}, &std::vector<std::size_t>::size);
  CallTable table;
  if (best == covered.end() || best->empty()) return table;
  for (std::size_t d = 0; d < covered.size(); ++d) {
    if (covered[d] != *best) continue;
    table.devices.push_back(static_cast<int>(d));
    table.known.names.push_back(model.devices[d].name);
  }
  const std::vector<int> families = familiesOf(model, table.families);
  std::vector<infer::EncoderInput> batch;
  for (const std::size_t k : *best) {
    table.calls.push_back(known[k].sample);
    const int op = known[k].encoded.op;
    table.kinds.push_back({op, families[static_cast<std::size_t>(op)]});
    batch.push_back({&known[k].features, &known[k].encoded});
  }
  table.known.ms.resize(static_cast<Eigen::Index>(batch.size()), static_cast<Eigen::Index>(table.devices.size()));
  infer::Ensemble ensemble(model);
  constexpr std::size_t kBatch = 64;
  std::vector<infer::Estimate> estimates(kBatch);
  for (std::size_t d = 0; d < table.devices.size(); ++d) {
    for (std::size_t begin = 0; begin < batch.size(); begin += kBatch) {
      const std::size_t count = std::min(kBatch, batch.size() - begin);
      ensemble.run(std::span(batch).subspan(begin, count), table.devices[d], std::span(estimates).first(count));
      for (std::size_t i = 0; i < count; ++i) {
        table.known.ms(static_cast<Eigen::Index>(begin + i), static_cast<Eigen::Index>(d)) = std::max(estimates[i].ms, 1e-9);
      }
    }
  }
  return table;
}

} // namespace cobra::adapt
