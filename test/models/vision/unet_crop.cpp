// Two U-shaped networks: without padding, what is handed over is cropped; with padding, what comes up is filled.
#include <torch/torch.h>
#include <iostream>
#include <stack>

// cobra: UNetOriginal net(1, 2, 16, 4); net->eval(); auto x = torch::randn({1, 1, 252, 252}); net->forward(x);

using namespace torch::indexing;

torch::nn::Sequential double_conv(int in, int out, bool pad = false, bool bn = false) {
    torch::nn::Sequential s;
    for (int i = 0; i < 2; i++) {
        s->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(i == 0 ? in : out, out, 3).padding(pad)));
        if (bn) s->push_back(torch::nn::BatchNorm2d(out));
        s->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
    }
    return s;
}

torch::Tensor center_crop(const torch::Tensor& t, int64_t h, int64_t w) {
    int64_t dy = (t.size(2) - h) / 2, dx = (t.size(3) - w) / 2;
    return t.index({Slice(), Slice(), Slice(dy, dy + h), Slice(dx, dx + w)});
}

class UNetOriginalImpl : public torch::nn::Module {
public:
    UNetOriginalImpl(int in_ch, int classes, int base, int depth) {
        for (int i = 0; i < depth; i++) {
            int out = base * (1 << i);
            down.push_back(register_module("down" + std::to_string(i), double_conv(in_ch, out)));
            in_ch = out;
        }
        bottom = register_module("bottom", double_conv(in_ch, in_ch * 2));
        in_ch *= 2;
        for (int i = depth - 1; i >= 0; --i) {
            up.push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(in_ch, in_ch / 2, 2).stride(2)));
            conv.push_back(double_conv(in_ch, in_ch / 2));
            register_module("up" + std::to_string(i), up.back());
            register_module("conv" + std::to_string(i), conv.back());
            in_ch /= 2;
        }
        last = register_module("last", torch::nn::Conv2d(in_ch, classes, 1));
    }

    torch::Tensor forward(torch::Tensor x) {
        std::stack<torch::Tensor> skips;
        for (auto& d : down) {
            x = d->forward(x);
            skips.push(x);
            x = torch::max_pool2d(x, 2);
        }
        x = bottom->forward(x);
        for (size_t i = 0; i < up.size(); ++i) {
            x = up[i]->forward(x);
            auto skip = skips.top();
            skips.pop();
            x = torch::cat({center_crop(skip, x.size(2), x.size(3)), x}, 1);
            x = conv[i]->forward(x);
        }
        return last(x);
    }

    std::vector<torch::nn::Sequential> down, conv;
    std::vector<torch::nn::ConvTranspose2d> up;
    torch::nn::Sequential bottom{nullptr};
    torch::nn::Conv2d last{nullptr};
};
TORCH_MODULE(UNetOriginal);

// ---- padded, so that pictures keep their size; what is missing after doubling is filled with zeros
class RiseImpl : public torch::nn::Module {
public:
    RiseImpl(int from, int to, bool smooth) {
        using namespace torch::nn;
        if (smooth)
            stretch = register_module("stretch", Upsample(UpsampleOptions().scale_factor(std::vector<double>({2, 2})).mode(torch::kBilinear).align_corners(true)));
        else
            learned = register_module("learned", ConvTranspose2d(ConvTranspose2dOptions(from, from / 2, 2).stride(2)));
        mix = register_module("mix", double_conv(from, to, true, true));
    }
    torch::Tensor forward(torch::Tensor low, torch::Tensor beside) {
        low = stretch.is_empty() ? learned->forward(low) : stretch->forward(low);
        std::vector<int64_t> missing;
        for (int64_t d : {3, 2}) {
            const auto n = beside.size(d) - low.size(d);
            missing.insert(missing.end(), {n / 2, n - n / 2});
        }
        low = torch::nn::functional::pad(low, torch::nn::functional::PadFuncOptions(missing));
        return mix->forward(torch::cat({beside, low}, 1));
    }
private:
    torch::nn::Upsample stretch{nullptr};
    torch::nn::ConvTranspose2d learned{nullptr};
    torch::nn::Sequential mix{nullptr};
};
TORCH_MODULE(Rise);

struct PaddedUNet : torch::nn::Module {
    PaddedUNet(int colours, int kinds, bool smooth = false, int depth = 3) {
        int width = 16;
        sink.push_back(register_module("sink0", double_conv(colours, width, true, true)));
        for (int i = 1; i <= depth; i++, width *= 2) {
            const int to = smooth && i == depth ? width : width * 2;
            torch::nn::Sequential s(torch::nn::MaxPool2d(2));
            s->extend(*double_conv(width, to, true, true));
            sink.push_back(register_module("sink" + std::to_string(i), s));
        }
        for (int i = 0; i < depth; i++, width /= 2) {
            const int to = smooth && i + 1 < depth ? width / 4 : width / 2;
            rise.push_back(register_module("rise" + std::to_string(i), Rise(width, to, smooth)));
        }
        name = register_module("name", torch::nn::Conv2d(torch::nn::Conv2dOptions(width, kinds, 1)));
    }
    torch::Tensor forward(torch::Tensor x) {
        std::stack<torch::Tensor> seen;
        for (auto& s : sink) seen.push(x = s->forward(x));
        seen.pop();
        for (auto& r : rise) {
            x = r->forward(x, seen.top());
            seen.pop();
        }
        return torch::sigmoid(name->forward(x));
    }
private:
    std::vector<torch::nn::Sequential> sink;
    std::vector<Rise> rise;
    torch::nn::Conv2d name{nullptr};
};

/// 0 if prediction and truth cover the same, 1 if they have nothing in common.
torch::Tensor overlap_loss(const torch::Tensor& said, const torch::Tensor& truth, float softer = 1.f) {
    auto a = said.reshape(-1), b = truth.contiguous().view(-1);
    auto common = 2. * torch::dot(a, b) + softer, all = a.sum() + b.sum() + softer;
    return 1 - common / all;
}

int main() {
    auto model = std::make_shared<PaddedUNet>(3, 1);
    torch::optim::RMSprop opt(model->parameters(), torch::optim::RMSpropOptions(1e-4).weight_decay(1e-8).momentum(0.9));
    for (int step = 0; step < 2; ++step) {
        auto img = torch::rand({2, 3, 100, 90});
        auto mask = (torch::rand({2, 1, 100, 90}) > 0.5).to(torch::kFloat);
        auto out = model->forward(img);
        auto loss = torch::binary_cross_entropy(out, mask) + overlap_loss(out, mask);
        opt.zero_grad();
        loss.backward();
        opt.step();
        std::cout << "step " << step << " loss " << loss.item<float>() << std::endl;
    }
}
