// Which files of a tree are worth reading as units of their own.
#pragma once

#include <string>
#include <vector>

namespace cobra::tool {

/// Files as they are named, folders walked (hidden ones, build trees and links to folders are passed over),
/// sorted, each once. Of a folder's headers only those that no other file of it includes: the others are read
/// with what includes them.
std::vector<std::string> sourceFiles(const std::vector<std::string>& paths);

} // namespace cobra::tool
