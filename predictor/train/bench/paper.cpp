#include "predictor/train/bench/paper.h"

#include "predictor/train/data_options.h"
#include "predictor/train/paper/protocol.h"

#include <CLI/CLI.hpp>

namespace cobra::train {
namespace {

/// Options of the command line; what is not given follows from the scale.
struct PaperBench {
  paper::ProtocolOptions options;
  std::optional<int> batch, epochs, graphEpochs, fineTuneEpochs;
  std::optional<std::int64_t> width, graphWidth;
  std::optional<double> dropout, rate, ratePerEpoch;
  std::uint64_t seed = 0;
  bool allOperators = false;

  int run() {
    paper::Sizes sizes = paper::sizesAt(options.scale);
    const auto take = [](const auto& from, auto& to) {
      if (from) to = *from;
    };
    take(epochs, sizes.pretraining.epochs);
    take(batch, sizes.pretraining.batch);
    take(rate, sizes.pretraining.rate);
    take(ratePerEpoch, sizes.pretraining.ratePerEpoch);
    take(width, sizes.encoder.width);
    take(dropout, sizes.encoder.dropout);
    take(graphEpochs, sizes.graph.epochs);
    take(graphWidth, sizes.graph.width);
    take(fineTuneEpochs, sizes.fineTuneEpochs);
    if (sizes.encoder.width % sizes.encoder.heads != 0) {
      return fail("--width " + std::to_string(sizes.encoder.width) + " is not a multiple of the " + std::to_string(sizes.encoder.heads) +
                  " heads");
    }
    sizes.pretraining.seed = options.data.split.seed = seed;
    options.sizes = sizes;
    options.data.mostLayers = sizes.mostLayers;
    options.data.mostNetworks = sizes.mostNetworks;
    if (!allOperators) options.data.operators = paper::paperOperators();
    const auto error = paper::Protocol(options).run();
    return error ? fail(*error) : 0;
  }
};

} // namespace

void addPaperBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<PaperBench>();
  auto* command =
      bench.add_subcommand("paper", "The published method (cobra-2022), its baselines and ablations, beside the published figures");
  paper::ProtocolOptions& o = run->options;
  o.data.networkKind = "cobra-2022";
  command->add_option("--layers", o.data.layerFiles, "Measured layers: files of cobra-probe")->required();
  command->add_option("--networks", o.data.networkFiles, "Measured networks: files of cobra-probe")->required();
  command->add_option("--network-kind", o.data.networkKind, "Use the networks whose names begin so; \"\" for all")->capture_default_str();
  command->add_flag("--layers-of-networks", o.data.layersOfNetworks,
                    "Operators inside networks that are neither tested nor validated are layers to train on, too");
  command->add_flag("--all-operators", run->allOperators, "Layers of all operators, not only of the eight published kinds");
  command->add_option("--train", o.data.split.train, "Networks to train on: a count, or a share below 1")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--validate", o.data.split.validate, "... to choose weights by")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--test", o.data.split.test, "... to test on")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--layer-test", o.data.layerTest, "Share of the layers to test on")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 0.9));
  command->add_option("--seed", run->seed, "Seed of the splits and of the encoder")->capture_default_str();
  command->add_option("--seeds", o.seeds, "Trainings of each graph network, from seed 0 on")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--own-seeds", o.ownSeeds, "... of this project's own method; 0: leave it out")
      ->capture_default_str()
      ->check(CLI::Range(0, 100));
  command->add_option("--own-steps", o.own.calls.steps, "Steps of its training on calls")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  command->add_option("--fine-tune-seeds", o.fineTuneSeeds, "... of the one with a learning encoder; 0: leave it out")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command->add_option("--scale", o.scale, "Share of the published widths, epochs and rows (sizes.h has the rules)")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1.0));
  command->add_option("--width", run->width, "Width of the encoder")->check(CLI::Range(16, 4096));
  command->add_option("--batch", run->batch, "Layers in a step of pre-training")->check(CLI::Range(1, 4096));
  command->add_option("--epochs", run->epochs, "Epochs of pre-training")->check(CLI::Range(1, 100000));
  command->add_option("--dropout", run->dropout, "Dropout of the encoder")->check(CLI::Range(0.0, 0.9));
  command->add_option("--rate", run->rate, "Rate of pre-training")->check(CLI::Range(1e-7, 1.0));
  command->add_option("--rate-per-epoch", run->ratePerEpoch, "Factor of the rate after each epoch")->check(CLI::Range(0.01, 1.0));
  command->add_option("--graph-width", run->graphWidth, "Width of the graph network on embeddings")->check(CLI::Range(1, 4096));
  command->add_option("--graph-epochs", run->graphEpochs, "Epochs of the graph networks")->check(CLI::Range(1, 1000000));
  command->add_option("--fine-tune-epochs", run->fineTuneEpochs, "Epochs with a learning encoder")->check(CLI::Range(1, 1000000));
  command->add_option("--vocab", o.vocab, "vocab.txt of BERT; without it a vocabulary is trained");
  command->add_option("--each", o.each, "Write every test network's measured and predicted times to this file (tab-separated)");
  command->add_flag("!--no-ablations", o.ablations, "Leave the ablations out");
  command->add_option("--threads", o.threads, "Threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
