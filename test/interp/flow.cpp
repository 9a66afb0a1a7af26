// Control flow of every kind.
#include <torch/torch.h>

#include <vector>

using torch::Tensor;

// ---- nested loops with break and continue
struct Nested : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t n = 0;
    for (int i = 0; i < 5; ++i) {
      if (i == 1) continue;
      for (int j = 0;; ++j) {
        if (j > i) break;
        if (j % 2) continue;
        n += 10 * i + j;
      }
      if (n > 100) break;
    }
    return x.expand({n, 2}); // [[104 2]]
  }
};
// cobra: Nested net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- do-while, while with a declaration, for without parts, two counters
struct Loops : torch::nn::Module {
  Tensor forward(Tensor x) {
    do x = x.unsqueeze(0); // [[1 1]] [[1 1 1]]
    while (x.dim() < 3);
    int64_t n = 40, steps = 0;
    while (int64_t half = n / 2) n = half, ++steps; // 20 10 5 2 1
    int64_t a = 0, b = 9;
    for (; a < b; ++a, b -= 2)
      ;
    for (;;)
      if (++n > 6) break;
    return x.expand({steps, a, n}); // [[5 3 7]]
  }
};
// cobra: Loops net; auto x = torch::randn({1}); net.forward(x);

// ---- switch: falling through, default in the middle, nested, on enums, returning
enum class Act { None, Relu, Tanh, Gelu };
struct Switches : torch::nn::Module {
  int64_t score(int n) {
    int64_t s = 0;
    switch (n) {
    case 1: s += 1;
    case 2: s += 10; break;
    default: s += 100;
    case 4: s += 1000;
    }
    return s;
  }
  Tensor act(Tensor x, Act a) {
    switch (a) {
    case Act::Relu: return x.relu();
    case Act::Tanh:
    case Act::Gelu: {
      switch (x.dim()) {
      case 2: x = x.unsqueeze(0); break; // [[1 1 3]] [[1 1 3]]
      }
      return a == Act::Gelu ? torch::gelu(x) : x.tanh(); // [[1 1 3]] [[1 1 3]]
    }
    case Act::None: break;
    }
    return x;
  }
  Tensor forward(Tensor x) {
    x = act(act(x, Act::None), Act::Gelu).squeeze(0); // [[1 3]]
    return act(x, Act::Tanh).squeeze(0).expand({score(1) + score(2) + score(4) + score(9), 3}); // [[1 3]] [[2121 3]]
  }
};
// cobra: Switches net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- if and switch with initializers
struct Initializers : torch::nn::Module {
  Tensor forward(Tensor x) {
    if (auto n = x.size(0); n > 2) x = x.narrow(0, 0, 2); // [[2 4]]
    else if (n == 2) x = x.t();
    else x = x * n;
    switch (auto d = x.dim(); d) {
    case 2: x = x.unsqueeze(d); // [[2 4 1]]
    }
    for (auto sizes = x.sizes(); auto s : sizes) x = x + s; // [[2 4 1]] [[2 4 1]] [[2 4 1]]
    return x;
  }
};
// cobra: Initializers net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- goto: backward as a loop, forward out of two loops
struct Gotos : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t n = 1;
  again:
    n *= 3;
    if (n < 20) goto again; // 27
    for (int i = 0; i < 9; ++i)
      for (int j = 0; j < 9; ++j) {
        n += 1;
        if (i * j == 6) goto done;
      }
  done:
    return x.expand({n, 2}); // [[43 2]]
  }
};
// cobra: Gotos net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- early returns and guards at the top
struct Early : torch::nn::Module {
  torch::nn::Linear down{nullptr};
  explicit Early(bool project) {
    if (!project) return;
    down = register_module("down", torch::nn::Linear(4, 2));
  }
  Tensor shortcut(Tensor x) {
    if (down.is_empty()) return x;
    return down(x); // [[1 2]]
  }
  Tensor forward(Tensor x, bool twice = false) {
    auto y = shortcut(x);
    if (!twice) return y.relu(); // [[1 2]]
    return y;
  }
};
// cobra: Early net(true); auto x = torch::randn({1, 4}); net.forward(x);

// ---- loops over tables of several widths, with a state machine
struct Machine : torch::nn::Module {
  Tensor forward(Tensor x) {
    enum State { Start, Grow, Shrink, Done } state = Start;
    int64_t turns = 0;
    while (state != Done) {
      ++turns;
      switch (state) {
      case Start: state = Grow; break;
      case Grow:
        x = torch::cat({x, x}, 0); // [[2 3]] [[4 3]] [[8 3]]
        state = x.size(0) >= 8 ? Shrink : Grow;
        break;
      case Shrink:
        x = x.slice(0, 0, -1); // [[7 3]] [[6 3]] [[5 3]]
        if (x.size(0) == 5) state = Done;
        break;
      case Done: break;
      }
    }
    return x.repeat({1, turns}); // [[5 21]]
  }
};
// cobra: Machine net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- what has no effect on shapes: asserts, prints, timing, attributes, empty statements
struct Quiet : torch::nn::Module {
  Tensor forward([[maybe_unused]] Tensor x, const char* tag = "") {
    assert(x.dim() == 2);
    std::cout << tag << x.sizes() << std::endl;
    printf("%d\n", static_cast<int>(x.size(0)));
    static_assert(sizeof(int64_t) == 8);
    if (x.size(0) > 100) [[unlikely]] return x;
    {
      int64_t x = 5;
      (void)x;
    }
    ;
    return x.neg(); // [[2 2]]
  }
};
// cobra: Quiet net; auto x = torch::randn({2, 2}); net.forward(x);

// ---- loops over layers by index and by iterator, backward, with skips of U-Nets
struct UShape : torch::nn::Module {
  std::vector<torch::nn::Linear> down, up;
  UShape() {
    for (int64_t w = 16; w > 2; w /= 2) down.emplace_back(w, w / 2);
    for (auto it = down.rbegin(); it != down.rend(); ++it)
      up.emplace_back((*it)->options.out_features() * (it == down.rbegin() ? 1 : 2), (*it)->options.in_features());
  }
  Tensor forward(Tensor x) {
    std::vector<Tensor> skips;
    for (size_t i = 0; i < down.size(); ++i) {
      x = down[i](x); // [[1 8]] [[1 4]] [[1 2]]
      if (i + 1 < down.size()) skips.push_back(x);
    }
    for (size_t i = 0, n = up.size(); i < n; i++) {
      if (i) {
        x = torch::cat({x, skips.back()}, -1); // [[1 8]] [[1 16]]
        skips.pop_back();
      }
      x = up[i](x); // [[1 4]] [[1 8]] [[1 16]]
    }
    return x;
  }
};
// cobra: UShape net; auto x = torch::randn({1, 16}); net.forward(x);
