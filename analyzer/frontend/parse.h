// Parses one unit with Clang and hands the finished Sema on. Bodies of library functions are skipped, the
// project's are kept; library headers come precompiled from the cache, and the first run that needs a set of
// them leaves it there.
#pragma once

#include "analyzer/frontend/command.h"
#include "analyzer/frontend/header_cache.h"
#include "predictor/graph/graph.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clang {
class CompilerInvocation;
class Sema;
} // namespace clang

namespace cobra {

struct SourceError {
  SourceRange at; // file "<cobra entry 1>" for the first entry
  std::string message;
};

enum class CacheUse { None, Hit, Built };

struct ParseOutcome {
  bool parsed = false;                        // the callback was called
  bool finished = false;                      // and came back
  std::string failure;                        // otherwise: one sentence
  std::vector<SourceError> errors;            // the first few of each file
  std::map<std::string, unsigned> errorCount; // by file
  CacheUse cache = CacheUse::None;
  std::vector<std::string> standins; // headers of CUDA and cuDNN that are not installed: the tool's own were read
};

struct ParseRequest {
  std::string file;                 // absolute
  std::string text;                 // its content and what is appended to it
  std::vector<std::string> headers; // precompiledSet()
  bool leak = false;                // the process ends soon: do not spend time on giving memory back
};

/// The invocation for `file`, or null with a sentence in `why`. LibTorch's folders count as system folders in
/// it.
std::shared_ptr<clang::CompilerInvocation> makeInvocation(const CompileCommand& command, const std::string& file,
                                                          const std::vector<std::string>& extraIncludes, std::string& why);

/// Calls `finished` once with the Sema of the whole unit, errors or not. A crash of the parser is an outcome,
/// not a crash. The callback must not keep anything of the AST. One call at a time on a thread.
ParseOutcome parse(const clang::CompilerInvocation& invocation, const ParseRequest& request, const HeaderCache& cache,
                   const std::function<void(clang::Sema&)>& finished);

} // namespace cobra
