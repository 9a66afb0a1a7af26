// `cobra-train bench adapt`: calls on a device from a few of them and a profile of other devices.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addAdaptBench(CLI::App& bench, int& status);

} // namespace cobra::train
