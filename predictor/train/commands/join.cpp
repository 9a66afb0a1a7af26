#include "predictor/train/commands/commands.h"

#include "predictor/format/file.h"
#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"
#include "predictor/train/evaluate.h"
#include "predictor/train/members.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace cobra::train {
namespace {

class JoinCommand {
public:
  void addTo(CLI::App& command) {
    command.add_option("profiles", profiles_, "Profiles that fit made of the same rows with different --seed")->required();
    command.add_option("--out", out_, "Profile to write (.safetensors)")->required();
    data_.addTo(command);
  }

  int run() {
    std::vector<infer::Model> models;
    for (const std::string& file : profiles_) {
      auto read = readProfile(file);
      if (auto* why = std::get_if<std::string>(&read)) return fail(*why);
      models.push_back(std::get<infer::Model>(std::move(read)));
    }
    auto joined = joinMembers(models);
    if (auto* why = std::get_if<std::string>(&joined)) return fail(*why);
    auto& model = std::get<infer::Model>(joined);
    auto read = data_.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    const auto& dataset = std::get<Dataset>(read);
    std::vector<double> spreads;
    const auto predicted = predictRows(dataset, model, &spreads);
    calibrate(dataset, model, predicted);
    calibrateSpread(dataset, model, spreads);
    model.errors = measureErrors(dataset, model, predicted);
    if (auto why = calibrateTotals(data_, model)) return fail(*why);
    const std::string bytes = infer::printModel(model);
    if (auto error = format::writeFileAtomically(out_, bytes)) return fail(error->sentence);
    printErrors(model);
    std::fprintf(stderr, "wrote %s, %d members, %zu KiB\n", out_.c_str(), model.members, bytes.size() / 1024);
    return 0;
  }

private:
  std::vector<std::string> profiles_;
  std::string out_;
  DataOptions data_;
};

} // namespace

void addJoinCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<JoinCommand>();
  auto* command =
      app.add_subcommand("join", "Make profiles of different seeds the members of one, and calibrate it on the rows they share");
  run->addTo(*command);
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
