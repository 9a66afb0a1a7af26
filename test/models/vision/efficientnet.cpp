// EfficientNet from block strings, with static "same" padding and drop connect.
#include <torch/torch.h>

#include <cmath>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

struct GlobalParams {
  double width_coefficient = 1.0, depth_coefficient = 1.0, dropout_rate = 0.2, drop_connect_rate = 0.2;
  int depth_divisor = 8;
  int min_depth = -1;
  int image_size = 224;
  int num_classes = 1000;
  double bn_momentum = 0.99, bn_eps = 1e-3;
};

struct BlockArgs {
  int num_repeat = 1, kernel_size = 3, stride = 1, expand_ratio = 1, input_filters = 32, output_filters = 16;
  double se_ratio = 0;
  bool id_skip = true;
};

/// r1_k3_s11_e1_i32_o16_se0.25
static BlockArgs decode_block_string(const std::string& block_string) {
  BlockArgs args;
  std::istringstream in(block_string);
  std::string op;
  while (std::getline(in, op, '_')) {
    if (op.compare(0, 2, "se") == 0) args.se_ratio = std::stod(op.substr(2));
    else if (op == "noskip") args.id_skip = false;
    else {
      const char key = op[0];
      const std::string value = op.substr(1);
      switch (key) {
        case 'r': args.num_repeat = std::atoi(value.c_str()); break;
        case 'k': args.kernel_size = std::stoi(value); break;
        case 's': args.stride = value[0] - '0'; break;
        case 'e': args.expand_ratio = std::stoi(value); break;
        case 'i': args.input_filters = std::stoi(value); break;
        case 'o': args.output_filters = std::stoi(value); break;
        default: throw std::invalid_argument("bad block string");
      }
    }
  }
  return args;
}

static int round_filters(int filters, const GlobalParams& g) {
  double multiplier = g.width_coefficient;
  if (multiplier == 0) return filters;
  int divisor = g.depth_divisor;
  int min_depth = g.min_depth > 0 ? g.min_depth : divisor;
  double f = filters * multiplier;
  int new_filters = std::max(min_depth, int(f + divisor / 2.0) / divisor * divisor);
  if (new_filters < 0.9 * f) new_filters += divisor;
  return new_filters;
}

static int round_repeats(int repeats, const GlobalParams& g) { return int(std::ceil(g.depth_coefficient * repeats)); }

static torch::Tensor drop_connect(torch::Tensor inputs, double p, bool training) {
  if (!training) return inputs;
  auto keep_prob = 1 - p;
  auto random_tensor = keep_prob + torch::rand({inputs.size(0), 1, 1, 1}, inputs.options());
  return inputs / keep_prob * torch::floor(random_tensor);
}

class Conv2dStaticSamePaddingImpl : public torch::nn::Module {
 public:
  Conv2dStaticSamePaddingImpl(int in, int out, int kernel, int stride, int image_size, int groups = 1, bool bias = true) {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).groups(groups).bias(bias)));
    int ih = image_size, iw = image_size;
    int oh = std::ceil(float(ih) / stride), ow = std::ceil(float(iw) / stride);
    int pad_h = std::max((oh - 1) * stride + kernel - ih, 0);
    int pad_w = std::max((ow - 1) * stride + kernel - iw, 0);
    if (pad_h > 0 || pad_w > 0)
      pad = register_module("pad", torch::nn::ZeroPad2d(torch::nn::ZeroPad2dOptions({pad_w / 2, pad_w - pad_w / 2, pad_h / 2, pad_h - pad_h / 2})));
  }
  torch::Tensor forward(torch::Tensor x) {
    if (!pad.is_empty()) x = pad->forward(x);
    return conv->forward(x);
  }
  torch::nn::Conv2d conv{nullptr};
  torch::nn::ZeroPad2d pad{nullptr};
};
TORCH_MODULE(Conv2dStaticSamePadding);

static torch::Tensor swish(const torch::Tensor& x) { return x * torch::sigmoid(x); }

class MBConvBlockImpl : public torch::nn::Module {
 public:
  MBConvBlockImpl(BlockArgs a, const GlobalParams& g, int image_size) : args(a) {
    const auto bn = [&](int c) { return torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(c).momentum(1 - g.bn_momentum).eps(g.bn_eps)); };
    int inp = args.input_filters, oup = args.input_filters * args.expand_ratio;
    if (args.expand_ratio != 1) {
      expand_conv = register_module("_expand_conv", Conv2dStaticSamePadding(inp, oup, 1, 1, image_size, 1, false));
      bn0 = register_module("_bn0", bn(oup));
    }
    depthwise_conv = register_module("_depthwise_conv", Conv2dStaticSamePadding(oup, oup, args.kernel_size, args.stride, image_size, oup, false));
    bn1 = register_module("_bn1", bn(oup));
    image_size = (image_size + args.stride - 1) / args.stride;
    has_se = args.se_ratio > 0 && args.se_ratio <= 1;
    if (has_se) {
      int squeezed = std::max(1, int(args.input_filters * args.se_ratio));
      se_reduce = register_module("_se_reduce", Conv2dStaticSamePadding(oup, squeezed, 1, 1, 1));
      se_expand = register_module("_se_expand", Conv2dStaticSamePadding(squeezed, oup, 1, 1, 1));
    }
    project_conv = register_module("_project_conv", Conv2dStaticSamePadding(oup, args.output_filters, 1, 1, image_size, 1, false));
    bn2 = register_module("_bn2", bn(args.output_filters));
  }

  torch::Tensor forward(torch::Tensor inputs, double drop_connect_rate = 0) {
    auto x = inputs;
    if (args.expand_ratio != 1) x = swish(bn0(expand_conv(inputs)));
    x = swish(bn1(depthwise_conv(x)));
    if (has_se) {
      auto squeezed = torch::nn::functional::adaptive_avg_pool2d(x, torch::nn::functional::AdaptiveAvgPool2dFuncOptions(1));
      squeezed = se_expand(swish(se_reduce(squeezed)));
      x = torch::sigmoid(squeezed) * x;
    }
    x = bn2(project_conv(x));
    if (args.id_skip && args.stride == 1 && args.input_filters == args.output_filters) {
      if (drop_connect_rate) x = drop_connect(x, drop_connect_rate, is_training());
      x = x + inputs;
    }
    return x;
  }

 private:
  BlockArgs args;
  bool has_se = false;
  Conv2dStaticSamePadding expand_conv{nullptr}, depthwise_conv{nullptr}, se_reduce{nullptr}, se_expand{nullptr}, project_conv{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr}, bn1{nullptr}, bn2{nullptr};
};
TORCH_MODULE(MBConvBlock);

class EfficientNetImpl : public torch::nn::Module {
 public:
  EfficientNetImpl(const std::vector<std::string>& blocks_args, GlobalParams params) : g(params) {
    int size = g.image_size;
    int out = round_filters(32, g);
    stem = register_module("_conv_stem", Conv2dStaticSamePadding(3, out, 3, 2, size, 1, false));
    bn0 = register_module("_bn0", torch::nn::BatchNorm2d(out));
    size = std::ceil(size / 2.0);
    blocks = register_module("_blocks", torch::nn::ModuleList());
    for (const auto& text : blocks_args) {
      auto a = decode_block_string(text);
      a.input_filters = round_filters(a.input_filters, g);
      a.output_filters = round_filters(a.output_filters, g);
      a.num_repeat = round_repeats(a.num_repeat, g);
      blocks->push_back(MBConvBlock(a, g, size));
      size = (size + a.stride - 1) / a.stride;
      if (a.num_repeat > 1) {
        a.input_filters = a.output_filters;
        a.stride = 1;
      }
      for (int i = 0; i < a.num_repeat - 1; i++) blocks->push_back(MBConvBlock(a, g, size));
      last = a.output_filters;
    }
    int head = round_filters(1280, g);
    conv_head = register_module("_conv_head", Conv2dStaticSamePadding(last, head, 1, 1, size, 1, false));
    bn1 = register_module("_bn1", torch::nn::BatchNorm2d(head));
    dropout = register_module("_dropout", torch::nn::Dropout(g.dropout_rate));
    fc = register_module("_fc", torch::nn::Linear(head, g.num_classes));
  }

  torch::Tensor extract_features(torch::Tensor x) {
    x = swish(bn0(stem(x)));
    for (size_t idx = 0; idx < blocks->size(); idx++) {
      double rate = g.drop_connect_rate;
      if (rate) rate *= double(idx) / blocks->size();
      x = blocks->ptr<MBConvBlockImpl>(idx)->forward(x, rate);
    }
    return swish(bn1(conv_head(x)));
  }

  torch::Tensor forward(torch::Tensor x) {
    auto bs = x.size(0);
    x = extract_features(x);
    x = torch::adaptive_avg_pool2d(x, {1, 1}).view({bs, -1});
    return fc(dropout(x));
  }

 private:
  GlobalParams g;
  int last = 0;
  Conv2dStaticSamePadding stem{nullptr}, conv_head{nullptr};
  torch::nn::BatchNorm2d bn0{nullptr}, bn1{nullptr};
  torch::nn::ModuleList blocks{nullptr};
  torch::nn::Dropout dropout{nullptr};
  torch::nn::Linear fc{nullptr};
};
TORCH_MODULE(EfficientNet);

// width, depth, resolution, dropout
static const std::unordered_map<std::string, std::tuple<double, double, int, double>> params_dict{
    {"efficientnet-b0", {1.0, 1.0, 224, 0.2}}, {"efficientnet-b1", {1.0, 1.1, 240, 0.2}}, {"efficientnet-b2", {1.1, 1.2, 260, 0.3}},
    {"efficientnet-b3", {1.2, 1.4, 300, 0.3}}, {"efficientnet-b4", {1.4, 1.8, 380, 0.4}}};

EfficientNet from_name(const std::string& name, int num_classes = 1000) {
  GlobalParams g;
  std::tie(g.width_coefficient, g.depth_coefficient, g.image_size, g.dropout_rate) = params_dict.at(name);
  g.num_classes = num_classes;
  return EfficientNet(std::vector<std::string>{"r1_k3_s11_e1_i32_o16_se0.25", "r2_k3_s22_e6_i16_o24_se0.25", "r2_k5_s22_e6_i24_o40_se0.25",
                                               "r3_k3_s22_e6_i40_o80_se0.25", "r3_k5_s11_e6_i80_o112_se0.25", "r4_k5_s22_e6_i112_o192_se0.25",
                                               "r1_k3_s11_e6_i192_o320_se0.25"},
                      g);
}

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "efficientnet-b1";
  auto model = from_name(name);
  model->eval();
  const int size = std::get<2>(params_dict.at(name));
  auto y = model(torch::randn({1, 3, size, size}));
  std::cout << name << " -> " << y.sizes() << std::endl;
}
