// cobra: predicts the latency of C++ deep-learning source without running it.

#include "analyzer/tool/memory.h"
#include "analyzer/tool/options.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <unistd.h>

namespace cobra::tool {
namespace {

int run(const Options& options) {
  switch (options.command) {
  case Command::Check: return check(options);
  case Command::Graph: return graph(options);
  case Command::Devices: return devices(options);
  case Command::Coverage: return coverage(options);
  case Command::Adapt:
#ifdef COBRA_ADAPT
    return adaptCommand(options);
#else
    llvm::errs() << "cobra: this build has no Eigen, which adapt needs\n";
    return wrongUse;
#endif
  }
  return wrongUse;
}

} // namespace
} // namespace cobra::tool

int main(int argc, char** argv) {
  cobra::tool::takeMemoryInLargeSteps();
  llvm::InitLLVM init(argc, argv);
  int exit = cobra::tool::ok;
  std::optional<cobra::tool::Options> options = cobra::tool::parseOptions(argc, argv, exit);
  if (!options) return exit;
  exit = cobra::tool::run(*options);
  llvm::outs().flush();
  llvm::errs().flush();
  std::fflush(nullptr);
  // No cleaning up: where Clang crashed and the tool went on, LLVM's own lists hold pointers into what is
  // gone.
  ::_exit(exit);
}
