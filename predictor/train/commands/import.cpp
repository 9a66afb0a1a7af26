#include "predictor/train/commands/commands.h"

#include "predictor/format/text_file.h"
#include "predictor/train/data_options.h"
#include "predictor/train/public_data.h"

#include <CLI/CLI.hpp>

namespace cobra::train {

void addImportCommand(CLI::App& app, int& status) {
  auto request = std::make_shared<ImportRequest>();
  auto out = std::make_shared<std::string>();
  auto* command = app.add_subcommand("import-public", "Turn a published table (CSV, gzip) into rows of our own form");
  command->add_option("kind", request->kind, "What the table holds")->required()->check(CLI::IsMember(publicKinds()));
  command->add_option("file", request->file, "The table")->required();
  command->add_option("--device", request->device, "Name of the device, where the table has no such column");
  command->add_option("--out", *out, "Rows to write (.jsonl.gz)")->required();
  command->callback([request, out, &status] {
    auto text = importPublic(*request);
    if (auto* error = std::get_if<RowError>(&text)) {
      status = fail(error->sentence);
    } else if (auto error = replaceText(*out, std::get<std::string>(text))) {
      status = fail(error->sentence);
    }
  });
}

} // namespace cobra::train
