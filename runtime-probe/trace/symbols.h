// From addresses in object files to lines of source, through addr2line or llvm-addr2line.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cobra::probe::trace {

struct SourceLine {
  std::string function, file;
  unsigned line = 0;
};

/// For each address the lines it belongs to: where calls were inlined more than one, innermost first. What has no debug
/// information is left out; everything is where there is no such tool.
std::map<std::uint64_t, std::vector<SourceLine>> linesOf(const std::string& object, const std::set<std::uint64_t>& addresses);

/// False for LibTorch's headers, the C++ library's, and the system's.
bool isUsersFile(const std::string& file);

} // namespace cobra::probe::trace
