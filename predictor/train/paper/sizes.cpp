#include "predictor/train/paper/sizes.h"

#include <algorithm>
#include <cmath>

namespace cobra::train::paper {

Sizes sizesAt(double scale) {
  Sizes s;
  const auto shrunk = [&](auto value, auto least) {
    using T = decltype(value);
    return std::max(static_cast<T>(least), static_cast<T>(std::llround(scale * static_cast<double>(value))));
  };
  s.encoder.width = s.encoder.heads * shrunk(s.encoder.width / s.encoder.heads, 4);
  s.encoder.latencyHidden = shrunk(s.encoder.latencyHidden, 8);
  s.encoder.entries = shrunk(s.encoder.entries, 512);
  s.pretraining.batch = shrunk(s.pretraining.batch, 8);
  s.pretraining.epochs = shrunk(s.pretraining.epochs, 1);
  s.graph.width = shrunk(s.graph.width, 8);
  s.graph.epochs = shrunk(s.graph.epochs, 1);
  s.brpNasWidth = shrunk(s.brpNasWidth, 8);
  s.brpNasPlusWidth = shrunk(s.brpNasPlusWidth, 8);
  s.fineTuneEpochs = shrunk(s.fineTuneEpochs, 1);
  s.mostLayers = shrunk(s.mostLayers, 100);
  s.mostNetworks = shrunk(s.mostNetworks, 100);
  return s;
}

} // namespace cobra::train::paper
