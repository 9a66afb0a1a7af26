#include <torch/torch.h>
#include <iostream>
#include <vector>

// Every layer of a block reads all earlier ones.

using torch::Tensor;
namespace nn = torch::nn;
namespace F = torch::nn::functional;

class Reader : public nn::Module {
public:
    Reader(int64_t seen, int64_t rate, int64_t squeeze, double forget)
        : before(seen), mix(nn::Conv2dOptions(seen, squeeze * rate, 1).bias(false)), between(squeeze * rate),
          look(nn::Conv2dOptions(squeeze * rate, rate, 3).padding(1).bias(false)), forget_(forget) {
        register_module("before", before);
        register_module("mix", mix);
        register_module("between", between);
        register_module("look", look);
    }
    Tensor forward(const std::vector<Tensor>& memory) {
        auto all = torch::cat(memory, 1);
        auto y = mix(F::relu(before(all), F::ReLUFuncOptions().inplace(true)));
        y = look(F::relu(between(y)));
        return forget_ > 0 ? F::dropout(y, F::DropoutFuncOptions().p(forget_).training(is_training())) : y;
    }

private:
    nn::BatchNorm2d before;
    nn::Conv2d mix;
    nn::BatchNorm2d between;
    nn::Conv2d look;
    double forget_;
};

class Memory : public nn::Module {
public:
    Memory(int n, int64_t seen, int64_t rate, double forget) {
        readers.reserve(n);
        for (int i = 0; i < n; i++, seen += rate) {
            readers.emplace_back(std::make_shared<Reader>(seen, rate, 4, forget));
            register_module("reader" + std::to_string(i), readers.back());
        }
    }
    Tensor forward(Tensor first) {
        std::vector<Tensor> memory{first};
        memory.reserve(readers.size() + 1);
        for (auto& r : readers) memory.emplace_back(r->forward(memory));
        return torch::cat(memory, 1);
    }

private:
    std::vector<std::shared_ptr<Reader>> readers;
};

/// A Sequential with a name of its own.
struct SqueezeImpl : nn::SequentialImpl {
    SqueezeImpl(int64_t from, int64_t to) {
        push_back("scale", nn::BatchNorm2d(from));
        push_back("cut", nn::ReLU(true));
        push_back("mix", nn::Conv2d(nn::Conv2dOptions(from, to, 1).bias(false)));
        push_back("halve", nn::AvgPool2d(nn::AvgPool2dOptions(2).stride(2)));
    }
    Tensor forward(Tensor x) { return nn::SequentialImpl::forward(x); }
};
TORCH_MODULE(Squeeze);

class MemoryNet : public nn::Module {
public:
    MemoryNet(int64_t rate, const std::vector<int>& sizes, int64_t first, double forget = 0, int64_t classes = 1000) {
        body->push_back("begin", nn::Conv2d(nn::Conv2dOptions(3, first, 7).stride(2).padding(3).bias(false)));
        body->push_back("begin_scale", nn::BatchNorm2d(first));
        body->push_back("begin_cut", nn::ReLU());
        body->push_back("begin_halve", nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)));
        int64_t width = first;
        for (auto it = sizes.begin(); it != sizes.end(); ++it) {
            const auto id = std::to_string(std::distance(sizes.begin(), it));
            body->push_back("memory" + id, Memory(*it, width, rate, forget));
            width += *it * rate;
            if (std::next(it) == sizes.end()) break;
            body->push_back("squeeze" + id, Squeeze(width, width / 2));
            width /= 2;
        }
        body->push_back("end_scale", nn::BatchNorm2d(width));
        register_module("body", body);
        scores = register_module("scores", nn::Linear(width, classes));
        for (auto& m : modules(/*include_self=*/false)) {
            if (auto c = std::dynamic_pointer_cast<nn::Conv2dImpl>(m)) nn::init::kaiming_normal_(c->weight);
            if (auto l = std::dynamic_pointer_cast<nn::LinearImpl>(m)) nn::init::constant_(l->bias, 0);
        }
    }
    Tensor forward(Tensor x) {
        auto y = F::relu(body->forward(x), F::ReLUFuncOptions(true));
        y = F::adaptive_avg_pool2d(y, F::AdaptiveAvgPool2dFuncOptions({1, 1}));
        return scores(y.view({y.size(0), -1}));
    }

private:
    nn::Sequential body;
    nn::Linear scores{nullptr};
};

int main() {
    auto net = std::make_shared<MemoryNet>(12, std::vector<int>{3, 4, 6}, 24, 0.1, 10);
    net->eval();
    std::cout << net->forward(torch::randn({2, 3, 64, 64})).sizes() << "\n";
    double millions = 0;
    for (auto& p : net->parameters()) millions += p.numel() / 1e6;
    std::cout << millions << "M parameters\n";
}
