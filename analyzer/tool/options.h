// The command line of `cobra`, parsed.
#pragma once

#include "analyzer/frontend/frontend.h"

#include <optional>
#include <string>
#include <vector>

namespace cobra::tool {

enum class Format { Text, Json, Dot, Matrix };
enum class Colour { Auto, Always, Never };
enum class Command { Check, Graph, Devices, Coverage, Adapt };

struct Options {
  Command command = Command::Check;
  std::vector<std::string> files;
  FrontendOptions frontend;
  std::string device;                // empty: the settings file's, or the default
  std::vector<std::string> profiles; // folders and files
  Format format = Format::Text;
  Colour colour = Colour::Auto;
  bool quiet = false;
  bool executed = false;
  bool lowerBound = false;
  std::string measured; // a trace to put beside the predictions; empty: none
  unsigned jobs = 0;    // 0: one for each core
  double timeout = 120; // seconds for one file
  std::string samples;  // adapt: measured calls
  unsigned measure = 0; // adapt: calls to measure here; 0: none
  std::string from;     // adapt: a device of the profile to start from
  std::string out;      // adapt: the file to write; empty: the user's own folder
};

/// Exit codes (docs/getting-started.md).
enum Exit : int { ok = 0, broken = 1, wrongUse = 2 };

/// Nothing where there is nothing left to do: the exit code is in `exit` and the reason was printed.
std::optional<Options> parseOptions(int argc, const char* const* argv, int& exit);

int check(const Options& options);
int graph(const Options& options);
int devices(const Options& options);
int coverage(const Options& options);
int adaptCommand(const Options& options);

} // namespace cobra::tool
