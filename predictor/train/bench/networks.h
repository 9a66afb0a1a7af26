// `cobra-train bench networks`: whole networks that were measured, predicted from their calls.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addNetworksBench(CLI::App& bench, int& status);

} // namespace cobra::train
