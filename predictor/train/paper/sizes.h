// The sizes and settings of the published method, and how they shrink.
#pragma once

#include "predictor/train/paper/encoder.h"
#include "predictor/train/paper/graph_fit.h"
#include "predictor/train/paper/pretraining.h"

namespace cobra::train::paper {

struct Sizes {
  EncoderSizes encoder;
  PretrainingOptions pretraining;
  GraphFitOptions graph; // width: of the network on embeddings
  std::int64_t brpNasWidth = 520, brpNasPlusWidth = 250;
  std::size_t mostLayers = 291658, mostNetworks = 2000;
  int fineTuneEpochs = 30; // not published: 1/50 of the graph network's
};

/// Multiplied by `scale` (0 < scale <= 1): widths (the encoder's to a multiple of its heads, at least 4 a head; others at least 8), entries
/// of a trained vocabulary (at least 512), epochs (at least 1), the encoder's batch (at least 8: fewer rows make
/// fewer steps otherwise), and the most rows that are used. Everything else is as published: blocks,
/// heads, layers, dropout, rates and their fall after each epoch, two networks a step, masks, clipping. scale 1 is the published method.
Sizes sizesAt(double scale);

} // namespace cobra::train::paper
