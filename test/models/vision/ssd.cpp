#include <torch/torch.h>
#include <iostream>
#include <cmath>
using namespace torch;

// VOC configuration
struct SSDConfig {
    std::vector<int> feature_maps = {38, 19, 10, 5, 3, 1};
    int min_dim = 300;
    std::vector<int> steps = {8, 16, 32, 64, 100, 300};
    std::vector<int> min_sizes = {30, 60, 111, 162, 213, 264};
    std::vector<int> max_sizes = {60, 111, 162, 213, 264, 315};
    std::vector<std::vector<int>> aspect_ratios = {{2}, {2, 3}, {2, 3}, {2, 3}, {2}, {2}};
    std::vector<float> variance = {0.1f, 0.2f};
    bool clip = true;
};

const std::vector<int> base = {64, 64, -1, 128, 128, -1, 256, 256, 256, -2, 512, 512, 512, -1, 512, 512, 512};
const std::vector<int> extras_cfg = {256, 'S', 512, 128, 'S', 256, 128, 256, 128, 256};
const std::vector<int> mbox = {4, 6, 6, 6, 4, 4};

class PriorBox {
public:
    PriorBox(const SSDConfig& cfg) : cfg(cfg) {}
    Tensor forward() {
        std::vector<float> mean;
        for (size_t k = 0; k < cfg.feature_maps.size(); k++) {
            int f = cfg.feature_maps[k];
            for (int i = 0; i < f; i++)
                for (int j = 0; j < f; j++) {
                    float f_k = cfg.min_dim / (float)cfg.steps[k];
                    float cx = (j + 0.5f) / f_k;
                    float cy = (i + 0.5f) / f_k;
                    float s_k = cfg.min_sizes[k] / (float)cfg.min_dim;
                    mean.insert(mean.end(), {cx, cy, s_k, s_k});
                    float s_k_prime = std::sqrt(s_k * (cfg.max_sizes[k] / (float)cfg.min_dim));
                    mean.insert(mean.end(), {cx, cy, s_k_prime, s_k_prime});
                    for (int ar : cfg.aspect_ratios[k]) {
                        float r = std::sqrt((float)ar);
                        mean.push_back(cx); mean.push_back(cy); mean.push_back(s_k * r); mean.push_back(s_k / r);
                        mean.push_back(cx); mean.push_back(cy); mean.push_back(s_k / r); mean.push_back(s_k * r);
                    }
                }
        }
        auto output = torch::from_blob(mean.data(), {(int64_t)mean.size() / 4, 4}).clone();
        if (cfg.clip) output.clamp_(0, 1);
        return output;
    }
private:
    SSDConfig cfg;
};

class L2NormImpl : public nn::Module {
public:
    L2NormImpl(int n_channels, float scale) : eps(1e-10) {
        weight = register_parameter("weight", torch::full({n_channels}, scale));
    }
    Tensor forward(Tensor x) {
        auto norm = x.pow(2).sum(1, true).sqrt() + eps;
        x = torch::div(x, norm);
        return weight.unsqueeze(0).unsqueeze(2).unsqueeze(3).expand_as(x) * x;
    }
    Tensor weight;
    double eps;
};
TORCH_MODULE(L2Norm);

nn::ModuleList vgg(const std::vector<int>& cfg, int i) {
    nn::ModuleList layers;
    int in_channels = i;
    for (int v : cfg) {
        if (v == -1) layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).stride(2)));
        else if (v == -2) layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(2).stride(2).ceil_mode(true)));
        else {
            layers->push_back(nn::Conv2d(nn::Conv2dOptions(in_channels, v, 3).padding(1)));
            layers->push_back(nn::ReLU(nn::ReLUOptions(true)));
            in_channels = v;
        }
    }
    layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(1).padding(1)));
    layers->push_back(nn::Conv2d(nn::Conv2dOptions(512, 1024, 3).padding(6).dilation(6)));
    layers->push_back(nn::ReLU(true));
    layers->push_back(nn::Conv2d(nn::Conv2dOptions(1024, 1024, 1)));
    layers->push_back(nn::ReLU(true));
    return layers;
}

nn::ModuleList add_extras(const std::vector<int>& cfg, int i) {
    nn::ModuleList layers;
    int in_channels = i;
    bool flag = false;
    for (size_t k = 0; k < cfg.size(); k++) {
        int v = cfg[k];
        if (in_channels != 'S') {
            int kernel = flag ? 3 : 1;
            if (v == 'S')
                layers->push_back(nn::Conv2d(nn::Conv2dOptions(in_channels, cfg[k + 1], kernel).stride(2).padding(1)));
            else
                layers->push_back(nn::Conv2d(nn::Conv2dOptions(in_channels, v, kernel)));
            flag = !flag;
        }
        in_channels = v;
    }
    return layers;
}

class SSD : public nn::Module {
public:
    explicit SSD(int num_classes = 21, SSDConfig cfg = SSDConfig()) : num_classes(num_classes), l2norm(512, 20.f) {
        vgg_layers = register_module("vgg", vgg(base, 3));
        extras = register_module("extras", add_extras(extras_cfg, 1024));
        register_module("L2Norm", l2norm);
        std::vector<int> sources = {21, -2};
        int k = 0;
        for (int v : sources) {
            int idx = v < 0 ? (int)vgg_layers->size() + v : v;
            auto conv = std::dynamic_pointer_cast<nn::Conv2dImpl>(vgg_layers->ptr(idx));
            head(conv->options.out_channels(), mbox[k++]);
        }
        for (size_t i = 1; i < extras->size(); i += 2)
            head(extras[i]->as<nn::Conv2d>()->options.out_channels(), mbox[k++]);
        register_module("loc", loc);
        register_module("conf", conf);
        priors = PriorBox(cfg).forward();
    }

    std::tuple<Tensor, Tensor, Tensor> forward(Tensor x) {
        std::vector<Tensor> sources, l, c;
        // up to conv4_3 relu
        int i = 0;
        for (; i < 23; i++) x = run(*vgg_layers[i], x);
        sources.push_back(l2norm(x));
        for (; i < (int)vgg_layers->size(); i++) x = run(*vgg_layers[i], x);
        sources.push_back(x);
        int k = 0;
        for (auto& m : *extras) {
            x = relu(m->as<nn::Conv2d>()->forward(x));
            if (k++ % 2 == 1) sources.push_back(x);
        }
        for (size_t s = 0; s < sources.size(); ++s) {
            l.push_back(loc[s]->as<nn::Conv2d>()->forward(sources[s]).permute({0, 2, 3, 1}).contiguous());
            c.push_back(conf[s]->as<nn::Conv2d>()->forward(sources[s]).permute({0, 2, 3, 1}).contiguous());
        }
        for (auto& t : l) t = t.view({t.size(0), -1});
        for (auto& t : c) t = t.view({t.size(0), -1});
        auto loc_ = torch::cat(l, 1), conf_ = torch::cat(c, 1);
        loc_ = loc_.view({loc_.size(0), -1, 4});
        conf_ = conf_.view({conf_.size(0), -1, num_classes});
        if (is_training()) return {loc_, conf_, priors};
        return {decode(loc_, priors), softmax(conf_, -1), priors};
    }

private:
    void head(int in, int boxes) {
        loc->push_back(nn::Conv2d(nn::Conv2dOptions(in, boxes * 4, 3).padding(1)));
        conf->push_back(nn::Conv2d(nn::Conv2dOptions(in, boxes * num_classes, 3).padding(1)));
    }
    static Tensor run(nn::Module& m, Tensor x) {
        if (auto* c = dynamic_cast<nn::Conv2dImpl*>(&m)) return c->forward(x);
        if (auto* p = dynamic_cast<nn::MaxPool2dImpl*>(&m)) return p->forward(x);
        if (auto* r = m.as<nn::ReLU>()) return r->forward(x);
        AT_ERROR("unexpected layer ", m.name());
    }
    Tensor decode(Tensor loc, Tensor priors) {
        auto boxes = torch::cat({priors.slice(1, 0, 2) + loc.slice(2, 0, 2) * 0.1 * priors.slice(1, 2), priors.slice(1, 2) * torch::exp(loc.slice(2, 2) * 0.2)}, 2);
        boxes.narrow(2, 0, 2) -= boxes.narrow(2, 2, 2) / 2;
        boxes.narrow(2, 2, 2) += boxes.narrow(2, 0, 2);
        return boxes;
    }

    int num_classes;
    nn::ModuleList vgg_layers{nullptr}, extras{nullptr}, loc, conf;
    L2Norm l2norm;
    Tensor priors;
};

int main() {
    SSD net;
    net.eval();
    auto [boxes, scores, priors] = net.forward(torch::rand({1, 3, 300, 300}));
    std::cout << boxes.sizes() << scores.sizes() << priors.sizes() << std::endl;
}
