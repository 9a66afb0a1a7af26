// The whole evaluation of the published method, from files of measurements to tables.
#pragma once

#include "predictor/train/nets/whole.h"
#include "predictor/train/paper/report.h"

#include <filesystem>
#include <optional>

namespace cobra::train::paper {

struct ProtocolOptions {
  PaperRequest data;
  Sizes sizes;
  double scale = 0.1;          // that `sizes` came from, for the table
  std::filesystem::path vocab; // BERT's vocab.txt; empty: a vocabulary is trained on the layers that the encoder is trained on
  std::filesystem::path each;  // file for the predictions of every test network; empty: none
  int seeds = 10, fineTuneSeeds = 3;
  int threads = 1;
  bool ablations = true;
  bool published = true;     // false: without the encoder and the graph networks of others, which take hours
  std::vector<double> curve; // numbers of training networks to print the own method for
  WholeOptions own;          // this project's own method
  bool ownApart = true;      // a second time without the calls that occur in test networks
  int ownSeeds = 3;          // 0: leave it out
};

struct NodeFeatures;

class Protocol {
public:
  explicit Protocol(ProtocolOptions options) : options_(std::move(options)) {}
  /// Prints to standard output as results come. What went wrong is one sentence.
  std::optional<std::string> run();

private:
  std::optional<std::string> prepare();
  Encoder trainEncoder(bool latency) const;
  void evaluateLayers(const Encoder& encoder) const;
  NetworkLine total(const std::string& method, const std::vector<double>& predicted, std::optional<Published> published = {}) const;
  /// `encoder`: of the published method, if there is one.
  std::vector<NetworkLine> simpleLines(const Encoder* encoder) const;
  std::optional<std::string> runOwn();
  std::optional<std::string> printCurve() const;
  NetworkLine graphLine(const std::string& method, const GraphData& graphs, std::int64_t width,
                        std::optional<Published> published = {}) const;
  /// Appends the lines of this project's own method.
  std::optional<std::string> ownLines(std::vector<NetworkLine>& lines) const;
  NetworkLine fineTunedLine(const Encoder& encoder) const;
  GraphData embedded(const Encoder& encoder, Adjacency kind) const;
  GraphData described(const NodeFeatures& features) const;

  ProtocolOptions options_;
  PaperData data_;
  std::optional<WordPiece> tokens_;
};

} // namespace cobra::train::paper
