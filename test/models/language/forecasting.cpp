// Forecasting of prices: LSTM baseline, a temporal convolution network, gated residual networks as in the temporal fusion transformer.
#include <torch/torch.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace ts {

struct LSTMForecaster : torch::nn::Module {
    int input_size, hidden_size, num_layers, horizon;
    torch::nn::LSTM lstm{nullptr};
    torch::nn::Linear fc{nullptr};
    std::tuple<torch::Tensor, torch::Tensor> hidden;

    LSTMForecaster(int input_size, int hidden_size, int num_layers, int horizon)
        : input_size(input_size), hidden_size(hidden_size), num_layers(num_layers), horizon(horizon) {
        auto options = torch::nn::LSTMOptions(input_size, hidden_size).num_layers(num_layers).batch_first(true).dropout(0.2);
        lstm = register_module("lstm", torch::nn::LSTM(options));
        fc = register_module("fc", torch::nn::Linear(hidden_size, horizon));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto h0 = torch::zeros({num_layers, x.size(0), hidden_size}).requires_grad_();
        auto c0 = torch::zeros({num_layers, x.size(0), hidden_size}).requires_grad_();
        auto [out, state] = lstm->forward(x, std::make_tuple(h0.detach(), c0.detach()));
        hidden = state;
        out = fc->forward(out.index({torch::indexing::Slice(), -1, torch::indexing::Slice()}));
        return out;
    }
};

class Chomp1dImpl : public torch::nn::Module {
public:
    explicit Chomp1dImpl(int64_t n) : n_(n) {}
    torch::Tensor forward(torch::Tensor x) { return x.slice(2, 0, x.size(2) - n_).contiguous(); }
private:
    int64_t n_;
};
TORCH_MODULE(Chomp1d);

class TemporalBlockImpl : public torch::nn::Module {
public:
    TemporalBlockImpl(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding, double p = 0.2) {
        auto conv = [&](int64_t i) { return torch::nn::Conv1d(torch::nn::Conv1dOptions(i, out, kernel).stride(stride).padding(padding).dilation(dilation)); };
        net = torch::nn::Sequential(conv(in), Chomp1d(padding), torch::nn::ReLU(), torch::nn::Dropout(p), conv(out), Chomp1d(padding), torch::nn::ReLU(), torch::nn::Dropout(p));
        register_module("net", net);
        if (in != out) downsample = register_module("downsample", torch::nn::Conv1d(in, out, 1));
        relu = register_module("relu", torch::nn::ReLU());
    }
    torch::Tensor forward(torch::Tensor x) {
        auto out = net->forward(x);
        auto res = downsample ? downsample(x) : x;
        return relu(out + res);
    }
private:
    torch::nn::Sequential net{nullptr};
    torch::nn::Conv1d downsample{nullptr};
    torch::nn::ReLU relu{nullptr};
};
TORCH_MODULE(TemporalBlock);

class TCNImpl : public torch::nn::Module {
public:
    TCNImpl(int64_t in, const std::vector<int64_t>& channels, int64_t out, int64_t kernel = 3) {
        for (auto it = channels.cbegin(); it != channels.cend(); ++it) {
            const auto i = std::distance(channels.cbegin(), it);
            const int64_t dilation = std::pow(2, i);
            layers->push_back(TemporalBlock(it == channels.cbegin() ? in : *std::prev(it), *it, kernel, 1, dilation, (kernel - 1) * dilation));
        }
        register_module("layers", layers);
        linear = register_module("linear", torch::nn::Linear(channels.back(), out));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto y = layers->forward(x.transpose(1, 2));
        return linear(y.select(2, -1));
    }
private:
    torch::nn::Sequential layers;
    torch::nn::Linear linear{nullptr};
};
TORCH_MODULE(TCN);

class GRNImpl : public torch::nn::Module {
public:
    GRNImpl(int64_t in, int64_t hidden, int64_t out, std::optional<int64_t> context = {})
        : fc1(in, hidden), fc2(hidden, out), gate(out, 2 * out), norm(torch::nn::LayerNormOptions({out})) {
        register_module("fc1", fc1);
        register_module("fc2", fc2);
        register_module("gate", gate);
        register_module("norm", norm);
        if (in != out) skip = register_module("skip", torch::nn::Linear(in, out));
        if (context) ctx = register_module("context", torch::nn::Linear(torch::nn::LinearOptions(*context, hidden).bias(false)));
    }
    torch::Tensor forward(torch::Tensor x, torch::Tensor c = {}) {
        auto residual = skip.is_empty() ? x : skip(x);
        auto h = fc1(x);
        if (c.defined()) h = h + ctx(c).unsqueeze(1);
        h = fc2(torch::elu(h));
        h = torch::glu(gate(h), -1);
        return norm(h + residual);
    }
private:
    torch::nn::Linear fc1, fc2, gate, skip{nullptr}, ctx{nullptr};
    torch::nn::LayerNorm norm;
};
TORCH_MODULE(GRN);

class VariableSelectionImpl : public torch::nn::Module {
public:
    VariableSelectionImpl(int64_t variables, int64_t hidden) : n(variables), weights(variables * hidden, hidden, variables, hidden) {
        register_module("weights", weights);
        for (int64_t i = 0; i < n; ++i) {
            single.emplace_back(hidden, hidden, hidden);
            register_module("single" + std::to_string(i), single.back());
        }
    }
    std::tuple<torch::Tensor, torch::Tensor> forward(std::vector<torch::Tensor> inputs, torch::Tensor context) {
        auto flat = torch::cat(inputs, -1);
        auto sparse = torch::softmax(weights(flat, context), -1).unsqueeze(2);
        std::vector<torch::Tensor> outs;
        for (size_t i = 0; i < inputs.size(); ++i) outs.push_back(single[i](inputs[i]));
        auto stacked = torch::stack(outs, -1);
        return {(stacked * sparse).sum(-1), sparse};
    }
private:
    int64_t n;
    GRN weights;
    std::vector<GRN> single;
};
TORCH_MODULE(VariableSelection);

class FusionTransformerImpl : public torch::nn::Module {
public:
    FusionTransformerImpl(int64_t variables, int64_t statics, int64_t hidden, int64_t heads, std::vector<double> quantiles)
        : quantiles_(std::move(quantiles)), static_encoder(statics, hidden, hidden), select(variables, hidden) {
        register_module("static", static_encoder);
        register_module("select", select);
        for (int64_t i = 0; i < variables; ++i) embed.push_back(register_module("embed" + std::to_string(i), torch::nn::Linear(1, hidden)));
        lstm = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(hidden, hidden).batch_first(true)));
        attention = register_module("attention", torch::nn::MultiheadAttention(hidden, heads));
        norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({hidden})));
        head = register_module("head", torch::nn::Linear(hidden, (int64_t)quantiles_.size()));
    }
    torch::Tensor forward(torch::Tensor x, torch::Tensor s) {
        auto context = static_encoder(s.unsqueeze(1)).squeeze(1);
        std::vector<torch::Tensor> embedded;
        auto columns = x.split(1, -1);
        for (size_t i = 0; i < columns.size(); ++i) embedded.push_back(embed.at(i)->forward(columns[i]));
        auto [selected, weights] = select(embedded, context);
        auto h0 = context.unsqueeze(0);
        auto encoded = std::get<0>(lstm(selected, std::make_tuple(h0, torch::zeros_like(h0))));
        auto mask = torch::ones({x.size(1), x.size(1)}, torch::kBool).triu(1);
        auto q = encoded.transpose(0, 1);
        auto attended = std::get<0>(attention(q, q, q, torch::Tensor(), true, mask)).transpose(0, 1);
        return head(norm(attended + encoded));
    }
    torch::Tensor loss(torch::Tensor prediction, torch::Tensor target) {
        torch::Tensor total = torch::zeros({});
        for (size_t i = 0; i < quantiles_.size(); ++i) {
            auto error = target - prediction.index({"...", (int64_t)i});
            total += torch::max((quantiles_[i] - 1) * error, quantiles_[i] * error).mean();
        }
        return total / (double)quantiles_.size();
    }
private:
    std::vector<double> quantiles_;
    GRN static_encoder;
    VariableSelection select;
    std::vector<torch::nn::Linear> embed;
    torch::nn::LSTM lstm{nullptr};
    torch::nn::MultiheadAttention attention{nullptr};
    torch::nn::LayerNorm norm{nullptr};
    torch::nn::Linear head{nullptr};
};
TORCH_MODULE(FusionTransformer);

std::vector<std::vector<float>> read_csv(const std::string& path) {
    std::vector<std::vector<float>> rows;
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::stringstream ss(line);
        std::string cell;
        rows.emplace_back();
        while (std::getline(ss, cell, ',')) rows.back().push_back(std::stof(cell));
    }
    return rows;
}

}  // namespace ts

int main(int argc, char** argv) {
    auto rows = ts::read_csv(argc > 1 ? argv[1] : "AAPL.csv");
    const int window = 30;
    std::vector<torch::Tensor> xs, ys;
    for (size_t i = 0; i + window < rows.size(); ++i) {
        std::vector<float> flat;
        for (int k = 0; k < window; ++k) flat.insert(flat.end(), rows[i + k].begin(), rows[i + k].end());
        xs.push_back(torch::tensor(flat).view({window, -1}));
        ys.push_back(torch::tensor({rows[i + window][0]}));
    }
    auto x = torch::stack(xs), y = torch::stack(ys);
    ts::LSTMForecaster model(x.size(2), 64, 2, 1);
    torch::nn::MSELoss criterion;
    torch::optim::Adam optimizer(model.parameters(), torch::optim::AdamOptions(0.01));
    torch::optim::StepLR scheduler(optimizer, 10, 0.5);
    for (int epoch = 0; epoch < 50; epoch++) {
        auto loss = criterion(model.forward(x), y);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        scheduler.step();
    }
    torch::save(model.parameters(), "lstm.pt");
}
// cobra: ts::LSTMForecaster m(5, 16, 2, 3); m.eval(); auto x = torch::randn({4, 30, 5}); m.forward(x);
// cobra: ts::TCN m(5, std::vector<int64_t>{8, 8, 16}, 2); m->eval(); auto x = torch::randn({4, 30, 5}); m->forward(x);
// cobra: ts::FusionTransformer m(3, 6, 16, 4, std::vector<double>{0.1, 0.5, 0.9}); m->eval(); auto x = torch::randn({4, 12, 3}), s = torch::randn({4, 6}); m->forward(x, s);
