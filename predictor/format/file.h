// Whole files in and out. Writing is atomic: a reader sees the old file or the new one, never a part.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cobra::format {

struct FileError {
  std::string sentence; // with the path and the system's reason
};

/// Reads at most `limit` bytes; a longer file, a folder or a device is an error.
std::variant<std::string, FileError> readWholeFile(const std::filesystem::path& file, std::size_t limit);
/// Writes `<file>.partial-<pid>` in the same folder, flushes it to disk and renames it.
std::optional<FileError> writeFileAtomically(const std::filesystem::path& file, std::string_view bytes);

} // namespace cobra::format
