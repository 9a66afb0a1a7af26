#include "predictor/train/commands/commands.h"

#include "predictor/format/file.h"
#include "predictor/train/commands/shared.h"
#include "predictor/train/data_options.h"
#include "predictor/train/subset.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace cobra::train {
namespace {

struct ExtractCommand {
  std::string profile, out, title;
  std::vector<std::string> devices;

  int run() const {
    auto read = readProfile(profile);
    if (auto* why = std::get_if<std::string>(&read)) return fail(*why);
    auto made = onlyDevices(std::get<infer::Model>(read), devices);
    if (auto* why = std::get_if<std::string>(&made)) return fail(*why);
    auto& model = std::get<infer::Model>(made);
    if (!title.empty()) model.title = title;
    const std::string bytes = infer::printModel(model);
    if (auto error = format::writeFileAtomically(out, bytes)) return fail(error->sentence);
    std::fprintf(stderr, "wrote %s, %zu devices, %zu KiB\n", out.c_str(), model.devices.size(), bytes.size() / 1024);
    return 0;
  }
};

} // namespace

void addExtractCommand(CLI::App& app, int& status) {
  auto run = std::make_shared<ExtractCommand>();
  auto* command = app.add_subcommand("extract", "Make a profile of some devices of another, with the same figures");
  command->add_option("profile", run->profile, "Profile to take them from")->required();
  command->add_option("--device", run->devices, "Devices to keep")->required();
  command->add_option("--out", run->out, "Profile to write (.safetensors)")->required();
  command->add_option("--title", run->title, "Title in the profile, if another");
  command->callback([run, &status] { status = run->run(); });
}

} // namespace cobra::train
