// Reads the literals of a snippet, each in its one spelling, and stops at the first mistake.
#pragma once

#include "predictor/encode/snippet.h"

#include <optional>
#include <string>
#include <string_view>

namespace cobra {

/// A position in a text, and the first mistake. Every read returns false once something is wrong. One thread.
class SnippetReader {
public:
  explicit SnippetReader(std::string_view text) : text_(text) {}

  bool atEnd() const { return at_ == text_.size(); }
  std::size_t offset() const { return at_; }
  const std::optional<SnippetError>& error() const { return error_; }

  /// Consumes `wanted` if it stands here.
  bool accept(std::string_view wanted);
  /// The same, but its absence is a mistake; `what` says in words what is missing.
  bool expect(std::string_view wanted, std::string_view what);
  /// The characters up to the next of ",()[]='" or the end; not consumed.
  std::string_view peekWord() const;
  std::string_view takeWord();

  bool read(std::int64_t& value);
  bool read(double& value);
  bool read(bool& value);
  bool read(DType& value);
  bool read(TensorType& value);
  bool read(std::string& value);
  /// A LibTorch Scalar: True, 3 or 0.5.
  bool readScalar(Argument& value);

  /// Keeps the first mistake; always false.
  bool fail(std::string sentence, std::size_t offset);
  bool fail(std::string sentence) { return fail(std::move(sentence), at_); }
  /// "expected an integer, found 'x'".
  bool failExpected(std::string_view what);

private:
  bool readEscape(std::string& value);
  bool tooLong(std::string_view word);

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<SnippetError> error_;
};

} // namespace cobra
