// Variants that write into tensors they are given, and those that write in place.
#include <torch/torch.h>

struct Net : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    auto out = torch::empty({0});
    torch::mm_out(out, x, x.t()); // [[16 8]] [[8 8]]
    torch::add_out(out, out, out, 2); // [[8 8]]
    at::relu_(out); // [[8 8]]
    auto sum = torch::empty({3});
    at::sum_outf(out, {1}, false, c10::nullopt, sum); // [[8]]
    auto values = torch::empty({0}), indices = torch::empty({0}, torch::kLong);
    torch::topk_out(values, indices, x, 4); // [[8 4]]
    auto [best, where] = at::max_out(values, indices, x, 1, true); // [[8 1]]
    auto joined = torch::empty({0});
    torch::cat_out(joined, {x, x}, 1); // [[8 32]]
    return joined.mul_(best.add_(sum.unsqueeze(1))).slice(1, 0, values.size(1) + indices.size(0)); // [[8 1]] [[8 9]]
  }
};
// cobra: Net net; auto x = torch::randn({8, 16}); net.forward(x);
