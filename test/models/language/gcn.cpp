// Graph convolutional network on Cora: dense normalized adjacency in the first version, edge lists in the second.
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

torch::Tensor normalize_adj(torch::Tensor adj)
{
    adj = adj + torch::eye(adj.size(0), adj.options());
    auto rowsum = adj.sum(1);
    auto d_inv_sqrt = rowsum.pow(-0.5).flatten();
    d_inv_sqrt.masked_fill_(torch::isinf(d_inv_sqrt), 0.);
    auto d_mat = torch::diag(d_inv_sqrt);
    return d_mat.mm(adj).mm(d_mat);
}

class GraphConvolution : public torch::nn::Module
{
public:
    GraphConvolution(int64_t in_features, int64_t out_features, bool with_bias = true) : in_features(in_features), out_features(out_features)
    {
        weight = register_parameter("weight", torch::empty({in_features, out_features}));
        if (with_bias)
            bias = register_parameter("bias", torch::empty(out_features));
        else
            bias = register_parameter("bias", {}, false);
        reset_parameters();
    }

    void reset_parameters()
    {
        auto stdv = 1. / std::sqrt(weight.size(1));
        weight.data().uniform_(-stdv, stdv);
        if (bias.defined())
            bias.data().uniform_(-stdv, stdv);
    }

    torch::Tensor forward(torch::Tensor input, torch::Tensor adj)
    {
        auto support = torch::mm(input, weight);
        auto output = torch::mm(adj, support);
        if (bias.defined())
            return output + bias;
        return output;
    }

private:
    int64_t in_features, out_features;
    torch::Tensor weight, bias;
};

class GCN : public torch::nn::Module
{
public:
    GCN(int64_t nfeat, int64_t nhid, int64_t nclass, double dropout) : dropout(dropout)
    {
        gc1 = register_module("gc1", std::make_shared<GraphConvolution>(nfeat, nhid));
        gc2 = register_module("gc2", std::make_shared<GraphConvolution>(nhid, nclass));
    }
    torch::Tensor forward(torch::Tensor x, torch::Tensor adj)
    {
        x = torch::relu(gc1->forward(x, adj));
        x = torch::dropout(x, dropout, is_training());
        x = gc2->forward(x, adj);
        return torch::log_softmax(x, 1);
    }

private:
    double dropout;
    std::shared_ptr<GraphConvolution> gc1, gc2;
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

GraphData load_cora(const std::string &folder)
{
    GraphData g;
    std::ifstream content(folder + "/cora.content");
    std::unordered_map<std::string, int64_t> ids;
    std::vector<float> values;
    std::string line;
    while (std::getline(content, line))
    {
        std::stringstream ss(line);
        std::string id;
        ss >> id;
        ids[id] = ids.size();
        for (int i = 0; i < 1433; ++i)
        {
            float f;
            ss >> f;
            values.push_back(f);
        }
    }
    g.features = torch::from_blob(values.data(), {(int64_t)ids.size(), 1433}).clone();
    return g;
}

int main(int argc, char *argv[])
{
    auto data = load_cora(argc > 1 ? argv[1] : "data/cora");
    auto model = std::make_shared<GCN>(data.features.size(1), 16, 7, 0.5);
    auto adj = normalize_adj(torch::zeros({data.features.size(0), data.features.size(0)}));
    torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(0.01).weight_decay(5e-4));
    for (int epoch = 0; epoch < 200; ++epoch)
    {
        model->train();
        optimizer.zero_grad();
        auto output = model->forward(data.features, adj);
        auto loss = torch::nll_loss(output.slice(0, 0, 140), data.labels.slice(0, 0, 140));
        loss.backward();
        optimizer.step();
    }
}

// cobra: GCN net(30, 16, 7, 0.5); net.eval(); auto x = torch::rand({12, 30}); auto adj = normalize_adj(torch::rand({12, 12})); net.forward(x, adj);
// cobra: EdgeGCN net({30, 16, 16, 7}); net.eval(); auto x = torch::rand({12, 30}); auto edges = torch::randint(0, 12, {2, 40}, torch::kLong); net.forward(x, edges);
