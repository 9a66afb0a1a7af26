// What the protocol of the published method needs of files of cobra-probe: measured layers, measured networks, and which of them are
// trained on.
#pragma once

#include "predictor/format/records.h"
#include "predictor/train/dataset.h"
#include "predictor/train/paper/pretraining.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cobra::train::paper {

/// A measured network. Nodes are in the order in which they run.
struct MeasuredNetwork {
  std::string name = {};
  std::vector<int> snippets = {};              // of each node, into PaperData::snippets
  std::vector<double> nodeMs = {};             // of each node
  std::vector<std::pair<int, int>> edges = {}; // from lower to higher node
  double ms = 0;                               // of the whole forward pass
};

/// How many networks each part gets. Numbers below 1 are shares of all, others are counts.
struct NetworkSplit {
  double train = 0.675, validate = 0.075, test = 0.25; // 1,350 / 150 / 500 of 2,000
  std::uint64_t seed = 0;
};

struct PaperRequest {
  std::vector<std::string> layerFiles, networkFiles;
  std::vector<std::string> operators; // whose rows are layers; empty: all
  std::string networkKind;            // "cobra-2022": networks of that name; empty: all
  bool layersOfNetworks = false;      // operators inside networks that are not of the test or validation part are layers too
  NetworkSplit split;
  double layerTest = 0.1, layerValidate = 0.05; // shares of the layers
  std::size_t mostLayers = 0, mostNetworks = 0; // 0: no limit; the seed draws which
};
/// The eight kinds of layers of the paper.
const std::vector<std::string>& paperOperators();

struct PaperData {
  std::string device;
  std::vector<std::string> snippets; // distinct, of all networks
  std::vector<MeasuredNetwork> train, validate, test;
  std::optional<NoiseFloor> networkFloor; // of the networks that are used

  Dataset layers;                                              // Part::Train, Part::Test and, to choose settings by, Part::Calibrate
  std::vector<std::string> layerText;                          // of each row of `layers`
  std::vector<std::pair<std::string, NoiseFloor>> layerFloors; // by operator; "" stands for all
  std::size_t measuredLayers = 0, networkLayers = 0;           // distinct snippets from files of layers, and only from networks
  std::size_t removed = 0;                                     // distinct layers left out because they occur in a test network
  std::vector<std::string> notes;

  std::vector<LayerExample> layersOf(Part part) const;
};

/// All files must be of one device. What is wrong is one sentence.
std::variant<PaperData, RowError> readPaperData(const PaperRequest& request);

} // namespace cobra::train::paper
