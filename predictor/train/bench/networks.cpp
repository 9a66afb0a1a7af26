#include "predictor/train/bench/networks.h"

#include "predictor/train/data_options.h"
#include "predictor/train/paper/protocol.h"

#include <CLI/CLI.hpp>

namespace cobra::train {
namespace {

struct NetworksBench {
  paper::ProtocolOptions options;

  int run() {
    const auto error = paper::Protocol(options).run();
    return error ? fail(*error) : 0;
  }
};

} // namespace

void addNetworksBench(CLI::App& bench, int& status) {
  auto run = std::make_shared<NetworksBench>();
  auto* command = bench.add_subcommand("networks", "Whole networks that were measured, predicted from their calls; bench paper without the "
                                                   "methods of others that take long, and by kind");
  paper::ProtocolOptions& o = run->options;
  o.published = false;
  command->add_option("--layers", o.data.layerFiles, "Measured layers: files of cobra-probe")->required();
  command->add_option("--networks", o.data.networkFiles, "Measured networks: files of cobra-probe")->required();
  command->add_option("--network-kind", o.data.networkKind, "Use the networks whose names begin so; without: all");
  command->add_option("--operators", o.data.operators, "Use the layers of these operators; without: all");
  command->add_option("--train", o.data.split.train, "Networks to train on: a count, or a share below 1")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--validate", o.data.split.validate, "... to choose settings by")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--test", o.data.split.test, "... to test on")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--seed", o.data.split.seed, "Seed of the splits")->capture_default_str();
  command->add_option("--seeds", o.ownSeeds, "Trainings, from seed 0 on")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--steps", o.own.calls.steps, "Steps on calls")->capture_default_str()->check(CLI::Range(1, 1000000));
  command->add_option("--total-steps", o.own.totals.steps, "Steps on whole networks after them")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  command->add_flag("!--no-apart", o.ownApart, "Leave out the training without the calls of test networks");
  command->add_option("--curve", o.curve, "Print the error after training on these numbers of networks, too")
      ->check(CLI::Range(2, 1000000));
  command->add_option("--each", o.each, "Write every test network's measured and predicted times to this file (tab-separated)");
  command->add_option("--threads", o.threads, "Threads")->capture_default_str()->check(CLI::Range(1, 1024));
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
