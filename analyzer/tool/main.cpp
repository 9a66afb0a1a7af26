// cobra: predicts the latency of C++ deep-learning source without running it.

#include "analyzer/tool/options.h"

#include "llvm/Support/InitLLVM.h"

int main(int argc, char** argv) {
  llvm::InitLLVM init(argc, argv);
  int exit = cobra::tool::ok;
  std::optional<cobra::tool::Options> options = cobra::tool::parseOptions(argc, argv, exit);
  if (!options) return exit;
  switch (options->command) {
  case cobra::tool::Command::Check: return cobra::tool::check(*options);
  case cobra::tool::Command::Graph: return cobra::tool::graph(*options);
  case cobra::tool::Command::Devices: return cobra::tool::devices(*options);
  case cobra::tool::Command::Coverage: return cobra::tool::coverage(*options);
  }
  return cobra::tool::wrongUse;
}
