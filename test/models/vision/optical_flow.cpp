// Optical flow: PWC-Net cost volumes with warping, and the recurrent updates of RAFT.
#include <torch/torch.h>
#include <cmath>
#include <vector>

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

Tensor warp(const Tensor& x, const Tensor& flow) {
    auto B = x.size(0), H = x.size(2), W = x.size(3);
    auto xx = torch::arange(0, W).view({1, -1}).repeat({H, 1});
    auto yy = torch::arange(0, H).view({-1, 1}).repeat({1, W});
    xx = xx.view({1, 1, H, W}).repeat({B, 1, 1, 1});
    yy = yy.view({1, 1, H, W}).repeat({B, 1, 1, 1});
    auto grid = torch::cat({xx, yy}, 1).to(torch::kFloat);
    auto vgrid = grid + flow;
    auto gx = 2.0 * vgrid.select(1, 0) / std::max<int64_t>(W - 1, 1) - 1.0;
    auto gy = 2.0 * vgrid.select(1, 1) / std::max<int64_t>(H - 1, 1) - 1.0;
    vgrid = torch::stack({gx, gy}, 3);
    auto output = F::grid_sample(x, vgrid, F::GridSampleFuncOptions().align_corners(true));
    auto mask = F::grid_sample(torch::ones_like(x), vgrid, F::GridSampleFuncOptions().align_corners(true));
    mask = (mask > 0.9999).to(x.dtype());
    return output * mask;
}

Tensor correlate(const Tensor& a, const Tensor& b, int d) {
    auto padded = F::pad(b, F::PadFuncOptions({d, d, d, d}));
    std::vector<Tensor> costs;
    for (int dy = 0; dy <= 2 * d; ++dy)
        for (int dx = 0; dx <= 2 * d; ++dx) {
            auto shifted = padded.narrow(2, dy, a.size(2)).narrow(3, dx, a.size(3));
            costs.push_back((a * shifted).mean(1, /*keepdim=*/true));
        }
    return torch::leaky_relu(torch::cat(costs, 1), 0.1);
}

nn::Sequential conv(int in, int out, int k = 3, int s = 1, int d = 1) {
    return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, out, k).stride(s).padding(((k - 1) * d) / 2).dilation(d)), nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.1)));
}

struct PWCNet : nn::Module {
    static constexpr int md = 2;
    std::vector<int> chn{16, 32, 64};
    std::vector<nn::Sequential> pyramid;
    std::vector<nn::Sequential> est;
    std::vector<nn::Conv2d> predict;
    std::vector<nn::ConvTranspose2d> deconv;

    PWCNet() {
        int in = 3;
        for (size_t l = 0; l < chn.size(); ++l) {
            auto s = conv(in, chn[l], 3, 2);
            s->extend(*conv(chn[l], chn[l]));
            pyramid.push_back(register_module("pyramid" + std::to_string(l), s));
            in = chn[l];
        }
        const int nd = (2 * md + 1) * (2 * md + 1);
        for (size_t l = chn.size(); l-- > 0;) {
            const int od = l + 1 == chn.size() ? nd : nd + chn[l] + 2;
            est.push_back(register_module("est" + std::to_string(l), conv(od, 32)));
            predict.push_back(register_module("predict" + std::to_string(l), nn::Conv2d(nn::Conv2dOptions(32, 2, 3).padding(1))));
            deconv.push_back(register_module("deconv" + std::to_string(l), nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2, 2, 4).stride(2).padding(1))));
        }
    }

    std::vector<Tensor> forward(Tensor im1, Tensor im2) {
        std::vector<Tensor> c1, c2, flows;
        for (auto& level : pyramid) {
            im1 = level->forward(im1);
            im2 = level->forward(im2);
            c1.push_back(im1);
            c2.push_back(im2);
        }
        Tensor up_flow;
        for (size_t k = 0; k < est.size(); ++k) {
            const size_t l = chn.size() - 1 - k;
            Tensor x;
            if (!up_flow.defined()) {
                x = correlate(c1[l], c2[l], md);
            } else {
                const float scale = 20.0f / (1 << (l + 1));
                auto corr = correlate(c1[l], warp(c2[l], up_flow * scale), md);
                x = torch::cat({corr, c1[l], up_flow}, 1);
            }
            auto flow = predict[k](est[k]->forward(x));
            flows.insert(flows.begin(), flow);
            up_flow = deconv[k](flow);
        }
        return flows;
    }
};

// ---------------------------------------------------------------------------- RAFT
struct ConvGRUImpl : nn::Module {
    ConvGRUImpl(int hidden, int input) {
        auto c = [&](const char* n) { return register_module(n, nn::Conv2d(nn::Conv2dOptions(hidden + input, hidden, 3).padding(1))); };
        convz = c("convz"); convr = c("convr"); convq = c("convq");
    }
    Tensor forward(Tensor h, const Tensor& x) {
        auto hx = torch::cat({h, x}, 1);
        auto z = torch::sigmoid(convz(hx));
        auto r = torch::sigmoid(convr(hx));
        auto q = torch::tanh(convq(torch::cat({r * h, x}, 1)));
        return (1 - z) * h + z * q;
    }
    nn::Conv2d convz{nullptr}, convr{nullptr}, convq{nullptr};
};
TORCH_MODULE(ConvGRU);

class CorrBlock {
public:
    CorrBlock(const Tensor& f1, const Tensor& f2, int levels, int radius) : radius(radius) {
        auto b = f1.size(0), d = f1.size(1), h = f1.size(2), w = f1.size(3);
        auto corr = torch::matmul(f1.view({b, d, h * w}).transpose(1, 2), f2.view({b, d, h * w})) / std::sqrt(float(d));
        corr = corr.view({b * h * w, 1, h, w});
        pyramid.push_back(corr);
        for (int i = 0; i < levels - 1; i++) {
            corr = F::avg_pool2d(corr, F::AvgPool2dFuncOptions(2).stride(2));
            pyramid.push_back(corr);
        }
    }
    Tensor operator()(Tensor coords) const {
        coords = coords.permute({0, 2, 3, 1});
        auto b = coords.size(0), h = coords.size(1), w = coords.size(2);
        std::vector<Tensor> out;
        for (size_t i = 0; i < pyramid.size(); i++) {
            auto dx = torch::linspace(-radius, radius, 2 * radius + 1), dy = dx.clone();
            auto delta = torch::stack(torch::meshgrid({dy, dx}, "ij"), -1);
            auto centroid = coords.reshape({b * h * w, 1, 1, 2}) / std::pow(2, i);
            auto at = centroid + delta.view({1, 2 * radius + 1, 2 * radius + 1, 2});
            out.push_back(sample(pyramid[i], at).view({b, h, w, -1}));
        }
        return torch::cat(out, -1).permute({0, 3, 1, 2}).contiguous();
    }
private:
    static Tensor sample(const Tensor& img, const Tensor& coords) {
        auto H = img.size(-2), W = img.size(-1);
        auto xy = coords.split(1, -1);
        auto grid = torch::cat({2 * xy[0] / (W - 1) - 1, 2 * xy[1] / (H - 1) - 1}, -1);
        return F::grid_sample(img, grid, F::GridSampleFuncOptions().align_corners(true));
    }
    int radius;
    std::vector<Tensor> pyramid;
};

struct RAFT : nn::Module {
    int hdim = 32, cdim = 32, levels = 3, radius = 2;
    nn::Sequential fnet, cnet, motion, head, mask;
    ConvGRU gru{nullptr};
    RAFT() {
        auto encoder = [](int out) {
            return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, 16, 7).stride(2).padding(3)), nn::InstanceNorm2d(16), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).stride(2).padding(1)), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(32, out, 3).stride(2).padding(1)));
        };
        fnet = register_module("fnet", encoder(64));
        cnet = register_module("cnet", encoder(hdim + cdim));
        const int cor = levels * (2 * radius + 1) * (2 * radius + 1);
        motion = register_module("motion", nn::Sequential(nn::Conv2d(cor + 2, 46, 1), nn::ReLU()));
        gru = register_module("gru", ConvGRU(hdim, cdim + 48));
        head = register_module("head", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(hdim, 2, 3).padding(1))));
        mask = register_module("mask", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(hdim, 64 * 9, 1))));
    }
    static Tensor coords_grid(int64_t b, int64_t h, int64_t w) {
        auto g = torch::meshgrid({torch::arange(h), torch::arange(w)}, "ij");
        return torch::stack({g[1], g[0]}, 0).to(torch::kFloat).unsqueeze(0).repeat({b, 1, 1, 1});
    }
    Tensor upsample_flow(const Tensor& flow, Tensor m) {
        auto N = flow.size(0), H = flow.size(2), W = flow.size(3);
        m = m.view({N, 1, 9, 8, 8, H, W});
        m = torch::softmax(m, 2);
        auto up = F::unfold(8 * flow, F::UnfoldFuncOptions({3, 3}).padding(1));
        up = up.view({N, 2, 9, 1, 1, H, W});
        up = torch::sum(m * up, 2);
        up = up.permute({0, 1, 4, 2, 5, 3});
        return up.reshape({N, 2, 8 * H, 8 * W});
    }
    std::vector<Tensor> forward(Tensor image1, Tensor image2, int iters = 3) {
        image1 = 2 * (image1 / 255.0) - 1.0;
        image2 = 2 * (image2 / 255.0) - 1.0;
        auto both = fnet->forward(torch::cat({image1, image2}, 0)).chunk(2, 0);
        CorrBlock corr_fn(both[0], both[1], levels, radius);
        auto ctx = cnet->forward(image1).split_with_sizes({hdim, cdim}, 1);
        auto net = torch::tanh(ctx[0]), inp = torch::relu(ctx[1]);
        auto coords0 = coords_grid(image1.size(0), net.size(2), net.size(3));
        auto coords1 = coords0.clone();
        std::vector<Tensor> predictions;
        for (int itr = 0; itr < iters; itr++) {
            coords1 = coords1.detach();
            auto corr = corr_fn(coords1);
            auto flow = coords1 - coords0;
            auto mot = torch::cat({motion->forward(torch::cat({corr, flow}, 1)), flow}, 1);
            net = gru(net, torch::cat({inp, mot}, 1));
            coords1 = coords1 + head->forward(net);
            predictions.push_back(upsample_flow(coords1 - coords0, .25 * mask->forward(net)));
        }
        return predictions;
    }
};
