// A parsed JSON document, read strictly: every value knows where it stands, and the first thing that is not
// as it should be is one sentence with that place. Used by the graph reader alone.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cobra {

/// What stops the reader; never leaves readJson.
struct Refusal {
  std::string sentence;
};

/// Longest document in bytes; deepest nesting; longest string apart from snippets, in bytes.
inline constexpr std::size_t maxDocumentBytes = std::size_t{64} << 20;
inline constexpr int maxDocumentDepth = 16;
inline constexpr std::size_t maxStringBytes = 4096;

/// Parses one document; repeated keys, deep nesting and trailing text are refused.
nlohmann::json parseDocument(std::string_view text);

/// One value and its place. Refers to the document and to the item it was taken from, which must live longer.
class Item {
public:
  explicit Item(const nlohmann::json& document) : json_(&document) {}

  const nlohmann::json& json() const { return *json_; }
  /// "nodes[3].inputs[1]"; "the document" for the outermost value.
  std::string place() const;
  [[noreturn]] void refuse(const std::string& sentence) const;

  /// Refuses anything but an object with no other keys than these.
  void onlyKeys(std::initializer_list<std::string_view> keys) const;
  Item at(std::string_view key) const&;
  Item at(std::string_view key) const&& = delete;
  std::optional<Item> find(std::string_view key) const&;
  std::optional<Item> find(std::string_view key) const&& = delete;

  /// The number of elements; refuses anything but an array.
  std::size_t size() const;
  Item operator[](std::size_t index) const&;
  Item operator[](std::size_t index) const&& = delete;

  /// Text without control characters.
  const std::string& text(std::size_t longest = maxStringBytes) const;
  /// An integer from 0 to INT64_MAX.
  std::int64_t count() const;
  /// 0 .. 2^31-1.
  unsigned position() const;
  /// Milliseconds: a finite number, not negative.
  double milliseconds() const;
  bool flag() const;

private:
  Item(const nlohmann::json& json, const Item& parent, std::string_view key, std::size_t index)
      : json_(&json), parent_(&parent), key_(key), index_(index) {}

  const nlohmann::json* json_;
  const Item* parent_ = nullptr;
  std::string_view key_; // empty: an element, at index_
  std::size_t index_ = 0;
};

} // namespace cobra
