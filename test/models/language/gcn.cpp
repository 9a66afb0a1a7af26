// What a node knows spreads along edges: a matrix of all edges in the first version, lists of them in the second.
#include <torch/torch.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <unordered_map>

struct GraphData {
    torch::Tensor features;   // [nodes, features]
    torch::Tensor edge_index; // [2, edges]
    torch::Tensor labels;
    int64_t classes = 0;
};

/// Each edge weighs 1 / sqrt(neighbours here * neighbours there), a node's edge to itself counted.
torch::Tensor balanced(torch::Tensor edges)
{
    edges = edges + torch::eye(edges.size(0), edges.options());
    auto weight = edges.sum(1).rsqrt();
    weight.masked_fill_(torch::isinf(weight), 0.);
    return torch::diag(weight).mm(edges).mm(torch::diag(weight));
}

class Spread : public torch::nn::Module
{
public:
    Spread(int64_t from, int64_t to, bool biased = true) : from(from), to(to)
    {
        weight = register_parameter("weight", torch::empty({from, to}));
        bias = register_parameter("bias", biased ? torch::empty(to) : torch::Tensor(), biased);
        start();
    }
    torch::Tensor forward(torch::Tensor nodes, torch::Tensor edges)
    {
        auto y = torch::mm(edges, torch::mm(nodes, weight));
        return bias.defined() ? y + bias : y;
    }

private:
    void start()
    {
        const auto most = 1. / std::sqrt(to);
        for (auto *p : {&weight, &bias})
            if (p->defined())
                p->data().uniform_(-most, most);
    }
    int64_t from, to;
    torch::Tensor weight, bias;
};

class TwoSpreads : public torch::nn::Module
{
public:
    TwoSpreads(int64_t features, int64_t hidden, int64_t kinds, double forget) : forget(forget)
    {
        near = register_module("near", std::make_shared<Spread>(features, hidden));
        far = register_module("far", std::make_shared<Spread>(hidden, kinds));
    }
    torch::Tensor forward(torch::Tensor nodes, torch::Tensor edges)
    {
        auto x = torch::dropout(near->forward(nodes, edges).relu(), forget, is_training());
        return torch::log_softmax(far->forward(x, edges), 1);
    }

private:
    double forget;
    std::shared_ptr<Spread> near, far;
};

// Message passing: x_i' = W sum_j norm_ij x_j
struct EdgeConvImpl : torch::nn::Module
{
    EdgeConvImpl(int64_t in, int64_t out) : lin(torch::nn::LinearOptions(in, out).bias(false))
    {
        register_module("lin", lin);
        bias = register_parameter("bias", torch::zeros({out}));
    }
    torch::Tensor forward(torch::Tensor x, torch::Tensor edge_index)
    {
        const int64_t N = x.size(0);
        auto loops = torch::arange(N, edge_index.options()).unsqueeze(0).repeat({2, 1});
        edge_index = torch::cat({edge_index, loops}, 1);
        auto row = edge_index[0], col = edge_index[1];
        auto deg = torch::zeros({N}, x.options()).scatter_add_(0, col, torch::ones({col.size(0)}, x.options()));
        auto deg_inv_sqrt = deg.pow(-0.5);
        auto norm = deg_inv_sqrt.index({row}) * deg_inv_sqrt.index_select(0, col);
        x = lin(x);
        auto messages = norm.view({-1, 1}) * x.index_select(0, row);
        auto out = torch::zeros_like(x);
        out.index_add_(0, col, messages);
        return out + bias;
    }
    torch::nn::Linear lin;
    torch::Tensor bias;
};
TORCH_MODULE(EdgeConv);

struct EdgeGCN : torch::nn::Module
{
    std::vector<EdgeConv> convs;
    EdgeGCN(std::initializer_list<int64_t> dims)
    {
        auto it = dims.begin();
        for (auto prev = it++; it != dims.end(); prev = it++)
            convs.push_back(register_module("conv" + std::to_string(convs.size()), EdgeConv(*prev, *it)));
    }
    torch::Tensor forward(torch::Tensor x, torch::Tensor edges)
    {
        for (size_t i = 0; i < convs.size(); ++i)
        {
            x = convs[i]->forward(x, edges);
            if (i + 1 < convs.size())
                x = torch::nn::functional::relu(x, torch::nn::functional::ReLUFuncOptions(true));
        }
        return x.log_softmax(-1);
    }
};

/// Lines of a name, features, and a kind, as text.
GraphData read_nodes(const std::string &path, int64_t features)
{
    std::ifstream in(path);
    std::unordered_map<std::string, int64_t> known;
    std::vector<float> values;
    std::vector<int64_t> kinds;
    for (std::string line; std::getline(in, line);)
    {
        std::istringstream words(line);
        std::string name, kind;
        words >> name;
        for (int64_t i = 0; i < features; ++i)
        {
            values.push_back(0);
            words >> values.back();
        }
        words >> kind;
        kinds.push_back(known.emplace(kind, known.size()).first->second);
    }
    GraphData g;
    g.features = torch::from_blob(values.data(), {(int64_t)kinds.size(), features}).clone();
    g.labels = torch::tensor(kinds);
    g.classes = known.size();
    return g;
}

int main(int argc, char *argv[])
{
    auto data = read_nodes(argc > 1 ? argv[1] : "nodes.txt", 1433);
    const auto n = data.features.size(0), shown = n / 20;
    auto net = std::make_shared<TwoSpreads>(data.features.size(1), 16, data.classes, 0.5);
    auto edges = balanced(torch::zeros({n, n}));
    torch::optim::Adam rule(net->parameters(), torch::optim::AdamOptions(0.01).weight_decay(5e-4));
    net->train();
    for (int left = 200; left-- > 0;)
    {
        rule.zero_grad();
        auto said = net->forward(data.features, edges);
        torch::nll_loss(said.slice(0, 0, shown), data.labels.slice(0, 0, shown)).backward();
        rule.step();
    }
}

// cobra: TwoSpreads net(30, 16, 7, 0.5); net.eval(); auto nodes = torch::rand({12, 30}); auto edges = balanced(torch::rand({12, 12})); net.forward(nodes, edges);
// cobra: EdgeGCN net({30, 16, 16, 7}); net.eval(); auto x = torch::rand({12, 30}); auto edges = torch::randint(0, 12, {2, 40}, torch::kLong); net.forward(x, edges);
