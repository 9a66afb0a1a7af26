#include "predictor/train/commands/commands.h"

#include "predictor/format/text_file.h"
#include "predictor/train/data_options.h"
#include "predictor/train/nets/table.h"

#include <CLI/CLI.hpp>

namespace cobra::train {

void addImportNetworksCommand(CLI::App& app, int& status) {
  auto file = std::make_shared<std::string>(), out = std::make_shared<std::string>();
  auto* command = app.add_subcommand("import-networks", "Turn a published table of networks (CSV, gzip) into our own form");
  command->add_option("file", *file, "The table: a column 'arch', the others devices")->required();
  command->add_option("--out", *out, "Table to write (.jsonl.gz)")->required();
  command->callback([file, out, &status] {
    const auto table = importNetworkTable(*file);
    if (const auto* error = std::get_if<RowError>(&table)) {
      status = fail(error->sentence);
    } else if (auto failed = replaceText(*out, printNetworkTable(std::get<NetworkTable>(table)))) {
      status = fail(failed->sentence);
    }
  });
}

} // namespace cobra::train
