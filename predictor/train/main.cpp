// cobra-train: reads measured rows, trains the predictor, writes profiles, prints how good they are.
#include "predictor/train/bench/bench.h"
#include "predictor/train/commands/commands.h"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  CLI::App app{"Trains the latency predictor of COBRA and measures how good it is.", "cobra-train"};
  app.require_subcommand(1);
  int status = 0;
  cobra::train::addImportCommand(app, status);
  cobra::train::addImportNetworksCommand(app, status);
  cobra::train::addExtractCommand(app, status);
  cobra::train::addFitCommand(app, status);
  cobra::train::addAuditCommand(app, status);
  cobra::train::addCardCommand(app, status);
  cobra::train::addEvalCommand(app, status);
  cobra::train::addJoinCommand(app, status);
  cobra::train::addParityCommand(app, status);
  cobra::train::addBenchCommand(app, status);
  CLI11_PARSE(app, argc, argv);
  return status;
}
