#include "predictor/train/paper/own.h"

#include "predictor/infer/profile.h"
#include "predictor/train/paper/errors.h"

#include <cmath>

namespace cobra::train::paper {
namespace {

std::vector<NetworkRun> runsOf(const PaperData& data, const std::vector<MeasuredNetwork>& networks) {
  std::vector<NetworkRun> out;
  for (const MeasuredNetwork& network : networks) {
    NetworkRun run{.name = network.name, .callMs = network.nodeMs, .ms = network.ms};
    for (const int snippet : network.snippets) run.calls.push_back(data.snippets[static_cast<std::size_t>(snippet)]);
    out.push_back(std::move(run));
  }
  return out;
}

DeviceSource sourceOf(const PaperData& data) { return {.name = data.device, .title = data.device, .source = "measured"}; }

RowTable layersOf(const PaperData& data) {
  RowTable table;
  const int device = table.device(sourceOf(data));
  for (const DatasetRow& row : data.layers.rows) {
    if (row.part == Part::Test) continue;
    Row out{.device = device, .ms = row.ms};
    for (const int call : row.calls) out.calls.push_back(data.layers.snippets[static_cast<std::size_t>(call)]);
    table.rows.push_back(std::move(out));
  }
  return table;
}

double errorOn(const std::vector<NetworkRun>& networks, const Totals& predicted) {
  std::vector<double> measured;
  for (const NetworkRun& network : networks) measured.push_back(network.ms);
  return errorsOf(predicted, measured).mape;
}

} // namespace

std::variant<OwnTotals, std::string> ownTotals(const PaperData& data, const WholeOptions& options, int seeds, bool apart,
                                               const std::function<void(int, double)>& afterSeed) {
  const std::vector<NetworkRun> train = runsOf(data, data.train), validate = runsOf(data, data.validate), test = runsOf(data, data.test);
  const DeviceSource device = sourceOf(data);
  OwnTotals out{.seeds = {}, .validation = {}, .together = Totals(test.size(), 0)};
  for (int seed = 0; seed < seeds; ++seed) {
    WholeOptions own = options;
    own.calls.seed = own.totals.seed = static_cast<std::uint64_t>(seed);
    auto made = trainWhole(layersOf(data), device, train, validate, apart ? callsOf(test) : std::set<std::string>{}, own,
                           [](const FitProgress&) {});
    if (auto* error = std::get_if<FitError>(&made)) return error->sentence;
    const auto& model = std::get<infer::Model>(made);
    out.validation.push_back(errorOn(validate, predictWhole(model, device, validate)));
    out.seeds.push_back(predictWhole(model, device, test));
    for (std::size_t i = 0; i < test.size(); ++i) out.together[i] += std::log(out.seeds.back()[i]) / seeds;
    if (afterSeed) afterSeed(seed + 1, out.validation.back());
  }
  for (double& ms : out.together) ms = std::exp(ms);
  return out;
}

std::optional<Totals> shippedTotals(const PaperData& data) {
  const auto profile = infer::builtinProfileOf(data.device);
  if (!profile) return std::nullopt;
  return predictWhole(static_cast<const infer::ModelProfile&>(*profile).model(), sourceOf(data), runsOf(data, data.test));
}

} // namespace cobra::train::paper
