// `cobra-train bench nasbench201` and `bench fbnet`: whole networks of two closed spaces, as others measured them.
#pragma once

namespace CLI {
class App;
}

namespace cobra::train {

void addPublishedNetworksBenches(CLI::App& bench, int& status);

} // namespace cobra::train
