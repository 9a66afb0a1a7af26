// A small inference service: model behind a mutex, requests batched, device and dtype chosen at run time, no gradients anywhere.
#include <torch/torch.h>

#include <condition_variable>
#include <exception>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <unordered_map>

namespace service {

struct ModelSpec {
  std::string name;
  std::string arch = "mlp";
  int64_t inputs = 16;
  int64_t outputs = 4;
  bool half = false;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual torch::Tensor infer(const torch::Tensor& batch) = 0;
  virtual void to(torch::Device device) = 0;
};

template <typename Net>
class TorchModel final : public Model {
 public:
  template <typename... Args>
  explicit TorchModel(bool half, Args&&... args) : net_(std::make_shared<Net>(std::forward<Args>(args)...)), dtype_(half ? torch::kHalf : torch::kFloat) {
    net_->eval();
    for (auto& p : net_->parameters()) p.requires_grad_(false);
    if (half) net_->to(dtype_);
  }
  torch::Tensor infer(const torch::Tensor& batch) override {
    c10::InferenceMode guard(true);
    return net_->forward(batch.to(device_, dtype_, /*non_blocking=*/true));
  }
  void to(torch::Device device) override {
    device_ = device;
    net_->to(device, /*non_blocking=*/false);
  }

 private:
  std::shared_ptr<Net> net_;
  torch::Dtype dtype_;
  torch::Device device_{torch::kCPU};
};

struct Mlp : torch::nn::Module {
  Mlp(int64_t in, int64_t out) : body(register_module("body", torch::nn::Sequential(torch::nn::Linear(in, 32), torch::nn::SiLU(), torch::nn::Linear(32, out)))) {}
  torch::Tensor forward(torch::Tensor x) { return body->forward(x); }
  torch::nn::Sequential body;
};

struct Wide : torch::nn::Module {
  Wide(int64_t in, int64_t out) {
    for (auto width : {64, 128, 64}) {
      layers.push_back(register_module("l" + std::to_string(layers.size()), torch::nn::Linear(in, width)));
      in = width;
    }
    head = register_module("head", torch::nn::Linear(in, out));
  }
  torch::Tensor forward(torch::Tensor x) {
    for (auto& l : layers) x = torch::nn::functional::mish(l(x));
    return head(x);
  }
  std::vector<torch::nn::Linear> layers;
  torch::nn::Linear head{nullptr};
};

std::unique_ptr<Model> build(const ModelSpec& spec) {
  if (spec.arch == "mlp") return std::make_unique<TorchModel<Mlp>>(spec.half, spec.inputs, spec.outputs);
  if (spec.arch == "wide") return std::make_unique<TorchModel<Wide>>(spec.half, spec.inputs, spec.outputs);
  throw std::invalid_argument("unknown architecture: " + spec.arch);
}

class InferenceService {
 public:
  explicit InferenceService(std::optional<int> gpu = std::nullopt) : device_(gpu && torch::cuda::is_available() ? torch::Device(torch::kCUDA, *gpu) : torch::Device("cpu")) {}

  void load(const ModelSpec& spec) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto model = build(spec);
    model->to(device_);
    models_[spec.name] = std::move(model);
  }

  std::vector<float> predict(const std::string& name, const std::vector<std::vector<float>>& rows) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = models_.find(name);
    if (it == models_.end()) throw std::out_of_range("no model named " + name);
    try {
      std::vector<torch::Tensor> tensors;
      for (const auto& row : rows) tensors.push_back(torch::tensor(row));
      auto out = it->second->infer(torch::stack(tensors)).to(torch::kFloat).softmax(-1).cpu().contiguous();
      return std::vector<float>(out.data_ptr<float>(), out.data_ptr<float>() + out.numel());
    } catch (const c10::Error& e) {
      std::cerr << e.what_without_backtrace() << std::endl;
      throw;
    }
  }
  Model& model(const std::string& name) { return *models_.at(name); }

 private:
  torch::Device device_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Model>> models_;
};

/// The same as a module, for tests.
struct Frontend : torch::nn::Module {
  explicit Frontend(std::string arch) { service.load({"default", std::move(arch)}); }
  torch::Tensor forward(torch::Tensor x) { return service.model("default").infer(x).softmax(-1); }
  InferenceService service;
};

}  // namespace service

int main(int argc, char** argv) {
  service::InferenceService s;
  s.load({"ranker", argc > 1 ? argv[1] : "wide"});
  std::thread worker([&] {
    auto p = s.predict("ranker", std::vector<std::vector<float>>(8, std::vector<float>(16, 0.5f)));
    std::cout << p.size() << "\n";
  });
  worker.join();
  return 0;
}
// cobra: service::Frontend f("wide"); f.eval(); auto x = torch::rand({8, 16}); f.forward(x);
