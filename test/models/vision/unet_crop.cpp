// The U-Net of 2015 (no padding, crops) and the one everybody uses (padding, bilinear or transposed).
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

class UpImpl : public torch::nn::Module {
public:
    UpImpl(int in_channels, int out_channels, bool bilinear) : bilinear_(bilinear) {
        if (bilinear) {
            up_sample = torch::nn::Upsample(torch::nn::UpsampleOptions().scale_factor(std::vector<double>({2, 2})).mode(torch::kBilinear).align_corners(true));
            conv = double_conv(in_channels, out_channels, true, true);
            register_module("up", up_sample);
        } else {
            up_conv = torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(in_channels, in_channels / 2, 2).stride(2));
            conv = double_conv(in_channels, out_channels, true, true);
            register_module("up", up_conv);
        }
        register_module("conv", conv);
    }
    torch::Tensor forward(torch::Tensor x1, torch::Tensor x2) {
        x1 = bilinear_ ? up_sample->forward(x1) : up_conv->forward(x1);
        auto diffY = x2.size(2) - x1.size(2);
        auto diffX = x2.size(3) - x1.size(3);
        x1 = torch::nn::functional::pad(x1, torch::nn::functional::PadFuncOptions({diffX / 2, diffX - diffX / 2, diffY / 2, diffY - diffY / 2}));
        return conv->forward(torch::cat({x2, x1}, 1));
    }
private:
    bool bilinear_;
    torch::nn::Upsample up_sample{nullptr};
    torch::nn::ConvTranspose2d up_conv{nullptr};
    torch::nn::Sequential conv{nullptr};
};
TORCH_MODULE(Up);

struct UNet : torch::nn::Module {
    UNet(int n_channels, int n_classes, bool bilinear = false) {
        inc = register_module("inc", double_conv(n_channels, 16, true, true));
        int factor = bilinear ? 2 : 1;
        down1 = register_module("down1", down(16, 32));
        down2 = register_module("down2", down(32, 64));
        down3 = register_module("down3", down(64, 128 / factor));
        up1 = register_module("up1", Up(128, 64 / factor, bilinear));
        up2 = register_module("up2", Up(64, 32 / factor, bilinear));
        up3 = register_module("up3", Up(32, 16, bilinear));
        outc = register_module("outc", torch::nn::Conv2d(torch::nn::Conv2dOptions(16, n_classes, 1)));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto x1 = inc->forward(x);
        auto x2 = down1->forward(x1);
        auto x3 = down2->forward(x2);
        auto x4 = down3->forward(x3);
        x = up1->forward(x4, x3);
        x = up2->forward(x, x2);
        x = up3->forward(x, x1);
        return torch::sigmoid(outc->forward(x));
    }
private:
    static torch::nn::Sequential down(int in, int out) {
        auto s = double_conv(in, out, true, true);
        torch::nn::Sequential r(torch::nn::MaxPool2d(2));
        r->extend(*s);
        return r;
    }
    torch::nn::Sequential inc{nullptr}, down1{nullptr}, down2{nullptr}, down3{nullptr};
    Up up1{nullptr}, up2{nullptr}, up3{nullptr};
    torch::nn::Conv2d outc{nullptr};
};

torch::Tensor dice_loss(const torch::Tensor& pred, const torch::Tensor& target, float smooth = 1.f) {
    auto iflat = pred.contiguous().view(-1);
    auto tflat = target.contiguous().view(-1);
    auto intersection = (iflat * tflat).sum();
    return 1 - ((2. * intersection + smooth) / (iflat.sum() + tflat.sum() + smooth));
}

int main() {
    auto model = std::make_shared<UNet>(3, 1);
    torch::optim::RMSprop opt(model->parameters(), torch::optim::RMSpropOptions(1e-4).weight_decay(1e-8).momentum(0.9));
    for (int step = 0; step < 2; ++step) {
        auto img = torch::rand({2, 3, 100, 90});
        auto mask = (torch::rand({2, 1, 100, 90}) > 0.5).to(torch::kFloat);
        auto out = model->forward(img);
        auto loss = torch::binary_cross_entropy(out, mask) + dice_loss(out, mask);
        opt.zero_grad();
        loss.backward();
        opt.step();
        std::cout << "step " << step << " loss " << loss.item<float>() << std::endl;
    }
}
