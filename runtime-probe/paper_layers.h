// The layers of the published method (Zbinden et al., 2022): eight kinds, sizes uniform in its ranges, the kinds as
// often as in its data set.
//
//   convolution    115,192   H, W, C_in, C_out in 1..1000, K and S in 1..10 each way, P in 0..10, D in 1..5,
//                            groups = gcd(C_in, C_out)
//   ReLU            64,734   H, W, C in 1..1000; batch norm 38,020 and global average pool 13,934 likewise
//   linear          20,164   C_in, C_out in 1..1000
//   add             10,000   H, W, C in 1..1000, M in 2..10 inputs: a chain of M - 1 additions
//   average pool     3,806   as convolution, without D and groups; maximum pool 2,108
//
// The batch is 1. A sample that LibTorch refuses, that is empty or too large is drawn again, in the same kind.
#pragma once

#include "runtime-probe/collect.h"
#include "runtime-probe/random.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace cobra::probe::paper {

struct Sample {
  Call call;
  std::int64_t times = 1; // in a chain: each run's result is the next one's first argument
};

struct Kind {
  std::string_view name;
  std::int64_t samples; // in the published data set
  Sample (*draw)(Random& random);
};
extern const std::array<Kind, 8> kinds;

struct Limits {
  std::uint64_t seed = 1;
  DType dtype = DType::Float32;
  std::int64_t bytes = 0, flops = 0; // of inputs and outputs; 0: none
};
/// Row `row` of the sequence, as it would be measured.
std::pair<std::size_t, Sample> draw(const Limits& limits, std::int64_t row);

std::unique_ptr<Plan> plan(const Limits& limits, Shard shard);

} // namespace cobra::probe::paper
