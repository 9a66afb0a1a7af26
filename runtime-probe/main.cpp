#include "runtime-probe/commands.h"
#include "runtime-probe/session.h"

#include <c10/util/Exception.h>

#include <cstdio>
#include <exception>

namespace {

/// LibTorch warns of deprecated operators; the probe measures those too.
struct NoWarnings final : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

/// The exit code.
int carryOut(int argc, char** argv) {
  using namespace cobra::probe;
  auto parsed = parseOptions(argc, argv);
  if (auto* error = std::get_if<UsageError>(&parsed)) return complain(error->sentence, 2);
  const Options& options = std::get<Options>(parsed);
  if (options.help) {
    std::printf("%s", usage().c_str());
    return 0;
  }
  NoWarnings quiet;
  c10::WarningUtils::WarningHandlerGuard guard(&quiet);
  try {
    switch (options.command) {
    case Command::Layers: return layers(options);
    case Command::Run: return runSnippets(options);
    case Command::Graph: return graphs(options);
    case Command::Noise: return noise(options);
    case Command::Show: return show(options);
    case Command::Merge: return merge(options);
    case Command::Sample: return sample(options);
    case Command::Quick: return quick(options);
    case Command::Import: return importTable(options);
    case Command::Trace: return traceProgram(options);
    }
  } catch (const std::exception& error) {
    return complain(error.what());
  }
  return 2;
}

} // namespace

int main(int argc, char** argv) { return cobra::probe::flushed(carryOut(argc, argv)); }
