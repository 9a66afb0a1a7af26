// Macros of the command line that only the project's own code can mean. Taken out of the flags, they do not
// split the header cache: the targets of one project differ in little else.
#pragma once

#include <string>

namespace clang {
class CompilerInvocation;
}

namespace cobra {

/// Takes `-DMY_OPTION=3` and the like out of `invocation` and gives them as directives; macros that library
/// headers may look at (reserved names, TORCH_*, C10_*, USE_*, ...) stay.
std::string takeProjectMacros(clang::CompilerInvocation& invocation);

} // namespace cobra
