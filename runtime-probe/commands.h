// What cobra-probe does for each of its commands. Each returns the exit code: 0, 1 when something could not
// be measured or written, 2 for a wrong command line, 130 when interrupted.
#pragma once

#include "runtime-probe/options.h"

namespace cobra::probe {

int layers(const Options& options);
int runSnippets(const Options& options);
int graphs(const Options& options);
int noise(const Options& options);
int show(const Options& options);
int merge(const Options& options);
int sample(const Options& options);
int quick(const Options& options);
int importTable(const Options& options);
int traceProgram(const Options& options);

} // namespace cobra::probe
