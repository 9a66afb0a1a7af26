#include <torch/torch.h>
#include <iostream>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;
namespace F = torch::nn::functional;

class _DenseLayer : public nn::Module {
public:
    _DenseLayer(int64_t num_input_features, int64_t growth_rate, int64_t bn_size, double drop_rate)
        : norm1(num_input_features),
          conv1(nn::Conv2dOptions(num_input_features, bn_size * growth_rate, 1).stride(1).bias(false)),
          norm2(bn_size * growth_rate),
          conv2(nn::Conv2dOptions(bn_size * growth_rate, growth_rate, 3).stride(1).padding(1).bias(false)),
          drop_rate_(drop_rate) {
        register_module("norm1", norm1);
        register_module("conv1", conv1);
        register_module("norm2", norm2);
        register_module("conv2", conv2);
    }

    Tensor bn_function(const std::vector<Tensor>& inputs) {
        auto concated = torch::cat(inputs, 1);
        return conv1(F::relu(norm1(concated), F::ReLUFuncOptions().inplace(true)));
    }

    Tensor forward(const std::vector<Tensor>& prev_features) {
        auto bottleneck = bn_function(prev_features);
        auto new_features = conv2(F::relu(norm2(bottleneck)));
        if (drop_rate_ > 0)
            new_features = F::dropout(new_features, F::DropoutFuncOptions().p(drop_rate_).training(is_training()));
        return new_features;
    }

private:
    nn::BatchNorm2d norm1;
    nn::Conv2d conv1;
    nn::BatchNorm2d norm2;
    nn::Conv2d conv2;
    double drop_rate_;
};

class _DenseBlock : public nn::Module {
public:
    _DenseBlock(int num_layers, int64_t num_input_features, int64_t bn_size, int64_t growth_rate, double drop_rate) {
        for (int i = 0; i < num_layers; i++) {
            auto layer = std::make_shared<_DenseLayer>(num_input_features + i * growth_rate, growth_rate, bn_size, drop_rate);
            layers.push_back(register_module("denselayer" + std::to_string(i + 1), layer));
        }
    }
    Tensor forward(Tensor init_features) {
        std::vector<Tensor> features{init_features};
        features.reserve(layers.size() + 1);
        for (auto& l : layers) {
            features.emplace_back(l->forward(features));
        }
        return torch::cat(features, 1);
    }

private:
    std::vector<std::shared_ptr<_DenseLayer>> layers;
};

struct _TransitionImpl : nn::SequentialImpl {
    _TransitionImpl(int64_t in, int64_t out) {
        push_back("norm", nn::BatchNorm2d(in));
        push_back("relu", nn::ReLU(true));
        push_back("conv", nn::Conv2d(nn::Conv2dOptions(in, out, 1).bias(false)));
        push_back("pool", nn::AvgPool2d(nn::AvgPool2dOptions(2).stride(2)));
    }
    Tensor forward(Tensor x) { return nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(_Transition);

class DenseNet : public nn::Module {
public:
    DenseNet(int64_t growth_rate = 32, std::vector<int> block_config = {6, 12, 24, 16}, int64_t num_init_features = 64,
             int64_t bn_size = 4, double drop_rate = 0, int64_t num_classes = 1000) {
        features->push_back("conv0", nn::Conv2d(nn::Conv2dOptions(3, num_init_features, 7).stride(2).padding(3).bias(false)));
        features->push_back("norm0", nn::BatchNorm2d(num_init_features));
        features->push_back("relu0", nn::ReLU());
        features->push_back("pool0", nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)));
        int64_t num_features = num_init_features;
        for (size_t i = 0; i < block_config.size(); ++i) {
            features->push_back("denseblock" + std::to_string(i + 1),
                                _DenseBlock(block_config[i], num_features, bn_size, growth_rate, drop_rate));
            num_features += block_config[i] * growth_rate;
            if (i != block_config.size() - 1) {
                features->push_back("transition" + std::to_string(i + 1), _Transition(num_features, num_features / 2));
                num_features /= 2;
            }
        }
        features->push_back("norm5", nn::BatchNorm2d(num_features));
        register_module("features", features);
        classifier = register_module("classifier", nn::Linear(num_features, num_classes));
        for (auto& module : modules(false)) {
            if (auto conv = std::dynamic_pointer_cast<nn::Conv2dImpl>(module))
                nn::init::kaiming_normal_(conv->weight);
            else if (auto lin = std::dynamic_pointer_cast<nn::LinearImpl>(module))
                nn::init::constant_(lin->bias, 0);
        }
    }
    Tensor forward(Tensor x) {
        auto out = features->forward(x);
        out = F::relu(out, F::ReLUFuncOptions(true));
        out = F::adaptive_avg_pool2d(out, F::AdaptiveAvgPool2dFuncOptions({1, 1}));
        out = out.view({out.size(0), -1});
        return classifier(out);
    }

private:
    nn::Sequential features;
    nn::Linear classifier{nullptr};
};

int main() {
    auto densenet121 = std::make_shared<DenseNet>(12, std::vector<int>{3, 4, 6}, 24, 4, 0.1, 10);
    densenet121->eval();
    std::cout << densenet121->forward(torch::randn({2, 3, 64, 64})).sizes() << "\n";
    int64_t n = 0;
    for (auto& p : densenet121->parameters()) n += p.numel();
    std::cout << "parameters: " << n / 1e6 << "M\n";
}
