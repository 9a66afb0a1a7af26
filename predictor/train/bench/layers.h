// `cobra-train bench layers`: single operators, split by shape.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addLayersBench(CLI::App& bench, int& status);

} // namespace cobra::train
