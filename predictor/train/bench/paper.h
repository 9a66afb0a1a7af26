// `cobra-train bench paper`: the published method (variant cobra-2022) on measured layers and networks.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addPaperBench(CLI::App& bench, int& status);

} // namespace cobra::train
