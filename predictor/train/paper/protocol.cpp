#include "predictor/train/paper/protocol.h"

#include "predictor/format/file.h"
#include "predictor/train/baselines.h"
#include "predictor/train/paper/features.h"
#include "predictor/train/paper/own.h"
#include "predictor/train/paper/totals.h"
#include "predictor/train/paper/wordpiece_trainer.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>

namespace cobra::train::paper {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<std::string> textsOf(const std::vector<LayerExample>& rows) {
  std::vector<std::string> out;
  for (const LayerExample& row : rows) out.push_back(row.snippet);
  return out;
}

std::vector<double> measuredTotals(const std::vector<MeasuredNetwork>& networks) {
  std::vector<double> out;
  for (const MeasuredNetwork& network : networks) out.push_back(network.ms);
  return out;
}

std::vector<double> timesOf(const std::vector<LayerExample>& rows) {
  std::vector<double> out;
  for (const LayerExample& row : rows) out.push_back(row.ms);
  return out;
}

template <class Features> GraphSet graphSet(const std::vector<MeasuredNetwork>& networks, Adjacency kind, const Features& features) {
  GraphSet set;
  for (const MeasuredNetwork& network : networks) {
    set.adjacency.push_back(adjacencyOf(static_cast<std::int64_t>(network.snippets.size()), network.edges, kind));
    set.ms.push_back(network.ms);
  }
  set.features = features(networks);
  return set;
}

} // namespace

std::optional<std::string> Protocol::run() {
  if (!options_.published) return runOwn();
  at::set_num_threads(options_.threads);
  if (auto why = prepare()) return why;
  const Encoder encoder = trainEncoder(true);
  evaluateLayers(encoder);
  const std::vector<LayerExample> test = data_.layersOf(Part::Test);
  constexpr int kMaskedPerRow = 6;
  const auto perplexity = [&](const Encoder& e, bool latency) {
    return parameterPerplexity(e, *tokens_, test, latency, kMaskedPerRow, options_.data.split.seed);
  };
  std::vector<PerplexityLine> lines{{"trained with the latency appended", perplexity(encoder, false), perplexity(encoder, true)}};
  std::optional<Encoder> tokensOnly;
  if (options_.ablations) {
    tokensOnly.emplace(trainEncoder(false));
    lines.push_back({"trained without", perplexity(*tokensOnly, false), 0});
  }
  printPerplexity(lines, test.size());

  std::vector<NetworkLine> networks = simpleLines(&encoder);
  const Sizes& s = options_.sizes;
  networks.push_back(graphLine("BRP-NAS", described({}), s.brpNasWidth, Published{3.58, 26.1, 81.9, 93.4}));
  networks.push_back(graphLine("BRP-NAS++", described({.latency = true}), s.brpNasPlusWidth, Published{2.25, 37.2, 92.7, 98.3}));
  networks.push_back(graphLine("cobra-2022", embedded(encoder, Adjacency::Binary), s.graph.width, Published{1.65, 45.3, 96.2, 99.0}));
  const NetworkLine ours = networks.back();
  if (auto why = ownLines(networks)) return why;
  printNetworks(networks, data_);
  if (options_.ablations) {
    std::vector<NetworkLine> ablations{ours};
    ablations.push_back(graphLine("no latency in pre-training", embedded(*tokensOnly, Adjacency::Binary), s.graph.width));
    ablations.push_back(graphLine("no encoder: one-hot type", described({.parameters = false}), s.graph.width));
    ablations.push_back(graphLine("no graph", embedded(encoder, Adjacency::Identity), s.graph.width));
    ablations.push_back(graphLine("Laplacian", embedded(encoder, Adjacency::Laplacian), s.graph.width));
    if (options_.fineTuneSeeds > 0) ablations.push_back(fineTunedLine(encoder));
    printAblations(ablations);
    networks.insert(networks.end(), ablations.begin() + 1, ablations.end());
  }
  if (options_.each.empty()) return std::nullopt;
  const auto error = format::writeFileAtomically(options_.each, printEachNetwork(networks, data_));
  return error ? std::optional(error->sentence) : std::nullopt;
}

std::optional<std::string> Protocol::runOwn() {
  at::set_num_threads(options_.threads);
  auto read = readPaperData(options_.data);
  if (auto* error = std::get_if<RowError>(&read)) return error->sentence;
  data_ = std::get<PaperData>(std::move(read));
  std::vector<NetworkLine> lines = simpleLines(nullptr);
  if (auto why = ownLines(lines)) return why;
  printNetworks(lines, data_);
  printKinds(lines, data_);
  if (auto why = printCurve()) return why;
  if (options_.each.empty()) return std::nullopt;
  const auto error = format::writeFileAtomically(options_.each, printEachNetwork(lines, data_));
  return error ? std::optional(error->sentence) : std::nullopt;
}

std::optional<std::string> Protocol::printCurve() const {
  std::vector<CurveLine> lines;
  for (const double count : options_.curve) {
    PaperData some = data_;
    some.train.resize(std::min(some.train.size(), static_cast<std::size_t>(count)));
    const auto made = ownTotals(some, options_.own, options_.ownSeeds, false, {});
    if (const auto* why = std::get_if<std::string>(&made)) return *why;
    CurveLine line{.networks = some.train.size(), .errors = {}};
    for (const Totals& seed : std::get<OwnTotals>(made).seeds) line.errors.add(errorsOf(seed, measuredTotals(data_.test)));
    lines.push_back(std::move(line));
  }
  if (!lines.empty()) printCurveLines(lines);
  return std::nullopt;
}

std::optional<std::string> Protocol::prepare() {
  auto read = readPaperData(options_.data);
  if (auto* error = std::get_if<RowError>(&read)) return error->sentence;
  data_ = std::get<PaperData>(std::move(read));
  const std::vector<LayerExample> train = data_.layersOf(Part::Train);
  std::string origin;
  auto made = [&] {
    if (!options_.vocab.empty()) return WordPiece::fromFile(options_.vocab);
    std::vector<std::string> texts = textsOf(train);
    for (const LayerExample& row : train) texts.push_back(latencyText(row.ms));
    return WordPiece::fromEntries(trainWordPieces(texts, static_cast<std::size_t>(options_.sizes.encoder.entries)));
  }();
  if (auto* why = std::get_if<std::string>(&made)) return *why;
  tokens_ = std::get<WordPiece>(std::move(made));
  const std::size_t entries = tokens_->entries().size();
  options_.sizes.encoder.entries = static_cast<std::int64_t>(entries);
  const std::string count = std::to_string(entries) + " entries (30,522)";
  printHeader(data_, options_.sizes, options_.scale,
              options_.vocab.empty()
                  ? "a WordPiece vocabulary trained on the " + std::to_string(train.size()) + " training layers, " + count
                  : "the given vocabulary '" + options_.vocab.filename().string() + "', " + count,
              options_.seeds);
  return std::nullopt;
}

Encoder Protocol::trainEncoder(bool latency) const {
  Encoder encoder(options_.sizes.encoder, options_.sizes.pretraining.seed);
  PretrainingOptions pretraining = options_.sizes.pretraining;
  pretraining.latency = latency;
  pretrain(encoder, *tokens_, data_.layersOf(Part::Train), pretraining, StepLine(latency ? "encoder" : "encoder without latency", "loss"));
  return encoder;
}

void Protocol::evaluateLayers(const Encoder& encoder) const {
  const auto errorsIn = [&](const std::vector<LayerExample>& rows) {
    return errorsOf(predictLayers(encoder, *tokens_, textsOf(rows)), timesOf(rows));
  };
  std::map<std::string, std::vector<LayerExample>> byOperator;
  for (std::size_t i = 0; i < data_.layers.rows.size(); ++i) {
    const DatasetRow& row = data_.layers.rows[i];
    if (row.part != Part::Test) continue;
    for (const std::string& op : {data_.layers.kindOf(row), std::string("all")}) byOperator[op].push_back({data_.layerText[i], row.ms});
  }
  std::vector<BaselineLine> baselines = runBaselines(data_.layers, GroupBy::Operator, options_.threads);
  std::ranges::move(runBaselines(data_.layers, GroupBy::Device, options_.threads), std::back_inserter(baselines));
  std::vector<LayerLine> lines;
  for (const auto& [op, rows] : byOperator) {
    LayerLine line{.op = op, .own = errorsIn(rows), .mean = {}, .linear = {}, .trees = {}, .floor = {}};
    const auto baseline = std::ranges::find(baselines, op, &BaselineLine::op);
    if (baseline != baselines.end()) {
      line.mean = baseline->mean.mape;
      line.linear = baseline->linear.mape;
      if (baseline->trees) line.trees = baseline->trees->mape;
    }
    const auto floor = std::ranges::find(data_.layerFloors, op == "all" ? std::string() : op, &std::pair<std::string, NoiseFloor>::first);
    if (floor != data_.layerFloors.end()) line.floor = floor->second.mape;
    lines.push_back(std::move(line));
  }
  std::ranges::stable_partition(lines, [](const LayerLine& line) { return line.op != "all"; });
  const std::vector<LayerExample> validation = data_.layersOf(Part::Calibrate);
  printLayers(lines, errorsIn(validation).mape);
}

NetworkLine Protocol::total(const std::string& method, const std::vector<double>& predicted, std::optional<Published> published) const {
  NetworkLine line{.method = method, .errors = {}, .validation = {}, .published = published, .predicted = predicted};
  const std::vector<double> measured = measuredTotals(data_.test);
  line.errors.add(errorsOf(predicted, measured));
  return line;
}

std::vector<NetworkLine> Protocol::simpleLines(const Encoder* encoder) const {
  std::vector<NetworkLine> lines{total("mean (median of the training networks)", constantTotal(data_)),
                                 total("linear", linearTotal(data_))};
  if (auto trees = treeTotal(data_, options_.threads)) lines.push_back(total("trees", *trees));
  if (encoder) {
    const std::vector<double> predicted = predictLayers(*encoder, *tokens_, data_.snippets);
    lines.push_back(total("layer-wise sum of layers as the encoder predicts them",
                          layerwiseSum(data_, sumsOf(data_.train, predicted), sumsOf(data_.test, predicted))));
  }
  lines.push_back(total("layer-wise sum of layers measured inside the test networks (no prediction)",
                        layerwiseSum(data_, measuredSums(data_.train), measuredSums(data_.test)), Published{8.07, 15.2, 51.8, 78.0}));
  return lines;
}

NetworkLine Protocol::graphLine(const std::string& method, const GraphData& graphs, std::int64_t width,
                                std::optional<Published> published) const {
  const auto start = Clock::now();
  NetworkLine line{.method = method, .errors = {}, .validation = {}, .published = published, .predicted = {}};
  line.predicted.assign(graphs.test.ms.size(), 0);
  const StepLine progress(method, "validation error %");
  for (int seed = 0; seed < options_.seeds; ++seed) {
    GraphFitOptions fit = options_.sizes.graph;
    fit.width = width;
    fit.seed = static_cast<std::uint64_t>(seed);
    const GraphFitResult result = fitGraphs(graphs, fit);
    line.errors.add(errorsOf(result.test, graphs.test.ms));
    line.validation.push_back(result.validation);
    for (std::size_t i = 0; i < result.test.size(); ++i) line.predicted[i] += result.test[i] / options_.seeds;
    progress(seed + 1, options_.seeds, result.validation, secondsSince(start));
  }
  return line;
}

std::optional<std::string> Protocol::ownLines(std::vector<NetworkLine>& lines) const {
  if (options_.ownSeeds == 0) return std::nullopt;
  if (const auto shipped = shippedTotals(data_)) lines.push_back(total("sum of calls by the profile that ships", *shipped));
  const std::vector<double> measured = measuredTotals(data_.test);
  for (const bool apart : {true, false}) {
    if (apart && !options_.ownApart) continue;
    const std::string name = apart ? "this, without the calls of test networks" : "this";
    const auto start = Clock::now();
    const StepLine progress(name, "validation error %");
    const auto made = ownTotals(data_, options_.own, options_.ownSeeds, apart,
                                [&](int seed, double error) { progress(seed, options_.ownSeeds, error, secondsSince(start)); });
    if (const auto* why = std::get_if<std::string>(&made)) return *why;
    const auto& own = std::get<OwnTotals>(made);
    NetworkLine line{.method = name, .errors = {}, .validation = own.validation, .published = {}, .predicted = own.together};
    for (const Totals& seed : own.seeds) line.errors.add(errorsOf(seed, measured));
    lines.push_back(std::move(line));
    lines.push_back(total(name + ", seeds together", own.together));
  }
  return std::nullopt;
}

NetworkLine Protocol::fineTunedLine(const Encoder& encoder) const {
  const auto start = Clock::now();
  const GraphData graphs = embedded(encoder, Adjacency::Binary);
  FineTuneData text{.tokens = {}, .padding = tokens_->special(WordPiece::Pad), .train = {}, .validate = {}, .test = {}};
  for (const std::string& snippet : data_.snippets) text.tokens.push_back(plainSequence(*tokens_, snippet).ids);
  const auto copy = [](const std::vector<MeasuredNetwork>& from, std::vector<std::vector<int>>& to) {
    for (const MeasuredNetwork& network : from) to.push_back(network.snippets);
  };
  copy(data_.train, text.train);
  copy(data_.validate, text.validate);
  copy(data_.test, text.test);
  NetworkLine line{.method = "fine-tuned encoder", .errors = {}, .validation = {}, .published = {}, .predicted = {}};
  line.predicted.assign(graphs.test.ms.size(), 0);
  const StepLine progress(line.method, "seed");
  const int epochs = options_.sizes.fineTuneEpochs, seeds = options_.fineTuneSeeds;
  for (int seed = 0; seed < seeds; ++seed) {
    Encoder own(encoder.sizes(), 0);
    {
      const c10::NoGradGuard noGrad;
      own.weights().flat.copy_(encoder.weights().flat);
    }
    GraphFitOptions fit = options_.sizes.graph;
    fit.seed = static_cast<std::uint64_t>(seed);
    fit.epochs = epochs;
    const GraphFitResult result =
        fineTune(graphs, text, own, fit, [&](int done) { progress(seed * epochs + done, seeds * epochs, seed, secondsSince(start)); });
    line.errors.add(errorsOf(result.test, graphs.test.ms));
    line.validation.push_back(result.validation);
    for (std::size_t i = 0; i < result.test.size(); ++i) line.predicted[i] += result.test[i] / seeds;
  }
  return line;
}

GraphData Protocol::embedded(const Encoder& encoder, Adjacency kind) const {
  const at::Tensor table = embedSnippets(encoder, *tokens_, data_.snippets);
  const auto features = [&](const std::vector<MeasuredNetwork>& networks) {
    std::vector<at::Tensor> out;
    for (const MeasuredNetwork& network : networks) {
      out.push_back(table.index_select(0, at::tensor(network.snippets, at::TensorOptions().dtype(at::kInt)).to(at::kLong)));
    }
    return out;
  };
  return {graphSet(data_.train, kind, features), graphSet(data_.validate, kind, features), graphSet(data_.test, kind, features)};
}

GraphData Protocol::described(const NodeFeatures& wanted) const {
  const FeatureMaker maker(data_, wanted);
  const auto features = [&](const std::vector<MeasuredNetwork>& networks) { return maker.of(networks); };
  return {graphSet(data_.train, Adjacency::Binary, features), graphSet(data_.validate, Adjacency::Binary, features),
          graphSet(data_.test, Adjacency::Binary, features)};
}

} // namespace cobra::train::paper
