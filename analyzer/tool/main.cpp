// cobra: predicts the latency of C++ deep-learning source without running it.

#include "analyzer/tool/options.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

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

/// A source is worked on by one thread that is not the main one. glibc would give it a heap of its own, which grows by a page and a system
/// call at a time.
void growMemoryInLargeSteps() {
#ifdef __GLIBC__
  constexpr int mebibyte = 1 << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 4 * mebibyte);
  mallopt(M_TRIM_THRESHOLD, 256 * mebibyte);
  mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);
#endif
}

} // namespace
} // namespace cobra::tool

int main(int argc, char** argv) {
  cobra::tool::growMemoryInLargeSteps();
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
