// Pieces of work, each in a process of its own, so that none takes the others with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace cobra::tool {

struct PoolLimits {
  unsigned jobs = 1;
  double seconds = 120;             // for one piece
  std::uint64_t bytes = 4ull << 30; // of address space for one piece; 0: no limit
};

/// How one piece ended: what it said, or how it died ("it crashed: Segmentation fault").
struct PieceEnd {
  std::size_t index = 0;
  std::string text;
  std::string death; // empty: it ended well
};

/// Runs `work(0)` ... `work(count - 1)` in forked children, `limits.jobs` at a time, and tells `ended` of
/// each on the calling thread, in the order they end. Stops early, and kills what runs, once `*stop` is not
/// 0. The caller must have no other threads. Returns how many ended.
std::size_t runPieces(std::size_t count, const PoolLimits& limits, const std::function<std::string(std::size_t)>& work,
                      const std::function<void(PieceEnd)>& ended, const volatile int* stop);

} // namespace cobra::tool
