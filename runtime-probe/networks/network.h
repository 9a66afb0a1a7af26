// A network that a sampler made: at once the graph of what LibTorch executes and the C++ that runs it.
//
//   Builder build({DType::Float32, {1, 3, 32, 32}});
//   auto x = build.relu(build.batchNorm(build.conv(build.input(), {.out = 16, .kernel = 3, .padding = 1})));
//   Network network = std::move(build).take("stem", x);
//
// Plain data, no thread rules.
#pragma once

#include "predictor/graph/graph.h"

#include <string>
#include <vector>

namespace cobra::probe {

struct Network {
  std::string name; // what it was drawn from and how to draw it again
  TensorType input;

  /// One operator of the executed view.
  struct Step {
    Call call;
    std::vector<TensorType> outputs;
    std::vector<int> from;       // the steps whose outputs it reads, ascending, no repeats
    std::int64_t parameters = 0; // learned numbers and running statistics among its arguments
    std::int64_t flops = 0, bytes = 0;
  };
  std::vector<Step> steps;

  /// A registered module: `torch::nn::Conv2d conv0`, made by `torch::nn::Conv2d(torch::nn::Conv2dOptions(...))`.
  struct Member {
    std::string type, name, made;
    std::int64_t learned = 0; // running statistics not counted
  };
  std::vector<Member> members;
  std::vector<std::string> statements; // of forward(x), the return last

  std::int64_t learned() const;
  std::int64_t flops() const;
};

/// The executed view, as `cobra graph --executed` gives it for sourceOf() (places and module names left out).
Graph graphOf(const Network& network);
/// A whole program: the class `Net`, and a main() that runs it once.
std::string sourceOf(const Network& network);

} // namespace cobra::probe
