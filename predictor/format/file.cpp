#include "predictor/format/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include <unistd.h>

namespace cobra::format {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

std::string reason() { return std::strerror(errno); }

} // namespace

std::variant<std::string, FileError> readWholeFile(const std::filesystem::path& path, std::size_t limit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return FileError{"'" + path.string() + "' cannot be read: " + (error ? error.message() : "it is not a file")};
  }
  FileHandle file{std::fopen(path.c_str(), "rb")};
  if (!file) return FileError{"'" + path.string() + "' cannot be read: " + reason()};
  std::string bytes;
  char block[1 << 16];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) {
    if (count > limit - bytes.size()) {
      return FileError{"'" + path.string() + "' is larger than the " + std::to_string(limit) + " bytes that are read"};
    }
    bytes.append(block, count);
  }
  if (std::ferror(file.get())) return FileError{"'" + path.string() + "' cannot be read: " + reason()};
  return bytes;
}

std::optional<FileError> writeFileAtomically(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path partial = path;
  partial += ".partial-" + std::to_string(::getpid());
  const auto fail = [&] {
    FileError error{"'" + path.string() + "' cannot be written: " + reason()};
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    return error;
  };
  FileHandle file{std::fopen(partial.c_str(), "wb")};
  if (!file) return fail();
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) return fail();
  if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0) return fail();
  if (std::fclose(file.release()) != 0) return fail();
  if (std::rename(partial.c_str(), path.c_str()) != 0) return fail();
  return std::nullopt;
}

} // namespace cobra::format
