// Growing text files, gzip by their name (.gz) where the build has zlib, plain otherwise. What flush() has
// written survives the end of the process; a file that was cut off reads up to the cut.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cobra {

/// One sentence that names the file.
struct TextFileError {
  std::string sentence;
};

struct TextRead {
  std::string text;
  bool torn = false; // the compressed stream ends before its end mark
};
std::variant<TextRead, TextFileError> readText(const std::filesystem::path& file);

class TextAppender {
public:
  /// Appends to `file`, or makes it.
  static std::variant<TextAppender, TextFileError> open(const std::filesystem::path& file);
  ~TextAppender();
  TextAppender(TextAppender&&) noexcept;
  TextAppender& operator=(TextAppender&&) noexcept;

  std::optional<TextFileError> write(std::string_view text);
  std::optional<TextFileError> flush();
  std::optional<TextFileError> close();

private:
  struct State;
  explicit TextAppender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Replaces a file in one step: readers see the old one or the new one.
std::optional<TextFileError> replaceText(const std::filesystem::path& file, std::string_view text);

/// True if this build knows gzip.
bool textCompresses();

} // namespace cobra
