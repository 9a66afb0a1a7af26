// A hash that is the same on every machine and in every version of the program: splits and checkpoints rest on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cobra::train {

/// FNV-1a over everything added, then one round of splitmix64.
class Hash {
public:
  explicit Hash(std::uint64_t seed = 0) : state_(0xcbf29ce484222325U ^ seed) {}

  void add(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) byte((value >> shift) & 0xff);
  }
  std::uint64_t value() const {
    std::uint64_t h = state_ + 0x9e3779b97f4a7c15U;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
    return h ^ (h >> 31);
  }
  /// The same as 16 digits.
  std::string hex() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(value() >> shift) & 0xf];
    return text;
  }

private:
  void byte(std::uint64_t b) { state_ = (state_ ^ b) * 0x100000001b3U; }
  std::uint64_t state_;
};

} // namespace cobra::train
