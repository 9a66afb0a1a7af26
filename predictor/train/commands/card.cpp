#include "predictor/train/commands/commands.h"

#include "predictor/train/card.h"
#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace cobra::train {

void addCardCommand(CLI::App& app, int& status) {
  auto profile = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("card", "Print the model card of a profile: what it is, how it was trained, how good it is (Markdown)");
  command->add_option("profile", *profile, "Profile")->required();
  command->callback([profile, &status] {
    const auto model = readProfile(*profile);
    if (const auto* why = std::get_if<std::string>(&model)) {
      status = fail(*why);
    } else {
      std::fputs(printCard(std::get<infer::Model>(model)).c_str(), stdout);
    }
  });
}

} // namespace cobra::train
