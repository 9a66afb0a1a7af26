// Memory that several tensors share: caches written through slices, read again under another name.
#include <torch/torch.h>

struct Cache : torch::nn::Module {
  Cache() : project(register_module("project", torch::nn::Linear(4, 6))), keys(torch::zeros({3, 8, 6})) {}

  torch::Tensor forward(torch::Tensor x, int64_t start) {
    using torch::indexing::Slice;
    const auto n = x.size(0), length = x.size(1);
    auto k = project(x);                                               // [[2 5 6]]
    keys = keys.to(k.device());                                        // [[3 8 6]]
    keys.index_put_({Slice(0, n), Slice(start, start + length)}, k);
    auto seen = keys.index({Slice(0, n), Slice(0, start + length)});   // [[2 8 6]] [[2 7 6]]
    auto scores = torch::matmul(k, seen.transpose(1, 2));              // [[2 5 7]]
    auto best = scores[0][1];
    best.fill_(1);
    auto row = std::get<1>(scores.max(-1))[1][2].item<int64_t>();
    return scores.select(1, row) + k.dtype().itemsize();               // [[2 7]] [[2 7]]
  }

  torch::nn::Linear project;
  torch::Tensor keys;
};

// cobra: Cache net; net.eval(); auto x = torch::randn({2, 5, 4}); net.forward(x, 2);

// ---- grids are views: making them contiguous copies
struct Grid : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    const auto grid = torch::meshgrid({torch::arange(x.size(0)), torch::arange(x.size(1))}, "ij");
    auto columns = grid[1].contiguous(); // [[3 4]]
    return torch::cat({grid[0].contiguous().view({-1, 1}), columns.view({-1, 1})}, 1); // [[3 4]] [[12 1]] [[12 1]] [[12 2]]
  }
};
// cobra: Grid net; auto x = torch::randn({3, 4}); net.forward(x);
