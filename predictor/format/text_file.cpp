#include "predictor/format/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#ifdef COBRA_ZLIB
#include <zlib.h>
#endif

#include <unistd.h>

namespace cobra {
namespace {

constexpr std::size_t mostBytes = std::size_t(1) << 30;

TextFileError failed(const std::filesystem::path& file, std::string_view what, int code) {
  return {file.string() + ": " + std::string(what) + ": " + (code ? std::strerror(code) : "the data is damaged")};
}

bool wantsGzip(const std::filesystem::path& file) { return file.extension() == ".gz"; }

#ifdef COBRA_ZLIB
// zlib's own file layer; reading takes plain files as they are, writing with "T" leaves them plain.
struct Handle {
  gzFile file = nullptr;
  static Handle open(const std::filesystem::path& path, bool reading) {
    const char* mode = reading ? "rb" : wantsGzip(path) ? "ab9" : "abT";
    return {gzopen(path.c_str(), mode)};
  }
  int read(char* to, unsigned count) { return gzread(file, to, count); }
  bool endedEarly() { return code() == Z_BUF_ERROR; }
  bool write(const char* from, std::size_t count) {
    return count == 0 || gzwrite(file, from, static_cast<unsigned>(count)) == static_cast<int>(count);
  }
  bool flush() { return gzflush(file, Z_SYNC_FLUSH) == Z_OK; }
  bool close() { return gzclose(std::exchange(file, nullptr)) == Z_OK; }
  int code() {
    int code = 0;
    gzerror(file, &code);
    return code;
  }
};
#else
struct Handle {
  std::FILE* file = nullptr;
  static Handle open(const std::filesystem::path& path, bool reading) {
    if (wantsGzip(path)) {
      errno = ENOTSUP;
      return {};
    }
    return {std::fopen(path.c_str(), reading ? "rb" : "ab")};
  }
  int read(char* to, unsigned count) {
    std::size_t got = std::fread(to, 1, count, file);
    return std::ferror(file) ? -1 : static_cast<int>(got);
  }
  bool endedEarly() { return false; }
  bool write(const char* from, std::size_t count) { return std::fwrite(from, 1, count, file) == count; }
  bool flush() { return std::fflush(file) == 0; }
  bool close() { return std::fclose(std::exchange(file, nullptr)) == 0; }
};
#endif

} // namespace

bool textCompresses() {
#ifdef COBRA_ZLIB
  return true;
#else
  return false;
#endif
}

std::variant<TextRead, TextFileError> readText(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code))
    return code ? failed(file, "cannot be read", code.value()) : TextFileError{file.string() + " is no file"};
  errno = 0;
  Handle handle = Handle::open(file, true);
  if (!handle.file) return failed(file, "cannot be opened", errno);
  TextRead result;
  char buffer[1 << 16];
  int got = 0;
  while ((got = handle.read(buffer, sizeof buffer)) > 0) {
    result.text.append(buffer, static_cast<std::size_t>(got));
    if (result.text.size() > mostBytes) {
      handle.close();
      return TextFileError{file.string() + " holds more than 1 GiB of text"};
    }
  }
  result.torn = handle.endedEarly();
  int reason = errno;
  handle.close();
  if (got < 0 && !result.torn) return failed(file, "cannot be read", reason);
  return result;
}

struct TextAppender::State {
  std::filesystem::path path;
  Handle handle;
  ~State() {
    if (handle.file) handle.close();
  }
};

TextAppender::TextAppender(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextAppender::~TextAppender() = default;
TextAppender::TextAppender(TextAppender&&) noexcept = default;
TextAppender& TextAppender::operator=(TextAppender&&) noexcept = default;

std::variant<TextAppender, TextFileError> TextAppender::open(const std::filesystem::path& file) {
  errno = 0;
  Handle handle = Handle::open(file, false);
  if (!handle.file) return failed(file, "cannot be written", errno);
  return TextAppender(std::unique_ptr<State>(new State{file, handle}));
}

std::optional<TextFileError> TextAppender::write(std::string_view text) {
  errno = 0;
  if (!state_->handle.write(text.data(), text.size())) return failed(state_->path, "cannot be written", errno);
  return std::nullopt;
}

std::optional<TextFileError> TextAppender::flush() {
  errno = 0;
  if (!state_->handle.flush()) return failed(state_->path, "cannot be written", errno);
  return std::nullopt;
}

std::optional<TextFileError> TextAppender::close() {
  if (!state_->handle.file) return std::nullopt;
  errno = 0;
  if (!state_->handle.close()) return failed(state_->path, "cannot be written", errno);
  return std::nullopt;
}

std::optional<TextFileError> replaceText(const std::filesystem::path& file, std::string_view text) {
  // The last extension stays: it says whether to compress.
  std::filesystem::path beside = file;
  std::error_code unknown;
  auto status = std::filesystem::status(file, unknown);
  // What is no file (a pipe, /dev/stdout) is written into, never replaced.
  const bool replace =
      !std::filesystem::exists(status) || std::filesystem::is_regular_file(status) || std::filesystem::is_directory(status);
  if (replace) beside.replace_filename(".partial-" + std::to_string(::getpid()) + "-" + file.filename().string());
  auto opened = TextAppender::open(beside);
  if (auto* error = std::get_if<TextFileError>(&opened)) return *error;
  auto& appender = std::get<TextAppender>(opened);
  std::optional<TextFileError> error = appender.write(text);
  if (auto more = appender.close(); !error) error = more;
  std::error_code code;
  if (!replace) return error;
  if (!error) {
    std::filesystem::rename(beside, file, code);
    if (code) error = failed(file, "cannot be replaced", code.value());
  }
  if (error) std::filesystem::remove(beside, code);
  return error;
}

} // namespace cobra
