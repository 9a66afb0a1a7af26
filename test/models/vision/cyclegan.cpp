// CycleGAN: residual generator, PatchGAN discriminator, norms chosen by name.
#include <torch/torch.h>

#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unordered_map>

using NormFactory = std::function<torch::nn::AnyModule(int64_t)>;

static NormFactory get_norm_layer(const std::string& norm_type) {
  static const std::unordered_map<std::string, NormFactory> table{
      {"batch", [](int64_t c) { return torch::nn::AnyModule(torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(c).affine(true))); }},
      {"instance", [](int64_t c) { return torch::nn::AnyModule(torch::nn::InstanceNorm2d(torch::nn::InstanceNorm2dOptions(c).affine(false).track_running_stats(false))); }},
      {"none", [](int64_t) { return torch::nn::AnyModule(torch::nn::Identity()); }},
  };
  const auto found = table.find(norm_type);
  if (found == table.end()) throw std::runtime_error("normalization layer [" + norm_type + "] is not found");
  return found->second;
}

enum class PadType { kReflect, kReplicate, kZero };

class ResnetBlockImpl : public torch::nn::Module {
 public:
  ResnetBlockImpl(int64_t dim, PadType padding_type, const NormFactory& norm, bool use_dropout, bool use_bias) {
    build(dim, padding_type, norm, use_bias, true);
    if (use_dropout) conv_block->push_back(torch::nn::Dropout(0.5));
    build(dim, padding_type, norm, use_bias, false);
    register_module("conv_block", conv_block);
  }
  torch::Tensor forward(const torch::Tensor& x) { return x + conv_block->forward(x); }

 private:
  void build(int64_t dim, PadType type, const NormFactory& norm, bool bias, bool relu) {
    int64_t p = 0;
    switch (type) {
      case PadType::kReflect:
        conv_block->push_back(torch::nn::ReflectionPad2d(1));
        break;
      case PadType::kReplicate:
        conv_block->push_back(torch::nn::ReplicationPad2d(torch::nn::ReplicationPad2dOptions(1)));
        break;
      case PadType::kZero:
        p = 1;
        break;
      default:
        throw std::logic_error("padding is not implemented");
    }
    conv_block->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(dim, dim, 3).padding(p).bias(bias)));
    conv_block->push_back(norm(dim));
    if (relu) conv_block->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
  }
  torch::nn::Sequential conv_block;
};
TORCH_MODULE(ResnetBlock);

class ResnetGeneratorImpl : public torch::nn::Module {
 public:
  ResnetGeneratorImpl(int64_t input_nc, int64_t output_nc, int64_t ngf = 64, std::string norm_type = "instance", bool use_dropout = false, int n_blocks = 6, PadType padding_type = PadType::kReflect) {
    TORCH_CHECK(n_blocks >= 0);
    const bool use_bias = norm_type == "instance";
    const auto norm_layer = get_norm_layer(norm_type);
    model->push_back(torch::nn::ReflectionPad2d(3));
    model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(input_nc, ngf, 7).padding(0).bias(use_bias)));
    model->push_back(norm_layer(ngf));
    model->push_back(torch::nn::ReLU(true));
    const int n_downsampling = 2;
    for (int i = 0; i < n_downsampling; i++) {
      const auto mult = static_cast<int64_t>(std::pow(2, i));
      model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(ngf * mult, ngf * mult * 2, 3).stride(2).padding(1).bias(use_bias)));
      model->push_back(norm_layer(ngf * mult * 2));
      model->push_back(torch::nn::ReLU(true));
    }
    int64_t mult = std::pow(2, n_downsampling);
    for (int i = 0; i < n_blocks; i++) model->push_back(ResnetBlock(ngf * mult, padding_type, norm_layer, use_dropout, use_bias));
    for (int i = 0; i < n_downsampling; i++) {
      mult = std::pow(2, n_downsampling - i);
      model->push_back(torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(ngf * mult, int64_t(ngf * mult / 2), 3).stride(2).padding(1).output_padding(1).bias(use_bias)));
      model->push_back(norm_layer(int64_t(ngf * mult / 2)));
      model->push_back(torch::nn::ReLU(true));
    }
    model->push_back(torch::nn::ReflectionPad2d(3));
    model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(ngf, output_nc, 7).padding(0)));
    model->push_back(torch::nn::Tanh());
    register_module("model", model);
  }
  torch::Tensor forward(torch::Tensor input) { return model->forward(input); }
  torch::nn::Sequential model;
};
TORCH_MODULE(ResnetGenerator);

class NLayerDiscriminatorImpl : public torch::nn::Module {
 public:
  NLayerDiscriminatorImpl(int64_t input_nc, int64_t ndf = 64, int n_layers = 3, const std::string& norm = "instance") {
    const auto norm_layer = get_norm_layer(norm);
    const int kw = 4, padw = 1;
    model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(input_nc, ndf, kw).stride(2).padding(padw)));
    model->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2).inplace(true)));
    int nf_mult = 1, nf_mult_prev = 1;
    for (int n = 1; n < n_layers; ++n) {
      nf_mult_prev = nf_mult;
      nf_mult = std::min(1 << n, 8);
      block(ndf * nf_mult_prev, ndf * nf_mult, kw, 2, padw, norm_layer);
    }
    nf_mult_prev = nf_mult;
    nf_mult = std::min(1 << n_layers, 8);
    block(ndf * nf_mult_prev, ndf * nf_mult, kw, 1, padw, norm_layer);
    model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(ndf * nf_mult, 1, kw).stride(1).padding(padw)));
    register_module("model", model);
  }
  torch::Tensor forward(torch::Tensor x) { return model->forward(x); }

 private:
  void block(int64_t in, int64_t out, int kw, int stride, int padw, const NormFactory& norm) {
    model->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kw).stride(stride).padding(padw).bias(true)));
    model->push_back(norm(out));
    model->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2).inplace(true)));
  }
  torch::nn::Sequential model;
};
TORCH_MODULE(NLayerDiscriminator);

struct CycleGAN {
  ResnetGenerator G_A, G_B;
  NLayerDiscriminator D_A, D_B;
  double lambda_A = 10.0, lambda_B = 10.0, lambda_identity = 0.5;
  torch::Tensor real_A, real_B, fake_A, fake_B, rec_A, rec_B;

  CycleGAN() : G_A(3, 3, 16, "instance", false, 2), G_B(3, 3, 16, "batch", true, 2, PadType::kZero), D_A(3, 16), D_B(3, 16, 2, "batch") {}
  void set_input(torch::Tensor a, torch::Tensor b) {
    real_A = std::move(a);
    real_B = std::move(b);
  }
  void forward() {
    fake_B = G_A->forward(real_A);
    rec_A = G_B->forward(fake_B);
    fake_A = G_B->forward(real_B);
    rec_B = G_A->forward(fake_A);
  }
  torch::Tensor gan_loss(const torch::Tensor& prediction, bool target_is_real) {
    auto target = target_is_real ? torch::ones_like(prediction) : torch::zeros_like(prediction);
    return torch::mse_loss(prediction, target);
  }
  torch::Tensor loss_G() {
    forward();
    auto idt_A = G_A->forward(real_B);
    auto loss_idt_A = torch::l1_loss(idt_A, real_B) * lambda_B * lambda_identity;
    auto loss_G_A = gan_loss(D_A->forward(fake_B), true);
    auto loss_G_B = gan_loss(D_B->forward(fake_A), true);
    auto loss_cycle_A = torch::l1_loss(rec_A, real_A) * lambda_A;
    auto loss_cycle_B = torch::l1_loss(rec_B, real_B) * lambda_B;
    return loss_G_A + loss_G_B + loss_cycle_A + loss_cycle_B + loss_idt_A;
  }
};

int main() {
  CycleGAN gan;
  gan.set_input(torch::rand({1, 3, 64, 64}), torch::rand({1, 3, 64, 64}));
  std::cout << gan.loss_G().item<float>() << std::endl;
}
