#include <torch/torch.h>
#include <iostream>
#include <any>
// variational autoencoder, VQ-VAE with a codebook, denoising and a sparse autoencoder

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
  std::pair<torch::Tensor, torch::Tensor> encode(torch::Tensor x) {
    auto h = torch::nn::functional::relu(fc1->forward(x));
    return {fc2->forward(h), fc3->forward(h)};
  }
  torch::Tensor reparameterize(torch::Tensor mu, torch::Tensor log_var) {
    if (!is_training()) return mu;
    auto std = log_var.div(2).exp_();
    auto eps = torch::randn_like(std);
    return eps.mul(std).add_(mu);
  }
  torch::Tensor decode(torch::Tensor z) { return torch::sigmoid(fc5->forward(torch::nn::functional::relu(fc4->forward(z)))); }
  VAEOutput forward(torch::Tensor x) {
    auto [mu, log_var] = encode(x.view({-1, 784}));
    auto z = reparameterize(mu, log_var);
    return {decode(z), mu, log_var};
  }
 private:
  torch::nn::Linear fc1, fc2, fc3, fc4, fc5;
};
TORCH_MODULE(VAE);

torch::Tensor vae_loss(const VAEOutput& o, torch::Tensor x) {
  auto bce = torch::nn::functional::binary_cross_entropy(o.reconstruction, x.view({-1, 784}), torch::nn::functional::BinaryCrossEntropyFuncOptions().reduction(torch::kSum));
  auto kld = -0.5 * torch::sum(1 + o.log_var - o.mu.pow(2) - o.log_var.exp());
  return bce + kld;
}

class VectorQuantizerImpl : public torch::nn::Module {
 public:
  VectorQuantizerImpl(int64_t n, int64_t dim, double beta) : n_(n), dim_(dim), beta_(beta) {
    embedding = register_module("embedding", torch::nn::Embedding(n, dim));
    embedding->weight.data().uniform_(-1.0 / n, 1.0 / n);
  }
  std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> forward(torch::Tensor inputs) {
    inputs = inputs.permute({0, 2, 3, 1}).contiguous();
    auto shape = inputs.sizes();
    auto flat = inputs.view({-1, dim_});
    auto distances = torch::sum(flat.pow(2), 1, true) + torch::sum(embedding->weight.pow(2), 1) - 2 * torch::matmul(flat, embedding->weight.t());
    auto indices = torch::argmin(distances, 1).unsqueeze(1);
    auto encodings = torch::zeros({indices.size(0), n_}, inputs.device());
    encodings.scatter_(1, indices, 1);
    auto quantized = torch::matmul(encodings, embedding->weight).view(shape);
    auto e_loss = torch::mse_loss(quantized.detach(), inputs);
    auto q_loss = torch::mse_loss(quantized, inputs.detach());
    auto loss = q_loss + beta_ * e_loss;
    quantized = inputs + (quantized - inputs).detach();
    auto avg = torch::mean(encodings, 0);
    auto perplexity = torch::exp(-torch::sum(avg * torch::log(avg + 1e-10)));
    return {loss, quantized.permute({0, 3, 1, 2}).contiguous(), perplexity};
  }
 private:
  int64_t n_, dim_;
  double beta_;
  torch::nn::Embedding embedding{nullptr};
};
TORCH_MODULE(VectorQuantizer);

struct ResidualImpl : torch::nn::Module {
  torch::nn::Sequential block;
  ResidualImpl(int64_t c, int64_t r)
      : block(torch::nn::ReLU(torch::nn::ReLUOptions(true)), torch::nn::Conv2d(torch::nn::Conv2dOptions(c, r, 3).padding(1).bias(false)), torch::nn::ReLU(torch::nn::ReLUOptions(true)), torch::nn::Conv2d(torch::nn::Conv2dOptions(r, c, 1).bias(false))) {
    register_module("block", block);
  }
  torch::Tensor forward(torch::Tensor x) { return x + block->forward(x); }
};
TORCH_MODULE(Residual);

class VQVAEImpl : public torch::nn::Module {
 public:
  VQVAEImpl(int64_t hidden, int64_t residual_hidden, int64_t layers, int64_t codes, int64_t dim) {
    encoder->push_back("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, hidden / 2, 4).stride(2).padding(1)));
    encoder->push_back("relu1", torch::nn::ReLU());
    encoder->push_back("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden / 2, hidden, 4).stride(2).padding(1)));
    for (int64_t i = 0; i < layers; ++i) encoder->push_back("res" + std::to_string(i), Residual(hidden, residual_hidden));
    encoder->push_back("pre_vq", torch::nn::Conv2d(hidden, dim, 1));
    decoder->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(dim, hidden, 3).padding(1)));
    for (int64_t i = 0; i < layers; ++i) decoder->push_back(Residual(hidden, residual_hidden));
    decoder->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(hidden, hidden / 2, 4).stride(2).padding(1)));
    decoder->push_back(torch::nn::ReLU());
    decoder->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(hidden / 2, 3, 4).stride(2).padding(1)));
    register_module("encoder", encoder);
    register_module("decoder", decoder);
    vq = register_module("vq", VectorQuantizer(codes, dim, 0.25));
  }
  std::tuple<torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
    auto [loss, quantized, perplexity] = vq(encoder->forward(x));
    return {loss, decoder->forward(quantized)};
  }
 private:
  torch::nn::Sequential encoder, decoder;
  VectorQuantizer vq{nullptr};
};
TORCH_MODULE(VQVAE);

class SparseAutoencoder : public torch::nn::Module {
 public:
  SparseAutoencoder(int64_t d, int64_t latents, int64_t k) : k_(k) {
    pre_bias = register_parameter("pre_bias", torch::zeros(d));
    encoder = register_module("encoder", torch::nn::Linear(torch::nn::LinearOptions(d, latents).bias(false)));
    latent_bias = register_parameter("latent_bias", torch::zeros(latents));
    decoder = register_module("decoder", torch::nn::Linear(torch::nn::LinearOptions(latents, d).bias(false)));
    torch::NoGradGuard g;
    decoder->weight.copy_(encoder->weight.t());
    decoder->weight.div_(decoder->weight.norm(2, 0, true));
  }
  torch::Tensor forward(torch::Tensor x) {
    auto mu = x.mean(-1, true);
    auto std = x.std(-1, /*unbiased=*/true, /*keepdim=*/true);
    x = (x - mu) / (std + 1e-5);
    auto pre = torch::linear(x - pre_bias, encoder->weight, latent_bias);
    auto [values, indices] = torch::topk(pre, k_, -1);
    auto latents = torch::zeros_like(pre).scatter_(-1, indices, torch::relu(values));
    return (decoder(latents) + pre_bias) * std + mu;
  }
 private:
  int64_t k_;
  torch::Tensor pre_bias, latent_bias;
  torch::nn::Linear encoder{nullptr}, decoder{nullptr};
};

int main() {
  VAE model(784, 400, 20);
  torch::optim::Adam optimizer(model->parameters(), 1e-3);
  for (int i = 0; i < 5; ++i) {
    auto images = torch::rand({100, 1, 28, 28});
    auto output = model->forward(images);
    auto loss = vae_loss(output, images);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  model->eval();
  torch::NoGradGuard no_grad;
  std::cout << model->decode(torch::randn({64, 20})).view({-1, 1, 28, 28}).sizes() << "\n";
}
// cobra: VAE m(784, 40, 8); m->train(); auto x = torch::rand({5, 1, 28, 28}); m->forward(x);
// cobra: VQVAE m(16, 8, 2, 32, 8); m->eval(); auto x = torch::rand({2, 3, 32, 32}); m->forward(x);
// cobra: SparseAutoencoder m(32, 128, 6); m.eval(); auto x = torch::randn({4, 10, 32}); m.forward(x);
