#include "chessnet/network.h"

#include <sstream>
#include <stdexcept>
#include <utility>

namespace chessnet {
namespace {

torch::nn::Conv2d MakeConv(int in, int out, int kernel, bool bias = false) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).bias(bias));
}

torch::nn::Sequential ConvBlock(int in, int out, int kernel) {
  return torch::nn::Sequential({{"conv", MakeConv(in, out, kernel)},
                                {"bn", torch::nn::BatchNorm2d(out)},
                                {"relu", torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true))}});
}

NetworkConfig::PolicyType PolicyFromString(const std::string& s) {
  static const std::pair<const char*, NetworkConfig::PolicyType> kTable[] = {{"classic", NetworkConfig::PolicyType::kClassic},
                                                                             {"conv", NetworkConfig::PolicyType::kConvolution},
                                                                             {"attention", NetworkConfig::PolicyType::kAttention}};
  for (const auto& [name, type] : kTable)
    if (s == name) return type;
  throw std::invalid_argument("policy: " + s);
}

} // namespace

NetworkConfig NetworkConfig::Parse(const std::string& text) {
  NetworkConfig c;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line, ';');) {
    const auto eq = line.find('=');
    if (eq == std::string::npos) continue;
    const std::string key = line.substr(0, eq), value = line.substr(eq + 1);
    if (key == "filters")
      c.filters = std::stoi(value);
    else if (key == "blocks")
      c.blocks = std::stoi(value);
    else if (key == "policy")
      c.policy = PolicyFromString(value);
    else if (key == "wdl")
      c.value = value == "1" || value == "true" ? ValueType::kWDL : ValueType::kScalar;
    else if (key == "mlh")
      c.moves_left = value == "1";
  }
  return c;
}

class SEUnit : public torch::nn::Module {
public:
  SEUnit(int channels, int ratio) : squeeze_(channels, channels / ratio), excite_(channels / ratio, 2 * channels), channels_(channels) {
    register_module("squeeze", squeeze_);
    register_module("excite", excite_);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    auto pooled = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
    auto y = excite_(squeeze_(pooled).relu_());
    const auto gb = y.view({-1, 2 * channels_, 1, 1}).split(channels_, 1);
    return gb[0].sigmoid() * x + gb[1];
  }

private:
  torch::nn::Linear squeeze_, excite_;
  int channels_;
};

class ResidualBlock : public torch::nn::Module {
public:
  ResidualBlock(int filters, int se_ratio) {
    conv1_ = register_module("conv1", MakeConv(filters, filters, 3));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(filters));
    conv2_ = register_module("conv2", MakeConv(filters, filters, 3));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(filters));
    if (se_ratio > 0) se_ = register_module("se", std::make_shared<SEUnit>(filters, se_ratio));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto out = bn1_(conv1_(x)).relu_();
    out = bn2_(conv2_(out));
    if (se_) out = se_->forward(out);
    out += x;
    return out.relu_();
  }

private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  std::shared_ptr<SEUnit> se_;
};

struct Network::Heads {
  torch::nn::Sequential policy_conv{nullptr};
  torch::nn::Conv2d policy_out{nullptr};
  torch::nn::Linear policy_fc{nullptr};
  torch::nn::Linear q{nullptr}, k{nullptr}, promo{nullptr};
  torch::nn::Sequential value_conv{nullptr}, moves_conv{nullptr};
  torch::nn::Linear value1{nullptr}, value2{nullptr}, moves1{nullptr}, moves2{nullptr};

  torch::Tensor Policy(const torch::Tensor& x, NetworkConfig::PolicyType type) {
    switch (type) {
    case NetworkConfig::PolicyType::kClassic: return policy_fc(policy_conv->forward(x).flatten(1));
    case NetworkConfig::PolicyType::kConvolution: return policy_out(policy_conv->forward(x)).reshape({x.size(0), -1});
    case NetworkConfig::PolicyType::kAttention: {
      auto tokens = x.flatten(2).transpose(1, 2);
      auto query = q(tokens), key = k(tokens);
      auto logits = torch::matmul(query, key.transpose(-2, -1)) / std::sqrt(static_cast<double>(query.size(-1)));
      auto p = promo(key.narrow(1, 56, 8)).transpose(1, 2);
      auto offsets = p.slice(1, 0, 3) * std::sqrt(static_cast<double>(query.size(-1)));
      return torch::cat({logits.flatten(1), offsets.flatten(1)}, 1);
    }
    }
    TORCH_INTERNAL_ASSERT(false, "unreachable");
  }
};

Network::~Network() = default;

Network::Network(const NetworkConfig& config) : config_(config), heads_(std::make_unique<Heads>()) {
  input_ = register_module("input", ConvBlock(config.input_planes, config.filters, 3));
  for (int i = 0; i < config.blocks; ++i) tower_->push_back(std::make_shared<ResidualBlock>(config.filters, config.se_ratio));
  register_module("tower", tower_);
  auto& h = *heads_;
  switch (config.policy) {
  case NetworkConfig::PolicyType::kClassic:
    h.policy_conv = register_module("policy_conv", ConvBlock(config.filters, 32, 1));
    h.policy_fc = register_module("policy_fc", torch::nn::Linear(32 * 64, 1858));
    break;
  case NetworkConfig::PolicyType::kConvolution:
    h.policy_conv = register_module("policy_conv", ConvBlock(config.filters, config.filters, 3));
    h.policy_out = register_module("policy_out", MakeConv(config.filters, 80, 3, true));
    break;
  case NetworkConfig::PolicyType::kAttention:
    h.q = register_module("q", torch::nn::Linear(config.filters, 16));
    h.k = register_module("k", torch::nn::Linear(config.filters, 16));
    h.promo = register_module("promo", torch::nn::Linear(torch::nn::LinearOptions(16, 4).bias(false)));
    break;
  }
  h.value_conv = register_module("value_conv", ConvBlock(config.filters, 32, 1));
  h.value1 = register_module("value1", torch::nn::Linear(32 * 64, 128));
  h.value2 = register_module("value2", torch::nn::Linear(128, config.value == NetworkConfig::ValueType::kWDL ? 3 : 1));
  if (config.moves_left) {
    h.moves_conv = register_module("moves_conv", ConvBlock(config.filters, 8, 1));
    h.moves1 = register_module("moves1", torch::nn::Linear(8 * 64, 128));
    h.moves2 = register_module("moves2", torch::nn::Linear(128, 1));
  }
  InitWeights();
}

void Network::InitWeights() {
  for (auto& module : modules(/*include_self=*/false)) {
    if (auto conv = std::dynamic_pointer_cast<torch::nn::Conv2dImpl>(module)) {
      torch::nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
    } else if (auto fc = std::dynamic_pointer_cast<torch::nn::LinearImpl>(module)) {
      torch::nn::init::xavier_normal_(fc->weight);
      if (fc->options.bias()) torch::nn::init::constant_(fc->bias, 0);
    }
  }
}

int64_t Network::CountParameters() const {
  int64_t n = 0;
  for (const auto& p : parameters()) n += p.numel();
  return n;
}

Output Network::forward(const torch::Tensor& planes) {
  auto x = input_->forward(planes);
  for (const auto& block : *tower_) x = block->as<ResidualBlock>()->forward(x);
  Output out;
  out.policy = heads_->Policy(x, config_.policy);
  auto v = torch::relu(heads_->value1(heads_->value_conv->forward(x).flatten(1)));
  v = heads_->value2(v);
  out.value = config_.value == NetworkConfig::ValueType::kWDL ? torch::softmax(v, 1) : torch::tanh(v);
  if (config_.moves_left) {
    auto m = torch::relu(heads_->moves1(heads_->moves_conv->forward(x).view({x.size(0), -1})));
    out.moves_left = torch::relu(heads_->moves2(m));
  }
  return out;
}

} // namespace chessnet
