// Physics-informed network for Burgers' equation. Residuals come from autograd::grad.
#include <torch/torch.h>
#include <cmath>
#include <iostream>

class Net : public torch::nn::Module {
public:
    Net(std::vector<int64_t> layers, torch::Tensor lb, torch::Tensor ub) : depth(layers.size() - 1) {
        lower = register_buffer("lb", lb);
        upper = register_buffer("ub", ub);
        for (int64_t i = 0; i < depth - 1; i++) {
            hidden.push_back(register_module("layer_" + std::to_string(i), torch::nn::Linear(layers[i], layers[i + 1])));
        }
        last = register_module("layer_" + std::to_string(depth - 1), torch::nn::Linear(layers[layers.size() - 2], layers[layers.size() - 1]));
        for (auto& p : named_parameters()) {
            if (p.key().size() >= 6 && p.key().compare(p.key().size() - 6, 6, "weight") == 0)
                torch::nn::init::xavier_normal_(p.value());
        }
    }
    torch::Tensor forward(torch::Tensor x) {
        x = 2.0 * (x - lower) / (upper - lower) - 1.0;
        for (auto& l : hidden)
            x = torch::tanh(l(x));
        return last(x);
    }

private:
    int64_t depth;
    torch::Tensor lower, upper;
    std::vector<torch::nn::Linear> hidden;
    torch::nn::Linear last{nullptr};
};

class PhysicsInformedNN {
public:
    PhysicsInformedNN(std::vector<int64_t> layers, torch::Device dev = torch::kCPU)
        : device(dev), net(std::make_shared<Net>(layers, torch::tensor({-1.0, 0.0}).to(torch::kFloat), torch::tensor({1.0, 1.0}).to(torch::kFloat))),
          lambda_1(torch::tensor({0.0f}, torch::requires_grad())), lambda_2(torch::tensor({-6.0f}, torch::requires_grad())) {
        net->to(device);
        net->register_parameter("lambda_1", lambda_1);
        net->register_parameter("lambda_2", lambda_2);
    }
    torch::Tensor net_u(torch::Tensor x, torch::Tensor t) { return net->forward(torch::cat({x, t}, 1)); }

    torch::Tensor net_f(torch::Tensor x, torch::Tensor t) {
        auto u = net_u(x, t);
        auto ones = torch::ones_like(u);
        auto u_t = torch::autograd::grad({u}, {t}, {ones}, true, true)[0];
        auto u_x = torch::autograd::grad({u}, {x}, {ones}, true, true)[0];
        auto u_xx = torch::autograd::grad({u_x}, {x}, {torch::ones_like(u_x)}, true, true)[0];
        return u_t + lambda_1 * u * u_x - torch::exp(lambda_2) * u_xx;
    }
    torch::Tensor loss(torch::Tensor x, torch::Tensor t, torch::Tensor u) {
        return torch::mean((u - net_u(x, t)).pow(2)) + torch::mean(net_f(x, t).pow(2));
    }
    torch::Device device;
    std::shared_ptr<Net> net;
    torch::Tensor lambda_1, lambda_2;
};

int main() {
    torch::Device device(torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
    PhysicsInformedNN model({2, 20, 20, 20, 20, 1}, device);
    auto x = torch::rand({200, 1}, torch::requires_grad()), t = torch::rand({200, 1}, torch::requires_grad());
    auto u = -torch::sin(M_PI * x.detach());
    torch::optim::LBFGS lbfgs(model.net->parameters(), torch::optim::LBFGSOptions(1.0).max_iter(500).line_search_fn("strong_wolfe"));
    int iter = 0;
    auto closure = [&]() {
        lbfgs.zero_grad();
        auto loss = model.loss(x, t, u);
        loss.backward();
        if (++iter % 100 == 0)
            std::cout << iter << " " << loss.item<double>() << std::endl;
        return loss;
    };
    lbfgs.step(closure);
}
// cobra: Net net({2, 20, 20, 20, 1}, torch::tensor({-1.0f, 0.0f}), torch::tensor({1.0f, 1.0f})); net.eval(); auto xt = torch::rand({50, 2}); net.forward(xt);
