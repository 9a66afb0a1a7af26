// Slices, masks, ellipses, narrow, select, chunk, split, gather; shapes computed from sizes.
#include <torch/torch.h>

using namespace torch::indexing;

struct Indexing : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) {
    auto [b, h, w] = std::tuple{x.size(0), x.size(1), x.size(-1)};
    auto top = x.index({Slice(), Slice(0, h / 2), Slice()});               // [[4 5 12]]
    auto every = x.index({"...", Slice(None, None, 2)});                   // [[4 10 6]]
    auto one = x[0][1];                                                    // [[10 12]] [[12]]
    auto row = x.index({Slice(), -1});                                     // [[4 12]]
    auto added = row.index({Slice(), None, Slice(2, -2)});
    auto picked = x.index_select(1, torch::tensor({0, 2, 4}));
    auto parts = x.chunk(3, 2);                                            // [[4 10 4]]
    auto pieces = x.split({3, 7}, 1);                                      // [[4 3 12]]
    auto unbound = top.unbind(0);
    auto joined = torch::cat({parts[0], parts[2]}, -1);                    // [[4 10 8]]
    auto stacked = torch::stack({unbound[0], unbound[3]}, 1);              // [[5 2 12]]
    auto cut = x.narrow(2, w - 4, 4).select(0, b - 1);                     // [[4 10 4]] [[10 4]]
    auto shifted = x.slice(1, 1, h) - x.slice(1, 0, h - 1);                // [[4 9 12]]
    auto pairwise = (row.unsqueeze(1) * row.unsqueeze(0)).sum(-1);
    auto order = std::get<1>(pairwise.sort(-1));
    auto best = std::get<0>(pairwise.topk(2, 1));
    auto gathered = pairwise.gather(1, order);                             // [[4 4]]
    auto mask = torch::ones({h, h}).triu(1).to(torch::kBool);
    auto scores = torch::zeros({h, h}).masked_fill(mask, -1e9).softmax(-1);
    auto grid = torch::meshgrid({torch::arange(h), torch::arange(w)}, "ij");
    auto where = torch::where(x > 0, x, torch::zeros_like(x));
    x.index_put_({Slice(), 0}, 1.0);
    auto view = where.permute({0, 2, 1}).contiguous().view({b * w, -1});   // [[4 12 10]] [[4 12 10]] [[48 10]]
    return torch::matmul(view, scores).sum() + joined.mean() + stacked.mean() + cut.mean() + shifted.mean() + best.sum() + gathered.sum() +
           one.sum() + added.sum() + picked.sum() + pieces[1].sum() + every.sum() + grid[1].sum();
  }
};

// cobra: Indexing net; net.eval(); auto x = torch::randn({4, 10, 12}); net.forward(x);
