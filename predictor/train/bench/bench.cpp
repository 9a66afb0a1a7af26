#include "predictor/train/bench/bench.h"

#include "predictor/train/bench/adapt.h"
#include "predictor/train/bench/curve.h"
#include "predictor/train/bench/layers.h"
#include "predictor/train/bench/models.h"
#include "predictor/train/bench/networks.h"
#include "predictor/train/bench/paper.h"
#include "predictor/train/bench/published_networks.h"
#include "predictor/train/bench/transfer.h"

#include <CLI/CLI.hpp>

namespace cobra::train {

void addBenchCommand(CLI::App& app, int& status) {
  auto* bench = app.add_subcommand("bench", "Measure accuracy by a published protocol, beside simple baselines and the noise floor");
  bench->require_subcommand(1);
  addCurveBench(*bench, status);
  addLayersBench(*bench, status);
  addModelsBench(*bench, status);
  addNetworksBench(*bench, status);
  addPaperBench(*bench, status);
  addPublishedNetworksBenches(*bench, status);
#ifdef COBRA_ADAPT
  addAdaptBench(*bench, status);
#endif
#ifdef COBRA_TRANSFER
  addTransferBench(*bench, status);
#endif
}

} // namespace cobra::train
