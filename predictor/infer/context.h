// What surrounds a call while a whole network runs, and what it does to its time.
//
// A call that is run again and again finds its tensors in the cache. Inside a network its weights were last read a whole forward pass
// ago, and what the pass touched in between has pushed them out: the same call takes longer in a large network than in a small one.
// Models of format 4 may read fewer of the numbers, always the first.
#pragma once

#include "predictor/graph/graph.h"
#include "predictor/infer/physics.h"

#include <array>

namespace cobra::infer {

inline constexpr int kContext = 8;

/// All zero: the call runs alone. Inside a network 1; how far the network's footprint has gone from 1 to 4 MiB, from 4 to 16, from 16
/// to 64; and how far its work has gone from 1/8 to 1/4 ms, to 1/2, to 1, and from 1 to 4: each in logarithms from 0 to 1. In a short pass
/// the processor remembers the branches of the pass before, and a pooling for a maximum takes half the time.
using Context = std::array<float, kContext>;

/// What one forward pass of a network does, summed over its calls.
struct Surroundings {
  double bytes = 0; // of weights and results that are touched; views touch none
  double ms = 0;    // work: 2 us a call, 40 GFLOP/s in products and 4 GFLOP/s elsewhere. A measure of length, of no device
  void add(const CallFeatures& features);
  bool operator==(const Surroundings&) const = default;
};
/// The context of the calls of such a network; nothing in it: alone.
Context contextOf(const Surroundings& around);

/// True if the call hands back its input without copying it.
bool isView(const ops::Operator& op);

} // namespace cobra::infer
