// Who owns a module: raw, shared, unique and weak pointers, holders that share, modules by value, copies and clones.
#include <torch/torch.h>

#include <array>
#include <memory>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;
using torch::nn::LinearImpl;

// ---- raw pointers, made with new and freed in a destructor
struct Raw : torch::nn::Module {
  Linear* line = new Linear(3, 4);
  LinearImpl* impl = nullptr;
  Raw() {
    register_module("line", *line);
    impl = line->get();
  }
  ~Raw() override { delete line; }
  Tensor forward(Tensor x) { return (*line)->forward(x) * impl->forward(x); } // [[2 4]] [[2 4]] [[2 4]]
};
// cobra: auto* net = new Raw(); auto x = torch::randn({2, 3}); net->forward(x);

// ---- an array of pointers, walked by a pointer to pointer
struct PointerArray : torch::nn::Module {
  LinearImpl* layers[3];
  PointerArray() {
    int64_t width = 5;
    for (auto*& l : layers) l = register_module("l" + std::to_string(width), Linear(width, width - 1)).get(), --width;
  }
  Tensor forward(Tensor x) {
    for (LinearImpl** p = layers; p != layers + 3; ++p) x = (*p)->forward(x); // [[1 4]] [[1 3]] [[1 2]]
    return x;
  }
};
// cobra: PointerArray net; auto x = torch::randn({1, 5}); net.forward(x);

// ---- holders are shared when they are copied, modules are copied when they are
struct Holders : torch::nn::Module {
  Linear a{4, 4}, b = a;
  Holders() { register_module("a", a); }
  Tensor forward(Tensor x) {
    a->options.out_features(2); // the weight stays as it was made
    auto copy = std::make_shared<LinearImpl>(*a);
    copy->weight = torch::zeros({7, 4});
    copy->bias = torch::Tensor();
    x = b(x) + (b.ptr() == a.ptr() ? 1 : 0); // [[2 4]] [[2 4]]
    return copy->forward(x);                 // [[2 7]]
  }
};
// cobra: Holders net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- unique_ptr: moved, released, reset, in a vector
struct Unique : torch::nn::Module {
  std::vector<std::unique_ptr<LinearImpl>> layers;
  std::unique_ptr<LinearImpl> spare = std::make_unique<LinearImpl>(3, 8);
  Unique() {
    layers.push_back(std::move(spare));
    layers.emplace_back(new LinearImpl(8, 2));
    if (!spare) spare.reset(new LinearImpl(2, 6));
  }
  Tensor forward(Tensor x) {
    for (const auto& l : layers) x = l->forward(x); // [[4 8]] [[4 2]]
    std::unique_ptr<LinearImpl> taken(spare.release());
    x = taken->forward(x); // [[4 6]]
    spare = std::move(taken);
    return x;
  }
};
// cobra: Unique net; auto x = torch::randn({4, 3}); net.forward(x);

// ---- weak_ptr: locked while the owner lives, empty afterwards
struct Weak : torch::nn::Module {
  std::shared_ptr<LinearImpl> owner = std::make_shared<LinearImpl>(3, 5);
  std::weak_ptr<LinearImpl> seen = owner;
  Tensor forward(Tensor x) {
    if (auto line = seen.lock()) x = line->forward(x); // [[2 5]]
    std::weak_ptr<LinearImpl> gone;
    if (gone.expired()) x = x.relu(); // [[2 5]]
    if (auto line = gone.lock()) x = line->forward(x);
    return x;
  }
};
// cobra: Weak net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- modules by value in fields, vectors and arrays
struct Unit : torch::nn::Module {
  explicit Unit(int64_t n = 3) : line(n, n) {}
  Tensor forward(Tensor x) { return line->forward(x); } // [[1 3]] [[1 3]] [[1 3]]
  Linear line;
};
struct ByValue : torch::nn::Module {
  Unit one;
  std::vector<Unit> list{Unit(3), Unit(3)};
  std::array<Unit, 2> pair;
  Tensor forward(Tensor x) {
    x = one.forward(x);
    for (Unit& u : list) x = u.forward(x);
    return pair.back().forward(x);
  }
};
// cobra: ByValue net; auto x = torch::randn({1, 3}); net.forward(x);

// ---- clone() copies deeply, a copied shared_ptr does not
struct TwinImpl : torch::nn::Cloneable<TwinImpl> {
  explicit TwinImpl(int64_t n) : n(n) { reset(); }
  void reset() override { line = register_module("line", Linear(n, n)); }
  Tensor forward(Tensor x) { return line(x); } // [[2 4]] [[2 4]]
  int64_t n;
  Linear line{nullptr};
};
TORCH_MODULE(Twin);
struct Cloned : torch::nn::Module {
  Twin a{4};
  Twin b = std::dynamic_pointer_cast<TwinImpl>(a->clone());
  Tensor forward(Tensor x) { return a(x) - b(x) * (a.ptr() == b.ptr() ? 0.0 : 2.0); } // [[2 4]] [[2 4]]
};
// cobra: Cloned net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- a module that hands itself on
struct Self : torch::nn::Module {
  Linear line{3, 3};
  std::shared_ptr<Self> me() { return std::static_pointer_cast<Self>(shared_from_this()); }
  Tensor once(Tensor x) { return line(x); } // [[2 3]]
  Tensor forward(Tensor x) { return me()->once(x).abs(); } // [[2 3]]
};
// cobra: auto net = std::make_shared<Self>(); auto x = torch::randn({2, 3}); net->forward(x);

// ---- optional layers: null holders, null pointers, empty holders tested in every way
struct Maybe : torch::nn::Module {
  Linear given{nullptr}, absent{nullptr};
  std::shared_ptr<LinearImpl> extra;
  Maybe() { given = register_module("given", Linear(2, 3)); }
  Tensor forward(Tensor x) {
    if (given) x = given(x);             // [[1 3]]
    if (!absent.is_empty()) x = absent(x);
    if (absent) x = absent(x);
    if (extra != nullptr) x = extra->forward(x);
    if (!extra) x = x + 1;               // [[1 3]]
    return given.is_empty() ? x : x.t(); // [[3 1]]
  }
};
// cobra: Maybe net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- a linked list of blocks
struct Node : torch::nn::Module {
  Node(int64_t width, std::shared_ptr<Node> next) : line(register_module("line", Linear(width, width / 2))), next(next) {
    if (next) register_module("next", next);
  }
  Tensor forward(Tensor x) {
    x = line(x); // [[1 8]] [[1 4]] [[1 2]]
    return next ? next->forward(x) : x;
  }
  Linear line;
  std::shared_ptr<Node> next;
};
std::shared_ptr<Node> chain(int64_t width, int depth) {
  return depth == 0 ? nullptr : std::make_shared<Node>(width, chain(width / 2, depth - 1));
}
// cobra: auto net = chain(16, 3); auto x = torch::randn({1, 16}); net->forward(x);

// ---- swapped and exchanged
struct Swapped : torch::nn::Module {
  Linear a{3, 5}, b{3, 7};
  Swapped() {
    std::swap(a, b);
    auto old = std::exchange(b, Linear(7, 2));
    width = old->options.out_features();
  }
  int64_t width;
  Tensor forward(Tensor x) { return b(a(x)).expand({width, -1}); } // [[1 7]] [[1 2]] [[5 2]]
};
// cobra: Swapped net; auto x = torch::randn({1, 3}); net.forward(x);
