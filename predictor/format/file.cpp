#include "predictor/format/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include <unistd.h>
#include <zlib.h>

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

std::variant<std::string, FileError> gunzip(std::string_view bytes, std::string_view name, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return FileError{"zlib cannot start to unpack '" + std::string(name) + "'"};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, inflateEnd};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  char block[1 << 16];
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t count = sizeof block - stream.avail_out;
    const bool stuck = count == 0 && stream.avail_in == 0 && status != Z_STREAM_END;
    if ((status != Z_OK && status != Z_STREAM_END) || stuck) {
      return FileError{"'" + std::string(name) + "' is not a whole gzip file: " + (stream.msg ? stream.msg : "it ends early")};
    }
    if (count > limit - text.size()) {
      return FileError{"'" + std::string(name) + "' unpacks to more than " + std::to_string(limit) + " bytes"};
    }
    text.append(block, count);
    if (status == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK) status = Z_OK; // next member
  }
  return text;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, deflateEnd};
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  return packed;
}

} // namespace cobra::format
