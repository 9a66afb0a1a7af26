#include "resnet.h"

// cobra: auto net = resnet18(); net->eval(); auto x = torch::randn({1, 3, 224, 224}); net->forward(x);

torch::nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding) {
  return torch::nn::Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(false));
}

BasicBlock::BasicBlock(int64_t in, int64_t planes, int64_t stride, torch::nn::Sequential shortcut)
    : conv1(conv(in, planes, 3, stride, 1)), conv2(conv(planes, planes, 3, 1, 1)),
      bn1(planes), bn2(planes), downsample(shortcut) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  register_module("conv2", conv2);
  register_module("bn2", bn2);
  if (!downsample->is_empty())
    register_module("downsample", downsample);
}

torch::Tensor BasicBlock::forward(torch::Tensor x) {
  auto residual = downsample->is_empty() ? x : downsample->forward(x);
  x = conv1->forward(x);
  x = torch::relu(bn1->forward(x));
  x = conv2->forward(x);
  x = bn2->forward(x);
  x += residual;
  return torch::relu(x);
}

Bottleneck::Bottleneck(int64_t in, int64_t planes, int64_t stride, torch::nn::Sequential shortcut)
    : conv1(conv(in, planes, 1)), conv2(conv(planes, planes, 3, stride, 1)),
      conv3(conv(planes, planes * expansion, 1)),
      bn1(planes), bn2(planes), bn3(planes * expansion), downsample(shortcut) {
  register_module("conv1", conv1);
  register_module("bn1", bn1);
  register_module("conv2", conv2);
  register_module("bn2", bn2);
  register_module("conv3", conv3);
  register_module("bn3", bn3);
  if (!downsample->is_empty())
    register_module("downsample", downsample);
}

torch::Tensor Bottleneck::forward(torch::Tensor x) {
  auto residual = x;
  x = torch::relu(bn1(conv1(x)));
  x = torch::relu(bn2(conv2(x)));
  x = bn3(conv3(x));
  if (!downsample->is_empty())
    residual = downsample->forward(residual);
  return torch::relu(x + residual);
}

std::shared_ptr<ResNet<BasicBlock>> resnet18(int64_t num_classes) {
  return std::make_shared<ResNet<BasicBlock>>(std::array<int64_t, 4>{2, 2, 2, 2}, num_classes);
}

std::shared_ptr<ResNet<BasicBlock>> resnet34(int64_t num_classes) {
  return std::make_shared<ResNet<BasicBlock>>(std::array<int64_t, 4>{3, 4, 6, 3}, num_classes);
}

std::shared_ptr<ResNet<Bottleneck>> resnet50(int64_t num_classes) {
  return std::make_shared<ResNet<Bottleneck>>(std::array<int64_t, 4>{3, 4, 6, 3}, num_classes);
}
