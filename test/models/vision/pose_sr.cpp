// Stacked hourglass, convolutional pose machine, EDSR, SRGAN, RCAN.
#include <torch/torch.h>
#include <iostream>
#include <vector>

namespace nn = torch::nn;

class Residual : public nn::Module {
public:
    Residual(int numIn, int numOut) : numIn(numIn), numOut(numOut), bn(numIn), conv1(nn::Conv2dOptions(numIn, numOut / 2, 1)), bn1(numOut / 2),
        conv2(nn::Conv2dOptions(numOut / 2, numOut / 2, 3).padding(1)), bn2(numOut / 2), conv3(nn::Conv2dOptions(numOut / 2, numOut, 1)) {
        register_module("bn", bn); register_module("conv1", conv1); register_module("bn1", bn1);
        register_module("conv2", conv2); register_module("bn2", bn2); register_module("conv3", conv3);
        if (numIn != numOut) { conv4 = nn::Conv2d(nn::Conv2dOptions(numIn, numOut, 1)); register_module("conv4", conv4); }
    }
    torch::Tensor forward(torch::Tensor x) {
        auto residual = x;
        auto out = relu(bn(x));
        out = conv1(out);
        out = relu(bn1(out));
        out = conv2(out);
        out = relu(bn2(out));
        out = conv3(out);
        if (numIn != numOut) residual = conv4(x);
        return out + residual;
    }
private:
    int numIn, numOut;
    nn::BatchNorm2d bn; nn::Conv2d conv1; nn::BatchNorm2d bn1; nn::Conv2d conv2; nn::BatchNorm2d bn2; nn::Conv2d conv3; nn::Conv2d conv4{nullptr};
    torch::Tensor relu(torch::Tensor x) { return torch::relu_(x); }
};

class Hourglass : public nn::Module {
public:
    Hourglass(int n, int nModules, int nFeats) : n(n), nModules(nModules) {
        for (int j = 0; j < nModules; j++) up1.push_back(std::make_shared<Residual>(nFeats, nFeats));
        for (int j = 0; j < nModules; j++) low1.push_back(std::make_shared<Residual>(nFeats, nFeats));
        if (n > 1) low2 = std::make_shared<Hourglass>(n - 1, nModules, nFeats);
        else for (int j = 0; j < nModules; j++) low2s.push_back(std::make_shared<Residual>(nFeats, nFeats));
        for (int j = 0; j < nModules; j++) low3.push_back(std::make_shared<Residual>(nFeats, nFeats));
        int k = 0;
        for (auto* list : {&up1, &low1, &low2s, &low3})
            for (auto& m : *list) register_module("res" + std::to_string(k++), m);
        if (low2) register_module("low2", low2);
    }
    torch::Tensor forward(torch::Tensor x) {
        auto u = x;
        for (auto& m : up1) u = m->forward(u);
        auto l = torch::max_pool2d(x, 2, 2);
        for (auto& m : low1) l = m->forward(l);
        if (n > 1) l = low2->forward(l);
        else for (auto& m : low2s) l = m->forward(l);
        for (auto& m : low3) l = m->forward(l);
        return u + nn::functional::interpolate(l, nn::functional::InterpolateFuncOptions().scale_factor(std::vector<double>({2.0, 2.0})).mode(torch::kNearest));
    }
private:
    int n, nModules;
    std::vector<std::shared_ptr<Residual>> up1, low1, low2s, low3;
    std::shared_ptr<Hourglass> low2;
};

class HourglassNet : public nn::Module {
public:
    HourglassNet(int nStack, int nModules, int nFeats, int nOut) : nStack(nStack) {
        conv1 = register_module("conv1", nn::Conv2d(nn::Conv2dOptions(3, nFeats / 2, 7).stride(2).padding(3)));
        bn1 = register_module("bn1", nn::BatchNorm2d(nFeats / 2));
        r1 = register_module("r1", std::make_shared<Residual>(nFeats / 2, nFeats));
        for (int i = 0; i < nStack; i++) {
            std::string id = std::to_string(i);
            hg.push_back(register_module("hourglass" + id, std::make_shared<Hourglass>(3, nModules, nFeats)));
            lin.push_back(register_module("lin" + id, nn::Sequential(nn::Conv2d(nn::Conv2dOptions(nFeats, nFeats, 1)), nn::BatchNorm2d(nFeats), nn::ReLU(nn::ReLUOptions(true)))));
            tmpOut.push_back(register_module("tmpOut" + id, nn::Conv2d(nn::Conv2dOptions(nFeats, nOut, 1))));
            if (i < nStack - 1) {
                ll_.push_back(register_module("ll" + id, nn::Conv2d(nFeats, nFeats, 1)));
                tmpOut_.push_back(register_module("tmpOut_" + id, nn::Conv2d(nOut, nFeats, 1)));
            }
        }
    }
    std::vector<torch::Tensor> forward(torch::Tensor x) {
        x = torch::relu(bn1(conv1(x)));
        x = torch::max_pool2d(r1->forward(x), 2, 2);
        std::vector<torch::Tensor> out;
        for (int i = 0; i < nStack; i++) {
            auto ll = lin[i]->forward(hg[i]->forward(x));
            out.push_back(tmpOut[i](ll));
            if (i < nStack - 1) x = x + ll_[i](ll) + tmpOut_[i](out.back());
        }
        return out;
    }
private:
    int nStack;
    nn::Conv2d conv1{nullptr};
    nn::BatchNorm2d bn1{nullptr};
    std::shared_ptr<Residual> r1;
    std::vector<std::shared_ptr<Hourglass>> hg;
    std::vector<nn::Sequential> lin;
    std::vector<nn::Conv2d> tmpOut, ll_, tmpOut_;
};

torch::Tensor keypoints(const torch::Tensor& heatmaps) {
    auto n = heatmaps.size(0), k = heatmaps.size(1), w = heatmaps.size(3);
    auto flat = heatmaps.reshape({n, k, -1});
    torch::Tensor values, index;
    std::tie(values, index) = flat.max(2);
    auto coords = torch::stack({index % w, torch::div(index, w, "floor")}, 2).to(torch::kFloat32);
    return torch::where(values.unsqueeze(2) > 0, coords, torch::zeros_like(coords));
}

// --------------------------------------------------------------- super resolution
struct EDSRImpl : nn::Module {
    EDSRImpl(int scale, int n_resblocks = 4, int n_feats = 32, double res_scale = 0.1) : res_scale(res_scale) {
        sub_mean = register_module("sub_mean", mean_shift(-1));
        add_mean = register_module("add_mean", mean_shift(1));
        head = register_module("head", conv(3, n_feats));
        for (int i = 0; i < n_resblocks; i++) body->push_back(nn::Sequential(conv(n_feats, n_feats), nn::ReLU(true), conv(n_feats, n_feats)));
        register_module("body", body);
        tail = register_module("tail", nn::Sequential());
        if ((scale & (scale - 1)) == 0) {
            for (int i = 0; i < int(std::log2(scale)); i++) { tail->push_back(conv(n_feats, 4 * n_feats)); tail->push_back(nn::PixelShuffle(2)); }
        } else if (scale == 3) {
            tail->push_back(conv(n_feats, 9 * n_feats)); tail->push_back(nn::PixelShuffle(3));
        } else throw std::runtime_error("NotImplementedError");
        tail->push_back(conv(n_feats, 3));
    }
    static nn::Conv2d conv(int in, int out, int k = 3) { return nn::Conv2d(nn::Conv2dOptions(in, out, k).padding(k / 2)); }
    static nn::Conv2d mean_shift(int sign) {
        nn::Conv2d m(nn::Conv2dOptions(3, 3, 1));
        auto std = torch::ones({3});
        m->weight = torch::eye(3).view({3, 3, 1, 1}) / std.view({3, 1, 1, 1});
        m->bias = sign * 255 * torch::tensor({0.4488, 0.4371, 0.4040}) / std;
        for (auto& p : m->parameters()) p.requires_grad_(false);
        return m;
    }
    torch::Tensor forward(torch::Tensor x) {
        x = sub_mean(x);
        x = head(x);
        auto res = x;
        for (size_t i = 0; i < body->size(); i++) res = body[i]->as<nn::SequentialImpl>()->forward(res).mul(res_scale) + res;
        res += x;
        x = tail->forward(res);
        return add_mean(x);
    }
    double res_scale;
    nn::Conv2d sub_mean{nullptr}, add_mean{nullptr}, head{nullptr};
    nn::ModuleList body;
    nn::Sequential tail{nullptr};
};
TORCH_MODULE(EDSR);

struct SRGenerator : nn::Module {
    nn::Sequential first{nullptr}, trunk, upsample, last{nullptr};
    nn::PReLU act;
    explicit SRGenerator(int scale_factor) {
        int upsample_block_num = int(log(scale_factor) / log(2));
        first = register_module("first", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, 64, 9).padding(4)), nn::PReLU()));
        for (int i = 0; i < 3; ++i) { trunk->push_back(nn::Conv2d(nn::Conv2dOptions(64, 64, 3).padding(1))); trunk->push_back(nn::BatchNorm2d(64)); trunk->push_back(nn::PReLU(nn::PReLUOptions().num_parameters(64))); }
        for (int i = 0; i < upsample_block_num; ++i) { upsample->push_back(nn::Conv2d(nn::Conv2dOptions(64, 256, 3).padding(1))); upsample->push_back(nn::PixelShuffle(nn::PixelShuffleOptions(2))); upsample->push_back(act); }
        register_module("trunk", trunk);
        register_module("upsample", upsample);
        last = register_module("last", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(64, 3, 9).padding(4))));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto b1 = first->forward(x);
        auto b8 = last->forward(upsample->forward(b1 + trunk->forward(b1)));
        return (torch::tanh(b8) + 1) / 2;
    }
};

double psnr(const torch::Tensor& a, const torch::Tensor& b) { return 10 * std::log10(1. / torch::mse_loss(a, b).item<double>()); }
torch::Tensor perceptual_loss(SRGenerator& g, const torch::Tensor& lr, const torch::Tensor& hr) {
    auto sr = g.forward(lr);
    auto tv_h = (sr.slice(2, 1) - sr.slice(2, 0, sr.size(2) - 1)).pow(2).sum();
    auto tv_w = torch::pow(sr.index({"...", torch::indexing::Slice(1, torch::indexing::None)}) - sr.index({"...", torch::indexing::Slice(torch::indexing::None, sr.size(3) - 1)}), 2).sum();
    return torch::mse_loss(sr, hr) + 2e-8 * 2 * (tv_h / (sr.size(1) * (sr.size(2) - 1) * sr.size(3)) + tv_w / (sr.size(1) * sr.size(2) * (sr.size(3) - 1))) / sr.size(0);
}

int main() {
    HourglassNet net(2, 1, 64, 16);
    net.eval();
    auto out = net.forward(torch::rand({1, 3, 256, 256}));
    std::cout << out.back().sizes() << keypoints(out.back()).sizes() << std::endl;
}
