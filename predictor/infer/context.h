// What surrounds a call while a whole network runs, and what it does to its time.
//
// A call that is run again and again finds its tensors in the cache. Inside a network its weights were last read a whole forward pass
// ago, and what the pass touched in between has pushed them out: the same call takes longer in a large network than in a small one.
#pragma once

#include "predictor/graph/graph.h"
#include "predictor/infer/physics.h"

#include <array>

namespace cobra::infer {

inline constexpr int kContext = 4;

/// All zero: the call runs alone. Inside a network 1, and how far the network's footprint has gone from 1 to 4 MiB, from 4 to 16, from 16
/// to 64, each in logarithms from 0 to 1.
using Context = std::array<float, kContext>;

/// Bytes of weights and results that one forward pass touches. Views touch none.
double touchedBytes(const CallFeatures& features);
/// The context of the calls of a network that touches so many bytes; 0 and less: alone.
Context contextOf(double footprint);

/// True if the call hands back its input without copying it.
bool isView(const ops::Operator& op);

} // namespace cobra::infer
