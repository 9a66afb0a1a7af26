// -fplugin=libCobra-19.so: remarks with predicted latencies, in any compile. Options:
// -fplugin-arg-cobra-as=warning, -fplugin-arg-cobra-device=NAME, -fplugin-arg-cobra-profile=FILE.

#include "clang-plugin/plugin/consumer.h"

#include "clang/Basic/Version.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"

#include <cstdio>

namespace cobra::plugin {
namespace {

class Action : public clang::PluginASTAction {
protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    // A precompiled header or a module is no program; the file that uses it is looked at.
    if (compiler.getLangOpts().CompilingPCH || compiler.getLangOpts().isCompilingModule()) return std::make_unique<clang::ASTConsumer>();
    return makeConsumer(compiler, options_);
  }

  bool ParseArgs(const clang::CompilerInstance& compiler, const std::vector<std::string>& arguments) override {
    for (llvm::StringRef argument : arguments) {
      auto [name, value] = argument.split('=');
      if (name == "as" && (value == "warning" || value == "remark")) {
        options_.warnings = value == "warning";
      } else if (name == "device" && !value.empty()) {
        options_.device = value.str();
      } else if (name == "profile" && !value.empty()) {
        options_.profiles.push_back(value.str());
      } else {
        clang::DiagnosticsEngine& diagnostics = compiler.getDiagnostics();
        diagnostics.Report(diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                                       "cobra: '%0' is no option; there are as=remark|warning, device=NAME, profile=FILE"))
            << argument;
        return false;
      }
    }
    return true;
  }

  // Alone on the command line it is on, and it looks before code generation frees the AST.
  ActionType getActionType() override { return AddBeforeMainAction; }

private:
  PluginOptions options_;
};

bool fits() {
  const std::string version = clang::getClangFullVersion();
  if (version.find("version " + std::to_string(CLANG_VERSION_MAJOR) + ".") != std::string::npos) return true;
  std::fprintf(stderr, "cobra: this plugin is for Clang %d and this is %s; it stays off\n", CLANG_VERSION_MAJOR, version.c_str());
  return false;
}

struct Registration {
  Registration() {
    if (fits()) static clang::FrontendPluginRegistry::Add<Action> add("cobra", "predicted latency of deep-learning code");
  }
} registration;

} // namespace
} // namespace cobra::plugin
