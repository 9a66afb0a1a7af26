#include <torch/torch.h>
#include <cmath>
#include <cstdio>
#include <iostream>

// The size of the noise vector fed to the generator.
const int64_t kNoiseSize = 100;
const int64_t kBatchSize = 8;
const int64_t kNumberOfEpochs = 30;

using namespace torch;

struct DCGANGeneratorImpl : nn::Module {
  DCGANGeneratorImpl(int kNoiseSize)
      : conv1(nn::ConvTranspose2dOptions(kNoiseSize, 256, 4).bias(false)), batch_norm1(256),
        conv2(nn::ConvTranspose2dOptions(256, 128, 3).stride(2).padding(1).bias(false)), batch_norm2(128),
        conv3(nn::ConvTranspose2dOptions(128, 64, 4).stride(2).padding(1).bias(false)), batch_norm3(64),
        conv4(nn::ConvTranspose2dOptions(64, 1, 4).stride(2).padding(1).bias(false)) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("conv3", conv3);
    register_module("conv4", conv4);
    register_module("batch_norm1", batch_norm1);
    register_module("batch_norm2", batch_norm2);
    register_module("batch_norm3", batch_norm3);
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(batch_norm1(conv1(x)));
    x = torch::relu(batch_norm2(conv2(x)));
    x = torch::relu(batch_norm3(conv3(x)));
    x = torch::tanh(conv4(x));
    return x;
  }

  nn::ConvTranspose2d conv1;
  nn::BatchNorm2d batch_norm1;
  nn::ConvTranspose2d conv2;
  nn::BatchNorm2d batch_norm2;
  nn::ConvTranspose2d conv3;
  nn::BatchNorm2d batch_norm3;
  nn::ConvTranspose2d conv4;
};
TORCH_MODULE(DCGANGenerator);

nn::Sequential create_discriminator() {
  return nn::Sequential(
      nn::Conv2d(nn::Conv2dOptions(1, 64, 4).stride(2).padding(1).bias(false)),
      nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)),
      nn::Conv2d(nn::Conv2dOptions(64, 128, 4).stride(2).padding(1).bias(false)), nn::BatchNorm2d(128),
      nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)),
      nn::Conv2d(nn::Conv2dOptions(128, 256, 4).stride(2).padding(1).bias(false)), nn::BatchNorm2d(256),
      nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)),
      nn::Conv2d(nn::Conv2dOptions(256, 1, 3).stride(1).padding(0).bias(false)), nn::Sigmoid());
}

void weights_init(nn::Module& module) {
  torch::NoGradGuard no_grad;
  if (auto* c = module.as<nn::Conv2d>()) {
    nn::init::normal_(c->weight, 0.0, 0.02);
  } else if (auto* b = module.as<nn::BatchNorm2d>()) {
    nn::init::normal_(b->weight, 1.0, 0.02);
    nn::init::zeros_(b->bias);
  }
}

// One step, forward only: losses of both networks.
std::pair<Tensor, Tensor> losses(DCGANGenerator& generator, nn::Sequential& discriminator, const Tensor& data, Device device) {
  Tensor real_images = data.to(device);
  Tensor real_labels = torch::empty(data.size(0), device).uniform_(0.8, 1.0);
  Tensor real_output = discriminator->forward(real_images).reshape(real_labels.sizes());
  Tensor d_loss_real = torch::binary_cross_entropy(real_output, real_labels);

  Tensor noise = torch::randn({data.size(0), kNoiseSize, 1, 1}, device);
  Tensor fake_images = generator->forward(noise);
  Tensor fake_labels = torch::zeros(data.size(0), device);
  Tensor fake_output = discriminator->forward(fake_images.detach()).reshape(fake_labels.sizes());
  Tensor d_loss_fake = torch::binary_cross_entropy(fake_output, fake_labels);
  Tensor d_loss = d_loss_real + d_loss_fake;

  fake_labels.fill_(1);
  fake_output = discriminator->forward(fake_images).reshape(fake_labels.sizes());
  Tensor g_loss = torch::binary_cross_entropy(fake_output, fake_labels);
  return {d_loss, g_loss};
}

int main(int argc, const char* argv[]) {
  torch::manual_seed(1);

  // Create the device we pass around based on whether CUDA is available.
  torch::Device device(torch::kCPU);
  if (torch::cuda::is_available()) {
    std::cout << "CUDA is available! Training on GPU." << std::endl;
    device = torch::Device(torch::kCUDA);
  }

  DCGANGenerator generator(kNoiseSize);
  generator->to(device);
  nn::Sequential discriminator = create_discriminator();
  discriminator->to(device);
  generator->apply(weights_init);
  discriminator->apply([](nn::Module& m) { weights_init(m); });

  // Assume the MNIST dataset is available under `kDataFolder`;
  auto dataset = torch::data::datasets::MNIST("./data")
                     .map(torch::data::transforms::Normalize<>(0.5, 0.5))
                     .map(torch::data::transforms::Stack<>());
  const int64_t batches_per_epoch = std::ceil(dataset.size().value() / static_cast<double>(kBatchSize));
  auto data_loader = torch::data::make_data_loader(std::move(dataset), torch::data::DataLoaderOptions().batch_size(kBatchSize).workers(2));

  torch::optim::Adam generator_optimizer(generator->parameters(), torch::optim::AdamOptions(2e-4).betas(std::make_tuple(0.5, 0.5)));
  torch::optim::Adam discriminator_optimizer(discriminator->parameters(), torch::optim::AdamOptions(2e-4).betas(std::make_tuple(0.5, 0.5)));

  for (int64_t epoch = 1; epoch <= kNumberOfEpochs; ++epoch) {
    int64_t batch_index = 0;
    for (const torch::data::Example<>& batch : *data_loader) {
      discriminator->zero_grad();
      auto [d_loss, g_loss] = losses(generator, discriminator, batch.data, device);
      d_loss.backward();
      discriminator_optimizer.step();
      generator->zero_grad();
      g_loss.backward();
      generator_optimizer.step();
      if (batch_index++ % 50 == 0)
        std::printf("\r[%2ld/%2ld][%3ld/%3ld] D_loss: %.4f | G_loss: %.4f\n", epoch, kNumberOfEpochs, batch_index, batches_per_epoch,
                    d_loss.item<float>(), g_loss.item<float>());
    }
  }
}
