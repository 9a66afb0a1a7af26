#include "predictor/train/paper/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>

namespace cobra::train::paper {
namespace {

/// Published error of single layers, percent, on a GTX 1080 Ti.
struct PublishedLayer {
  std::string_view op;
  double mape;
};
constexpr std::array kPublishedLayers{PublishedLayer{"aten::conv2d", 28},
                                      PublishedLayer{"aten::batch_norm", 6},
                                      PublishedLayer{"aten::relu", 5},
                                      PublishedLayer{"aten::add.Tensor", 6},
                                      PublishedLayer{"aten::linear", 2.2},
                                      PublishedLayer{"aten::avg_pool2d", 9},
                                      PublishedLayer{"aten::max_pool2d", 9},
                                      PublishedLayer{"aten::adaptive_avg_pool2d", 6},
                                      PublishedLayer{"all", 15}};

std::string printed(const std::optional<double>& value, const char* form = "%.1f") {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, form, *value);
  return text;
}

std::string printedShares(const Published& p) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f; %.1f / %.1f / %.1f", p.mape, p.within1, p.within5, p.within10);
  return text;
}

void printNetworkRows(const std::vector<NetworkLine>& lines) {
  for (const NetworkLine& line : lines) {
    const ErrorSpread& e = line.errors;
    std::printf("| %s | %zu | %s | %s | %s | %s | %s | %s | %s | %s |\n", line.method.c_str(), e.mape.size(),
                line.validation.empty() ? "-" : printSpread(line.validation, 1).c_str(), printSpread(e.mape, 2).c_str(),
                printSpread(e.rmse, 3).c_str(), printSpread(e.within1, 1).c_str(), printSpread(e.within5, 1).c_str(),
                printSpread(e.within10, 1).c_str(), printSpread(e.within25, 1).c_str(),
                line.published ? printedShares(*line.published).c_str() : "-");
  }
}

constexpr const char* kNetworkHead = "| method | seeds | validation MAPE %% | MAPE %% | RMSE ms | ±1 %% | ±5 %% | ±10 %% | ±25 %% | "
                                     "published, GTX 1080 Ti: MAPE; ±1/5/10 |\n"
                                     "|---|---|---|---|---|---|---|---|---|---|\n";

} // namespace

void printHeader(const PaperData& data, const Sizes& s, double scale, const std::string& tokens, int seeds) {
  std::printf("The published method (cobra-2022) on %s at scale %g of its sizes\n\n", data.device.c_str(), scale);
  const auto count = [&](Part part) { return std::ranges::count(data.layers.rows, part, &DatasetRow::part); };
  std::printf("- layers: %td to train, %td to validate, %td to test (published 289,198 to train, 2,460 to test); %zu from files of layers, "
              "%zu only from "
              "inside networks;\n  %zu were removed because they occur in a test network\n",
              count(Part::Train), count(Part::Calibrate), count(Part::Test), data.measuredLayers, data.networkLayers, data.removed);
  std::printf("- networks: %zu / %zu / %zu to train, validate, test (published 1,350 / 150 / 500); %zu distinct operator calls\n",
              data.train.size(), data.validate.size(), data.test.size(), data.snippets.size());
  std::printf("- tokens: %s\n", tokens.c_str());
  std::printf(
      "- encoder: %lld blocks x %lld heads x %lld (512), dropout %g, batch %d (64), %d epochs (200), rate %g x %g each epoch, mask %g\n",
      static_cast<long long>(s.encoder.blocks), static_cast<long long>(s.encoder.heads), static_cast<long long>(s.encoder.width),
      s.encoder.dropout, s.pretraining.batch, s.pretraining.epochs, s.pretraining.rate, s.pretraining.ratePerEpoch, s.pretraining.mask);
  std::printf("- graph networks: %d x %lld (395), BRP-NAS x %lld (520), BRP-NAS++ x %lld (250), %d epochs (1,500), %d seeds (10); "
              "fine-tuning %d epochs\n\n",
              s.graph.layers, static_cast<long long>(s.graph.width), static_cast<long long>(s.brpNasWidth),
              static_cast<long long>(s.brpNasPlusWidth), s.graph.epochs, seeds, s.fineTuneEpochs);
  for (const std::string& note : data.notes) std::printf("- %s\n", note.c_str());
  std::fflush(stdout);
}

void printLayers(const std::vector<LayerLine>& lines, double validation) {
  std::printf("Single layers that were not trained on, MAPE %%; the latency head of the encoder (validation rows: %.1f)\n\n", validation);
  std::printf(
      "| layer | rows | mean | linear | trees | cobra-2022 | RMSE ms | ±1 %% | ±5 %% | ±10 %% | ±25 %% | floor | published, GTX 1080 Ti |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const LayerLine& line : lines) {
    const auto published = std::ranges::find(kPublishedLayers, std::string_view(line.op), &PublishedLayer::op);
    std::printf("| %s | %d | %s | %s | %s | %.1f | %.3f | %.1f | %.1f | %.1f | %.1f | %s | %s |\n", line.op.c_str(), line.own.rows,
                printed(line.mean).c_str(), printed(line.linear).c_str(), printed(line.trees).c_str(), line.own.mape, line.own.rmse,
                line.own.within1, line.own.within5, line.own.within10, line.own.within25, printed(line.floor).c_str(),
                published == kPublishedLayers.end() ? "-" : printed(published->mape, "%g").c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

void printPerplexity(const std::vector<PerplexityLine>& lines, std::size_t rows) {
  std::printf(
      "Perplexity of masked parameter tokens (numbers among the arguments, one masked at a time) on %zu layers that were not trained on.\n"
      "Published: appending the latency halves it\n\n| encoder | bare snippet | latency appended |\n|---|---|---|\n",
      rows);
  for (const PerplexityLine& line : lines) {
    std::printf("| %s | %.3f | %s |\n", line.encoder.c_str(), line.without, line.with > 0 ? printed(line.with, "%.3f").c_str() : "-");
  }
  std::printf("\n");
  std::fflush(stdout);
}

void printNetworks(const std::vector<NetworkLine>& lines, const PaperData& data) {
  std::printf("Whole networks: %zu that were not trained on\n\n", data.test.size());
  std::printf(kNetworkHead);
  printNetworkRows(lines);
  if (data.networkFloor) {
    std::printf("| noise floor, %lld repeats | - | - | %.2f | - | %.1f | %.1f | %.1f | - | - |\n",
                static_cast<long long>(data.networkFloor->pairs), data.networkFloor->mape, data.networkFloor->within1,
                data.networkFloor->within5, data.networkFloor->within10);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void printKinds(const std::vector<NetworkLine>& lines, const PaperData& data) {
  std::map<std::string, std::vector<std::size_t>> kinds;
  for (std::size_t i = 0; i < data.test.size(); ++i) kinds[data.test[i].name.substr(0, data.test[i].name.find(' '))].push_back(i);
  if (kinds.size() < 2) return;
  std::printf("By kind of network, MAPE %%\n\n| method |");
  for (const auto& [kind, which] : kinds) std::printf(" %s (%zu) |", kind.c_str(), which.size());
  std::printf("\n|---|");
  for (std::size_t i = 0; i < kinds.size(); ++i) std::printf("---|");
  std::printf("\n");
  for (const NetworkLine& line : lines) {
    std::printf("| %s |", line.method.c_str());
    for (const auto& [kind, which] : kinds) {
      std::vector<double> predicted, measured;
      for (const std::size_t i : which) {
        predicted.push_back(line.predicted.at(i));
        measured.push_back(data.test[i].ms);
      }
      std::printf(" %.2f |", errorsOf(predicted, measured).mape);
    }
    std::printf("\n");
  }
  std::printf("\n");
}

void printCurveLines(const std::vector<CurveLine>& lines) {
  std::printf("Learning curve of this\n\n| training networks | seeds | MAPE %% | ±5 %% | ±10 %% |\n|---|---|---|---|---|\n");
  for (const CurveLine& line : lines) {
    std::printf("| %zu | %zu | %s | %s | %s |\n", line.networks, line.errors.mape.size(), printSpread(line.errors.mape, 2).c_str(),
                printSpread(line.errors.within5, 1).c_str(), printSpread(line.errors.within10, 1).c_str());
  }
  std::printf("\n");
}

void printAblations(const std::vector<NetworkLine>& lines) {
  std::printf("Ablations, the same networks\n\n");
  std::printf(kNetworkHead);
  printNetworkRows(lines);
  std::fflush(stdout);
}

std::string printEachNetwork(const std::vector<NetworkLine>& lines, const PaperData& data) {
  std::string out = "network\tmeasured ms";
  for (const NetworkLine& line : lines) out += '\t' + line.method;
  out += '\n';
  for (std::size_t i = 0; i < data.test.size(); ++i) {
    out += data.test[i].name + '\t' + printed(data.test[i].ms, "%.6g");
    for (const NetworkLine& line : lines) out += '\t' + printed(line.predicted.at(i), "%.6g");
    out += '\n';
  }
  return out;
}

} // namespace cobra::train::paper
