#include "predictor/train/commands/commands.h"

#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"
#include "predictor/train/evaluate.h"
#include "predictor/train/fit.h"
#include "predictor/train/members.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cobra::train {
namespace {

struct ParityCommand {
  DataOptions data;
  std::string profile;
  int rows = 2000;

  int runParity() {
    auto read = data.read();
    if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
    auto& dataset = std::get<Dataset>(read);
    auto loaded = readProfile(profile);
    if (auto* why = std::get_if<std::string>(&loaded)) return fail(*why);
    const auto& model = std::get<infer::Model>(loaded);
    const std::size_t stride = std::max<std::size_t>(1, dataset.rows.size() / static_cast<std::size_t>(rows));
    std::vector<DatasetRow> some;
    for (std::size_t i = 0; i < dataset.rows.size(); i += stride) some.push_back(dataset.rows[i]);
    dataset.rows = std::move(some);
    double worst = 0;
    std::size_t compared = 0;
    for (int member = 0; member < model.members; ++member) {
      infer::Model one = memberOf(model, member);
      const auto plain = predictRows(dataset, one);
      std::vector<int> chosen;
      for (std::size_t i = 0; i < plain.size(); ++i) {
        if (!std::isnan(plain[i])) chosen.push_back(static_cast<int>(i));
      }
      if (chosen.empty()) return fail("the profile knows none of these rows");
      const auto logs = networkLogs(dataset, one, chosen);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        worst = std::max(worst, std::abs(plain[static_cast<std::size_t>(chosen[i])] / std::exp(logs[i]) - 1));
      }
      compared += chosen.size();
    }
    constexpr double kAllowed = 1e-4;
    std::printf("largest relative difference between LibTorch and plain C++ over %zu rows: %.2e (allowed %.0e)\n", compared, worst,
                kAllowed);
    return worst <= kAllowed ? 0 : 1;
  }
};

} // namespace

void addParityCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<ParityCommand>();
  auto* command = app.add_subcommand("parity", "Compare LibTorch's results with those of the plain C++ that ships");
  run->data.addTo(*command);
  command->add_option("--profile", run->profile, "Profile")->required();
  command->add_option("--rows", run->rows, "Rows to compare")->capture_default_str()->check(CLI::Range(1, 100000000));
  command->callback([run, &status] { status = run->runParity(); });
}

} // namespace cobra::train
