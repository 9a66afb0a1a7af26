// What `cobra-train bench paper` prints: Markdown tables with the published figures in a column of their own.
#pragma once

#include "predictor/train/paper/data.h"
#include "predictor/train/paper/errors.h"
#include "predictor/train/paper/sizes.h"

#include <optional>
#include <string>
#include <vector>

namespace cobra::train::paper {

/// Figures of the paper on its own networks, percent.
struct Published {
  double mape = 0, within1 = 0, within5 = 0, within10 = 0;
};

/// One way to tell the latency of networks.
struct NetworkLine {
  std::string method;
  ErrorSpread errors;
  std::vector<double> validation;     // error on the validation networks, percent, of each seed; empty where none is used
  std::optional<Published> published; // GTX 1080 Ti
  std::vector<double> predicted;      // mean over the seeds, milliseconds of each test network
};

struct PerplexityLine {
  std::string encoder;
  double without = 0, with = 0; // latency behind the snippet; 0: not asked
};

/// One kind of layer.
struct LayerLine {
  std::string op;
  Errors own;
  std::optional<double> mean, linear, trees, floor; // MAPE, percent
};

void printHeader(const PaperData& data, const Sizes& sizes, double scale, const std::string& tokens, int seeds);
void printLayers(const std::vector<LayerLine>& lines, double validation);
void printPerplexity(const std::vector<PerplexityLine>& lines, std::size_t rows);
void printNetworks(const std::vector<NetworkLine>& lines, const PaperData& data);
/// MAPE of every line on each kind of test networks; nothing where there is one kind alone.
void printKinds(const std::vector<NetworkLine>& lines, const PaperData& data);

/// The own method, trained on fewer networks.
struct CurveLine {
  std::size_t networks = 0;
  ErrorSpread errors;
};
void printCurveLines(const std::vector<CurveLine>& lines);
void printAblations(const std::vector<NetworkLine>& lines);
/// Tab-separated: network, measured, and each line's prediction.
std::string printEachNetwork(const std::vector<NetworkLine>& lines, const PaperData& data);

} // namespace cobra::train::paper
