// VAE of a beginner, and a VQ-VAE.
#include <torch/torch.h>
#include <iostream>
#include <utility>
using namespace std;

struct VAEOutput { torch::Tensor reconstruction; torch::Tensor mu; torch::Tensor log_var; };

class VAEImpl : public torch::nn::Module {
 public:
    VAEImpl(int64_t image_size, int64_t h_dim, int64_t z_dim)
        : fc1(image_size, h_dim), fc2(h_dim, z_dim), fc3(h_dim, z_dim), fc4(z_dim, h_dim), fc5(h_dim, image_size) {
        register_module("fc1", fc1);
        register_module("fc2", fc2);
        register_module("fc3", fc3);
        register_module("fc4", fc4);
        register_module("fc5", fc5);
    }
    pair<torch::Tensor, torch::Tensor> encode(torch::Tensor x) {
        auto h = torch::nn::functional::relu(fc1->forward(x));
        return {fc2->forward(h), fc3->forward(h)};
    }
    torch::Tensor reparameterize(torch::Tensor mu, torch::Tensor log_var) {
        if (is_training()) {
            auto std = log_var.div(2).exp_();
            auto eps = torch::randn_like(std);
            return eps.mul(std).add_(mu);
        } else {
            return mu;
        }
    }
    torch::Tensor decode(torch::Tensor z) {
        auto h = torch::nn::functional::relu(fc4->forward(z));
        return torch::sigmoid(fc5->forward(h));
    }
    VAEOutput forward(torch::Tensor x) {
        auto encode_output = encode(x);
        auto mu = encode_output.first;
        auto log_var = encode_output.second;
        auto z = reparameterize(mu, log_var);
        return {decode(z), mu, log_var};
    }
 private:
    torch::nn::Linear fc1, fc2, fc3, fc4, fc5;
};
TORCH_MODULE(VAE);

torch::Tensor vae_loss(VAE& model, torch::Tensor images) {
    auto out = model->forward(images.reshape({-1, 28 * 28}));
    auto reconstruction_loss = torch::nn::functional::binary_cross_entropy(out.reconstruction, images.view({-1, 784}),
        torch::nn::functional::BinaryCrossEntropyFuncOptions().reduction(torch::kSum));
    auto kl_divergence = -0.5 * torch::sum(1 + out.log_var - out.mu.pow(2) - out.log_var.exp());
    return reconstruction_loss + kl_divergence;
}

class ResidualStackImpl : public torch::nn::Module {
 public:
    ResidualStackImpl(int in, int hidden, int layers, int res_hidden) : n(layers) {
        for (int i = 0; i < n; i++) {
            blocks->push_back(torch::nn::Sequential(torch::nn::ReLU(), torch::nn::Conv2d(torch::nn::Conv2dOptions(in, res_hidden, 3).padding(1).bias(false)),
                torch::nn::ReLU(), torch::nn::Conv2d(torch::nn::Conv2dOptions(res_hidden, hidden, 1).bias(false))));
        }
        register_module("layers", blocks);
    }
    torch::Tensor forward(torch::Tensor x) {
        for (int i = 0; i < n; i++) x = x + blocks[i]->as<torch::nn::Sequential>()->forward(x);
        return torch::relu(x);
    }
    int n;
    torch::nn::ModuleList blocks;
};
TORCH_MODULE(ResidualStack);

class VectorQuantizerImpl : public torch::nn::Module {
 public:
    VectorQuantizerImpl(int64_t num_embeddings, int64_t embedding_dim, double commitment_cost) : K(num_embeddings), D(embedding_dim), beta(commitment_cost) {
        embedding = register_module("embedding", torch::nn::Embedding(K, D));
        embedding->weight.data().uniform_(-1.0 / K, 1.0 / K);
    }
    tuple<torch::Tensor, torch::Tensor, torch::Tensor, torch::Tensor> forward(torch::Tensor inputs) {
        inputs = inputs.permute({0, 2, 3, 1}).contiguous();
        auto input_shape = inputs.sizes();
        auto flat = inputs.view({-1, D});
        auto distances = torch::sum(torch::pow(flat, 2), 1, true) + torch::sum(torch::pow(embedding->weight, 2), 1) - 2 * torch::matmul(flat, embedding->weight.t());
        auto indices = torch::argmin(distances, 1).unsqueeze(1);
        auto encodings = torch::zeros({indices.size(0), K});
        encodings.scatter_(1, indices, 1);
        auto quantized = torch::matmul(encodings, embedding->weight).view(input_shape);
        auto e_latent_loss = torch::mse_loss(quantized.detach(), inputs);
        auto q_latent_loss = torch::mse_loss(quantized, inputs.detach());
        auto loss = q_latent_loss + beta * e_latent_loss;
        quantized = inputs + (quantized - inputs).detach();
        auto avg_probs = torch::mean(encodings, 0);
        auto perplexity = torch::exp(-torch::sum(avg_probs * torch::log(avg_probs + 1e-10)));
        return make_tuple(loss, quantized.permute({0, 3, 1, 2}).contiguous(), perplexity, encodings);
    }
    int64_t K, D;
    double beta;
    torch::nn::Embedding embedding{nullptr};
};
TORCH_MODULE(VectorQuantizer);

class VQVAEImpl : public torch::nn::Module {
 public:
    VQVAEImpl(int hidden = 64, int res_layers = 2, int res_hidden = 32, int K = 128, int D = 32) : vq(K, D, 0.25) {
        using torch::nn::Conv2d; using torch::nn::Conv2dOptions; using torch::nn::ConvTranspose2d; using torch::nn::ConvTranspose2dOptions;
        encoder->push_back(Conv2d(Conv2dOptions(3, hidden / 2, 4).stride(2).padding(1)));
        encoder->push_back(torch::nn::ReLU());
        encoder->push_back(Conv2d(Conv2dOptions(hidden / 2, hidden, 4).stride(2).padding(1)));
        encoder->push_back(torch::nn::ReLU());
        encoder->push_back(Conv2d(Conv2dOptions(hidden, hidden, 3).padding(1)));
        encoder->push_back(ResidualStack(hidden, hidden, res_layers, res_hidden));
        pre_vq = Conv2d(Conv2dOptions(hidden, D, 1));
        decoder = torch::nn::Sequential(Conv2d(Conv2dOptions(D, hidden, 3).padding(1)), ResidualStack(hidden, hidden, res_layers, res_hidden),
            ConvTranspose2d(ConvTranspose2dOptions(hidden, hidden / 2, 4).stride(2).padding(1)), torch::nn::ReLU(),
            ConvTranspose2d(ConvTranspose2dOptions(hidden / 2, 3, 4).stride(2).padding(1)));
        register_module("encoder", encoder);
        register_module("pre_vq", pre_vq);
        register_module("vq", vq);
        register_module("decoder", decoder);
    }
    tuple<torch::Tensor, torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
        auto z = pre_vq(encoder->forward(x));
        torch::Tensor loss, quantized, perplexity;
        tie(loss, quantized, perplexity, ignore) = vq->forward(z);
        return {loss, decoder->forward(quantized), perplexity};
    }
    torch::nn::Sequential encoder, decoder{nullptr};
    torch::nn::Conv2d pre_vq{nullptr};
    VectorQuantizer vq;
};
TORCH_MODULE(VQVAE);

int main() {
    cout << "Variational Auto-Encoder\n\n";
    VAE model(784, 400, 20);
    torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(1e-3));
    cout << fixed << setprecision(4);
    for (size_t epoch = 0; epoch != 3; ++epoch) {
        model->train();
        auto loss = vae_loss(model, torch::rand({100, 1, 28, 28}));
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        cout << "Epoch " << epoch << ", loss: " << loss.item<double>() << endl;
    }
}
