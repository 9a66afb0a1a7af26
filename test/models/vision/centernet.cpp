#include <torch/torch.h>
#include <iostream>
#include <map>
#include <string>

// Objects as points: upsampling decoder with three heads, peak decoding.

typedef std::map<std::string, torch::Tensor> TensorMap;

struct CenterNetImpl : torch::nn::Module {
    CenterNetImpl(std::map<std::string, int> heads, int head_conv = 64) : heads_(heads) {
        encoder = register_module("encoder", torch::nn::Sequential());
        int c = 3;
        for (int i = 0; i < 5; i++) {
            int o = 16 << i;
            encoder->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(c, o, 3).stride(2).padding(1).bias(false)));
            encoder->push_back(torch::nn::BatchNorm2d(o));
            encoder->push_back(torch::nn::ReLU(true));
            c = o;
        }
        inplanes = c;
        deconv_layers = register_module("deconv_layers", make_deconv_layer(3, {128, 64, 64}, {4, 4, 4}));
        for (auto const& head : heads_) {
            torch::nn::Sequential fc(torch::nn::Conv2d(torch::nn::Conv2dOptions(64, head_conv, 3).padding(1).bias(true)), torch::nn::ReLU(true),
                                     torch::nn::Conv2d(torch::nn::Conv2dOptions(head_conv, head.second, 1)));
            if (head.first.find("hm") != std::string::npos) {
                auto last = fc->ptr<torch::nn::Conv2dImpl>(fc->size() - 1);
                last->bias.data().fill_(-2.19);
            }
            head_modules[head.first] = register_module(head.first, fc);
        }
    }

    std::tuple<int, int, int> get_deconv_cfg(int kernel) {
        if (kernel == 4) return std::make_tuple(4, 1, 0);
        if (kernel == 3) return std::make_tuple(3, 1, 1);
        return std::make_tuple(2, 0, 0);
    }

    torch::nn::Sequential make_deconv_layer(int num_layers, std::vector<int> filters, std::vector<int> kernels) {
        torch::nn::Sequential layers;
        for (int i = 0; i < num_layers; ++i) {
            int kernel, padding, output_padding;
            std::tie(kernel, padding, output_padding) = get_deconv_cfg(kernels[i]);
            int planes = filters[i];
            layers->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(inplanes, planes, kernel).stride(2).padding(padding).output_padding(output_padding).bias(false)));
            layers->push_back(torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(planes).momentum(0.1)));
            layers->push_back(torch::nn::ReLU(true));
            inplanes = planes;
        }
        return layers;
    }

    TensorMap forward(torch::Tensor x) {
        x = encoder->forward(x);
        x = deconv_layers->forward(x);
        TensorMap ret;
        for (auto& h : head_modules) ret[h.first] = h.second->forward(x);
        return ret;
    }

    std::map<std::string, int> heads_;
    int inplanes = 64;
    torch::nn::Sequential encoder{nullptr}, deconv_layers{nullptr};
    std::map<std::string, torch::nn::Sequential> head_modules;
};
TORCH_MODULE(CenterNet);

torch::Tensor _gather_feat(torch::Tensor feat, torch::Tensor ind) {
    auto dim = feat.size(2);
    ind = ind.unsqueeze(2).expand({ind.size(0), ind.size(1), dim});
    return feat.gather(1, ind);
}

torch::Tensor _transpose_and_gather_feat(torch::Tensor feat, torch::Tensor ind) {
    feat = feat.permute({0, 2, 3, 1}).contiguous();
    feat = feat.view({feat.size(0), -1, feat.size(3)});
    return _gather_feat(feat, ind);
}

torch::Tensor ctdet_decode(torch::Tensor heat, torch::Tensor wh, torch::Tensor reg, int K = 100) {
    auto batch = heat.size(0), cat = heat.size(1), height = heat.size(2), width = heat.size(3);
    auto hmax = torch::max_pool2d(heat, {3, 3}, {1, 1}, {1, 1});
    auto keep = (hmax == heat).toType(torch::kFloat);
    heat = heat * keep;

    auto topk1 = torch::topk(heat.view({batch, cat, -1}), K);
    auto topk_scores = std::get<0>(topk1), topk_inds = std::get<1>(topk1);
    topk_inds = topk_inds % (height * width);
    auto topk_ys = (topk_inds / width).to(torch::kInt).to(torch::kFloat);
    auto topk_xs = (topk_inds % width).to(torch::kInt).to(torch::kFloat);
    auto [topk_score, topk_ind] = torch::topk(topk_scores.view({batch, -1}), K);
    auto topk_clses = torch::floor_divide(topk_ind, K).to(torch::kInt);
    topk_inds = _gather_feat(topk_inds.view({batch, -1, 1}), topk_ind).view({batch, K});
    topk_ys = _gather_feat(topk_ys.view({batch, -1, 1}), topk_ind).view({batch, K});
    topk_xs = _gather_feat(topk_xs.view({batch, -1, 1}), topk_ind).view({batch, K});

    reg = _transpose_and_gather_feat(reg, topk_inds).view({batch, K, 2});
    auto xs = topk_xs.view({batch, K, 1}) + reg.index({torch::indexing::Slice(), torch::indexing::Slice(), torch::indexing::Slice(0, 1)});
    auto ys = topk_ys.view({batch, K, 1}) + reg.index({torch::indexing::Slice(), torch::indexing::Slice(), torch::indexing::Slice(1, 2)});
    wh = _transpose_and_gather_feat(wh, topk_inds).view({batch, K, 2});
    auto w = wh.slice(2, 0, 1) / 2, h = wh.slice(2, 1, 2) / 2;
    auto bboxes = torch::cat({xs - w, ys - h, xs + w, ys + h}, 2);
    return torch::cat({bboxes, topk_score.view({batch, K, 1}), topk_clses.view({batch, K, 1}).to(torch::kFloat)}, 2);
}

torch::Tensor detect(CenterNet& net, const torch::Tensor& image) {
    torch::NoGradGuard guard;
    auto out = net->forward(image);
    return ctdet_decode(out["hm"].sigmoid_(), out["wh"], out.at("reg"), 40);
}

int main(int argc, char** argv) {
    int classes = 20;
    CenterNet net(std::map<std::string, int>{{"hm", classes}, {"wh", 2}, {"reg", 2}}, 64);
    net->eval();
    auto dets = detect(net, torch::rand({1, 3, 256, 256}));
    std::cout << "detections " << dets.sizes() << std::endl;
}
