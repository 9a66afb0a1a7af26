// Runs work in a copy of the compiler's process.
#pragma once

#include <functional>
#include <string>

namespace cobra::plugin {

/// What `work` returns, run in a forked child with room for deep recursion. The child sees the compiler's
/// memory and cannot change it: not the AST, not a template that would land in the object file. Empty where
/// the child crashed or took longer than `seconds`.
std::string runInChild(const std::function<std::string()>& work, double seconds);

} // namespace cobra::plugin
