// Entries in comments (`// cobra: Net net; net->forward(...);`), compiled behind the end of a unit that Clang has finished.
#pragma once

#include "analyzer/interp/analysis.h"
#include "clang-plugin/plugin/messages.h"

#include <vector>

namespace clang {
class CompilerInstance;
class Sema;
} // namespace clang

namespace cobra::plugin {

struct CompiledEntries {
  std::vector<EntryFunction> entries;
  std::vector<Message> errors; // of those that do not compile
};

/// Finds the entries in the main file and in the project's headers that it read, and defines a function for each. To be called in a
/// child process alone: it reads on with the compiler's own preprocessor and Sema, and leaves them changed.
CompiledEntries compileCommentEntries(clang::CompilerInstance& compiler, clang::Sema& sema);

} // namespace cobra::plugin
