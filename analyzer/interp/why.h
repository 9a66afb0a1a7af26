// Why something is not known: a place, one sentence, and the reason behind it. A diagnostic is a walk along these.
#pragma once

#include "clang/Basic/SourceLocation.h"

#include <memory>
#include <string>
#include <utility>

namespace cobra::interp {

struct Why;
using WhyRef = std::shared_ptr<const Why>;

struct Why {
  clang::SourceRange at;
  std::string sentence; // without a full stop
  WhyRef because;       // may be null
  bool wrong = false;   // true: the program would throw here
};

inline WhyRef why(clang::SourceRange at, std::string sentence, WhyRef because = nullptr) {
  return std::make_shared<const Why>(Why{at, std::move(sentence), std::move(because), false});
}

} // namespace cobra::interp
