// The batches of a data loader have the size that the program asks for; what one example looks like is read from the dataset.
// REQUIRES: libtorch
// RUN: %cobra check --quiet %s -- %torch | FileCheck %s
#include <torch/torch.h>

#include <fstream>

struct NetImpl : torch::nn::Module {
  NetImpl() { register_module("conv", conv); }
  torch::Tensor forward(torch::Tensor x) { return torch::relu(conv(x)); }
  torch::nn::Conv2d conv{torch::nn::Conv2dOptions(1, 4, 3)};
};
TORCH_MODULE(Net);

/// A dataset of the program's own, and a transform that changes the size.
struct Series : torch::data::Dataset<Series> {
  explicit Series(int64_t length) : length_(length) {}
  torch::data::Example<> get(size_t) override { return {torch::rand({1, length_, length_}), torch::tensor(1)}; }
  torch::optional<size_t> size() const override { return 500; }
  int64_t length_;
};
struct Crop : torch::data::transforms::TensorTransform<> {
  explicit Crop(int64_t to) : to_(to) {}
  torch::Tensor operator()(torch::Tensor x) override { return x.narrow(1, 0, to_).narrow(2, 0, to_); }
  int64_t to_;
};

/// Reads files: what is in them nobody knows before a run.
struct Pictures : torch::data::Dataset<Pictures> {
  torch::data::Example<> get(size_t index) override {
    std::ifstream file("pictures/" + std::to_string(index));
    std::vector<float> pixels;
    for (float p; file >> p;) pixels.push_back(p);
    int64_t n = static_cast<int64_t>(pixels.size());
    return {torch::from_blob(pixels.data(), {1, n / 32, 32}).clone(), torch::tensor(0)};
  }
  torch::optional<size_t> size() const override { return 10; }
};

template <class Loader> void train(Net& net, Loader& loader, torch::optim::Optimizer& optimizer) {
  for (auto& batch : loader) {
    optimizer.zero_grad();
    auto loss = net->forward(batch.data).mean();
    loss.backward();
    optimizer.step();
  }
}

// CHECK-DAG: Net::forward on [64,1,28,28] float32
// CHECK-DAG: Net::forward on [16,1,20,20] float32
// CHECK-DAG: Net::forward on [7,1,12,12] float32
// CHECK-DAG: note: it is also called with inputs whose shapes only a run would tell
// CHECK-NOT: no tensor input
int main() {
  Net net;
  torch::optim::SGD optimizer(net->parameters(), 0.1);
  auto digits = torch::data::make_data_loader<torch::data::samplers::SequentialSampler>(
      torch::data::datasets::MNIST("./data").map(torch::data::transforms::Normalize<>(0.13, 0.31)).map(torch::data::transforms::Stack<>()), 64);
  for (int epoch = 0; epoch < 3; ++epoch) train(net, *digits, optimizer);

  auto cropped = Series(32).map(Crop(20)).map(torch::data::transforms::Stack<>());
  auto loader = torch::data::make_data_loader(std::move(cropped), torch::data::DataLoaderOptions().batch_size(16).workers(2));
  for (auto& batch : *loader) net->forward(batch.data);

  auto list = torch::data::make_data_loader(Series(12), 7); // not stacked: a vector of examples
  for (auto& batch : *list) {
    std::vector<torch::Tensor> images;
    for (auto& example : batch) images.push_back(example.data);
    net->forward(torch::stack(images));
  }

  auto pictures = torch::data::make_data_loader(Pictures().map(torch::data::transforms::Stack<>()), 4);
  for (auto& batch : *pictures) net->forward(batch.data);
}
