// ResNet, ResNeXt and Wide ResNet over one block template.
#include <torch/torch.h>

#include <array>
#include <iostream>
#include <memory>

namespace {

torch::nn::Conv2dOptions conv_options(int64_t in_planes, int64_t out_planes, int64_t kerner_size, int64_t stride = 1, int64_t padding = 0,
                                      int64_t groups = 1, bool with_bias = false) {
  torch::nn::Conv2dOptions conv_options = torch::nn::Conv2dOptions(in_planes, out_planes, kerner_size);
  conv_options.stride(stride);
  conv_options.padding(padding);
  conv_options.bias(with_bias);
  conv_options.groups(groups);
  return conv_options;
}

struct BasicBlock : torch::nn::Module {
  static const int expansion;

  int64_t stride;
  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::Conv2d conv2;
  torch::nn::BatchNorm2d bn2;
  torch::nn::Sequential downsample;

  BasicBlock(int64_t inplanes, int64_t planes, int64_t stride_ = 1, torch::nn::Sequential downsample_ = torch::nn::Sequential(),
             int64_t groups = 1, int64_t base_width = 64)
      : conv1(conv_options(inplanes, planes, 3, stride_, 1)), bn1(planes), conv2(conv_options(planes, planes, 3, 1, 1)), bn2(planes),
        downsample(downsample_) {
    if (groups != 1 || base_width != 64) {
      std::cerr << "BasicBlock only supports groups=1 and base_width=64" << std::endl;
      exit(1);
    }
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("conv2", conv2);
    register_module("bn2", bn2);
    stride = stride_;
    if (!downsample->is_empty()) {
      register_module("downsample", downsample);
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    at::Tensor residual(x.clone());

    x = conv1->forward(x);
    x = bn1->forward(x);
    x = torch::relu(x);

    x = conv2->forward(x);
    x = bn2->forward(x);

    if (!downsample->is_empty()) {
      residual = downsample->forward(residual);
    }

    x += residual;
    x = torch::relu(x);

    return x;
  }
};
const int BasicBlock::expansion = 1;

struct BottleNeck : torch::nn::Module {
  static const int expansion;

  int64_t stride;
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr}, bn3{nullptr};
  torch::nn::Sequential downsample{nullptr};

  BottleNeck(int64_t inplanes, int64_t planes, int64_t stride_ = 1, torch::nn::Sequential downsample_ = torch::nn::Sequential(),
             int64_t groups = 1, int64_t base_width = 64)
      : stride(stride_), downsample(downsample_) {
    int64_t width = static_cast<int64_t>(planes * (base_width / 64.)) * groups;
    conv1 = register_module("conv1", torch::nn::Conv2d(conv_options(inplanes, width, 1)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(width));
    conv2 = register_module("conv2", torch::nn::Conv2d(conv_options(width, width, 3, stride_, 1, groups)));
    bn2 = register_module("bn2", torch::nn::BatchNorm2d(width));
    conv3 = register_module("conv3", torch::nn::Conv2d(conv_options(width, planes * expansion, 1)));
    bn3 = register_module("bn3", torch::nn::BatchNorm2d(planes * expansion));
    if (!downsample->is_empty()) register_module("downsample", downsample);
  }

  torch::Tensor forward(torch::Tensor x) {
    at::Tensor residual(x.clone());
    x = torch::relu(bn1(conv1(x)));
    x = torch::relu(bn2(conv2(x)));
    x = bn3(conv3(x));
    if (!downsample->is_empty()) residual = downsample->forward(residual);
    x += residual;
    return torch::relu(x);
  }
};
const int BottleNeck::expansion = 4;

template <class Block>
struct ResNet : torch::nn::Module {
  int64_t inplanes = 64;
  int64_t groups, base_width;
  torch::nn::Conv2d conv1;
  torch::nn::BatchNorm2d bn1;
  torch::nn::Sequential layer1, layer2, layer3, layer4;
  torch::nn::Linear fc;

  ResNet(torch::IntArrayRef layers, int64_t num_classes = 1000, int64_t groups_ = 1, int64_t width_per_group = 64)
      : groups(groups_), base_width(width_per_group), conv1(conv_options(3, 64, 7, 2, 3)), bn1(64), layer1(_make_layer(64, layers[0])),
        layer2(_make_layer(128, layers[1], 2)), layer3(_make_layer(256, layers[2], 2)), layer4(_make_layer(512, layers[3], 2)),
        fc(512 * Block::expansion, num_classes) {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("layer1", layer1);
    register_module("layer2", layer2);
    register_module("layer3", layer3);
    register_module("layer4", layer4);
    register_module("fc", fc);

    // Initializing weights
    for (auto m : this->modules(false)) {
      if (m->name() == "torch::nn::Conv2dImpl") {
        for (auto p : m->parameters()) {
          torch::nn::init::xavier_normal_(p);
        }
      } else if (m->name() == "torch::nn::BatchNorm2dImpl") {
        for (auto p : m->named_parameters()) {
          if (p.key() == "weight") {
            torch::nn::init::constant_(p.value(), 1);
          } else if (p.key() == "bias") {
            torch::nn::init::constant_(p.value(), 0);
          }
        }
      }
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    x = conv1->forward(x);
    x = bn1->forward(x);
    x = torch::relu(x);
    x = torch::max_pool2d(x, 3, 2, 1);

    x = layer1->forward(x);
    x = layer2->forward(x);
    x = layer3->forward(x);
    x = layer4->forward(x);

    x = torch::adaptive_avg_pool2d(x, {1, 1});
    x = x.view({x.sizes()[0], -1});
    x = fc->forward(x);
    return x;
  }

 private:
  torch::nn::Sequential _make_layer(int64_t planes, int64_t blocks, int64_t stride = 1) {
    torch::nn::Sequential downsample;
    if (stride != 1 or inplanes != planes * Block::expansion) {
      downsample = torch::nn::Sequential(torch::nn::Conv2d(conv_options(inplanes, planes * Block::expansion, 1, stride)),
                                         torch::nn::BatchNorm2d(planes * Block::expansion));
    }
    torch::nn::Sequential layers;
    layers->push_back(Block(inplanes, planes, stride, downsample, groups, base_width));
    inplanes = planes * Block::expansion;
    for (int64_t i = 1; i < blocks; i++) {
      layers->push_back(Block(inplanes, planes, 1, torch::nn::Sequential(), groups, base_width));
    }
    return layers;
  }
};

ResNet<BasicBlock> resnet18() {
  ResNet<BasicBlock> model(torch::IntArrayRef{2, 2, 2, 2});
  return model;
}

ResNet<BasicBlock> resnet34() {
  ResNet<BasicBlock> model(torch::IntArrayRef{3, 4, 6, 3});
  return model;
}

ResNet<BottleNeck> resnet50() {
  ResNet<BottleNeck> model(torch::IntArrayRef{3, 4, 6, 3});
  return model;
}

ResNet<BottleNeck> resnext50_32x4d() {
  return ResNet<BottleNeck>({3, 4, 6, 3}, 1000, 32, 4);
}

std::shared_ptr<ResNet<BottleNeck>> wide_resnet50_2(int64_t classes = 1000) {
  const std::array<int64_t, 4> layers{3, 4, 6, 3};
  return std::make_shared<ResNet<BottleNeck>>(layers, classes, 1, 64 * 2);
}

}  // namespace

int main() {
  torch::Device device("cpu");
  if (torch::cuda::is_available()) {
    device = torch::Device("cuda:0");
  }

  torch::Tensor t = torch::rand({2, 3, 64, 64}).to(device);
  ResNet<BottleNeck> resnet = resnet50();
  resnet.to(device);

  t = resnet.forward(t);
  std::cout << t.sizes() << std::endl;
}
