// Where each pixel goes between two pictures: from coarse to fine with comparisons of neighbourhoods, and by refining one field again and again.
#include <torch/torch.h>
#include <cmath>
#include <vector>

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

/// Columns and rows of all pixels: [1, 2, H, W].
Tensor pixels(int64_t h, int64_t w) {
    auto rows = torch::arange(h).view({-1, 1}).repeat({1, w}), columns = torch::arange(w).view({1, -1}).expand({h, w});
    return torch::stack({columns, rows}).unsqueeze(0).to(torch::kFloat);
}

/// Looks `x` up at pixels `at` [N, 2, H, W].
Tensor look_up(const Tensor& x, const Tensor& at) {
    const auto options = F::GridSampleFuncOptions().mode(torch::kBilinear).align_corners(true);
    auto share = [](const Tensor& p, int64_t n) { return 2.0 * p / std::max<int64_t>(n - 1, 1) - 1.0; };
    auto grid = torch::stack({share(at.select(1, 0), x.size(3)), share(at.select(1, 1), x.size(2))}, 3);
    return F::grid_sample(x, grid, options);
}

Tensor moved(const Tensor& x, const Tensor& by) {
    auto at = pixels(x.size(2), x.size(3)) + by;
    auto inside = look_up(torch::ones_like(x), at).gt(0.999).to(x.dtype());
    return look_up(x, at) * inside;
}

/// How alike a pixel of `a` is to those of `b` at most `reach` away: [N, (2 reach + 1)^2, H, W].
Tensor likeness(const Tensor& a, const Tensor& b, int reach) {
    const int n = 2 * reach + 1;
    auto wide = F::pad(b, F::PadFuncOptions({reach, reach, reach, reach}));
    std::vector<Tensor> all;
    for (int k = 0; k < n * n; ++k) {
        auto part = wide.narrow(2, k / n, a.size(2)).narrow(3, k % n, a.size(3));
        all.push_back((a * part).mean(1, /*keepdim=*/true));
    }
    return torch::leaky_relu(torch::cat(all, 1), 0.1);
}

nn::Sequential filter(int from, int to, int step = 1) {
    return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(from, to, 3).stride(step).padding(1)), nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.1)));
}

struct CoarseToFine : nn::Module {
    static constexpr int reach = 2;
    struct Level {
        int width;
        nn::Sequential shrink{nullptr}, guess{nullptr};
        nn::ConvTranspose2d finer{nullptr};
    };
    std::vector<Level> levels;

    CoarseToFine(std::initializer_list<int> widths = {16, 32, 64}) {
        int from = 3;
        for (int w : widths) {
            Level level{w};
            level.shrink = filter(from, w, 2);
            level.shrink->extend(*filter(w, w));
            const bool coarsest = levels.size() + 1 == widths.size();
            level.guess = filter((2 * reach + 1) * (2 * reach + 1) + (coarsest ? 0 : w + 2), 32);
            level.guess->push_back(nn::Conv2d(nn::Conv2dOptions(32, 2, 3).padding(1)));
            level.finer = nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2, 2, 4).stride(2).padding(1));
            const auto id = std::to_string(levels.size());
            register_module("shrink" + id, level.shrink);
            register_module("guess" + id, level.guess);
            register_module("finer" + id, level.finer);
            levels.push_back(level);
            from = w;
        }
    }

    std::vector<Tensor> forward(Tensor first, Tensor second) {
        std::vector<std::pair<Tensor, Tensor>> views;
        for (auto& level : levels) {
            first = level.shrink->forward(first);
            second = level.shrink->forward(second);
            views.emplace_back(first, second);
        }
        std::vector<Tensor> fields;
        Tensor field;
        for (size_t i = levels.size(); i-- > 0;) {
            auto& [a, b] = views[i];
            Tensor known;
            if (field.defined()) {
                const float scale = 20.0f / (1 << (i + 1));
                known = torch::cat({likeness(a, moved(b, field * scale), reach), a, field}, 1);
            } else {
                known = likeness(a, b, reach);
            }
            fields.insert(fields.begin(), levels[i].guess->forward(known));
            field = levels[i].finer->forward(fields.front());
        }
        return fields;
    }
};

// ---- one field, refined by a recurrent unit

struct RememberingImpl : nn::Module {
    RememberingImpl(int state, int input) {
        auto gate = [&](const char* name) { return register_module(name, nn::Conv2d(nn::Conv2dOptions(state + input, state, 3).padding(1))); };
        keep = gate("keep"); reset = gate("reset"); next = gate("next");
    }
    Tensor forward(Tensor state, const Tensor& input) {
        auto both = torch::cat({state, input}, 1);
        auto k = keep(both).sigmoid();
        auto fresh = next(torch::cat({reset(both).sigmoid() * state, input}, 1)).tanh();
        return state + k * (fresh - state);
    }
    nn::Conv2d keep{nullptr}, reset{nullptr}, next{nullptr};
};
TORCH_MODULE(Remembering);

/// All pairs of pixels, at several scales of the second picture.
class AllPairs {
public:
    AllPairs(const Tensor& a, const Tensor& b, int scales, int reach) : reach_(reach) {
        const auto n = a.size(0), h = a.size(2), w = a.size(3);
        auto pairs = torch::bmm(a.flatten(2).transpose(1, 2), b.flatten(2)).div(std::sqrt(float(a.size(1)))).view({n * h * w, 1, h, w});
        while (true) {
            scales_.push_back(pairs);
            if ((int)scales_.size() == scales) break;
            pairs = F::avg_pool2d(pairs, F::AvgPool2dFuncOptions(2).stride(2));
        }
    }
    Tensor operator()(const Tensor& at) const {
        const auto n = at.size(0), h = at.size(2), w = at.size(3), side = int64_t{2 * reach_ + 1};
        auto steps = torch::linspace(-reach_, reach_, side);
        auto around = torch::stack(torch::meshgrid({steps, steps}, "ij")).unsqueeze(0);
        auto middle = at.permute({0, 2, 3, 1}).reshape({n * h * w, 2, 1, 1});
        std::vector<Tensor> seen;
        for (size_t i = 0; i < scales_.size(); i++) {
            auto part = look_up(scales_[i], middle / std::pow(2, i) + around);
            seen.push_back(part.view({n, h, w, side * side}));
        }
        return torch::cat(seen, -1).permute({0, 3, 1, 2}).contiguous();
    }
private:
    int reach_;
    std::vector<Tensor> scales_;
};

struct Refining : nn::Module {
    int state = 32, input = 32, scales = 3, reach = 2;
    nn::Sequential compare{nullptr}, context{nullptr}, motion{nullptr};
    nn::Conv2d change{nullptr}, blend{nullptr};
    Remembering unit{nullptr};
    Refining() {
        auto eye = [](int to) {
            nn::Sequential s(nn::Conv2d(nn::Conv2dOptions(3, 16, 7).stride(2).padding(3)), nn::InstanceNorm2d(16), nn::ReLU());
            for (auto [a, b] : std::vector<std::pair<int, int>>{{16, 32}, {32, to}}) {
                if (a != 16) s->push_back(nn::ReLU());
                s->push_back(nn::Conv2d(nn::Conv2dOptions(a, b, 3).stride(2).padding(1)));
            }
            return s;
        };
        compare = register_module("compare", eye(64));
        context = register_module("context", eye(state + input));
        motion = register_module("motion", nn::Sequential(nn::Conv2d(scales * (2 * reach + 1) * (2 * reach + 1) + 2, 46, 1), nn::ReLU()));
        unit = register_module("unit", Remembering(state, input + 48));
        change = register_module("change", nn::Conv2d(nn::Conv2dOptions(state, 2, 3).padding(1)));
        blend = register_module("blend", nn::Conv2d(state, 9 * 64, 1));
    }
    /// Eight times as large: each pixel is a mixture of nine coarse ones.
    static Tensor enlarged(const Tensor& field, const Tensor& mixture) {
        const auto n = field.size(0), h = field.size(2), w = field.size(3);
        auto weights = torch::softmax(mixture.view({n, 1, 9, 8, 8, h, w}), 2);
        auto nine = F::unfold(field * 8, F::UnfoldFuncOptions({3, 3}).padding(1)).view({n, 2, 9, 1, 1, h, w});
        return (weights * nine).sum(2).permute({0, 1, 4, 2, 5, 3}).reshape({n, 2, 8 * h, 8 * w});
    }
    std::vector<Tensor> forward(Tensor first, Tensor second, int times = 3) {
        for (auto* picture : {&first, &second}) *picture = *picture / 127.5 - 1.0;
        auto both = compare->forward(torch::cat({first, second})).chunk(2, 0);
        AllPairs pairs(both[0], both[1], scales, reach);
        auto parts = context->forward(first).split_with_sizes({state, input}, 1);
        auto memory = parts[0].tanh(), given = parts[1].relu();
        auto start = pixels(memory.size(2), memory.size(3)).repeat({first.size(0), 1, 1, 1}), now = start.clone();
        std::vector<Tensor> fields;
        while ((int)fields.size() < times) {
            now = now.detach();
            auto field = now - start;
            auto moving = motion->forward(torch::cat({pairs(now), field}, 1));
            memory = unit(memory, torch::cat({given, moving, field}, 1));
            now = now + change(memory);
            fields.push_back(enlarged(now - start, .25 * blend(memory)));
        }
        return fields;
    }
};
