// Tables: numbers and categories as tokens for a transformer, and a network that picks columns step by step.
#include <torch/torch.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

enum class ColumnKind { Numeric, Categorical };
struct Column {
    std::string name;
    ColumnKind kind;
    int64_t cardinality = 0;
};
using Schema = std::vector<Column>;

// "age:num,job:cat:12" -> columns
Schema parse_schema(std::string text) {
    Schema schema;
    std::stringstream ss(text);
    for (std::string field; std::getline(ss, field, ',');) {
        std::vector<std::string> tokens;
        std::stringstream fs(field);
        std::string token;
        while (std::getline(fs, token, ':')) tokens.push_back(token);
        if (tokens.size() < 2) throw std::runtime_error("bad column " + field);
        if (tokens[1] == "num") schema.push_back(Column{tokens[0], ColumnKind::Numeric});
        else schema.push_back(Column{tokens[0], ColumnKind::Categorical, std::stol(tokens.at(2))});
    }
    return schema;
}

struct FeatureTokenizerImpl : torch::nn::Module {
    torch::Tensor weight, bias, cls;
    torch::nn::Embedding cats{nullptr};
    torch::Tensor offsets;
    int64_t n_num = 0;
    FeatureTokenizerImpl(const Schema &schema, int64_t d) {
        std::vector<int64_t> cards;
        for (const auto &c : schema) {
            if (c.kind == ColumnKind::Numeric) n_num++;
            else cards.push_back(c.cardinality);
        }
        weight = register_parameter("weight", torch::empty({n_num, d}));
        bias = register_parameter("bias", torch::zeros({n_num + (int64_t)cards.size(), d}));
        cls = register_parameter("cls", torch::empty({1, 1, d}));
        torch::nn::init::kaiming_uniform_(weight, std::sqrt(5));
        torch::nn::init::uniform_(cls, -1. / std::sqrt(d), 1. / std::sqrt(d));
        if (!cards.empty()) {
            std::vector<int64_t> starts(cards.size(), 0);
            std::partial_sum(cards.begin(), cards.end() - 1, starts.begin() + 1);
            offsets = register_buffer("offsets", torch::tensor(starts));
            cats = register_module("cats", torch::nn::Embedding(std::accumulate(cards.begin(), cards.end(), int64_t{0}), d));
        }
    }
    torch::Tensor forward(torch::Tensor num, torch::Tensor cat) {
        auto x = num.unsqueeze(-1) * weight;
        if (!cats.is_empty()) x = torch::cat({x, cats->forward(cat + offsets)}, 1);
        x = x + bias;
        return torch::cat({cls.expand({x.size(0), -1, -1}), x}, 1);
    }
};
TORCH_MODULE(FeatureTokenizer);

struct ReGLUImpl : torch::nn::Module {
    torch::Tensor forward(const torch::Tensor &x) {
        auto ab = x.chunk(2, -1);
        return ab[0] * torch::relu(ab[1]);
    }
};
TORCH_MODULE(ReGLU);

struct FTTransformerImpl : torch::nn::Module {
    FeatureTokenizer tokenizer;
    std::vector<torch::nn::MultiheadAttention> attn;
    std::vector<torch::nn::Sequential> ff;
    std::vector<torch::nn::LayerNorm> norms;
    torch::nn::Sequential head;
    FTTransformerImpl(const Schema &schema, int64_t d, int64_t blocks, int64_t out) : tokenizer(schema, d) {
        register_module("tokenizer", tokenizer);
        for (int64_t i = 0; i < blocks; i++) {
            auto id = std::to_string(i);
            attn.push_back(register_module("attn" + id, torch::nn::MultiheadAttention(torch::nn::MultiheadAttentionOptions(d, 4).dropout(0.2))));
            int64_t hidden = d * 4 / 3;
            ff.push_back(register_module("ff" + id, torch::nn::Sequential(torch::nn::Linear(d, hidden * 2), ReGLU(), torch::nn::Dropout(0.1), torch::nn::Linear(hidden, d))));
            for (int j = 0; j < 2; j++) norms.push_back(register_module("norm" + id + "_" + std::to_string(j), torch::nn::LayerNorm(torch::nn::LayerNormOptions({d}))));
        }
        head = torch::nn::Sequential(torch::nn::LayerNorm(torch::nn::LayerNormOptions({d})), torch::nn::ReLU(), torch::nn::Linear(d, out));
        register_module("head", head);
    }
    torch::Tensor forward(torch::Tensor num, torch::Tensor cat) {
        auto x = tokenizer(num, cat);
        const size_t last = attn.size() - 1;
        for (size_t i = 0; i < attn.size(); i++) {
            auto h = i == 0 ? x : norms[2 * i](x);
            h = h.transpose(0, 1);
            auto q = i == last ? h.slice(0, 0, 1) : h; // only the first token is read in the end
            auto [y, w] = attn[i]->forward(q, h, h, /*key_padding_mask=*/{}, /*need_weights=*/false);
            x = (i == last ? x.narrow(1, 0, 1) : x) + y.transpose(0, 1);
            x = x + ff[i]->forward(norms[2 * i + 1](x));
        }
        return head->forward(x.index({torch::indexing::Slice(), 0})).squeeze(-1);
    }
};
TORCH_MODULE(FTTransformer);

// ghost batch norm: statistics of small parts of the batch
struct GBNImpl : torch::nn::Module {
    torch::nn::BatchNorm1d bn;
    int64_t virtual_batch;
    GBNImpl(int64_t n, int64_t vbs) : bn(torch::nn::BatchNorm1dOptions(n).momentum(0.02)), virtual_batch(vbs) { register_module("bn", bn); }
    torch::Tensor forward(torch::Tensor x) {
        auto chunks = x.chunk((int64_t)std::ceil(x.size(0) / (double)virtual_batch), 0);
        std::transform(chunks.begin(), chunks.end(), chunks.begin(), [this](const torch::Tensor &c) { return bn->forward(c); });
        return torch::cat(chunks, 0);
    }
};
TORCH_MODULE(GBN);

torch::Tensor sparsemax(const torch::Tensor &z, int64_t dim = -1) {
    auto sorted = std::get<0>(torch::sort(z, dim, true));
    auto k = torch::arange(1, z.size(dim) + 1, z.options());
    auto cumulative = sorted.cumsum(dim) - 1;
    auto support = (k * sorted).gt(cumulative);
    auto size = support.sum(dim, true);
    auto tau = cumulative.gather(dim, size - 1) / size.to(z.dtype());
    return torch::clamp_min(z - tau, 0);
}

struct GLULayerImpl : torch::nn::Module {
    torch::nn::Linear fc;
    GBN bn;
    GLULayerImpl(torch::nn::Linear shared, int64_t out, int64_t vbs) : fc(std::move(shared)), bn(2 * out, vbs) {
        register_module("fc", fc);
        register_module("bn", bn);
    }
    torch::Tensor forward(const torch::Tensor &x) { return torch::glu(bn(fc(x)), 1); }
};
TORCH_MODULE(GLULayer);

struct FeatTransformerImpl : torch::nn::Module {
    std::vector<GLULayer> layers;
    FeatTransformerImpl(int64_t in, int64_t out, const std::vector<torch::nn::Linear> &shared, int n_independent, int64_t vbs) {
        for (const auto &fc : shared) layers.emplace_back(fc, out, vbs);
        for (int i = 0; i < n_independent; i++) layers.emplace_back(torch::nn::Linear(torch::nn::LinearOptions(layers.empty() ? in : out, 2 * out).bias(false)), out, vbs);
        int n = 0;
        for (auto &l : layers) register_module("glu" + std::to_string(n++), l);
    }
    torch::Tensor forward(torch::Tensor x) {
        const double scale = std::sqrt(0.5);
        x = layers.front()(x);
        for (auto it = layers.begin() + 1; it != layers.end(); ++it) x = (x + (*it)->forward(x)) * scale;
        return x;
    }
};
TORCH_MODULE(FeatTransformer);

struct TabNetImpl : torch::nn::Module {
    int64_t n_d, n_a;
    double gamma;
    torch::nn::BatchNorm1d bn;
    FeatTransformer initial{nullptr};
    std::vector<FeatTransformer> steps;
    std::vector<std::pair<torch::nn::Linear, GBN>> attentive;
    torch::nn::Linear out;
    TabNetImpl(int64_t in, int64_t n_out, int n_steps = 3, int64_t d = 8, int64_t a = 8, double gamma = 1.3, int64_t vbs = 4) : n_d(d), n_a(a), gamma(gamma), bn(in), out(d, n_out) {
        register_module("initial_bn", bn);
        register_module("final", out);
        std::vector<torch::nn::Linear> shared;
        for (int i = 0; i < 2; i++) shared.emplace_back(torch::nn::LinearOptions(i == 0 ? in : d + a, 2 * (d + a)).bias(false));
        initial = register_module("initial", FeatTransformer(in, d + a, shared, 2, vbs));
        for (int s = 0; s < n_steps; s++) {
            steps.push_back(register_module("step" + std::to_string(s), FeatTransformer(in, d + a, shared, 2, vbs)));
            attentive.push_back({register_module("att" + std::to_string(s), torch::nn::Linear(torch::nn::LinearOptions(a, in).bias(false))), register_module("attbn" + std::to_string(s), GBN(in, vbs))});
        }
    }
    std::pair<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
        x = bn(x);
        auto prior = torch::ones(x.sizes());
        torch::Tensor entropy = torch::zeros(1), sum;
        auto att = initial(x).slice(1, n_d);
        for (size_t s = 0; s < steps.size(); s++) {
            auto &[fc, norm] = attentive[s];
            auto mask = sparsemax(norm(fc(att)) * prior);
            entropy += torch::mean(torch::sum(mask * torch::log(mask + 1e-15), 1)) / (double)steps.size();
            prior = (gamma - mask) * prior;
            auto parts = steps[s](mask * x).split({n_d, n_a}, 1);
            auto d = torch::relu(parts[0]);
            if (!sum.defined()) sum = d;
            else sum += d;
            att = parts[1];
        }
        return std::make_pair(out(sum), -entropy);
    }
};
TORCH_MODULE(TabNet);

static const char *kSchema = "age:num,income:num,balance:num,job:cat:12,city:cat:40";

// cobra: FTTransformer model(parse_schema(kSchema), 32, 3, 1); model->eval(); auto num = torch::randn({8, 3}); auto cat = torch::stack({torch::randint(0, 12, {8}), torch::randint(0, 40, {8})}, 1); model->forward(num, cat);
// cobra: FTTransformer model(parse_schema("a:num,b:num"), 16, 1, 4); model->train(); auto num = torch::randn({8, 2}); model->forward(num, torch::Tensor());
// cobra: TabNet model(10, 2); model->train(); auto x = torch::randn({8, 10}); model->forward(x);

int main(int argc, char **argv) {
    std::string text = kSchema;
    if (argc > 1) {
        std::ifstream f(argv[1]);
        std::getline(f, text);
    }
    FTTransformer model(parse_schema(text), 32, 3, 1);
    torch::optim::AdamW opt(model->parameters(), torch::optim::AdamWOptions(1e-4).weight_decay(1e-5));
    for (int i = 0; i < 3; i++) {
        auto y = model(torch::randn({16, 3}), torch::randint(0, 12, {16, 2}));
        auto loss = torch::binary_cross_entropy_with_logits(y, torch::ones(16));
        opt.zero_grad();
        loss.backward();
        opt.step();
        std::cout << loss.item().toFloat() << '\n';
    }
}
