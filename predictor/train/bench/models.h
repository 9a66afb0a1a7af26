// `cobra-train bench models`: whole models as the analyzer reads them from source, measured (cobra-probe graph) against predicted.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addModelsBench(CLI::App& bench, int& status);

} // namespace cobra::train
