// What lies behind a tensor: pointers and accessors, copies in and out, and variants whose value does not tell their alternative.
#include <torch/torch.h>

#include <array>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

using torch::Tensor;

// ---- as many elements as there are between two pointers
struct Copies : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<float> all(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
    std::vector<float> few(6);
    std::memcpy(few.data(), x.data_ptr<float>(), few.size() * sizeof(float));
    auto y = torch::empty({3, 4}); // [[3 4]]
    std::memcpy(y.data_ptr(), all.data(), sizeof(float) * all.size());
    auto row = torch::from_blob(few.data(), {static_cast<int64_t>(few.size())}).clone(); // [[6]]
    return y.repeat({static_cast<int64_t>(all.size()), 1});                              // [[36 4]]
  }
};
// cobra: Copies net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- an accessor knows its sizes, and what is written through it is not known
struct Accessors : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto filter = torch::zeros({3, 5}); // [[3 5]]
    auto a = filter.accessor<float, 2>();
    for (int64_t i = 0; i < a.size(0); ++i)
      for (int64_t j = 0; j < a[i].size(0); ++j) a[i][j] = static_cast<float>(i * j);
    return x.matmul(filter); // [[2 5]]
  }
};
// cobra: Accessors net; auto x = torch::randn({2, 3}); net.forward(x);

struct Pointers : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto sizes = torch::tensor({2, 3}, torch::kLong); // [[2]]
    const int64_t* p = sizes.data_ptr<int64_t>();
    return x.repeat({p[0], p[1]}); // [[4 9]]
  }
};
// cobra: Pointers net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- bool, integers and enumerators are numbers alike: a variant keeps which one it holds
class Setting {
public:
  Setting(bool b) : value_(b) {}
  Setting(int i) : value_(static_cast<int64_t>(i)) {}
  Setting(double d) : value_(d) {}
  Setting(const char* s) : value_(std::string(s)) {}
  bool isFlag() const { return std::holds_alternative<bool>(value_); }
  int64_t number() const { return std::get<int64_t>(value_); }
  std::size_t which() const { return value_.index(); }
  void set(int64_t n) { value_ = n; }

private:
  std::variant<bool, int64_t, double, std::string> value_;
};
template <class... Ts> struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts> Overloaded(Ts...) -> Overloaded<Ts...>;

struct Variants : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<Setting> settings{true, 3, 0.5, "wide"};
    for (const Setting& s : settings) x = s.isFlag() ? x.neg() : x.abs(); // [[2 3]] [[2 3]] [[2 3]] [[2 3]]
    x = x.repeat({settings[1].number(), 1});                              // [[6 3]]
    settings[0].set(2);
    if (!settings[0].isFlag()) x = x.repeat({1, settings[0].number()}); // [[6 6]]
    std::variant<bool, int> choice = 4;
    Tensor wide = x;
    std::visit(Overloaded{[&](bool b) { x = b ? x.sin() : x.cos(); }, [&wide](int n) { wide = wide.repeat({n, 1}); }}, choice); // [[24 6]]
    return wide.flatten(static_cast<int64_t>(settings[3].which()) - 3);                                                         // [[144]]
  }
};
// cobra: Variants net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- complex numbers conjugated by _conj, real ones by nothing
struct Conjugates : torch::nn::Module {
  Tensor forward(Tensor x) {
    auto f = torch::fft::rfft(x);                                  // [[2 5]]
    return torch::conj(x).neg() * torch::real(f * f.conj()).sum(); // [[2 8]] [[2 5]] [[]] [[2 8]]
  }
};
// cobra: Conjugates net; auto x = torch::randn({2, 8}); net.forward(x);

// ---- a function with a derivative of its own keeps numbers for the way back
struct Scaled : torch::autograd::Function<Scaled> {
  static Tensor forward(torch::autograd::AutogradContext* ctx, Tensor x, int64_t by) {
    ctx->save_for_backward({x});
    ctx->saved_data["by"] = by;
    return x * by; // [[2 3]]
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::variable_list grads) {
    return {grads[0] * ctx->saved_data["by"].toInt(), Tensor()};
  }
};
struct Custom : torch::nn::Module {
  Tensor forward(Tensor x) { return Scaled::apply(x, 3).neg(); } // [[2 3]]
};
// cobra: Custom net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- an array that {} makes holds zeros
template <class T, int Rows, int Columns> struct Grid {
  std::array<T, Rows * Columns> numbers{};
  T& operator()(int r, int c) { return numbers[r * Columns + c]; }
};
struct Zeros : torch::nn::Module {
  Tensor forward(Tensor x) {
    Grid<int64_t, 2, 2> grid;
    grid(1, 0) = 2;
    c10::List<Tensor> list;
    list.push_back(x);
    return torch::cat({list[0], x}).repeat({grid(1, 0), grid(0, 1) + 3}); // [[4 3]] [[8 9]]
  }
};
// cobra: Zeros net; auto x = torch::randn({2, 3}); net.forward(x);
