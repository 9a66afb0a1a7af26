// wav2vec 2.0: convolutional feature encoder, grouped positional convolution with weight norm, transformer encoder, masked prediction head.
#include <torch/torch.h>

#include <array>
#include <cmath>
#include <iostream>
#include <tuple>
#include <vector>

namespace speech {

using ConvSpec = std::tuple<int, int, int>;  // channels, kernel, stride

struct Wav2VecOptions {
    std::vector<ConvSpec> conv_layers{{512, 10, 5}, {512, 3, 2}, {512, 3, 2}, {512, 3, 2}, {512, 3, 2}, {512, 2, 2}, {512, 2, 2}};
    int encoder_dim = 768;
    int encoder_layers = 12;
    int encoder_heads = 12;
    int ffn_dim = 3072;
    int conv_pos = 128;
    int conv_pos_groups = 16;
    bool layer_norm_first = false;
    std::string extractor_mode = "default";
};

class TransposeLast final : public torch::nn::Module {
public:
    torch::Tensor forward(torch::Tensor x) { return x.transpose(-2, -1); }
};

class Fp32GroupNorm : public torch::nn::GroupNormImpl {
public:
    using torch::nn::GroupNormImpl::GroupNormImpl;
    torch::Tensor forward(const torch::Tensor& input) {
        auto out = torch::group_norm(input.to(torch::kFloat), options.num_groups(), weight, bias, options.eps());
        return out.type_as(input);
    }
};

class ConvFeatureExtraction : public torch::nn::Module {
public:
    ConvFeatureExtraction(const std::vector<ConvSpec>& specs, const std::string& mode) {
        int in = 1;
        int i = 0;
        for (const auto& [dim, k, stride] : specs) {
            torch::nn::Sequential block;
            block->push_back(torch::nn::Conv1d(torch::nn::Conv1dOptions(in, dim, k).stride(stride).bias(false)));
            block->push_back(torch::nn::Dropout(0.0));
            if (mode == "layer_norm") {
                block->push_back(TransposeLast());
                block->push_back(torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
                block->push_back(TransposeLast());
            } else if (i == 0) {
                block->push_back(Fp32GroupNorm(torch::nn::GroupNormOptions(dim, dim)));
            }
            block->push_back(torch::nn::GELU());
            layers_->push_back(block);
            in = dim;
            ++i;
        }
        register_module("conv_layers", layers_);
    }
    torch::Tensor forward(torch::Tensor x) {
        x = x.unsqueeze(1);
        for (const auto& layer : *layers_) x = layer->as<torch::nn::Sequential>()->forward(x);
        return x;
    }

private:
    torch::nn::ModuleList layers_;
};

/// Conv1d whose weight is g * v / |v|.
class WeightNormConv1d : public torch::nn::Module {
public:
    WeightNormConv1d(int channels, int kernel, int groups) : groups_(groups), padding_(kernel / 2), remove_(kernel % 2 == 0 ? 1 : 0) {
        v = register_parameter("weight_v", torch::randn({channels, channels / groups, kernel}) * std::sqrt(4.0 / (kernel * channels)));
        g = register_parameter("weight_g", torch::norm(v.detach(), 2, torch::IntArrayRef({0, 1}), true).clone());
        b = register_parameter("bias", torch::zeros(channels));
    }
    torch::Tensor forward(torch::Tensor x) {
        auto weight = v * (g / torch::norm(v, 2, torch::IntArrayRef({0, 1}), true));
        x = torch::conv1d(x, weight, b, 1, padding_, 1, groups_);
        if (remove_ > 0) x = x.index({"...", torch::indexing::Slice(torch::indexing::None, -remove_)});
        return torch::gelu(x);
    }

private:
    int64_t groups_, padding_, remove_;
    torch::Tensor v, g, b;
};

class EncoderLayer : public torch::nn::Module {
public:
    EncoderLayer(int dim, int heads, int ffn, bool first) : layer_norm_first(first) {
        self_attn = register_module("self_attn", torch::nn::MultiheadAttention(torch::nn::MultiheadAttentionOptions(dim, heads).dropout(0.1)));
        self_attn_layer_norm = register_module("self_attn_layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
        fc1 = register_module("fc1", torch::nn::Linear(dim, ffn));
        fc2 = register_module("fc2", torch::nn::Linear(ffn, dim));
        final_layer_norm = register_module("final_layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim})));
    }
    torch::Tensor forward(torch::Tensor x, const torch::Tensor& padding = {}) {
        auto residual = x;
        if (layer_norm_first) {
            x = self_attn_layer_norm(x);
            x = std::get<0>(self_attn->forward(x, x, x, padding));
            x = residual + x;
            residual = x;
            x = fc2(torch::gelu(fc1(final_layer_norm(x))));
            return residual + x;
        }
        x = std::get<0>(self_attn(x, x, x, padding));
        x = self_attn_layer_norm(residual + x);
        residual = x;
        x = fc2(torch::gelu(fc1(x)));
        return final_layer_norm(residual + x);
    }

private:
    bool layer_norm_first;
    torch::nn::MultiheadAttention self_attn{nullptr};
    torch::nn::LayerNorm self_attn_layer_norm{nullptr}, final_layer_norm{nullptr};
    torch::nn::Linear fc1{nullptr}, fc2{nullptr};
};

class Wav2Vec2 : public torch::nn::Module {
public:
    explicit Wav2Vec2(const Wav2VecOptions& o) : options(o) {
        feature_extractor = register_module("feature_extractor", std::make_shared<ConvFeatureExtraction>(o.conv_layers, o.extractor_mode));
        const int embed = std::get<0>(o.conv_layers.back());
        layer_norm = register_module("layer_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({embed})));
        if (embed != o.encoder_dim) post_extract_proj = register_module("post_extract_proj", torch::nn::Linear(embed, o.encoder_dim));
        mask_emb = register_parameter("mask_emb", torch::empty({o.encoder_dim}).uniform_());
        pos_conv = register_module("pos_conv", std::make_shared<WeightNormConv1d>(o.encoder_dim, o.conv_pos, o.conv_pos_groups));
        for (int i = 0; i < o.encoder_layers; ++i)
            layers.push_back(register_module("layer" + std::to_string(i), std::make_shared<EncoderLayer>(o.encoder_dim, o.encoder_heads, o.ffn_dim, o.layer_norm_first)));
        norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({o.encoder_dim})));
        ctc = register_module("ctc", torch::nn::Linear(o.encoder_dim, 32));
    }

    int64_t output_length(int64_t samples) const {
        for (const auto& spec : options.conv_layers)
            samples = static_cast<int64_t>(std::floor((samples - std::get<1>(spec)) / static_cast<double>(std::get<2>(spec)) + 1));
        return samples;
    }

    struct Result { torch::Tensor features, emissions; };

    Result forward(torch::Tensor source) {
        auto features = feature_extractor->forward(source).transpose(1, 2);
        TORCH_CHECK_EQ(features.size(1), output_length(source.size(1)));
        features = layer_norm(features);
        auto x = post_extract_proj ? post_extract_proj(features) : features;
        auto positions = pos_conv->forward(x.transpose(1, 2)).transpose(1, 2);
        x = x + positions;
        if (!options.layer_norm_first) x = norm(x);
        x = x.transpose(0, 1);
        for (auto& layer : layers) x = layer->forward(x);
        x = x.transpose(0, 1);
        if (options.layer_norm_first) x = norm(x);
        return {x, torch::log_softmax(ctc(x), -1)};
    }

private:
    Wav2VecOptions options;
    std::shared_ptr<ConvFeatureExtraction> feature_extractor;
    torch::nn::LayerNorm layer_norm{nullptr}, norm{nullptr};
    torch::nn::Linear post_extract_proj{nullptr}, ctc{nullptr};
    torch::Tensor mask_emb;
    std::shared_ptr<WeightNormConv1d> pos_conv;
    std::vector<std::shared_ptr<EncoderLayer>> layers;
};

}  // namespace speech

int main() {
    speech::Wav2VecOptions options;
    options.encoder_layers = 2;
    speech::Wav2Vec2 model(options);
    model.eval();
    torch::InferenceMode guard;
    auto wave = torch::randn({1, 16000});
    wave = (wave - wave.mean()) / torch::sqrt(wave.var() + 1e-5);
    auto result = model.forward(wave);
    std::cout << result.emissions.sizes() << std::endl;
}

// cobra: speech::Wav2VecOptions o; o.conv_layers = {{16, 10, 5}, {16, 3, 2}, {16, 2, 2}}; o.encoder_dim = 24; o.encoder_heads = 4; o.encoder_layers = 2; o.ffn_dim = 32; o.conv_pos = 8; o.conv_pos_groups = 4; speech::Wav2Vec2 m(o); m.eval(); auto wave = torch::randn({2, 800}); m.forward(wave);
