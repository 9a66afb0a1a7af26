// Lambdas, std::function, nn::Functional with bound arguments, function pointers, std::bind.
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

namespace F = torch::nn::functional;

torch::Tensor swish(const torch::Tensor& x) { return x * torch::sigmoid(x); }
torch::Tensor scaled(const torch::Tensor& x, double by) { return x * by; }

struct Callables : torch::nn::Module {
  using Activation = std::function<torch::Tensor(const torch::Tensor&)>;

  explicit Callables(Activation a) : activation(std::move(a)) {
    auto make = [this](const std::string& name, int64_t in, int64_t out) { return register_module(name, torch::nn::Linear(in, out)); };
    first = make("first", 10, 20);
    second = make("second", 20, 5);
    body = register_module("body", torch::nn::Sequential(torch::nn::Linear(5, 6), torch::nn::Functional(swish), torch::nn::Linear(6, 8),
                                                         torch::nn::Functional(torch::elu, 1, 1, 1),
                                                         torch::nn::Functional([](const torch::Tensor& x) { return x.view({-1, 2, 4}); })));
  }

  torch::Tensor forward(torch::Tensor x) {
    x = activation(first->forward(x)); // [[3 20]]
    int64_t calls = 0;
    auto twice = [&](auto f, torch::Tensor t) {
      calls += 2;
      return f(f(t));
    };
    x = twice([](torch::Tensor t) { return t.relu(); }, x); // [[3 20]]
    x = second(x);
    x = body->forward(x);
    torch::Tensor (*pointer)(const torch::Tensor&) = &swish;
    x = pointer(x);
    auto half = std::bind(scaled, std::placeholders::_1, 0.5);
    x = half(x);
    std::vector<std::function<torch::Tensor(torch::Tensor)>> steps{[](torch::Tensor t) { return t.flatten(1); }, // [[3 8]]
                                                                 [n = calls](torch::Tensor t) { return t.unfold(1, n, n); }}; // [[3 4 2]]
    for (auto& step : steps) x = step(x);
    std::vector<int64_t> sizes = x.sizes().vec();
    std::vector<int64_t> doubled(sizes.size());
    std::transform(sizes.begin(), sizes.end(), doubled.begin(), [](int64_t s) { return s * 2; });
    std::reverse(doubled.begin(), doubled.end());
    auto widest = *std::max_element(doubled.begin(), doubled.end());
    auto odd = std::find_if(sizes.begin(), sizes.end(), [](int64_t s) { return s % 2 == 1; });
    return x.new_zeros({widest, *odd, std::accumulate(doubled.begin(), doubled.end(), 1, std::multiplies<int64_t>())}); // [[8 3 192]]
  }

  Activation activation;
  torch::nn::Linear first{nullptr}, second{nullptr};
  torch::nn::Sequential body{nullptr};
};

// cobra: auto net = std::make_shared<Callables>([](const torch::Tensor& t) { return torch::leaky_relu(t, 0.1); }); net->eval(); auto x = torch::randn({3, 10}); net->forward(x);
