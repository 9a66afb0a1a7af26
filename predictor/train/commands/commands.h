// The commands of cobra-train, one file each. Each reports what went wrong as one sentence on standard error and sets
// `status`: 0 done, 1 the check failed (parity, audit), 2 bad input, 130 interrupted.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addImportCommand(CLI::App& app, int& status);
void addImportNetworksCommand(CLI::App& app, int& status);
void addExtractCommand(CLI::App& app, int& status);
void addFitCommand(CLI::App& app, int& status);
void addAuditCommand(CLI::App& app, int& status);
void addCardCommand(CLI::App& app, int& status);
void addEvalCommand(CLI::App& app, int& status);
void addJoinCommand(CLI::App& app, int& status);
void addParityCommand(CLI::App& app, int& status);

} // namespace cobra::train
