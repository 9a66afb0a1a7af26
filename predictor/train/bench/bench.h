// `cobra-train bench NAME`: one command for each table of docs/accuracy.md. Each prints, in one run, our figures beside the mean, a
// linear regression, boosted trees and the noise floor or ceiling, for several seeds.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

/// The group itself, with everything below it.
void addBenchCommand(CLI::App& app, int& status);

} // namespace cobra::train
