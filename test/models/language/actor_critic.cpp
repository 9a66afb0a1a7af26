// PPO actor critic (discrete and continuous), SAC with squashed gaussians, DDPG actors. Log probabilities are written out.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <memory>
#include <tuple>

using torch::Tensor;

Tensor orthogonal(Tensor t, double gain) {
  torch::NoGradGuard guard;
  auto u = torch::randn({t.size(0), t.size(1)});
  auto svd = torch::linalg_svd(u, false);
  t.copy_(gain * std::get<0>(svd).matmul(std::get<2>(svd)));
  return t;
}

torch::nn::Linear layer_init(torch::nn::Linear layer, double std = std::sqrt(2), double bias_const = 0.0) {
  torch::nn::init::orthogonal_(layer->weight, std);
  torch::nn::init::constant_(layer->bias, bias_const);
  return layer;
}

struct Normal {
  Tensor mean, stddev, var;
  Normal(const Tensor m, const Tensor s) : mean(m), stddev(s), var(s * s) {}
  Tensor sample() {
    torch::NoGradGuard g;
    return at::normal(mean.expand(mean.sizes()), stddev.expand(mean.sizes()));
  }
  Tensor rsample() { return mean + stddev * torch::randn_like(mean); }
  Tensor log_prob(Tensor value) { return -(value - mean).pow(2) / (2 * var) - stddev.log() - std::log(std::sqrt(2 * M_PI)); }
  Tensor entropy() { return 0.5 + 0.5 * std::log(2 * M_PI) + torch::log(stddev); }
};

struct Categorical {
  Tensor logits, probs;
  explicit Categorical(const Tensor& l) : logits(l - l.logsumexp(-1, true)), probs(torch::softmax(l, -1)) {}
  Tensor sample() { return torch::multinomial(probs.reshape({-1, probs.size(-1)}), 1, true).squeeze(1); }
  Tensor log_prob(const Tensor& a) { return logits.gather(-1, a.to(torch::kLong).unsqueeze(-1)).squeeze(-1); }
  Tensor entropy() { return -(logits.clamp_min(-1e30) * probs).sum(-1); }
};

class ActorCritic : public torch::nn::Module {
 public:
  struct Step { Tensor action, log_prob, entropy, value; };

  ActorCritic(int64_t obs, int64_t act, bool continuous) : continuous_(continuous) {
    critic = register_module("critic", torch::nn::Sequential(layer_init(torch::nn::Linear(obs, 64)), torch::nn::Tanh(), layer_init(torch::nn::Linear(64, 64)),
                                                             torch::nn::Tanh(), layer_init(torch::nn::Linear(64, 1), 1.0)));
    actor = register_module("actor", torch::nn::Sequential(layer_init(torch::nn::Linear(obs, 64)), torch::nn::Tanh(), layer_init(torch::nn::Linear(64, 64)),
                                                           torch::nn::Tanh(), layer_init(torch::nn::Linear(64, act), 0.01)));
    if (continuous) log_std = register_parameter("log_std", torch::zeros({1, act}));
  }

  Step forward(Tensor x, c10::optional<Tensor> given = c10::nullopt) {
    Step s;
    auto out = actor->forward(x);
    if (continuous_) {
      auto std = log_std.expand_as(out).exp();
      Normal dist(out, std);
      s.action = given ? given.value() : dist.sample();
      s.log_prob = dist.log_prob(s.action).sum(1);
      s.entropy = dist.entropy().sum(1);
    } else {
      Categorical dist(out);
      s.action = given.has_value() ? *given : dist.sample();
      s.log_prob = dist.log_prob(s.action);
      s.entropy = dist.entropy();
    }
    s.value = critic->forward(x).flatten();
    return s;
  }

 private:
  bool continuous_;
  torch::nn::Sequential actor{nullptr}, critic{nullptr};
  Tensor log_std;
};

/// Generalized advantage estimation, backwards over the steps.
std::pair<Tensor, Tensor> gae(const Tensor& rewards, const Tensor& values, const Tensor& dones, const Tensor& last, double gamma, double lambda) {
  auto advantages = torch::zeros_like(rewards);
  auto running = torch::zeros_like(last);
  for (int64_t t = rewards.size(0) - 1; t >= 0; --t) {
    auto next = t == rewards.size(0) - 1 ? last : values[t + 1];
    auto alive = 1.0 - dones[t];
    auto delta = rewards[t] + gamma * next * alive - values[t];
    running = delta + gamma * lambda * alive * running;
    advantages[t] = running;
  }
  return {advantages, advantages + values};
}

constexpr double LOG_STD_MAX = 2, LOG_STD_MIN = -5;

class SACActorImpl : public torch::nn::Module {
 public:
  SACActorImpl(int64_t obs, int64_t act, double low, double high) {
    fc1 = register_module("fc1", torch::nn::Linear(obs, 256));
    fc2 = register_module("fc2", torch::nn::Linear(256, 256));
    fc_mean = register_module("fc_mean", torch::nn::Linear(256, act));
    fc_logstd = register_module("fc_logstd", torch::nn::Linear(256, act));
    action_scale = register_buffer("action_scale", torch::tensor((high - low) / 2.0, torch::kFloat32));
    action_bias = register_buffer("action_bias", torch::tensor((high + low) / 2.0, torch::kFloat32));
  }
  std::tuple<Tensor, Tensor> forward(Tensor x) {
    x = torch::relu(fc1(x));
    x = torch::relu(fc2(x));
    auto mean = fc_mean(x);
    auto log_std = torch::tanh(fc_logstd(x));
    log_std = LOG_STD_MIN + 0.5 * (LOG_STD_MAX - LOG_STD_MIN) * (log_std + 1);
    return {mean, log_std};
  }
  std::tuple<Tensor, Tensor, Tensor> get_action(Tensor x) {
    auto [mean, log_std] = forward(x);
    Normal normal(mean, log_std.exp());
    auto x_t = normal.rsample();
    auto y_t = torch::tanh(x_t);
    auto action = y_t * action_scale + action_bias;
    auto log_prob = normal.log_prob(x_t);
    log_prob -= torch::log(action_scale * (1 - y_t.pow(2)) + 1e-6);
    log_prob = log_prob.sum(1, true);
    mean = torch::tanh(mean) * action_scale + action_bias;
    return std::make_tuple(action, log_prob, mean);
  }

 private:
  torch::nn::Linear fc1{nullptr}, fc2{nullptr}, fc_mean{nullptr}, fc_logstd{nullptr};
  Tensor action_scale, action_bias;
};
TORCH_MODULE(SACActor);

struct QValueImpl : torch::nn::Module {
  QValueImpl(int64_t obs, int64_t act, int64_t hidden = 256) : net(torch::nn::Linear(obs + act, hidden), torch::nn::ReLU(), torch::nn::Linear(hidden, hidden), torch::nn::ReLU(), torch::nn::Linear(hidden, 1)) { register_module("net", net); }
  Tensor forward(Tensor s, Tensor a) { return net->forward(torch::cat({s, a}, -1)); }
  torch::nn::Sequential net;
};
TORCH_MODULE(QValue);

/// Everything SAC needs for one update of the critics.
struct SAC : torch::nn::Module {
  SAC(int64_t obs, int64_t act) : actor(obs, act, -2, 2), q1(obs, act), q2(obs, act), target1(obs, act), target2(obs, act) {
    register_module("actor", actor);
    register_module("q1", q1);
    register_module("q2", q2);
    soft_update(*q1, *target1, 1.0);
    soft_update(*q2, *target2, 1.0);
  }
  static void soft_update(torch::nn::Module& from, torch::nn::Module& to, double tau) {
    torch::NoGradGuard g;
    auto a = from.parameters(), b = to.parameters();
    for (size_t i = 0; i < a.size(); ++i) b[i].mul_(1 - tau).add_(a[i], tau);
  }
  Tensor forward(Tensor s, Tensor a, Tensor r, Tensor n, Tensor d) {
    auto [next_action, next_log_pi, _] = actor->get_action(n);
    auto min_q = torch::min(target1(n, next_action), target2(n, next_action)) - 0.2 * next_log_pi;
    auto target = r.flatten() + (1 - d.flatten()) * 0.99 * min_q.view(-1);
    auto loss1 = torch::nn::functional::mse_loss(q1(s, a).view(-1), target);
    auto loss2 = torch::nn::functional::mse_loss(q2(s, a).view(-1), target);
    return loss1 + loss2;
  }
  SACActor actor;
  QValue q1, q2, target1, target2;
};

int main() {
  auto agent = std::make_shared<ActorCritic>(8, 4, false);
  agent->eval();
  auto step = agent->forward(torch::randn({16, 8}));
  std::cout << step.action.sizes() << " " << step.value.mean().item<double>() << "\n";
}
// cobra: ActorCritic net(8, 4, false); net.eval(); auto x = torch::randn({16, 8}); net.forward(x);
// cobra: ActorCritic net(8, 3, true); net.eval(); auto x = torch::randn({16, 8}); net.forward(x);
// cobra: SAC net(6, 2); net.eval(); auto s = torch::randn({10, 6}), a = torch::rand({10, 2}), r = torch::rand({10, 1}), n = torch::randn({10, 6}), d = torch::zeros({10, 1}); net.forward(s, a, r, n, d);
