// LibTorch's wheel holds Gloo's code and none of its headers, and c10d's ProcessGroupGloo.hpp asks for them. It has Gloo's classes only
// behind pointers, so that their names are enough to use it: these files declare those and nothing else.
#pragma once

#include <chrono>

namespace gloo {

class Context {
public:
  void setTimeout(std::chrono::milliseconds timeout);
};

} // namespace gloo
