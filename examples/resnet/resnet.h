// ResNet, templated over its block. The blocks are in resnet.cpp.
#pragma once

#include <torch/torch.h>

#include <array>

struct BasicBlock : torch::nn::Module {
  static constexpr int64_t expansion = 1;

  BasicBlock(int64_t in, int64_t planes, int64_t stride, torch::nn::Sequential shortcut);
  torch::Tensor forward(torch::Tensor x);

  torch::nn::Conv2d conv1, conv2;
  torch::nn::BatchNorm2d bn1, bn2;
  torch::nn::Sequential downsample;
};

struct Bottleneck : torch::nn::Module {
  static constexpr int64_t expansion = 4;

  Bottleneck(int64_t in, int64_t planes, int64_t stride, torch::nn::Sequential shortcut);
  torch::Tensor forward(torch::Tensor x);

  torch::nn::Conv2d conv1, conv2, conv3;
  torch::nn::BatchNorm2d bn1, bn2, bn3;
  torch::nn::Sequential downsample;
};

torch::nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = 0);

template <class Block> struct ResNet : torch::nn::Module {
  explicit ResNet(const std::array<int64_t, 4>& layers, int64_t num_classes = 1000)
      : conv1(conv(3, 64, 7, 2, 3)), bn1(64),
        layer1(make_layer(64, layers[0])),
        layer2(make_layer(128, layers[1], 2)),
        layer3(make_layer(256, layers[2], 2)),
        layer4(make_layer(512, layers[3], 2)),
        fc(512 * Block::expansion, num_classes) {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("layer1", layer1);
    register_module("layer2", layer2);
    register_module("layer3", layer3);
    register_module("layer4", layer4);
    register_module("fc", fc);
  }

  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(bn1(conv1(x)));
    x = torch::max_pool2d(x, 3, 2, 1);

    x = layer1->forward(x);
    x = layer2->forward(x);
    x = layer3->forward(x);
    x = layer4->forward(x);

    x = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
    return fc(x);
  }

private:
  torch::nn::Sequential make_layer(int64_t planes, int64_t blocks, int64_t stride = 1) {
    torch::nn::Sequential shortcut;
    if (stride != 1 || channels != planes * Block::expansion)
      shortcut = torch::nn::Sequential(conv(channels, planes * Block::expansion, 1, stride),
                                       torch::nn::BatchNorm2d(planes * Block::expansion));
    torch::nn::Sequential layer(Block(channels, planes, stride, shortcut));
    channels = planes * Block::expansion;
    for (int64_t i = 1; i < blocks; ++i)
      layer->push_back(Block(channels, planes, 1, torch::nn::Sequential()));
    return layer;
  }

  int64_t channels = 64;
  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::Sequential layer1, layer2, layer3, layer4;
  torch::nn::Linear fc;
};

std::shared_ptr<ResNet<BasicBlock>> resnet18(int64_t num_classes = 1000);
std::shared_ptr<ResNet<BasicBlock>> resnet34(int64_t num_classes = 1000);
std::shared_ptr<ResNet<Bottleneck>> resnet50(int64_t num_classes = 1000);
