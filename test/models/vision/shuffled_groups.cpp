#include <torch/torch.h>
#include <cassert>
#include <iostream>

/* Half of the channels pass untouched, the other half through a thin bottleneck; then both are interleaved. */
// cobra: MixedNet net(std::vector<int64_t>{4, 8, 4}, std::vector<int64_t>{24, 48, 96, 192, 1024}, 100); net->eval(); auto x = torch::rand({1, 3, 112, 112}); net->forward(x);

torch::Tensor interleave(torch::Tensor x, int64_t parts) {
    auto n = x.sizes();
    auto batch = n[0], rows = n[2], columns = n[3];
    x = x.view({batch, parts, n[1] / parts, rows, columns});
    return torch::transpose(x, 1, 2).contiguous().view({batch, -1, rows, columns});
}

enum Kind { POINT, DEPTH };

static void add(torch::nn::Sequential &s, Kind kind, int64_t from, int64_t to, int64_t step = 1) {
    torch::nn::Conv2dOptions o(from, to, kind == POINT ? 1 : 3);
    o = o.stride(step).bias(false);
    if (kind == DEPTH) o = o.padding(1).groups(from);
    s->push_back(torch::nn::Conv2d(o));
    s->push_back(torch::nn::BatchNorm2d(to));
    if (kind == POINT) s->push_back(torch::nn::Functional(torch::relu));
}

struct SplitUnitImpl : torch::nn::Module {
    torch::nn::Sequential left, right;

    SplitUnitImpl(int64_t from, int64_t to, bool halve) {
        if (to % 2) {
            std::cerr << "an even number of channels, please" << std::endl;
            assert(false);
        }
        assert(halve || from == to);
        const auto half = to >> 1;
        if (halve) {
            add(left, DEPTH, from, from, 2);
            add(left, POINT, from, half);
        }
        add(right, POINT, halve ? from : half, half);
        add(right, DEPTH, half, half, halve ? 2 : 1);
        add(right, POINT, half, half);
        if (!left->is_empty()) register_module("left", left);
        register_module("right", right);
    }

    torch::Tensor forward(torch::Tensor x) {
        torch::Tensor a = x, b = x;
        if (left->is_empty()) {
            auto halves = x.chunk(2, 1);
            a = halves[0], b = halves[1];
        } else
            a = left->forward(x);
        return ::interleave(torch::cat({a, right->forward(b)}, 1), 2);
    }
};
TORCH_MODULE(SplitUnit);

struct MixedNetImpl : torch::nn::Module {
    torch::nn::Sequential stem, coarse, medium, fine, last;
    torch::nn::Linear scores{nullptr};

    MixedNetImpl(const std::vector<int64_t> &repeats, const std::vector<int64_t> &widths, int64_t classes = 1000) {
        TORCH_CHECK(repeats.size() == 3, "three levels, not ", repeats.size());
        if (widths.size() != 5) throw std::runtime_error("five widths are needed");
        stem->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, widths[0], 3).stride(2).padding(1).bias(false)));
        stem->push_back(torch::nn::BatchNorm2d(widths[0]));
        stem->push_back(torch::nn::Functional(torch::relu));

        // copies of a holder are the same module
        std::vector<torch::nn::Sequential> levels = {coarse, medium, fine};
        for (size_t i = 0; i < levels.size(); ++i)
            for (int64_t k = 0; k < repeats[i]; ++k) levels[i]->push_back(SplitUnit(k ? widths[i + 1] : widths[i], widths[i + 1], k == 0));
        add(last, POINT, widths[3], widths.back());
        scores = torch::nn::Linear(widths.back(), classes);
        register_module("stem", stem);
        register_module("coarse", coarse);
        register_module("medium", medium);
        register_module("fine", fine);
        register_module("last", last);
        register_module("scores", scores);
    }

    torch::Tensor forward(torch::Tensor x) {
        x = torch::max_pool2d(stem->forward(x), 3, 2, 1);
        x = fine->forward(medium->forward(coarse->forward(x)));
        return scores->forward(last->forward(x).mean({2, 3}));
    }
};
TORCH_MODULE(MixedNet);

struct SmallMixedNetImpl : MixedNetImpl {
    explicit SmallMixedNetImpl(int64_t classes = 1000) : MixedNetImpl({4, 8, 4}, {24, 48, 96, 192, 1024}, classes) {}
};
TORCH_MODULE(SmallMixedNet);
