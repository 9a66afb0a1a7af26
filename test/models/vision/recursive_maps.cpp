// Modules that contain modules of their own kind, for maps of joints; and enlargers of pictures by rearranged channels.
#include <torch/torch.h>
#include <cmath>
#include <iostream>
#include <vector>

namespace nn = torch::nn;

static nn::Conv2d filter(int from, int to, int side = 3) { return nn::Conv2d(nn::Conv2dOptions(from, to, side).padding(side / 2)); }

class Refine : public nn::Module {
public:
    Refine(int from, int to) : first(from), narrow(filter(from, to / 2, 1)), second(to / 2), look(filter(to / 2, to / 2)), third(to / 2), widen(filter(to / 2, to, 1)) {
        const char* names[] = {"first", "narrow", "second", "look", "third", "widen"};
        nn::Module* parts[] = {first.get(), narrow.get(), second.get(), look.get(), third.get(), widen.get()};
        for (int i = 0; i < 6; i++) register_module(names[i], parts[i]->shared_from_this());
        if (from != to) register_module("fit", fit = filter(from, to, 1));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto y = narrow(cut(first(x)));
        y = look(cut(second(y)));
        y = widen(cut(third(y)));
        return y + (fit ? fit(x) : x);
    }
private:
    static torch::Tensor cut(torch::Tensor x) { return torch::relu_(x); }
    nn::BatchNorm2d first; nn::Conv2d narrow; nn::BatchNorm2d second; nn::Conv2d look; nn::BatchNorm2d third; nn::Conv2d widen, fit{nullptr};
};

/// Keeps a full-size look, and adds one that was halved, looked at by a smaller hourglass, and doubled.
class Hourglass : public nn::Module {
public:
    Hourglass(int levels, int width) {
        for (auto** part : {&beside, &before, &after}) *part = add(new Refine(width, width));
        if (levels > 1) smaller = register_module("smaller", std::make_shared<Hourglass>(levels - 1, width));
        else inmost = add(new Refine(width, width));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto half = before->forward(torch::max_pool2d(x, 2, 2));
        half = smaller ? smaller->forward(half) : inmost->forward(half);
        half = after->forward(half);
        namespace F = nn::functional;
        return beside->forward(x) + F::interpolate(half, F::InterpolateFuncOptions().scale_factor(std::vector<double>({2.0, 2.0})).mode(torch::kNearest));
    }
private:
    Refine* add(Refine* raw) {
        register_module("part" + std::to_string(children().size()), std::shared_ptr<Refine>(raw));
        return raw;
    }
    Refine *beside, *before, *after, *inmost = nullptr;
    std::shared_ptr<Hourglass> smaller;
};

class JointMaps : public nn::Module {
public:
    JointMaps(int stacks, int width, int joints) {
        begin = register_module("begin", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, width / 2, 7).stride(2).padding(3)), nn::BatchNorm2d(width / 2), nn::ReLU(), Refine(width / 2, width), nn::MaxPool2d(2)));
        for (int i = 0; i < stacks; i++) {
            Stack s;
            s.look = std::make_shared<Hourglass>(3, width);
            s.sum_up = nn::Sequential(filter(width, width, 1), nn::BatchNorm2d(width), nn::ReLU(nn::ReLUOptions(true)));
            s.say = filter(width, joints, 1);
            const auto id = std::to_string(i);
            register_module("look" + id, s.look);
            register_module("sum_up" + id, s.sum_up);
            register_module("say" + id, s.say);
            if (i + 1 < stacks) {
                s.remember = register_module("remember" + id, filter(width, width, 1));
                s.recall = register_module("recall" + id, filter(joints, width, 1));
            }
            all.push_back(s);
        }
    }
    std::vector<torch::Tensor> forward(torch::Tensor x) {
        x = begin->forward(x);
        std::vector<torch::Tensor> said;
        for (auto& s : all) {
            auto y = s.sum_up->forward(s.look->forward(x));
            said.push_back(s.say(y));
            if (s.remember) x = x + s.remember(y) + s.recall(said.back());
        }
        return said;
    }
private:
    struct Stack {
        std::shared_ptr<Hourglass> look;
        nn::Sequential sum_up{nullptr};
        nn::Conv2d say{nullptr}, remember{nullptr}, recall{nullptr};
    };
    nn::Sequential begin{nullptr};
    std::vector<Stack> all;
};

/// Column and row of the highest place of each map, 0 where nothing is above 0: [N, K, 2].
torch::Tensor summits(const torch::Tensor& maps) {
    torch::Tensor height, place;
    std::tie(height, place) = maps.flatten(2).max(2);
    const auto columns = maps.size(3);
    auto at = torch::stack({place % columns, torch::div(place, columns, "floor")}, 2).to(torch::kFloat32);
    return torch::where(height.unsqueeze(2) > 0, at, torch::zeros_like(at));
}

// ---- enlargers

struct EnlargerImpl : nn::Module {
    EnlargerImpl(int times, int blocks = 4, int width = 32, double share = 0.1) : share(share) {
        less = register_module("less", shifted(-1));
        more = register_module("more", shifted(1));
        head = register_module("head", filter(3, width));
        for (int i = 0; i < blocks; i++) body->push_back(nn::Sequential(filter(width, width), nn::ReLU(true), filter(width, width)));
        register_module("body", body);
        tail = register_module("tail", nn::Sequential());
        for (int left = times; left > 1;) {
            const int step = left % 3 == 0 ? 3 : 2;
            if (left % step) throw std::runtime_error("by 2 and 3 only");
            tail->push_back(filter(width, step * step * width));
            tail->push_back(nn::PixelShuffle(step));
            left /= step;
        }
        tail->push_back(filter(width, 3));
    }
    // a fixed change of the level of each colour
    static nn::Conv2d shifted(int sign) {
        nn::Conv2d c(nn::Conv2dOptions(3, 3, 1));
        c->weight = torch::eye(3).view({3, 3, 1, 1});
        c->bias = sign * 255 * torch::tensor({0.45, 0.44, 0.4});
        for (auto& p : c->parameters()) p.requires_grad_(false);
        return c;
    }
    torch::Tensor forward(torch::Tensor x) {
        x = head(less(x));
        auto y = x;
        for (size_t i = 0; i < body->size(); i++) y = y + body[i]->as<nn::SequentialImpl>()->forward(y).mul(share);
        y += x;
        return more(tail->forward(y));
    }
    double share;
    nn::Conv2d less{nullptr}, more{nullptr}, head{nullptr};
    nn::ModuleList body;
    nn::Sequential tail{nullptr};
};
TORCH_MODULE(Enlarger);

struct SharpEnlarger : nn::Module {
    nn::Sequential begin{nullptr}, middle, doubled, end{nullptr};
    nn::PReLU shared; // the same in all steps
    explicit SharpEnlarger(int times) {
        begin = register_module("begin", nn::Sequential(filter(3, 64, 9), nn::PReLU()));
        for (int i = 0; i < 3; ++i) { middle->push_back(filter(64, 64)); middle->push_back(nn::BatchNorm2d(64)); middle->push_back(nn::PReLU(nn::PReLUOptions().num_parameters(64))); }
        for (int i = 0; i < int(std::log2(times)); ++i) { doubled->push_back(filter(64, 256)); doubled->push_back(nn::PixelShuffle(nn::PixelShuffleOptions(2))); doubled->push_back(shared); }
        register_module("middle", middle);
        register_module("doubled", doubled);
        end = register_module("end", nn::Sequential(filter(64, 3, 9), nn::Tanh()));
    }
    torch::Tensor forward(torch::Tensor x) {
        x = begin->forward(x);
        return end->forward(doubled->forward(middle->forward(x) + x)).add(1).div(2);
    }
};

torch::Tensor enlarging_loss(SharpEnlarger& net, const torch::Tensor& small, const torch::Tensor& large) {
    using namespace torch::indexing;
    auto y = net.forward(small);
    auto down = y.slice(2, 1) - y.slice(2, 0, y.size(2) - 1);
    auto right = y.index({"...", Slice(1, None)}) - y.index({"...", Slice(None, y.size(3) - 1)});
    return torch::mse_loss(y, large) + 1e-6 * (down.pow(2).mean() + torch::pow(right, 2).mean());
}
double decibels(const torch::Tensor& a, const torch::Tensor& b) { return -10 * std::log10(torch::mse_loss(a, b).item<double>()); }

int main() {
    JointMaps net(2, 64, 16);
    net.eval();
    auto maps = net.forward(torch::rand({1, 3, 256, 256})).back();
    std::cout << maps.sizes() << summits(maps).sizes() << std::endl;
    std::cout << decibels(maps, torch::zeros_like(maps)) << " dB\n";
}
