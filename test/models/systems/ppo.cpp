// Proximal policy optimization: rollouts in buffers, generalized advantages, clipped updates in minibatches.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <random>
#include <tuple>
#include <vector>

constexpr int kSteps = 8, kEnvs = 4, kObs = 6, kActions = 3;

template <int64_t In, int64_t Out, int64_t Hidden = 32> struct Mlp : torch::nn::Module {
  torch::nn::Sequential net;
  explicit Mlp(double last_gain) {
    int64_t widths[] = {In, Hidden, Hidden, Out};
    constexpr auto layers = sizeof(widths) / sizeof(widths[0]) - 1;
    for (size_t i = 0; i < layers; i++) {
      torch::nn::Linear layer(widths[i], widths[i + 1]);
      torch::nn::init::orthogonal_(layer->weight, i + 1 == layers ? last_gain : std::sqrt(2.0));
      torch::nn::init::constant_(layer->bias, 0.0);
      net->push_back(layer);
      if (i + 1 < layers) net->push_back(torch::nn::Tanh());
    }
    this->register_module("net", net);
  }
  torch::Tensor operator()(torch::Tensor x) { return net->forward(x); }
};

struct Step {
  torch::Tensor action, log_prob, entropy, value;
};

class Agent final : public torch::nn::Module {
 public:
  Agent() : actor(std::make_shared<Mlp<kObs, kActions>>(0.01)), critic(std::make_shared<Mlp<kObs, 1>>(1.0)) {
    register_module("actor", actor);
    register_module("critic", critic);
  }
  torch::Tensor value(const torch::Tensor& x) { return (*critic)(x); }
  Step act(const torch::Tensor& x, torch::Tensor action = torch::Tensor()) {
    auto log_p = torch::log_softmax((*actor)(x), -1);
    auto p = log_p.exp();
    if (!action.defined()) action = p.multinomial(1, true).squeeze(-1);
    auto chosen = log_p.gather(-1, action.unsqueeze(-1)).squeeze(-1);
    auto entropy = -(p * log_p).sum(-1);
    return Step{action, chosen, entropy, value(x)};
  }

 private:
  std::shared_ptr<Mlp<kObs, kActions>> actor;
  std::shared_ptr<Mlp<kObs, 1>> critic;
};

struct Rollout {
  torch::Tensor obs = torch::zeros({kSteps, kEnvs, kObs}), actions = torch::zeros({kSteps, kEnvs}, torch::kLong), log_probs = torch::zeros({kSteps, kEnvs}),
                rewards = torch::zeros({kSteps, kEnvs}), dones = torch::zeros({kSteps, kEnvs}), values = torch::zeros({kSteps, kEnvs});
};

struct Environment {
  torch::Tensor state = torch::zeros({kEnvs, kObs});
  std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> step(const torch::Tensor& action) {
    state = (state * 0.9 + torch::randn_like(state) * 0.1).clamp(-5, 5);
    auto reward = state.sum(1) * (action - 1).to(torch::kFloat);
    return {state, reward, torch::rand({kEnvs}).lt(0.01).to(torch::kFloat)};
  }
};

Rollout collect(Agent& agent, Environment& env) {
  torch::NoGradGuard guard;
  Rollout r;
  auto next_done = torch::zeros({kEnvs});
  for (int step = 0; step < kSteps; ++step) {
    r.obs[step] = env.state;
    r.dones[step] = next_done;
    auto s = agent.act(env.state);
    r.values[step] = s.value.flatten();
    r.actions[step] = s.action;
    r.log_probs[step] = s.log_prob;
    torch::Tensor reward;
    std::tie(std::ignore, reward, next_done) = env.step(s.action);
    r.rewards[step] = reward.view(-1);
  }
  return r;
}

std::pair<torch::Tensor, torch::Tensor> gae(const Rollout& r, const torch::Tensor& next_value, const torch::Tensor& next_done, double gamma = 0.99, double lambda = 0.95) {
  auto advantages = torch::zeros_like(r.rewards);
  torch::Tensor last = torch::zeros({kEnvs});
  for (int t = kSteps - 1; t >= 0; --t) {
    const bool final_step = t == kSteps - 1;
    auto alive = 1.0 - (final_step ? next_done : r.dones[t + 1]);
    auto following = final_step ? next_value : r.values[t + 1];
    auto delta = r.rewards[t] + gamma * following * alive - r.values[t];
    advantages[t] = last = delta + gamma * lambda * alive * last;
  }
  return {advantages, advantages + r.values};
}

struct Losses {
  torch::Tensor policy, value, entropy;
  torch::Tensor total(double vf = 0.5, double ent = 0.01) const { return policy - ent * entropy + vf * value; }
};

Losses losses(Agent& agent, const Rollout& r, const torch::Tensor& advantages, const torch::Tensor& returns, const torch::Tensor& rows, double clip = 0.2) {
  auto flat = [&](const torch::Tensor& t) { return t.reshape({kSteps * kEnvs}).index_select(0, rows); };
  auto obs = r.obs.reshape({-1, kObs}).index({rows});
  auto now = agent.act(obs, flat(r.actions));
  auto log_ratio = now.log_prob - flat(r.log_probs);
  auto ratio = log_ratio.exp();
  auto adv = flat(advantages);
  adv = (adv - adv.mean()) / (adv.std() + 1e-8);
  auto policy = torch::max(-adv * ratio, -adv * torch::clamp(ratio, 1 - clip, 1 + clip)).mean();
  auto value = now.value.view(-1), old = flat(r.values), target = flat(returns);
  auto clipped = old + (value - old).clamp(-clip, clip);
  auto value_loss = 0.5 * torch::max((value - target).square(), (clipped - target).square()).mean();
  return {policy, value_loss, now.entropy.mean()};
}

torch::Tensor epoch(Agent& agent, Environment& env, int64_t minibatches = 2) {
  auto r = collect(agent, env);
  auto [advantages, returns] = gae(r, agent.value(env.state).reshape({-1}), torch::zeros({kEnvs}));
  auto order = torch::randperm(kSteps * kEnvs, torch::kLong);
  auto sum = torch::zeros({});
  for (auto& rows : order.chunk(minibatches)) sum = sum + losses(agent, r, advantages, returns, rows).total();
  return sum / minibatches;
}

// cobra: Agent agent; Environment env; collect(agent, env);
// cobra: Agent agent; Environment env; epoch(agent, env);

int main() {
  torch::manual_seed(1);
  Agent agent;
  Environment env;
  torch::optim::Adam optimizer(agent.parameters(), torch::optim::AdamOptions(2.5e-4).eps(1e-5));
  const int updates = 10;
  for (int update = 1; update <= updates; ++update) {
    const double fraction = 1.0 - (update - 1.0) / updates;
    for (auto& group : optimizer.param_groups()) static_cast<torch::optim::AdamOptions&>(group.options()).lr(fraction * 2.5e-4);
    optimizer.zero_grad();
    auto loss = epoch(agent, env);
    loss.backward();
    torch::nn::utils::clip_grad_norm_(agent.parameters(), 0.5);
    optimizer.step();
    std::cout << "update " << update << " loss " << loss.item<float>() << std::endl;
  }
}
