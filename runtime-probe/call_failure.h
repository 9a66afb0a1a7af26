// Why a call could not be measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cobra::probe {

/// Why a call could not be made or run: one sentence.
struct CallFailure {
  enum class Kind : std::uint8_t {
    UnknownOperator, // nothing here runs it: not LibTorch's dispatcher, nor the library whose call it is
    Argument,        // an argument is open, or cannot be of that parameter
    Memory,          // too large for this device
    Refused,         // LibTorch threw: the sentence is its message; or a library returned a status that is no success
    Preempted,       // measured, but never undisturbed
    Crashed,         // LibTorch ended the process
  };
  Kind kind = Kind::Refused;
  std::string sentence;
};
/// "unknown operator", "argument", "memory", "refused", "preempted", "crashed": as it stands in records.
std::string_view name(CallFailure::Kind kind);

} // namespace cobra::probe
