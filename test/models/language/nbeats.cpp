// N-BEATS: stacks of fully connected blocks with backcast and forecast, seasonal bases from fixed tensors.
#include <torch/torch.h>
#include <cmath>
#include <iostream>
#include <numeric>
#include <variant>
#include <vector>

enum class StackType { Generic, Trend, Seasonality };

std::vector<double> linear_space(int64_t backcast, int64_t forecast, bool is_forecast) {
    const int64_t horizon = is_forecast ? forecast : backcast;
    std::vector<double> v(horizon);
    std::iota(v.begin(), v.end(), 0.0);
    for (auto& x : v) x /= horizon;
    return v;
}

torch::Tensor seasonality_basis(int64_t p, const std::vector<double>& t) {
    const int64_t p1 = p % 2 == 0 ? p / 2 : p / 2, p2 = p % 2 == 0 ? p / 2 : p / 2 + 1;
    auto time = torch::tensor(t, torch::kFloat32);
    std::vector<torch::Tensor> rows;
    for (int64_t i = 0; i < p1; ++i) rows.push_back(torch::cos(2 * M_PI * i * time));
    for (int64_t i = 0; i < p2; ++i) rows.push_back(torch::sin(2 * M_PI * i * time));
    return torch::stack(rows, 0);
}

torch::Tensor trend_basis(int64_t p, const std::vector<double>& t) {
    TORCH_CHECK(p <= 4, "thetas_dim is too big.");
    auto time = torch::tensor(t).to(torch::kFloat);
    std::vector<torch::Tensor> rows(p);
    for (int64_t i = 0; i < p; ++i) rows.at(i) = torch::pow(time, i);
    return torch::vstack(rows);
}

class Block : public torch::nn::Module {
public:
    Block(int64_t units, int64_t thetas, int64_t backcast_length, int64_t forecast_length, bool share_thetas)
        : backcast_length(backcast_length), forecast_length(forecast_length) {
        fc = register_module("fc", torch::nn::Sequential());
        int64_t in = backcast_length;
        for (int i = 0; i < 4; ++i) {
            fc->push_back("fc" + std::to_string(i + 1), torch::nn::Linear(in, units));
            fc->push_back("relu" + std::to_string(i + 1), torch::nn::ReLU());
            in = units;
        }
        theta_b = register_module("theta_b", torch::nn::Linear(torch::nn::LinearOptions(units, thetas).bias(false)));
        if (share_thetas)
            theta_f = theta_b;
        else
            theta_f = register_module("theta_f", torch::nn::Linear(torch::nn::LinearOptions(units, thetas).bias(false)));
    }
    std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
        x = fc->forward(x.reshape({x.size(0), -1}));
        return {backcast(theta_b(x)), forecast(theta_f(x))};
    }

protected:
    virtual torch::Tensor backcast(const torch::Tensor& theta) = 0;
    virtual torch::Tensor forecast(const torch::Tensor& theta) = 0;
    int64_t backcast_length, forecast_length;
    torch::nn::Sequential fc{nullptr};
    torch::nn::Linear theta_b{nullptr}, theta_f{nullptr};
};

class SeasonalityBlock : public Block {
public:
    SeasonalityBlock(int64_t units, int64_t, int64_t b, int64_t f) : Block(units, f, b, f, true) {
        basis_b = register_buffer("basis_b", seasonality_basis(f, linear_space(b, f, false)));
        basis_f = register_buffer("basis_f", seasonality_basis(f, linear_space(b, f, true)));
    }
    torch::Tensor backcast(const torch::Tensor& theta) override { return theta.mm(basis_b); }
    torch::Tensor forecast(const torch::Tensor& theta) override { return theta.mm(basis_f); }
    torch::Tensor basis_b, basis_f;
};

class TrendBlock : public Block {
    std::vector<double> b_ls, f_ls;
public:
    TrendBlock(int64_t units, int64_t thetas, int64_t b, int64_t f) : Block(units, thetas, b, f, true), b_ls(linear_space(b, f, false)), f_ls(linear_space(b, f, true)) {}
    torch::Tensor backcast(const torch::Tensor& theta) override { return theta.mm(trend_basis(theta.size(1), b_ls)); }
    torch::Tensor forecast(const torch::Tensor& theta) override { return theta.mm(trend_basis(theta.size(1), f_ls)); }
};

class GenericBlock : public Block {
public:
    GenericBlock(int64_t units, int64_t thetas, int64_t b, int64_t f) : Block(units, thetas, b, f, false) {
        backcast_fc = register_module("backcast_fc", torch::nn::Linear(thetas, b));
        forecast_fc = register_module("forecast_fc", torch::nn::Linear(thetas, f));
    }
    torch::Tensor backcast(const torch::Tensor& theta) override { return backcast_fc(theta); }
    torch::Tensor forecast(const torch::Tensor& theta) override { return forecast_fc(theta); }
    torch::nn::Linear backcast_fc{nullptr}, forecast_fc{nullptr};
};

class NBeats : public torch::nn::Module {
public:
    NBeats(std::vector<StackType> types, int64_t per_stack, int64_t f, int64_t b, std::vector<int64_t> thetas, int64_t units) : forecast_length(f) {
        for (size_t s = 0; s < types.size(); ++s) {
            std::vector<std::shared_ptr<Block>> stack;
            for (int64_t k = 0; k < per_stack; ++k) {
                auto block = make(types[s], units, thetas[s], b, f);
                register_module("block_" + std::to_string(s) + "_" + std::to_string(k), block);
                stack.push_back(std::move(block));
            }
            stacks.push_back(stack);
        }
    }
    static std::shared_ptr<Block> make(StackType type, int64_t units, int64_t thetas, int64_t b, int64_t f) {
        switch (type) {
        case StackType::Seasonality: return std::make_shared<SeasonalityBlock>(units, thetas, b, f);
        case StackType::Trend: return std::make_shared<TrendBlock>(units, thetas, b, f);
        default: return std::make_shared<GenericBlock>(units, thetas, b, f);
        }
    }
    std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor backcast) {
        if (backcast.dim() == 3) backcast = backcast.squeeze(-1);
        auto forecast = torch::zeros({backcast.size(0), forecast_length}, backcast.device());
        for (auto& stack : stacks)
            for (auto& block : stack) {
                auto [b, f] = block->forward(backcast);
                backcast = backcast - b;
                forecast = forecast + f;
            }
        return {backcast, forecast};
    }
private:
    int64_t forecast_length;
    std::vector<std::vector<std::shared_ptr<Block>>> stacks;
};

// cobra: NBeats net({StackType::Trend, StackType::Seasonality, StackType::Generic}, 2, 5, 10, {3, 5, 4}, 32); net.eval(); auto x = torch::randn({4, 10, 1}); net.forward(x);
int main() {
    NBeats net({StackType::Generic, StackType::Generic}, 3, 12, 36, {4, 4}, 128);
    torch::optim::Adam opt(net.parameters());
    auto series = torch::sin(torch::linspace(0, 60, 1000));
    for (int step = 0; step < 20; ++step) {
        auto x = series.unfold(0, 48, 1).narrow(0, step * 16, 16);
        auto loss = torch::mse_loss(net.forward(x.slice(1, 0, 36)).second, x.slice(1, 36));
        opt.zero_grad();
        loss.backward();
        opt.step();
        std::cout << loss.item<float>() << '\n';
    }
}
