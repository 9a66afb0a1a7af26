// Neural ODE: fixed-step solvers over std::function, an augmented ODE block inside a classifier, a latent ODE decoder.
#include <torch/torch.h>
#include <functional>
#include <iostream>
#include <map>

namespace ode {

using Field = std::function<torch::Tensor(double, const torch::Tensor&)>;
using Stepper = std::function<torch::Tensor(const Field&, double, double, const torch::Tensor&)>;

torch::Tensor euler(const Field& f, double t, double h, const torch::Tensor& y) { return y + h * f(t, y); }

torch::Tensor midpoint(const Field& f, double t, double h, const torch::Tensor& y) {
    auto half = y + f(t, y) * (h / 2);
    return y + h * f(t + h / 2, half);
}

torch::Tensor rk4(const Field& f, double t, double h, const torch::Tensor& y) {
    auto k1 = f(t, y);
    auto k2 = f(t + h / 2, y + h * k1 / 2);
    auto k3 = f(t + h / 2, y + h * k2 / 2);
    auto k4 = f(t + h, y + h * k3);
    return y + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6;
}

const std::map<std::string, Stepper> kSolvers = {{"euler", euler}, {"midpoint", midpoint}, {"rk4", rk4}};

torch::Tensor odeint(const Field& f, torch::Tensor y, const std::vector<double>& times, const std::string& method, double max_step = 0.25) {
    const auto& step = kSolvers.at(method);
    std::vector<torch::Tensor> trajectory{y};
    for (std::size_t i = 1; i < times.size(); ++i) {
        const int n = static_cast<int>(std::ceil((times[i] - times[i - 1]) / max_step));
        const double h = (times[i] - times[i - 1]) / n;
        for (int k = 0; k < n; ++k) y = step(f, times[i - 1] + k * h, h, y);
        trajectory.emplace_back(y);
    }
    return torch::stack(trajectory);
}

class ConcatConv2dImpl : public torch::nn::Module {
public:
    ConcatConv2dImpl(int64_t in, int64_t out) { conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in + 1, out, 3).padding(1))); }
    torch::Tensor forward(double t, const torch::Tensor& x) {
        auto tt = torch::ones_like(x.slice(1, 0, 1)) * t;
        return conv(torch::cat({tt, x}, 1));
    }
private:
    torch::nn::Conv2d conv{nullptr};
};
TORCH_MODULE(ConcatConv2d);

class ODEFuncImpl : public torch::nn::Module {
public:
    explicit ODEFuncImpl(int64_t dim)
        : norm1(torch::nn::GroupNormOptions(std::min<int64_t>(32, dim), dim)), norm2(torch::nn::GroupNormOptions(std::min<int64_t>(32, dim), dim)), conv1(dim, dim), conv2(dim, dim) {
        register_module("norm1", norm1);
        register_module("norm2", norm2);
        register_module("conv1", conv1);
        register_module("conv2", conv2);
    }
    torch::Tensor forward(double t, torch::Tensor x) {
        ++nfe;
        auto out = conv1(t, torch::relu(norm1(x)));
        return conv2(t, torch::relu(norm2(out)));
    }
    int nfe = 0;
private:
    torch::nn::GroupNorm norm1, norm2;
    ConcatConv2d conv1, conv2;
};
TORCH_MODULE(ODEFunc);

class ODENetImpl : public torch::nn::Module {
public:
    ODENetImpl(int64_t channels, int64_t classes, std::string method) : method_(std::move(method)), func(channels) {
        down = register_module("down", torch::nn::Sequential(torch::nn::Conv2d(1, channels, 3), torch::nn::ReLU(), torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, channels, 4).stride(2).padding(1))));
        register_module("func", func);
        head = register_module("head", torch::nn::Sequential(torch::nn::ReLU(), torch::nn::AdaptiveAvgPool2d(torch::nn::AdaptiveAvgPool2dOptions({1, 1})), torch::nn::Flatten(), torch::nn::Linear(channels, classes)));
    }
    torch::Tensor forward(torch::Tensor x) {
        x = down->forward(x);
        auto field = [this](double t, const torch::Tensor& y) { return func->forward(t, y); };
        x = odeint(field, x, {0.0, 1.0}, method_).index({-1});
        return head->forward(x);
    }
private:
    std::string method_;
    torch::nn::Sequential down{nullptr}, head{nullptr};
    ODEFunc func;
};
TORCH_MODULE(ODENet);

class LatentODEImpl : public torch::nn::Module {
public:
    LatentODEImpl(int64_t obs, int64_t latent, int64_t hidden) : latent_(latent), hidden_(hidden), cell(obs, hidden), to_latent(hidden, 2 * latent) {
        register_module("cell", cell);
        register_module("to_latent", to_latent);
        dynamics = register_module("dynamics", torch::nn::Sequential(torch::nn::Linear(latent, hidden), torch::nn::ELU(), torch::nn::Linear(hidden, latent)));
        decoder = register_module("decoder", torch::nn::Linear(latent, obs));
    }
    torch::Tensor forward(torch::Tensor series, int64_t horizon) {
        auto h = torch::zeros({series.size(0), hidden_});
        for (int64_t t = series.size(1) - 1; t >= 0; t--) h = cell(series.select(1, t), h);
        auto parts = to_latent(h).split_with_sizes({latent_, latent_}, 1);
        auto z0 = parts[0] + torch::exp(0.5 * parts[1]) * torch::randn_like(parts[0]);
        std::vector<double> times(horizon);
        for (int64_t i = 0; i < horizon; ++i) times[i] = 0.1 * i;
        auto path = odeint([&](double, const torch::Tensor& z) -> torch::Tensor { return dynamics->forward(z); }, z0, times, "rk4");
        return decoder(path).permute({1, 0, 2});
    }
private:
    int64_t latent_, hidden_;
    torch::nn::GRUCell cell;
    torch::nn::Linear to_latent, decoder{nullptr};
    torch::nn::Sequential dynamics{nullptr};
};
TORCH_MODULE(LatentODE);

} // namespace ode

// cobra: ode::ODENet net(8, 10, "rk4"); net->eval(); auto x = torch::rand({2, 1, 16, 16}); net->forward(x);
// cobra: ode::LatentODE net(3, 4, 12); net->eval(); auto s = torch::rand({5, 6, 3}); net->forward(s, 4);
int main() {
    ode::ODENet net(64, 10, "midpoint");
    net->eval();
    std::cout << net->forward(torch::rand({1, 1, 28, 28})).argmax(1).item<int>() << std::endl;
}
