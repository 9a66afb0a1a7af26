// Exceptions: thrown, caught by class, thrown on, in constructors, from LibTorch and the standard library.
#include <torch/torch.h>

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using torch::Tensor;

// ---- caught by class: the first handler that fits, bases included
struct TooDeep : std::runtime_error {
  int64_t depth;
  explicit TooDeep(int64_t d) : std::runtime_error("too deep: " + std::to_string(d)), depth(d) {}
};
struct Handlers : torch::nn::Module {
  int64_t which(int kind) {
    try {
      if (kind == 0) throw std::out_of_range("r");
      if (kind == 1) throw TooDeep(7);
      if (kind == 2) throw 42;
      if (kind == 3) throw std::string("text");
      return 1;
    } catch (const TooDeep& e) {
      return e.depth;
    } catch (const std::logic_error& e) {
      return 2;
    } catch (int n) {
      return n / 10;
    } catch (...) {
      return 5;
    }
  }
  Tensor forward(Tensor x) { return x.expand({which(0), which(1), which(2), which(3), which(4)}); } // [[2 7 4 5 1]]
};
// cobra: Handlers net; auto x = torch::randn({1, 1, 1, 1, 1}); net.forward(x);

// ---- thrown on, through frames, with the state at the throw kept
struct Rethrown : torch::nn::Module {
  int64_t count = 0;
  void inner() {
    ++count;
    throw std::invalid_argument("inner");
  }
  void outer() {
    try {
      inner();
      count += 100;
    } catch (const std::exception& e) {
      count += static_cast<int64_t>(std::string(e.what()).size());
      throw;
    }
  }
  Tensor forward(Tensor x) {
    try {
      outer();
    } catch (const std::invalid_argument&) {
      count *= 2;
    }
    return x.expand({count, 3}); // [[12 3]]
  }
};
// cobra: Rethrown net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- LibTorch throws when shapes do not fit: another way is taken
struct Fallback : torch::nn::Module {
  torch::nn::Linear line = register_module("line", torch::nn::Linear(4, 2));
  Tensor forward(Tensor x) {
    try {
      return line(x);
    } catch (const c10::Error&) {
      x = x.narrow(1, 0, 4); // [[3 4]]
    }
    try {
      x = x.view({-1, 5});
    } catch (const std::exception& e) {
      x = line(x); // [[3 2]]
    }
    return x;
  }
};
// cobra: Fallback net; auto x = torch::randn({3, 6}); net.forward(x);

// ---- TORCH_CHECK passes, fails, is caught
struct Checked : torch::nn::Module {
  int64_t width(int64_t n) {
    TORCH_CHECK(n > 0, "the width must be positive, and is ", n);
    TORCH_CHECK_LT(n, 100);
    TORCH_INTERNAL_ASSERT(n != 13);
    return n;
  }
  Tensor forward(Tensor x) {
    TORCH_CHECK(x.dim() == 2);
    int64_t n = width(3);
    try {
      n = width(-1);
    } catch (const c10::Error& e) {
      n += 1;
    }
    return x.expand({n, 2}); // [[4 2]]
  }
};
// cobra: Checked net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- what the standard library throws: at(), value(), stoi, get
struct Standard : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::vector<int64_t> v{1, 2};
    std::map<int, int> m;
    std::optional<int64_t> none;
    int64_t thrown = 0;
    try {
      v.at(5) = 1;
    } catch (const std::out_of_range&) {
      thrown += 1;
    }
    try {
      m.at(3) = 1;
    } catch (const std::out_of_range&) {
      thrown += 2;
    }
    try {
      thrown += none.value();
    } catch (const std::bad_optional_access&) {
      thrown += 4;
    }
    try {
      std::function<void()>()();
    } catch (const std::bad_function_call&) {
      thrown += 8;
    }
    return x.expand({thrown, 2}); // [[15 2]]
  }
};
// cobra: Standard net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- a constructor throws: what was built before is destroyed, the module takes the other layer
struct Refuses : torch::nn::Module {
  explicit Refuses(int64_t n) {
    if (n % 8) throw std::invalid_argument("not a multiple of 8");
    line = register_module("line", torch::nn::Linear(n, 2));
  }
  Tensor forward(Tensor x) { return line(x); } // [[1 2]]
  torch::nn::Linear line{nullptr};
};
struct Tries : torch::nn::Module {
  std::shared_ptr<Refuses> net;
  Tries() {
    for (int64_t n : {6, 7, 8, 16}) {
      try {
        net = register_module("net", std::make_shared<Refuses>(n));
        width = n;
        break;
      } catch (const std::invalid_argument&) {
        continue;
      }
    }
  }
  int64_t width = 0;
  Tensor forward(Tensor x) { return net->forward(x.narrow(1, 0, width)); }
};
// cobra: Tries net; auto x = torch::randn({1, 9}); net.forward(x);

// ---- loops left by an exception; a function-try-block
int64_t firstOver(const std::vector<int64_t>& v, int64_t limit) try {
  for (auto n : v)
    if (n > limit) throw n;
  return -1;
} catch (int64_t n) {
  return n * 2;
}
struct LoopLeft : torch::nn::Module {
  Tensor forward(Tensor x) { return x.expand({firstOver({1, 5, 9}, 4), 2 - firstOver({1}, 4)}); } // [[10 3]]
};
// cobra: LoopLeft net; auto x = torch::randn({1, 1}); net.forward(x);
