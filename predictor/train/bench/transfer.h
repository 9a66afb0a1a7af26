// `cobra-train bench transfer`: networks on a device from a few measurements on it, one device of a table left out at a time.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addTransferBench(CLI::App& bench, int& status);

} // namespace cobra::train
