// Modules behind every kind of pointer, held by value, copied, shared; references into containers; optional modules.
#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Unit : torch::nn::Module {
  Unit(int64_t in, int64_t out) : line(in, out) { register_module("line", line); }
  torch::Tensor forward(const torch::Tensor& x) { return line->forward(x).relu_(); }
  torch::nn::Linear line;
};

class Owner : public torch::nn::Module {
public:
  explicit Owner(int depth) : value_(4, 6) {
    for (int i = 0; i < depth; i++) {
      units_.push_back(std::make_shared<Unit>(6, 6));
      register_module("unit" + std::to_string(i), units_.back());
    }
    unique_ = std::make_unique<Unit>(6, 3);
    if (depth > 1) gate_.emplace(torch::nn::LinearOptions(3, 3));
    if (gate_) register_module("gate", *gate_);
    alias_ = units_.front();
    last_ = units_.back().get();
  }
  torch::Tensor forward(torch::Tensor x) {
    x = value_.forward(x);
    for (const auto& u : units_) x = u->forward(x) + x;
    Unit& first = *units_[0];
    x = first.forward(x);
    if (alias_ == units_[0] && last_ != alias_.get()) x = last_->forward(x);
    x = (*unique_).forward(x);
    if (gate_.has_value()) x = x * gate_.value()(x).sigmoid();
    auto* self = this;
    return self->scale(x, &bias_);
  }

private:
  torch::Tensor scale(torch::Tensor x, const double* by) { return *by > 0 ? x.mul(*by) : x; } // [[2 3]]
  Unit value_;
  std::vector<std::shared_ptr<Unit>> units_;
  std::shared_ptr<Unit> alias_;
  std::unique_ptr<Unit> unique_;
  std::optional<torch::nn::Linear> gate_;
  Unit* last_ = nullptr;
  double bias_ = 0.5;
};

// cobra: auto net = std::make_shared<Owner>(2); net->eval(); auto x = torch::randn({2, 4}); net->forward(x);
