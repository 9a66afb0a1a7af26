// Robots: a visual servo policy, a diffusion policy, a Kalman filter that is learned, rotations; a node with a thread.
#include <torch/torch.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace robot_learning
{

using Tensor = torch::Tensor;

template <typename Scalar, int Rows, int Cols>
struct Mat
{
  std::array<Scalar, Rows * Cols> data{};
  constexpr Scalar& operator()(int r, int c) { return data[r * Cols + c]; }
  constexpr Scalar operator()(int r, int c) const { return data[r * Cols + c]; }
  Tensor toTensor() const
  {
    auto t = torch::empty({Rows, Cols}, torch::kFloat64);
    for (int r = 0; r < Rows; ++r)
      for (int c = 0; c < Cols; ++c)
        t[r][c] = static_cast<double>((*this)(r, c));
    return t;
  }
};

Tensor skew(const Tensor& w)
{
  auto z = torch::zeros_like(w.select(-1, 0));
  auto x = w.select(-1, 0), y = w.select(-1, 1), zz = w.select(-1, 2);
  return torch::stack({torch::stack({z, -zz, y}, -1), torch::stack({zz, z, -x}, -1), torch::stack({-y, x, z}, -1)}, -2);
}

Tensor so3Exp(const Tensor& w)
{
  auto theta = w.norm(2, -1, true).unsqueeze(-1).clamp_min(1e-8);
  auto K = skew(w) / theta;
  auto I = torch::eye(3, w.options()).expand_as(K);
  return I + torch::sin(theta) * K + (1 - torch::cos(theta)) * torch::matmul(K, K);
}

Tensor quatMul(const Tensor& a, const Tensor& b)
{
  auto u = a.unbind(-1), v = b.unbind(-1);
  return torch::stack({u[0] * v[0] - u[1] * v[1] - u[2] * v[2] - u[3] * v[3], u[0] * v[1] + u[1] * v[0] + u[2] * v[3] - u[3] * v[2],
                       u[0] * v[2] - u[1] * v[3] + u[2] * v[0] + u[3] * v[1], u[0] * v[3] + u[1] * v[2] - u[2] * v[1] + u[3] * v[0]}, -1);
}

struct SpatialSoftmaxImpl : torch::nn::Module
{
  SpatialSoftmaxImpl(int64_t h, int64_t w) : h_(h), w_(w)
  {
    auto grid = torch::meshgrid({torch::linspace(-1, 1, h), torch::linspace(-1, 1, w)}, "ij");
    pos_y_ = register_buffer("pos_y", grid[0].reshape({-1}));
    pos_x_ = register_buffer("pos_x", grid[1].reshape({-1}));
    temperature_ = register_parameter("temperature", torch::ones(1));
  }
  Tensor forward(Tensor f)
  {
    const auto n = f.size(0), c = f.size(1);
    f = f.view({n * c, h_ * w_});
    auto a = torch::softmax(f / temperature_, -1);
    auto ex = torch::sum(pos_x_ * a, 1, true), ey = torch::sum(pos_y_ * a, {1}, true);
    return torch::cat({ex, ey}, 1).view({n, c * 2});
  }
  int64_t h_, w_;
  Tensor pos_x_, pos_y_, temperature_;
};
TORCH_MODULE(SpatialSoftmax);

struct PolicyParams
{
  int image_height = 60, image_width = 80;
  int joint_dim = 7;
  std::vector<int> channels = {16, 32, 32};
  bool use_depth = false;
  double dt = 0.05;
};

class VisuomotorPolicy : public torch::nn::Module
{
public:
  using Ptr = std::shared_ptr<VisuomotorPolicy>;
  using ConstPtr = std::shared_ptr<const VisuomotorPolicy>;
  template <class... Args>
  static Ptr Create(Args&&... args) { return Ptr(new VisuomotorPolicy(std::forward<Args>(args)...)); }

  explicit VisuomotorPolicy(const PolicyParams& params) : params_(params)
  {
    int in = params.use_depth ? 4 : 3;
    int h = params.image_height, w = params.image_width;
    for (std::size_t i = 0; i < params.channels.size(); ++i)
    {
      const int k = i == 0 ? 7 : 5, s = i == 0 ? 2 : 1;
      backbone_->push_back("conv" + std::to_string(i), torch::nn::Conv2d(torch::nn::Conv2dOptions(in, params.channels[i], k).stride(s)));
      backbone_->push_back("relu" + std::to_string(i), torch::nn::ReLU());
      in = params.channels[i];
      h = (h - k) / s + 1;
      w = (w - k) / s + 1;
    }
    register_module("backbone", backbone_);
    pool_ = register_module("pool", SpatialSoftmax(h, w));
    head_ = register_module("head", torch::nn::Sequential(torch::nn::Linear(2 * in + params.joint_dim, 40), torch::nn::ReLU(), torch::nn::Linear(40, params.joint_dim)));
  }

  struct Command
  {
    Tensor velocity;
    std::optional<Tensor> gripper = std::nullopt;
  };

  Command forward(const Tensor& image, const Tensor& joints)
  {
    auto x = image;
    if (x.scalar_type() == torch::kUInt8) x = x.permute({0, 3, 1, 2}).contiguous().to(torch::kFloat32).div_(255.f);
    const float mean[] = {0.485f, 0.456f, 0.406f}, stddev[] = {0.229f, 0.224f, 0.225f};
    for (int c = 0; c < 3; ++c) x.select(1, c).sub_(mean[c]).div_(stddev[c]);
    auto f = pool_(backbone_->forward(x));
    Command cmd;
    cmd.velocity = head_->forward(torch::hstack({f, joints})).clamp(-1.5, 1.5);
    return cmd;
  }

private:
  PolicyParams params_;
  torch::nn::Sequential backbone_;
  SpatialSoftmax pool_{nullptr};
  torch::nn::Sequential head_{nullptr};
};

// Differentiable Kalman filter
class KalmanNet : public torch::nn::Module
{
public:
  KalmanNet(int64_t n, int64_t m) : n_(n), m_(m)
  {
    F_ = register_parameter("F", torch::eye(n) + 0.01 * torch::randn({n, n}));
    H_ = register_parameter("H", torch::randn({m, n}));
    q_ = register_parameter("q", torch::zeros(n));
    r_ = register_parameter("r", torch::zeros(m));
  }
  std::pair<Tensor, Tensor> forward(const Tensor& z)
  {
    const auto B = z.size(0), T = z.size(1);
    auto x = z.new_zeros({B, n_, 1});
    auto P = torch::eye(n_, z.options()).unsqueeze(0).repeat({B, 1, 1});
    auto Q = torch::diag_embed(torch::exp(q_)), R = torch::diag(r_.exp());
    std::vector<Tensor> xs;
    for (int64_t t = 0; t < T; ++t)
    {
      x = torch::matmul(F_, x);
      P = F_.matmul(P).matmul(F_.t()) + Q;
      auto y = z.select(1, t).unsqueeze(-1) - H_.matmul(x);
      auto S = H_.matmul(P).matmul(H_.transpose(0, 1)) + R;
      auto K = torch::linalg_solve(S, H_.matmul(P)).transpose(-2, -1);
      x = x + K.matmul(y);
      P = (torch::eye(n_) - K.matmul(H_)).matmul(P);
      xs.push_back(x.squeeze(-1));
    }
    return {torch::stack(xs, 1), P};
  }

private:
  int64_t n_, m_;
  Tensor F_, H_, q_, r_;
};

// Diffusion policy (1d unet with FiLM)
class ConditionalBlockImpl : public torch::nn::Module
{
public:
  ConditionalBlockImpl(int in, int out, int cond)
  {
    auto block = [&](int i, int o) { return torch::nn::Sequential(torch::nn::Conv1d(torch::nn::Conv1dOptions(i, o, 3).padding(1)), torch::nn::GroupNorm(4, o), torch::nn::Mish()); };
    a_ = register_module("a", block(in, out));
    b_ = register_module("b", block(out, out));
    film_ = register_module("film", torch::nn::Sequential(torch::nn::Mish(), torch::nn::Linear(cond, 2 * out), torch::nn::Unflatten(torch::nn::UnflattenOptions(-1, {2 * out, 1}))));
    if (in == out) residual_ = torch::nn::AnyModule(torch::nn::Identity());
    else residual_ = torch::nn::AnyModule(torch::nn::Conv1d(in, out, 1));
    register_module("residual", residual_.ptr());
  }
  Tensor forward(Tensor x, Tensor cond)
  {
    auto h = a_->forward(x);
    auto f = film_->forward(cond).chunk(2, 1);
    h = f.at(0) * h + f.at(1);
    return b_->forward(h) + residual_.forward(x);
  }

private:
  torch::nn::Sequential a_{nullptr}, b_{nullptr}, film_{nullptr};
  torch::nn::AnyModule residual_;
};
TORCH_MODULE(ConditionalBlock);

class NoiseNet : public torch::nn::Module
{
public:
  NoiseNet(int act, int obs, std::vector<int> dims = {16, 32}) : dims_(dims)
  {
    const int cond = obs + 16;
    time_ = register_module("time", torch::nn::Sequential(torch::nn::Linear(16, 32), torch::nn::Mish(), torch::nn::Linear(32, 16)));
    std::vector<int> all{act};
    std::copy(dims.begin(), dims.end(), std::back_inserter(all));
    for (std::size_t i = 0; i + 1 < all.size(); ++i)
    {
      down_->push_back(ConditionalBlock(all[i], all[i + 1], cond));
      down_sample_->push_back(torch::nn::Conv1d(torch::nn::Conv1dOptions(all[i + 1], all[i + 1], 3).stride(2).padding(1)));
    }
    mid_ = register_module("mid", ConditionalBlock(all.back(), all.back(), cond));
    for (std::size_t i = all.size() - 1; i > 0; --i)
    {
      up_sample_->push_back(torch::nn::ConvTranspose1d(torch::nn::ConvTranspose1dOptions(all[i], all[i], 4).stride(2).padding(1)));
      up_->push_back(ConditionalBlock(2 * all[i], i > 1 ? all[i - 1] : all[1], cond));
    }
    register_module("down", down_);
    register_module("down_sample", down_sample_);
    register_module("up", up_);
    register_module("up_sample", up_sample_);
    final_ = register_module("final", torch::nn::Conv1d(all[1], act, 1));
  }
  Tensor embed(const Tensor& t)
  {
    auto f = torch::exp(torch::arange(8, torch::kFloat) * -(std::log(10000.0) / 7));
    auto e = t.to(torch::kFloat).unsqueeze(1) * f.unsqueeze(0);
    return torch::cat({e.sin(), e.cos()}, -1);
  }
  Tensor forward(Tensor sample, Tensor t, Tensor obs)
  {
    auto x = sample.swapaxes(-1, -2);
    auto c = torch::cat({time_->forward(embed(t)), obs}, -1);
    std::vector<Tensor> skips;
    for (std::size_t i = 0; i < down_->size(); ++i)
    {
      x = down_->ptr<ConditionalBlockImpl>(i)->forward(x, c);
      skips.push_back(x);
      x = down_sample_[i]->as<torch::nn::Conv1d>()->forward(x);
    }
    x = mid_(x, c);
    for (std::size_t i = 0; i < up_->size(); ++i)
    {
      x = up_sample_[i]->as<torch::nn::ConvTranspose1d>()->forward(x);
      x = torch::cat({x, skips.back()}, 1);
      skips.pop_back();
      x = up_[i]->as<ConditionalBlock>()->forward(x, c);
    }
    return final_(x).moveaxis(-1, -2);
  }
  Tensor sample(Tensor obs, int horizon, int act, int steps)
  {
    torch::NoGradGuard g;
    auto betas = torch::linspace(1e-4, 0.02, 100);
    auto ac = torch::cumprod(1 - betas, 0);
    auto x = torch::randn({obs.size(0), horizon, act});
    for (int i = steps - 1; i >= 0; --i)
    {
      const int k = i * (100 / steps);
      auto t = torch::full({obs.size(0)}, k, torch::kLong);
      auto eps = forward(x, t, obs);
      auto a = ac[k];
      auto x0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1);
      if (i > 0)
      {
        auto ap = ac[(i - 1) * (100 / steps)];
        x = ap.sqrt() * x0 + (1 - ap).sqrt() * eps;
      }
      else
        x = x0;
    }
    return x;
  }

private:
  std::vector<int> dims_;
  torch::nn::Sequential time_{nullptr};
  torch::nn::ModuleList down_, down_sample_, up_, up_sample_;
  ConditionalBlock mid_{nullptr};
  torch::nn::Conv1d final_{nullptr};
};

class Node
{
public:
  Node(int argc, char** argv)
  {
    int opt;
    while ((opt = getopt(argc, argv, "w:h:d")) != -1)
    {
      switch (opt)
      {
        case 'w': params_.image_width = atoi(optarg); break;
        case 'h': params_.image_height = atoi(optarg); break;
        case 'd': params_.use_depth = true; break;
        default: throw std::runtime_error("usage");
      }
    }
    policy_ = VisuomotorPolicy::Create(params_);
    policy_->eval();
    thread_ = std::thread(&Node::spin, this);
  }
  ~Node() { if (thread_.joinable()) thread_.join(); }

private:
  void spin()
  {
    for (int i = 0; i < 3; ++i)
    {
      std::lock_guard<std::mutex> l(mutex_);
      auto img = torch::randint(0, 255, {1, params_.image_height, params_.image_width, 3}, torch::kUInt8);
      auto cmd = policy_->forward(img, torch::zeros({1, params_.joint_dim}));
      std::printf("%f\n", cmd.velocity[0][0].item<float>());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  PolicyParams params_;
  VisuomotorPolicy::Ptr policy_;
  std::mutex mutex_;
  std::thread thread_;
};
}  // namespace robot_learning
// cobra: using namespace robot_learning; auto w = torch::randn({4, 3}); so3Exp(w);
// cobra: using namespace robot_learning; auto a = torch::randn({4, 4}), b = torch::randn({4, 4}); quatMul(a, b);
// cobra: robot_learning::PolicyParams p; auto net = robot_learning::VisuomotorPolicy::Create(p); net->eval(); auto x = torch::randint(0, 255, {2, 60, 80, 3}, torch::kUInt8); auto j = torch::randn({2, 7}); net->forward(x, j);
// cobra: robot_learning::KalmanNet k(4, 2); k.eval(); auto z = torch::randn({3, 5, 2}); k.forward(z);
// cobra: robot_learning::NoiseNet n(2, 5); n.eval(); auto o = torch::randn({2, 5}); n.sample(o, 8, 2, 3);
// cobra: robot_learning::Mat<float, 2, 3> m; m(1, 2) = 3.f; m.toTensor();

int main(int argc, char** argv)
{
  try
  {
    robot_learning::Node node(argc, argv);
  }
  catch (const std::exception& e)
  {
    std::fprintf(stderr, "%s\n", e.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
