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

// ---- what einsum gives lies as its matrix product does
struct Contracted : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    auto weights = torch::einsum("blhe,bshe->bhls", {x, x}).contiguous();    // [[2 3 5 5]]
    auto values = torch::einsum("bhls,bshd->blhd", {weights, x}).contiguous(); // [[2 5 3 4]] [[2 5 3 4]]
    auto turned = torch::einsum("ij,jk->ki", {values.view({30, 4}), values.view({4, 30})}).contiguous(); // [[30 4]] [[4 30]] [[30 30]]
    return torch::einsum("ij,jk->ik", {turned, turned}).contiguous(); // [[30 30]]
  }
};
// cobra: Contracted net; auto x = torch::randn({2, 5, 3, 4}); net.forward(x);

// ---- an optional list that is left empty
struct Doubled : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    x = torch::upsample_nearest2d(x, {}, std::vector<double>{2., 2.}); // [[1 3 8 8]]
    at::OptionalIntArrayRef none, both{torch::IntArrayRef({2, 3})};
    x = x.sum(none.has_value() ? torch::IntArrayRef({1}) : torch::IntArrayRef({0})); // [[3 8 8]]
    return x.sum(both.value().size()); // [[3 8]]
  }
};
// cobra: Doubled net; auto x = torch::randn({1, 3, 4, 4}); net.forward(x);
