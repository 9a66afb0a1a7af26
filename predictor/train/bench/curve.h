// `cobra-train bench curve`: how the error falls with the number of rows.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addCurveBench(CLI::App& bench, int& status);

} // namespace cobra::train
