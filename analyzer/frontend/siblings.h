// Finds the sources that define what a unit's own headers declare, from names alone.
#pragma once

#include "analyzer/frontend/scan.h"

#include <string>
#include <vector>

namespace clang {
class Sema;
}

namespace cobra {

/// Sources beside the project's headers that `scan` reached: the same stem in the same folder, in src/ beside
/// include/, or among `known` (the compile database). Sources with a main() of their own are left out; each
/// found one is scanned too.
std::vector<std::string> siblingSources(SourceScan& scan, const SearchFolders& folders, const std::vector<std::string>& known);

/// "Net::forward" for every function of the project's classes that the unit declares and does not define, at
/// most 100.
std::vector<std::string> undefinedMethods(clang::Sema& sema);

/// Other sources near `scan.own` that define one of `methods`, by text.
std::vector<std::string> definingSources(const std::vector<std::string>& methods, const SourceScan& scan,
                                         const std::vector<std::string>& taken, const std::vector<std::string>& known);

/// A program or tests near `scan.own` that include one of these files, name one of `models` and are not part of the unit yet: where a model
/// of which the unit itself says too little is built and called. At most one with a main().
std::vector<std::string> callingSources(const std::vector<std::string>& models, const SourceScan& scan, const SearchFolders& search,
                                        const std::vector<std::string>& taken, const std::vector<std::string>& known);

} // namespace cobra
