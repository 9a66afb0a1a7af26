// Where a project keeps its own headers, when nobody says: most repositories are opened without a compile
// database.
#pragma once

#include "analyzer/frontend/scan.h"

#include <string>
#include <vector>

namespace cobra {

/// Flags ("-iquote FOLDER", "-IFOLDER") for the headers that `scan` found nowhere and that lie in the project
/// of `file`: below its nearest ancestor with a .git or the outermost with a CMakeLists.txt, at most four
/// folders up. The nearest match wins. Headers of LibTorch and of the system are never looked for. At most
/// 20,000 files are seen.
std::vector<std::string> projectIncludeFlags(const std::string& file, const SourceScan& scan);

} // namespace cobra
