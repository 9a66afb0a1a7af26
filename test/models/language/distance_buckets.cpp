// An encoder and a decoder that know no places, only distances: each distance falls into a bucket, each bucket has a learned number for each head.
#include <torch/torch.h>
#include <algorithm>
#include <cmath>
#include <iostream>

namespace F = torch::nn::functional;
using torch::Tensor;

struct Plan {
    int64_t width = 512, each = 64, inner = 2048, layers = 6, heads = 8, buckets = 32, farthest = 128, words = 32000;
    float forget = 0.1f, small = 1e-6f;
    bool writes = false;
};

torch::nn::Linear plain(int64_t from, int64_t to) { return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false)); }

class ScaleImpl : public torch::nn::Module {
    Tensor by;
    float small;
public:
    ScaleImpl(int64_t width, float small) : small(small) { by = register_parameter("by", torch::ones({width})); }
    Tensor forward(Tensor x) {
        auto power = torch::mean(x.to(torch::kFloat32).square(), -1, true);
        x = x * torch::rsqrt(power + small);
        switch (by.scalar_type()) {
        case torch::kHalf:
        case torch::kBFloat16: x = x.to(by.scalar_type()); break;
        default: break;
        }
        return by * x;
    }
};
TORCH_MODULE(Scale);

/// Near distances have a bucket each, far ones share buckets that grow with the logarithm.
Tensor bucket_of(Tensor distance, int64_t buckets, int64_t farthest, bool both_sides) {
    Tensor first = torch::zeros_like(distance);
    if (both_sides) {
        buckets /= 2;
        first = first + distance.gt(0).to(torch::kLong) * buckets;
        distance = distance.abs();
    } else {
        distance = torch::relu(-distance);
    }
    const int64_t near = buckets / 2;
    const double growth = (buckets - near) / std::log(double(farthest) / near);
    auto far = near + (torch::log(distance.to(torch::kFloat) / near) * growth).to(torch::kLong);
    far = torch::minimum(far, torch::full_like(far, buckets - 1));
    return first + torch::where(distance < near, distance, far);
}

class LookImpl : public torch::nn::Module {
public:
    struct Answer { Tensor x, bias; };

    LookImpl(const Plan &p, bool learns_distances) : plan(p) {
        const char *names[] = {"ask", "match", "tell"};
        for (auto name : names) in.push_back(register_module(name, plain(p.width, p.heads * p.each)));
        out = register_module("out", plain(p.heads * p.each, p.width));
        if (learns_distances) distances = register_module("distances", torch::nn::Embedding(p.buckets, p.heads));
    }
    /// `bias` is worked out by the first layer and handed on to the others.
    Answer forward(Tensor x, Tensor other = Tensor(), Tensor hidden = Tensor(), Tensor bias = Tensor()) {
        const auto &source = other.defined() ? other : x;
        const Tensor from[] = {x, source, source};
        Tensor parts[3];
        for (int i = 0; i < 3; i++) parts[i] = in[i](from[i]).view({x.size(0), -1, plan.heads, plan.each}).transpose(1, 2);
        auto fit = torch::matmul(parts[0], parts[1].transpose(2, 3));
        if (!bias.defined()) {
            bias = distances.is_empty() ? torch::zeros({1, plan.heads, x.size(1), source.size(1)}, fit.options()) : of_distances(x.size(1), source.size(1));
            if (hidden.defined()) bias = bias + hidden;
        }
        fit += bias;
        auto share = F::dropout(F::softmax(fit.to(torch::kFloat), -1).type_as(fit), F::DropoutFuncOptions().p(plan.forget).training(is_training()));
        auto found = torch::matmul(share, parts[2]).transpose(1, 2).flatten(2);
        return {out(found), bias};
    }
private:
    Tensor of_distances(int64_t here, int64_t there) {
        auto distance = torch::arange(there, torch::kLong).unsqueeze(0) - torch::arange(here, torch::kLong).unsqueeze(1);
        return distances(bucket_of(distance, plan.buckets, plan.farthest, !plan.writes)).permute({2, 0, 1}).unsqueeze(0);
    }
    Plan plan;
    std::vector<torch::nn::Linear> in;
    torch::nn::Linear out{nullptr};
    torch::nn::Embedding distances{nullptr};
};
TORCH_MODULE(Look);

class LayerImpl : public torch::nn::Module {
public:
    struct Biases { Tensor own, across; };

    LayerImpl(const Plan &p, bool first) : forget(p.forget) {
        auto scale = [&](const char *name) { return register_module(name, Scale(p.width, p.small)); };
        own = register_module("own", Look(p, first));
        before_own = scale("before_own");
        if (p.writes) {
            across = register_module("across", Look(p, false));
            before_across = scale("before_across");
        }
        widen = register_module("widen", plain(p.width, p.inner));
        narrow = register_module("narrow", plain(p.inner, p.width));
        before_think = scale("before_think");
        register_module("forget", forget);
    }
    Tensor forward(Tensor x, Tensor hidden, Tensor read, Biases &biases) {
        auto answer = own->forward(before_own(x), {}, hidden, biases.own);
        biases.own = answer.bias;
        x = x + forget(answer.x);
        if (!across.is_empty()) {
            answer = across->forward(before_across(x), read, {}, biases.across);
            biases.across = answer.bias;
            x = x + forget(answer.x);
        }
        auto y = forget(torch::relu(widen(before_think(x))));
        return x + forget(narrow(y));
    }
private:
    Look own{nullptr}, across{nullptr};
    Scale before_own{nullptr}, before_across{nullptr}, before_think{nullptr};
    torch::nn::Linear widen{nullptr}, narrow{nullptr};
    torch::nn::Dropout forget;
};
TORCH_MODULE(Layer);

class SideImpl : public torch::nn::Module {
public:
    SideImpl(Plan p, torch::nn::Embedding meaning) : plan(p), meaning(meaning) {
        while ((int64_t)layers->size() < p.layers) layers->push_back(Layer(p, layers->is_empty()));
        register_module("layers", layers);
        last = register_module("last", Scale(p.width, p.small));
    }
    Tensor forward(Tensor ids, Tensor read = {}) {
        auto x = meaning(ids);
        Tensor hidden;
        if (plan.writes) {
            auto place = torch::arange(ids.size(1));
            auto seen = place.unsqueeze(0).le(place.unsqueeze(1)).to(x.scalar_type());
            hidden = (seen.view({1, 1, ids.size(1), -1}) - 1.0) * 1e9;
        }
        LayerImpl::Biases biases;
        for (auto &layer : *layers) x = layer->as<Layer>()->forward(x, hidden, read, biases);
        return last(x);
    }
private:
    Plan plan;
    torch::nn::Embedding meaning;
    torch::nn::ModuleList layers;
    Scale last{nullptr};
};
TORCH_MODULE(Side);

class RewriterImpl : public torch::nn::Module {
public:
    explicit RewriterImpl(const Plan &plan) : shrink(std::pow(plan.width, -0.5)) {
        meaning = register_module("meaning", torch::nn::Embedding(plan.words, plan.width));
        reader = register_module("reader", Side(plan, meaning));
        Plan writing = plan;
        writing.writes = true;
        writer = register_module("writer", Side(writing, meaning));
        say = register_module("say", plain(plan.width, plan.words));
        say->weight = meaning->weight;
    }
    std::pair<Tensor, Tensor> forward(Tensor ids, Tensor wanted) {
        auto known = wanted.new_zeros(wanted.sizes());
        known.slice(1, 1).copy_(wanted.slice(1, 0, -1));
        known.select(1, 0).fill_(0);
        known.masked_fill_(known == -100, 0);
        auto scores = say(writer->forward(known, reader->forward(ids)) * shrink);
        auto loss = F::cross_entropy(scores.flatten(0, 1), wanted.view(-1), F::CrossEntropyFuncOptions().ignore_index(-100));
        return {loss, scores};
    }
private:
    double shrink;
    torch::nn::Embedding meaning{nullptr};
    Side reader{nullptr}, writer{nullptr};
    torch::nn::Linear say{nullptr};
};
TORCH_MODULE(Rewriter);

// cobra: Plan p; p.width = 16; p.each = 4; p.heads = 4; p.inner = 32; p.layers = 2; p.words = 60; Rewriter net(p); net->eval(); auto ids = torch::randint(0, 60, {2, 9}, torch::kLong); auto wanted = torch::randint(0, 60, {2, 7}, torch::kLong); net->forward(ids, wanted);
int main() {
    Plan plan;
    Rewriter net(plan);
    torch::optim::Adam rule(net->parameters(), 1e-4);
    auto ids = torch::randint(0, plan.words, {4, 32}, torch::kLong), wanted = torch::randint(0, plan.words, {4, 16}, torch::kLong);
    for (int left = 3; left-- > 0;) {
        rule.zero_grad();
        auto [loss, scores] = net->forward(ids, wanted);
        loss.backward();
        torch::nn::utils::clip_grad_norm_(net->parameters(), 1.0);
        rule.step();
        std::printf("%d left: %.4f\n", left, loss.item<double>());
    }
}
