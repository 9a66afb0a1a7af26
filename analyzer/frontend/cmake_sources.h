// Which sources the project's own CMake names together with a file, where there is no compile database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cobra {

/// One command of a CMakeLists.txt: its name in lower case and its arguments, quotes and comments taken away.
struct CMakeCommand {
  std::string name;
  std::vector<std::string> arguments;
};

/// Reads any text: what is no command is skipped.
std::vector<CMakeCommand> readCMake(std::string_view text);

/// Absolute paths of the sources of the targets that `file` (absolute) belongs to; of all targets where it belongs to none, as headers
/// do. The CMakeLists.txt of its folder and of up to four above it are asked, nearest first. Variables and globs are followed where they
/// are spelled out in the same file. At most 400.
std::vector<std::string> cmakeSources(const std::string& file);

} // namespace cobra
