#include "predictor/train/paper/data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

namespace cobra::train::paper {
namespace {

/// Fisher-Yates with plain remainders: the same order on every machine.
template <class T> void shuffle(std::vector<T>& values, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

double medianOf(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::size_t countOf(double wanted, std::size_t all) {
  return static_cast<std::size_t>(std::llround(wanted < 1 ? wanted * static_cast<double>(all) : wanted));
}

std::string operatorOf(const std::string& snippet) { return snippet.substr(0, snippet.find('(')); }

/// What is known of a layer before its rows become one: all its times.
struct Layer {
  std::vector<std::string> calls;
  std::vector<double> ms;
  bool ofFile = false; // from a file of layers
};

class Reader {
public:
  explicit Reader(const PaperRequest& request) : request_(request) {}

  std::variant<PaperData, RowError> read() {
    for (const std::string& file : request_.networkFiles) {
      if (auto error = readNetworks(file)) return *error;
    }
    for (const std::string& file : request_.layerFiles) {
      if (auto error = readLayers(file)) return *error;
    }
    if (auto error = splitNetworks()) return *error;
    if (request_.layersOfNetworks) addLayersOfNetworks();
    removeTested();
    if (auto error = makeLayers()) return *error;
    data_.networkFloor = noiseFloor(networkRows_);
    layerFloors();
    return std::move(data_);
  }

private:
  std::variant<RecordFile, RowError> open(const std::string& name, bool layers) {
    auto read = readRecords(name);
    if (auto* error = std::get_if<RecordError>(&read)) return RowError{error->sentence};
    auto& file = std::get<RecordFile>(read);
    if (!data_.device.empty() && file.header.device != data_.device) {
      return RowError{"'" + name + "' is of the device " + file.header.device + ", the files before it are of " + data_.device};
    }
    if (layers != (file.header.kind == "layers")) {
      return RowError{"'" + name + "' holds " + file.header.kind + ", not " + (layers ? "layers" : "networks")};
    }
    data_.device = file.header.device;
    if (!file.torn.empty()) data_.notes.push_back(file.torn);
    return std::move(file);
  }

  std::optional<RowError> readNetworks(const std::string& name) {
    auto opened = open(name, false);
    if (auto* error = std::get_if<RowError>(&opened)) return *error;
    auto& file = std::get<RecordFile>(opened);
    std::set<std::int64_t> used;
    for (const Record& row : file.rows) {
      if (!row.measured() || row.repeats || !(row.medianMs > 0) || row.nodes.empty()) continue;
      const bool wanted = row.network.starts_with(request_.networkKind);
      if (wanted && !names_.insert(row.network).second) continue; // else one network might be trained on and tested
      if (wanted) used.insert(row.row);
      if (wanted || request_.layersOfNetworks) (wanted ? networks_ : others_).push_back(row);
    }
    keepPairs(file, networkRows_, [&](const Record& row) { return used.contains(row.row); });
    return std::nullopt;
  }

  /// Appends rows and their repeats under numbers that no other file uses.
  template <class Filter> void keepPairs(const RecordFile& file, RecordFile& to, const Filter& wanted) {
    const std::int64_t base = (++files_) * firstRepeat * 2;
    for (Record row : file.rows) {
      if (!row.repeats && !wanted(row)) continue;
      row.row += base;
      if (row.repeats) *row.repeats += base;
      row.nodes.clear();
      to.rows.push_back(std::move(row));
    }
  }

  std::optional<RowError> readLayers(const std::string& name) {
    auto opened = open(name, true);
    if (auto* error = std::get_if<RowError>(&opened)) return *error;
    auto& file = std::get<RecordFile>(opened);
    for (const Record& row : file.rows) {
      if (!row.measured() || row.repeats || !(row.medianMs > 0)) continue;
      std::vector<std::string> calls;
      if (row.network.empty()) calls.push_back(row.snippet);
      for (const RecordNode& node : row.nodes) calls.push_back(node.snippet); // a sum of many tensors: a chain of calls
      addLayer(std::move(calls), row.medianMs, true);
    }
    keepPairs(file, layerRows_, [&](const Record& row) {
      return wantedOperator(operatorOf(row.network.empty() ? row.snippet : row.nodes.empty() ? "" : row.nodes.front().snippet));
    });
    return std::nullopt;
  }

  bool wantedOperator(const std::string& op) const {
    return request_.operators.empty() || std::ranges::find(request_.operators, op) != request_.operators.end();
  }

  void addLayer(std::vector<std::string> calls, double ms, bool ofFile) {
    if (calls.empty() || !wantedOperator(operatorOf(calls.front()))) return;
    std::string text;
    for (const std::string& call : calls) text += (text.empty() ? "" : " ") + call;
    Layer& layer = layers_[text];
    layer.calls = std::move(calls);
    if (layer.ofFile && !ofFile) return; // a time of its own counts more than those inside networks
    layer.ofFile = layer.ofFile || ofFile;
    layer.ms.push_back(ms);
  }

  int snippetOf(const std::string& snippet) {
    const auto [slot, isNew] = index_.try_emplace(snippet, static_cast<int>(data_.snippets.size()));
    if (isNew) data_.snippets.push_back(snippet);
    return slot->second;
  }

  std::optional<RowError> splitNetworks() {
    shuffle(networks_, request_.split.seed);
    if (request_.mostNetworks > 0) networks_.resize(std::min(networks_.size(), request_.mostNetworks));
    const std::size_t all = networks_.size();
    const std::size_t test = countOf(request_.split.test, all), validate = countOf(request_.split.validate, all);
    const std::size_t train = std::min(countOf(request_.split.train, all), all - std::min(all, test + validate));
    if (test == 0 || validate == 0 || train < 2) {
      return RowError{"of " + std::to_string(all) + " networks named '" + request_.networkKind + " ...' " + std::to_string(train) +
                      " are left to train on, " + std::to_string(validate) + " to validate and " + std::to_string(test) +
                      " to test: at least 2, 1 and 1 are needed"};
    }
    const auto take = [&](std::vector<MeasuredNetwork>& to, std::size_t count) {
      for (; count > 0; --count) {
        to.push_back(networkOf(networks_.back()));
        networks_.pop_back();
      }
    };
    take(data_.test, test);
    take(data_.validate, validate);
    take(data_.train, train);
    return std::nullopt;
  }

  MeasuredNetwork networkOf(const Record& row) {
    MeasuredNetwork network{.name = row.network, .ms = row.medianMs};
    for (std::size_t i = 0; i < row.nodes.size(); ++i) {
      const RecordNode& node = row.nodes[i];
      network.snippets.push_back(snippetOf(node.snippet));
      network.nodeMs.push_back(node.medianMs);
      for (const int from : node.from) network.edges.emplace_back(from, static_cast<int>(i));
    }
    return network;
  }

  void addLayersOfNetworks() {
    for (const MeasuredNetwork& network : data_.train) {
      for (std::size_t i = 0; i < network.snippets.size(); ++i) {
        if (network.nodeMs[i] > 0) addLayer({data_.snippets[static_cast<std::size_t>(network.snippets[i])]}, network.nodeMs[i], false);
      }
    }
    for (const Record& network : others_) {
      for (const RecordNode& node : network.nodes) {
        if (node.medianMs > 0) addLayer({node.snippet}, node.medianMs, false);
      }
    }
  }

  void removeTested() {
    std::set<std::string> tested;
    for (const MeasuredNetwork& network : data_.test) {
      for (const int snippet : network.snippets) tested.insert(data_.snippets[static_cast<std::size_t>(snippet)]);
    }
    data_.removed = std::erase_if(layers_, [&](const auto& layer) {
      return std::ranges::all_of(layer.second.calls, [&](const std::string& call) { return tested.contains(call); });
    });
  }

  std::optional<RowError> makeLayers() {
    std::vector<std::pair<std::string, Layer>> chosen(layers_.begin(), layers_.end());
    shuffle(chosen, request_.split.seed);
    RowTable table;
    table.device({.name = data_.device, .title = data_.device, .source = "measured", .versions = {}});
    std::size_t unreadable = 0;
    for (auto& [text, layer] : chosen) {
      if (request_.mostLayers > 0 && table.rows.size() >= request_.mostLayers) break;
      if (!std::ranges::all_of(layer.calls, isReadable)) {
        ++unreadable;
        continue;
      }
      ++(layer.ofFile ? data_.measuredLayers : data_.networkLayers);
      table.rows.push_back({.calls = layer.calls, .device = 0, .ms = medianOf(layer.ms)});
      data_.layerText.push_back(text);
    }
    if (unreadable > 0) data_.notes.push_back(std::to_string(unreadable) + " layers are left out: this registry can't read them");
    auto made = makeDataset(table, {.seed = request_.split.seed, .test = request_.layerTest, .calibrate = request_.layerValidate});
    if (auto* error = std::get_if<RowError>(&made)) return *error;
    data_.layers = std::get<Dataset>(std::move(made));
    if (data_.layers.rows.size() != data_.layerText.size()) return RowError{"the rows of the layers do not agree with their texts"};
    for (const Part part : {Part::Train, Part::Test}) {
      if (data_.layersOf(part).empty()) return RowError{"no layer is left to " + std::string(part == Part::Train ? "train on" : "test")};
    }
    return std::nullopt;
  }

  static bool isReadable(const std::string& snippet) {
    auto call = parseSnippet(snippet);
    return std::holds_alternative<Call>(call) && std::holds_alternative<infer::CallFeatures>(infer::featuresOf(std::get<Call>(call)));
  }

  void layerFloors() {
    std::set<std::string> operators;
    for (const Record& row : layerRows_.rows) {
      if (!row.repeats) operators.insert(operatorOf(row.snippet));
    }
    if (auto floor = noiseFloor(layerRows_)) data_.layerFloors.emplace_back("", *floor);
    for (const std::string& op : operators) {
      RecordFile some;
      for (const Record& row : layerRows_.rows) {
        if (row.repeats || operatorOf(row.snippet) == op) some.rows.push_back(row);
      }
      if (auto floor = noiseFloor(some)) data_.layerFloors.emplace_back(op, *floor);
    }
  }

  const PaperRequest& request_;
  PaperData data_;
  std::vector<Record> networks_, others_; // of the wanted kind, before the split; of other kinds
  RecordFile networkRows_, layerRows_;    // what is used, with repeats
  std::map<std::string, Layer> layers_;
  std::unordered_map<std::string, int> index_;
  std::set<std::string> names_; // of networks
  std::int64_t files_ = 0;
};

} // namespace

const std::vector<std::string>& paperOperators() {
  static const std::vector<std::string> kOperators{"aten::conv2d", "aten::batch_norm", "aten::relu",       "aten::add.Tensor",
                                                   "aten::linear", "aten::avg_pool2d", "aten::max_pool2d", "aten::adaptive_avg_pool2d"};
  return kOperators;
}

std::vector<LayerExample> PaperData::layersOf(Part part) const {
  std::vector<LayerExample> out;
  for (std::size_t i = 0; i < layers.rows.size(); ++i) {
    if (layers.rows[i].part == part) out.push_back({layerText[i], layers.rows[i].ms});
  }
  return out;
}

std::variant<PaperData, RowError> readPaperData(const PaperRequest& request) { return Reader(request).read(); }

} // namespace cobra::train::paper
