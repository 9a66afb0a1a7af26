// The plugin's part in one compilation.
#pragma once

#include "clang/AST/ASTConsumer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class CompilerInstance;
}

namespace cobra::plugin {

struct PluginOptions {
  bool warnings = false;             // -fplugin-arg-cobra-as=warning
  std::string device;                // -fplugin-arg-cobra-device=h200
  std::vector<std::string> profiles; // -fplugin-arg-cobra-profile=FILE
};

/// Looks at the finished unit before code generation does, and leaves it as it was.
std::unique_ptr<clang::ASTConsumer> makeConsumer(clang::CompilerInstance& compiler, const PluginOptions& options);

} // namespace cobra::plugin
