// DQN and dueling DQN with a replay buffer on a tiny grid world
#include <torch/torch.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <random>

struct Transition {
    torch::Tensor state;
    int64_t action;
    float reward;
    torch::Tensor next_state;
    bool done;
};

class ReplayBuffer {
public:
    explicit ReplayBuffer(size_t capacity) : capacity_(capacity), rng_(std::random_device{}()) {}
    void push(Transition t) {
        if (buffer_.size() >= capacity_) buffer_.pop_front();
        buffer_.push_back(std::move(t));
    }
    std::vector<Transition> sample(size_t n) {
        std::vector<Transition> out;
        std::sample(buffer_.begin(), buffer_.end(), std::back_inserter(out), n, rng_);
        return out;
    }
    size_t size() const { return buffer_.size(); }

private:
    size_t capacity_;
    std::deque<Transition> buffer_;
    std::mt19937 rng_;
};

// abstract interface so that both networks can be trained by the same agent
class QNetwork : public torch::nn::Module {
public:
    virtual torch::Tensor forward(torch::Tensor x) = 0;
    torch::Tensor act(torch::Tensor state) {
        return std::get<1>(forward(state).max(1));
    }
};

class ConvDQN : public QNetwork {
public:
    ConvDQN(const std::vector<int64_t>& input_shape, int64_t num_actions) : input_shape_(input_shape) {
        features = torch::nn::Sequential(
            torch::nn::Conv2d(torch::nn::Conv2dOptions(input_shape[0], 32, 8).stride(4)), torch::nn::ReLU(),
            torch::nn::Conv2d(torch::nn::Conv2dOptions(32, 64, 4).stride(2)), torch::nn::ReLU(),
            torch::nn::Conv2d(torch::nn::Conv2dOptions(64, 64, 3).stride(1)), torch::nn::ReLU());
        register_module("features", features);
        fc = torch::nn::Sequential(torch::nn::Linear(feature_size(), 512), torch::nn::ReLU(), torch::nn::Linear(512, num_actions));
        register_module("fc", fc);
    }

    torch::Tensor forward(torch::Tensor x) override {
        x = x.to(torch::kFloat32) / 255.0;
        x = features->forward(x);
        x = x.view({x.size(0), -1});
        return fc->forward(x);
    }

private:
    int64_t feature_size() {
        torch::NoGradGuard g;
        auto shape = input_shape_;
        shape.insert(shape.begin(), 1);
        return features->forward(torch::zeros(shape)).view({1, -1}).size(1);
    }
    std::vector<int64_t> input_shape_;
    torch::nn::Sequential features{nullptr}, fc{nullptr};
};

class DuelingDQN : public QNetwork {
public:
    DuelingDQN(int64_t obs, int64_t actions, int64_t hidden = 128)
        : feature(torch::nn::Linear(obs, hidden), torch::nn::ReLU()),
          advantage(torch::nn::Linear(hidden, hidden), torch::nn::ReLU(), torch::nn::Linear(hidden, actions)),
          value(torch::nn::Linear(hidden, hidden), torch::nn::ReLU(), torch::nn::Linear(hidden, 1)) {
        register_module("feature", feature);
        register_module("advantage", advantage);
        register_module("value", value);
    }
    torch::Tensor forward(torch::Tensor x) override {
        x = feature->forward(x);
        auto adv = advantage->forward(x);
        auto val = value->forward(x);
        return val + adv - adv.mean(1, /*keepdim=*/true);
    }

private:
    torch::nn::Sequential feature, advantage, value;
};

class Agent {
public:
    Agent(std::shared_ptr<QNetwork> online, std::shared_ptr<QNetwork> target, double gamma = 0.99)
        : online_(std::move(online)), target_(std::move(target)), gamma_(gamma), optimizer_(online_->parameters(), torch::optim::AdamOptions(1e-4)) {
        sync();
    }
    void sync() {
        torch::NoGradGuard g;
        auto from = online_->named_parameters(), to = target_->named_parameters();
        for (auto& p : from) to[p.key()].copy_(p.value());
    }
    torch::Tensor loss(const std::vector<Transition>& batch) {
        std::vector<torch::Tensor> s, n;
        std::vector<int64_t> a;
        std::vector<float> r, d;
        for (auto& t : batch) {
            s.push_back(t.state);
            n.push_back(t.next_state);
            a.push_back(t.action);
            r.push_back(t.reward);
            d.push_back(t.done ? 1.f : 0.f);
        }
        auto q = online_->forward(torch::stack(s)).gather(1, torch::tensor(a).unsqueeze(1)).squeeze(1);
        torch::Tensor next;
        {
            torch::NoGradGuard g;
            next = std::get<0>(target_->forward(torch::stack(n)).max(1));
        }
        auto expected = torch::tensor(r) + gamma_ * next * (1 - torch::tensor(d));
        return torch::smooth_l1_loss(q, expected.detach());
    }
    torch::optim::Adam& optimizer() { return optimizer_; }
    std::shared_ptr<QNetwork> online() { return online_; }

private:
    std::shared_ptr<QNetwork> online_, target_;
    double gamma_;
    torch::optim::Adam optimizer_;
};

int main() {
    torch::manual_seed(1);
    auto online = std::make_shared<DuelingDQN>(4, 2), target = std::make_shared<DuelingDQN>(4, 2);
    Agent agent(online, target);
    ReplayBuffer memory(1000);
    std::mt19937 rng(0);
    std::uniform_real_distribution<float> uniform(0, 1);
    float epsilon = 1.0;
    auto state = torch::randn({4});
    for (int frame = 0; frame < 2000; ++frame) {
        int64_t action;
        if (uniform(rng) < epsilon)
            action = rng() % 2;
        else
            action = agent.online()->act(state.unsqueeze(0)).item<int64_t>();
        auto next = torch::randn({4});
        memory.push({state, action, uniform(rng), next, uniform(rng) < 0.05f});
        state = next;
        epsilon = std::max(0.05f, epsilon * 0.999f);
        if (memory.size() > 64) {
            auto l = agent.loss(memory.sample(32));
            agent.optimizer().zero_grad();
            l.backward();
            agent.optimizer().step();
        }
        if (frame % 100 == 0) agent.sync();
    }
}
// cobra: std::shared_ptr<QNetwork> net = std::make_shared<ConvDQN>(std::vector<int64_t>{4, 84, 84}, 6); net->eval(); auto frames = torch::randint(0, 255, {2, 4, 84, 84}, torch::kByte); net->act(frames);
// cobra: DuelingDQN net(8, 4); net.eval(); auto obs = torch::randn({16, 8}); net.forward(obs);
