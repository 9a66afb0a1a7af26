// A registry that fills itself before main, configurations like JSON in a variant, builders, layers by a table of makers, an engine behind a pointer.
#include <torch/torch.h>

#include <any>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace zoo {

// ---------------------------------------------------------------- a small json-like value
class Json {
public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json>;
  Json() : v_(nullptr) {}
  Json(bool b) : v_(b) {}
  Json(int i) : v_(static_cast<int64_t>(i)) {}
  Json(int64_t i) : v_(i) {}
  Json(double d) : v_(d) {}
  Json(const char* s) : v_(std::string(s)) {}
  Json(std::string s) : v_(std::move(s)) {}
  Json(Array a) : v_(std::move(a)) {}
  Json(Object o) : v_(std::move(o)) {}
  bool contains(const std::string& k) const {
    auto* o = std::get_if<Object>(&v_);
    return o && o->count(k);
  }
  const Json& operator[](const std::string& k) const { return std::get<Object>(v_).at(k); }
  Json& operator[](const std::string& k) {
    if (std::holds_alternative<std::nullptr_t>(v_)) v_ = Object{};
    return std::get<Object>(v_)[k];
  }
  const Json& operator[](size_t i) const { return std::get<Array>(v_)[i]; }
  size_t size() const {
    return std::visit(
        [](const auto& x) -> size_t {
          using T = std::decay_t<decltype(x)>;
          if constexpr (std::is_same_v<T, Array> || std::is_same_v<T, Object>)
            return x.size();
          else
            return 0;
        },
        v_);
  }
  template <class T> T get() const {
    if constexpr (std::is_same_v<T, bool>)
      return std::get<bool>(v_);
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(std::get<int64_t>(v_));
    else if constexpr (std::is_floating_point_v<T>)
      return std::holds_alternative<double>(v_) ? std::get<double>(v_) : static_cast<T>(std::get<int64_t>(v_));
    else if constexpr (std::is_same_v<T, std::string>)
      return std::get<std::string>(v_);
    else {
      T out;
      for (const auto& e : std::get<Array>(v_)) out.push_back(e.template get<typename T::value_type>());
      return out;
    }
  }
  template <class T> T value(const std::string& key, T fallback) const { return contains(key) ? (*this)[key].template get<T>() : fallback; }
  auto begin() const { return std::get<Array>(v_).begin(); }
  auto end() const { return std::get<Array>(v_).end(); }

private:
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> v_;
};

// ---------------------------------------------------------------- interface and registry
struct IModel : torch::nn::Module {
  virtual torch::Tensor forward(torch::Tensor x) = 0;
  virtual std::string describe() const { return name(); }
};
using ModelPtr = std::shared_ptr<IModel>;

class Registry {
public:
  using Maker = std::function<ModelPtr(const Json&)>;
  static Registry& instance() {
    static Registry r;
    return r;
  }
  bool add(std::string_view name, Maker maker) { return makers_.emplace(std::string(name), std::move(maker)).second; }
  ModelPtr create(const Json& config) const {
    const auto type = config["type"].get<std::string>();
    const auto it = makers_.find(type);
    if (it == makers_.end()) throw std::runtime_error("no model " + type);
    return it->second(config);
  }

private:
  std::unordered_map<std::string, Maker> makers_;
};

#define ZOO_REGISTER(NAME, CLASS)                                                                                                          \
  namespace {                                                                                                                              \
  const bool CLASS##_registered = Registry::instance().add(NAME, [](const Json& c) -> ModelPtr { return std::make_shared<CLASS>(c); });    \
  }

// ---------------------------------------------------------------- activation by variant
struct Relu {};
struct Leaky {
  double slope = 0.01;
};
struct Swish {};
using Activation = std::variant<Relu, Leaky, Swish>;

template <class... Ts> struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts> overloaded(Ts...) -> overloaded<Ts...>;

Activation parse_activation(const Json& j) {
  const auto kind = j.value<std::string>("activation", "relu");
  if (kind == "leaky") return Leaky{j.value("slope", 0.2)};
  if (kind == "swish") return Swish{};
  return Relu{};
}
torch::Tensor activate(const Activation& a, const torch::Tensor& x) {
  return std::visit(overloaded{[&](const Relu&) { return torch::relu(x); }, [&](const Leaky& l) { return torch::leaky_relu(x, l.slope); },
                               [&](Swish) { return x * torch::sigmoid(x); }},
                    a);
}

// ---------------------------------------------------------------- CRTP mixin
template <class Derived> struct Residual : torch::nn::Module {
  torch::Tensor forward(const torch::Tensor& x) {
    auto& self = static_cast<Derived&>(*this);
    auto y = self.body(x);
    return self.skip ? self.skip->forward(x) + y : x + y;
  }
};

class DenseBlock : public Residual<DenseBlock> {
public:
  DenseBlock(int64_t in, int64_t out, Activation act) : act_(act) {
    fc1_ = register_module("fc1", torch::nn::Linear(in, out));
    fc2_ = register_module("fc2", torch::nn::Linear(out, out));
    norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({in}).elementwise_affine(true)));
    if (in != out) {
      skip = torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
      register_module("skip", skip);
    }
  }
  torch::Tensor body(const torch::Tensor& x) { return fc2_(activate(act_, fc1_(norm_(x)))); }
  torch::nn::Linear skip{nullptr};

private:
  Activation act_;
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};

class ResMlp : public IModel {
public:
  explicit ResMlp(const Json& c) {
    auto widths = c["widths"].get<std::vector<int64_t>>();
    const auto act = parse_activation(c);
    for (size_t i = 0; i + 1 < widths.size(); ++i)
      blocks_.push_back(register_module("block" + std::to_string(i), std::make_shared<DenseBlock>(widths[i], widths[i + 1], act)));
    head_ = register_module("head", torch::nn::Linear(widths.back(), c.value("classes", 10)));
  }
  torch::Tensor forward(torch::Tensor x) override {
    for (const auto& b : blocks_) x = b->forward(x);
    return head_(x);
  }

private:
  std::vector<std::shared_ptr<DenseBlock>> blocks_;
  torch::nn::Linear head_{nullptr};
};
ZOO_REGISTER("res_mlp", ResMlp)

// ---------------------------------------------------------------- layers by a table of makers
class LayerStack : public IModel {
public:
  explicit LayerStack(const Json& c) {
    using Make = std::function<torch::nn::AnyModule(const Json&, int64_t&)>;
    static const std::map<std::string, Make> makers = {
        {"conv",
         [](const Json& l, int64_t& ch) {
           const auto out = l["out"].get<int64_t>();
           torch::nn::Conv2d conv(
               torch::nn::Conv2dOptions(ch, out, l.value("kernel", 3)).stride(l.value("stride", 1)).padding(l.value("padding", 1)));
           ch = out;
           return torch::nn::AnyModule(conv);
         }},
        {"bn", [](const Json&, int64_t& ch) { return torch::nn::AnyModule(torch::nn::BatchNorm2d(ch)); }},
        {"relu", [](const Json&, int64_t&) { return torch::nn::AnyModule(torch::nn::ReLU()); }},
        {"pool", [](const Json& l, int64_t&) { return torch::nn::AnyModule(torch::nn::MaxPool2d(l.value("kernel", 2))); }},
        {"gap", [](const Json&, int64_t&) { return torch::nn::AnyModule(torch::nn::AdaptiveAvgPool2d(1)); }},
        {"flatten", [](const Json&, int64_t&) { return torch::nn::AnyModule(torch::nn::Flatten()); }},
        {"linear",
         [](const Json& l, int64_t& ch) {
           const auto out = l["out"].get<int64_t>();
           torch::nn::Linear fc(ch, out);
           ch = out;
           return torch::nn::AnyModule(fc);
         }},
    };
    int64_t channels = c.value("channels", 3);
    int i = 0;
    for (const auto& layer : c["layers"]) {
      const auto kind = layer["kind"].get<std::string>();
      layers_->push_back(kind + "_" + std::to_string(i++), makers.at(kind)(layer, channels));
    }
    register_module("layers", layers_);
  }
  torch::Tensor forward(torch::Tensor x) override { return layers_->forward(x); }

private:
  torch::nn::Sequential layers_;
};
ZOO_REGISTER("stack", LayerStack)

// ---------------------------------------------------------------- builder
class ModelBuilder {
public:
  ModelBuilder& type(std::string t) & {
    config_["type"] = Json(std::move(t));
    return *this;
  }
  ModelBuilder& widths(std::initializer_list<int64_t> w) {
    Json::Array a;
    for (auto x : w) a.emplace_back(x);
    config_["widths"] = Json(a);
    return *this;
  }
  template <class T> ModelBuilder& set(const std::string& key, T&& v) {
    config_[key] = Json(std::forward<T>(v));
    return *this;
  }
  ModelPtr build() const { return Registry::instance().create(config_); }

private:
  Json config_;
};

Json small_cnn() {
  auto layer = [](std::string kind, Json::Object more = {}) {
    more["kind"] = Json(kind);
    return Json(more);
  };
  return Json(Json::Object{{"type", "stack"},
                           {"channels", 3},
                           {"layers", Json::Array{layer("conv", {{"out", 8}}), layer("bn"), layer("relu"), layer("pool"),
                                                  layer("conv", {{"out", 16}, {"stride", 2}}), layer("relu"), layer("gap"),
                                                  layer("flatten"), layer("linear", {{"out", 10}})}}});
}
ModelPtr build_mlp(const std::string& activation) {
  ModelBuilder b;
  return b.type("res_mlp").widths({16, 32, 32}).set("activation", activation).set("classes", 5).build();
}

// ---------------------------------------------------------------- pimpl engine
class Engine {
public:
  explicit Engine(ModelPtr m);
  ~Engine();
  Engine(Engine&&) noexcept;
  torch::Tensor infer(const std::vector<float>& data, at::IntArrayRef shape);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
struct Engine::Impl {
  ModelPtr model;
  torch::ScalarType dtype = torch::kFloat32;
  torch::Device device = torch::kCPU;
};
Engine::Engine(ModelPtr m) : impl_(new Impl{std::move(m)}) {
  impl_->model->eval();
  impl_->model->to(impl_->device, impl_->dtype);
}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
torch::Tensor Engine::infer(const std::vector<float>& data, at::IntArrayRef shape) {
  c10::InferenceMode mode;
  auto x =
      torch::from_blob(const_cast<float*>(data.data()), shape, torch::TensorOptions().dtype(torch::kFloat32)).clone().to(impl_->device);
  return impl_->model->forward(x);
}

} // namespace zoo
// cobra: auto m = zoo::build_mlp("leaky"); m->eval(); auto x = torch::randn({4, 16}); m->forward(x);
// cobra: auto m = zoo::build_mlp("swish"); m->eval(); auto x = torch::randn({4, 16}); m->forward(x);
// cobra: auto m = zoo::Registry::instance().create(zoo::small_cnn()); m->eval(); auto x = torch::randn({2, 3, 32, 32}); m->forward(x);
// cobra: zoo::Engine e(zoo::build_mlp("relu")); std::vector<float> d(32); e.infer(d, {2, 16});

int main(int argc, char** argv) {
  const std::string which = argc > 1 ? argv[1] : "mlp";
  zoo::Engine engine(which == "mlp" ? zoo::build_mlp("relu") : zoo::Registry::instance().create(zoo::small_cnn()));
  std::vector<float> data(which == "mlp" ? 16 : 3 * 32 * 32, 0.5f);
  auto out = which == "mlp" ? engine.infer(data, {1, 16}) : engine.infer(data, {1, 3, 32, 32});
  std::cout << out << std::endl;
}
