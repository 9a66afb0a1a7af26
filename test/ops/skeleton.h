// The text of a new operator's entry and table line, and putting it where it belongs. Needs no LibTorch.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::test {

/// One sentence.
struct SkeletonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// op("...", [](...) -> Answer { ... }, "...")
std::string entrySkeleton(std::string_view schema);
/// "trace [2,3] -> [2,3]"
std::string tableSkeleton(std::string_view schema);

/// Adds both below `root`, a checkout; returns the files that were changed. Throws SkeletonError where one
/// cannot be read or written or is not of the form it should have.
std::vector<std::filesystem::path> addSkeleton(const std::filesystem::path& root, std::string_view schema, const std::string& family);

} // namespace cobra::test
