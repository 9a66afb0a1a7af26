// Variables of namespaces that do something while they are made: registries that fill themselves before main.
#include <torch/torch.h>

#include <functional>
#include <map>

struct Layer : torch::nn::Module {
  virtual torch::Tensor forward(torch::Tensor x) = 0;
};

using Maker = std::function<std::shared_ptr<Layer>(int64_t)>;

std::map<std::string, Maker>& makers() {
  static std::map<std::string, Maker> table;
  return table;
}

struct Registrar {
  Registrar(const std::string& name, Maker maker) { makers()[name] = std::move(maker); }
};

bool enlist(const std::string& name, Maker maker) { return makers().emplace(name, std::move(maker)).second; }

struct Wide : Layer {
  explicit Wide(int64_t n) : linear(register_module("linear", torch::nn::Linear(n, 2 * n))) {}
  torch::Tensor forward(torch::Tensor x) override { return linear(x); }
  torch::nn::Linear linear;
};
static Registrar wide("wide", [](int64_t n) { return std::make_shared<Wide>(n); });

namespace detail {
struct Deep : Layer {
  explicit Deep(int64_t n) : linear(register_module("linear", torch::nn::Linear(n, n))) {}
  torch::Tensor forward(torch::Tensor x) override { return linear(torch::relu(linear(x))); }
  torch::nn::Linear linear;
};
const bool deep = enlist("deep", [](int64_t n) -> std::shared_ptr<Layer> { return std::make_shared<Deep>(n); });
int64_t counter = 0;
const int64_t first = ++counter, second = ++counter;
} // namespace detail

struct Net : torch::nn::Module {
  Net() : a(register_module("a", makers().at("wide")(4))), b(register_module("b", makers().at("deep")(8))) {}
  torch::Tensor forward(torch::Tensor x) {
    x = b->forward(a->forward(x));
    return x.repeat({detail::second, static_cast<int64_t>(makers().size())}); // [[6 16]]
  }
  std::shared_ptr<Layer> a, b;
};

// cobra: Net net; net.eval(); auto x = torch::randn({3, 4}); net.forward(x);
