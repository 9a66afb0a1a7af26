// nn::Module from the inside: lists and dictionaries of modules, children, parameters, weights, AnyModule, options changed later.
#include <torch/torch.h>

struct Expert : torch::nn::Module {
  explicit Expert(int64_t d) : up(register_module("up", torch::nn::Linear(torch::nn::LinearOptions(d, 2 * d).bias(false)))) {}
  torch::Tensor forward(torch::Tensor x) { return up(x).chunk(2, -1)[0]; }
  torch::nn::Linear up;
};

struct Api : torch::nn::Module {
  Api() {
    for (int i = 0; i < 3; ++i) experts->push_back(std::make_shared<Expert>(6));
    register_module("experts", experts);
    torch::OrderedDict<std::string, std::shared_ptr<torch::nn::Module>> entries;
    entries.insert("first", torch::nn::Linear(6, 5).ptr());
    entries.insert("second", torch::nn::Linear(5, 3).ptr());
    table = register_module("table", torch::nn::ModuleDict(entries));
    any = torch::nn::AnyModule(register_module("last", torch::nn::Linear(3, 7)));
    position = register_buffer("position", torch::arange(12).view({3, 4}));
    token = register_parameter("token", torch::randn({1, 1, 7}));
    conv = register_module("conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(7, 4, 1)));
    conv->options.stride(2);
    embed = register_module("embed", torch::nn::Embedding(20, conv->weight.size(0)));
    for (auto& p : parameters()) p.set_requires_grad(false);
    apply([](torch::nn::Module& m) {
      if (auto* linear = m.as<torch::nn::Linear>()) torch::nn::init::xavier_uniform_(linear->weight);
    });
  }

  torch::Tensor forward(torch::Tensor x) {
    for (const auto& expert : *experts) x = x + expert->as<Expert>()->forward(x);
    x = (*table)["first"]->as<torch::nn::Linear>()->forward(x);
    x = table["second"]->as<torch::nn::Linear>()->forward(x);
    x = any.forward(x);                                            // [[2 5 7]]
    x = torch::cat({token.expand({x.size(0), -1, -1}), x}, 1);     // [[2 1 7]] [[2 6 7]]
    x = conv(x.transpose(1, 2));
    x = x + embed(position.index({0, 1})).view({1, 4, 1});         // [[1 4 1]] [[2 4 3]]
    if (is_training()) x = torch::dropout(x, 0.5, true);
    int64_t linears = 0;
    for (auto& m : modules(false)) linears += m->as<torch::nn::Linear>() != nullptr;
    for (auto& item : named_parameters()) linears += item.key() == "token";
    return x.repeat({1, linears, 1});                              // [[2 28 3]]
  }

  torch::nn::ModuleList experts;
  torch::nn::ModuleDict table{nullptr};
  torch::nn::AnyModule any;
  torch::nn::Conv1d conv{nullptr};
  torch::nn::Embedding embed{nullptr};
  torch::Tensor position, token;
};

// cobra: Api net; net.eval(); auto x = torch::randn({2, 5, 6}); net.forward(x);
