// LibTorch's own containers of modules, and classes derived from them.
#include <torch/torch.h>

#include <string>
#include <vector>

using torch::Tensor;
namespace nn = torch::nn;

// ---- Sequential: arguments, push_back, a named list, extend, nesting
struct Sequentials : nn::Module {
  nn::Sequential named{{{"fc", nn::Linear(4, 6)}, {"act", nn::Tanh()}}};
  nn::Sequential all;
  Sequentials() {
    all->push_back(nn::Linear(6, 5));
    all->push_back(nn::ReLU());
    all->push_back("last", nn::Linear(5, 2));
    nn::Sequential more(nn::Linear(2, 3), nn::Sigmoid());
    all->extend(*more);
    register_module("named", named);
    register_module("all", all);
  }
  Tensor forward(Tensor x) {
    x = named->forward(x); // [[1 6]] [[1 6]]
    return all->forward(x); // [[1 5]] [[1 5]] [[1 2]] [[1 3]] [[1 3]]
  }
};
// cobra: Sequentials net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- Sequential: its size
struct SequentialSize : nn::Module {
  nn::Sequential all{nn::Linear(4, 4), nn::ReLU(), nn::Identity()};
  SequentialSize() { register_module("all", all); }
  Tensor forward(Tensor x) {
    if (all->is_empty()) return x;
    return all->forward(x).view({(int64_t)all->size() - 1, -1}); // [[1 4]] [[1 4]] [[2 2]]
  }
};
// cobra: SequentialSize net; auto x = torch::randn({1, 4}); net.forward(x);

// ---- Sequential: iterated, indexed, its children asked for their class
struct SequentialItems : nn::Module {
  nn::Sequential all{nn::Linear(4, 6), nn::ReLU(), nn::Linear(6, 3)};
  SequentialItems() { register_module("all", all); }
  Tensor forward(Tensor x) {
    Tensor y = x;
    for (auto& item : *all) y = item.forward(y); // [[2 6]] [[2 6]] [[2 3]]
    int64_t widths = 0;
    for (const auto& child : all->children())
      if (auto* line = child->as<nn::Linear>()) widths += line->options.out_features();
    y = all[2]->as<nn::LinearImpl>()->forward(torch::zeros({widths, 6})); // [[9 6]] [[9 3]]
    return all->ptr(0)->as<nn::Linear>()->forward(x) + all->at<nn::LinearImpl>(0).forward(x); // [[2 6]] [[2 6]] [[2 6]]
  }
};
// cobra: SequentialItems net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- a class derived from SequentialImpl that fills itself
struct DenseImpl : nn::SequentialImpl {
  DenseImpl(int64_t in, const std::vector<int64_t>& widths) {
    for (auto w : widths) {
      push_back("fc" + std::to_string(size()), nn::Linear(in, w));
      push_back(nn::Functional(torch::relu));
      in = w;
    }
  }
  Tensor forward(Tensor x) { return SequentialImpl::forward(x).flatten(); } // [[2 5]] [[2 5]] [[2 3]] [[2 3]] [[6]]
};
TORCH_MODULE(Dense);
// cobra: Dense dense(4, std::vector<int64_t>{5, 3}); auto x = torch::randn({2, 4}); dense->forward(x);

// ---- ModuleList: built, extended, inserted into, indexed, iterated, sliced by hand
struct Lists : nn::Module {
  nn::ModuleList list{nn::Linear(3, 4), nn::Linear(4, 5)};
  Lists() {
    register_module("list", list);
    list->push_back(nn::Linear(5, 6));
    list->insert(0, nn::Linear(2, 3));
    list->extend(std::vector<nn::Linear>{nn::Linear(6, 7)});
  }
  Tensor forward(Tensor x) {
    for (size_t i = 0; i < list->size() - 1; ++i) x = list[i]->as<nn::Linear>()->forward(x); // [[1 3]] [[1 4]] [[1 5]] [[1 6]]
    x = list->ptr<nn::LinearImpl>(list->size() - 1)->forward(x);                             // [[1 7]]
    int64_t n = 0;
    for (auto& m : *list) n += m->parameters().size();
    return x.expand({n, 7}); // [[10 7]]
  }
};
// cobra: Lists net; auto x = torch::randn({1, 2}); net.forward(x);

// ---- ModuleDict
struct Dicts : nn::Module {
  nn::ModuleDict dict{torch::OrderedDict<std::string, std::shared_ptr<nn::Module>>{{"relu", nn::ReLU().ptr()}, {"fc", nn::Linear(4, 2).ptr()}}};
  Dicts() {
    torch::OrderedDict<std::string, std::shared_ptr<nn::Module>> more;
    more.insert("out", nn::Linear(2, 5).ptr());
    dict->update(more);
    register_module("dict", dict);
  }
  Tensor forward(Tensor x) {
    for (const auto& key : dict->keys())
      if (key == "fc") x = dict[key]->as<nn::Linear>()->forward(x); // [[3 2]]
    if (dict->contains("relu")) x = dict->at<nn::ReLUImpl>("relu").forward(x); // [[3 2]]
    for (const auto& [name, module] : dict->items())
      if (name == "out") x = std::dynamic_pointer_cast<nn::LinearImpl>(module)->forward(x); // [[3 5]]
    return x;
  }
};
// cobra: Dicts net; auto x = torch::randn({3, 4}); net.forward(x);

// ---- AnyModule: of a class, assigned, asked for
struct Anys : nn::Module {
  nn::AnyModule any{nn::Linear(4, 4)};
  std::vector<nn::AnyModule> list;
  Anys() {
    list.emplace_back(nn::Conv1d(1, 2, 3));
    list.push_back(nn::AnyModule(nn::ReLU()));
    register_module("any", any.ptr());
  }
  Tensor forward(Tensor x) {
    x = any.forward(x).unsqueeze(1);         // [[2 4]] [[2 1 4]]
    for (auto& m : list) x = m.forward(x);   // [[2 2 2]] [[2 2 2]]
    x = x.flatten(1);                        // [[2 4]]
    return any.get<nn::Linear>()->forward(x); // [[2 4]]
  }
};
// cobra: Anys net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- Functional: free functions, bound arguments, lambdas, members of Sequential
Tensor scaleBy(Tensor x, double by, int64_t times) { return x.mul(by).repeat({times, 1}); } // [[2 6]] [[6 6]]
struct Functionals : nn::Module {
  nn::Sequential net{nn::Linear(4, 6), nn::Functional(torch::leaky_relu, 0.2),
                     nn::Functional([](const Tensor& x) { return x.exp(); }), // [[2 6]]
                     nn::Functional(scaleBy, 0.5, 3)};
  nn::Functional soft{torch::elu, 1.0, 1.0, 0.5};
  Functionals() { register_module("net", net); }
  Tensor forward(Tensor x) { return soft(net->forward(x)); } // [[2 6]] [[2 6]] [[6 6]]
};
// cobra: Functionals net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- own macros that register
#define LAYER(name, ...) name = register_module(#name, __VA_ARGS__)
#define FIELD(type, name) nn::type name{nullptr}
struct Macros : nn::Module {
  FIELD(Linear, a);
  FIELD(LayerNorm, norm);
  Macros() {
    LAYER(a, nn::Linear(3, 8));
    LAYER(norm, nn::LayerNorm(nn::LayerNormOptions({8})));
  }
  Tensor forward(Tensor x) { return norm(a(x)); } // [[2 8]] [[2 8]]
};
// cobra: Macros net; auto x = torch::randn({2, 3}); net.forward(x);

// ---- Cloneable: reset() builds again with other options
struct ResettableImpl : nn::Cloneable<ResettableImpl> {
  explicit ResettableImpl(int64_t w) : width(w - 1) {
    reset();
    ++width;
    reset();
  }
  void reset() override {
    line = register_module("line" + std::to_string(width), nn::Linear(4, width));
    scale = register_parameter("scale" + std::to_string(width), torch::ones({width}));
  }
  Tensor forward(Tensor x) { return line(x) * scale; } // [[1 3]] [[1 3]]
  int64_t width;
  nn::Linear line{nullptr};
  Tensor scale;
};
TORCH_MODULE(Resettable);
// cobra: Resettable net(3); auto x = torch::randn({1, 4}); net->forward(x);

// ---- replaced and unregistered children, apply over all modules
struct Replaced : nn::Module {
  nn::Linear line{nullptr};
  int64_t seen = 0;
  Replaced() {
    line = register_module("line", nn::Linear(4, 2));
    register_module("other", nn::ReLU());
    unregister_module("other");
    line = replace_module("line", nn::Linear(4, 3));
    apply([this](nn::Module& m) {
      if (m.as<nn::Linear>()) ++seen;
    });
  }
  Tensor forward(Tensor x) { return line(x).repeat({seen + (int64_t)children().size(), 1}); } // [[2 3]] [[4 3]]
};
// cobra: auto net = std::make_shared<Replaced>(); auto x = torch::randn({2, 4}); net->forward(x);
