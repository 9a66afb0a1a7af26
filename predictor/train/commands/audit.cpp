#include "predictor/train/commands/commands.h"

#include "predictor/train/audit.h"
#include "predictor/train/data_options.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace cobra::train {
namespace {

int runAudit(const DataOptions& data) {
  auto read = data.read();
  if (auto* error = std::get_if<RowError>(&read)) return fail(error->sentence);
  auto apart = data.shapesApart();
  if (auto* error = std::get_if<RowError>(&apart)) return fail(error->sentence);
  const Audit found = audit(std::get<Dataset>(read), data.split, std::get<std::set<std::string>>(apart));
  std::fputs(printAudit(found).c_str(), stdout);
  return found.violations.empty() ? 0 : 1;
}

} // namespace

void addAuditCommand(CLI::App& app, int& status) {
  auto data = std::make_shared<DataOptions>();
  auto* command = app.add_subcommand("audit", "Prove that no test row was trained on, by the hashes of snippets and shapes");
  data->addTo(*command);
  command->callback([data, &status] { status = runAudit(*data); });
}

} // namespace cobra::train
