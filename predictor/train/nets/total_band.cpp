#include "predictor/train/nets/total_band.h"

#include "predictor/infer/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cobra::train {
namespace {

constexpr double kHeld = 0.9;

Predictor predictorWith(infer::Model model, const std::string& device, double shared) {
  model.devices[static_cast<std::size_t>(model.deviceIndex(device))].totals = infer::TotalErrors{.networks = 1, .shared = shared};
  return {std::make_shared<const infer::ModelProfile>(std::move(model)), device};
}

std::optional<Graph> graphOf(const NetworkRun& network) {
  Graph graph;
  for (const std::string& snippet : network.calls) {
    auto call = parseSnippet(snippet);
    if (!std::holds_alternative<Call>(call)) return std::nullopt;
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = std::get<Call>(std::move(call));
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

/// The squares of a band's width go from `apart` to `together` as the correlation goes from 0 to 1.
double neededFor(double error, double apart, double together) {
  if (error <= apart) return 0;
  const double room = together * together - apart * apart;
  return room > 0 ? (error * error - apart * apart) / room : std::numeric_limits<double>::infinity();
}

} // namespace

std::vector<TotalCheck> checkTotals(const infer::Model& model, const std::string& device, const std::vector<NetworkRun>& networks) {
  Predictor apart = predictorWith(model, device, 0), together = predictorWith(model, device, 1);
  std::vector<TotalCheck> checks;
  for (const NetworkRun& network : networks) {
    const auto graph = graphOf(network);
    if (!graph) continue;
    const Latency least = apart.predict(*graph).total, most = together.predict(*graph).total;
    const double error = network.ms - least.ms;
    checks.push_back({.network = network.name,
                      .measured = network.ms,
                      .predicted = least.ms,
                      .needed = error > 0 ? neededFor(error, least.highMs - least.ms, most.highMs - most.ms)
                                          : neededFor(-error, least.ms - least.lowMs, most.ms - most.lowMs)});
  }
  return checks;
}

double sharedError(const std::vector<TotalCheck>& checks) {
  std::vector<double> needed;
  for (const TotalCheck& check : checks) needed.push_back(check.needed);
  std::ranges::sort(needed);
  const auto rank = static_cast<std::size_t>(std::ceil(static_cast<double>(needed.size() + 1) * kHeld));
  return rank > needed.size() ? 1 : std::min(1.0, needed[rank - 1]);
}

double shareHeld(const std::vector<TotalCheck>& checks, double shared) {
  if (checks.empty()) return 0;
  const auto held = std::ranges::count_if(checks, [&](const TotalCheck& check) { return check.needed <= shared; });
  return 100.0 * static_cast<double>(held) / static_cast<double>(checks.size());
}

} // namespace cobra::train
