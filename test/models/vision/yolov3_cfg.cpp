// YOLOv3 built from a darknet configuration, as text.
#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// cobra: Darknet net(kTinyCfg); net.eval(); auto x = torch::rand({1, 3, 416, 416}); net.forward(x);

const char* kTinyCfg = R"(
[net]
# Testing
batch=1
width=416
height=416
channels=3

[convolutional]
batch_normalize=1
filters=16
size=3
stride=1
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=32
size=3
stride=2
pad=1
activation=leaky

[convolutional]
batch_normalize=1
filters=16
size=1
stride=1
pad=1
activation=leaky

[convolutional]
batch_normalize=1
filters=32
size=3
stride=1
pad=1
activation=leaky

[shortcut]
from=-3
activation=linear

[maxpool]
size=2
stride=2

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=64
size=3
stride=2
pad=1
activation=leaky

[convolutional]
size=1
stride=1
pad=1
filters=255
activation=linear

[yolo]
mask = 3,4,5
anchors = 10,14,  23,27,  37,58,  81,82,  135,169,  344,319
classes=80
num=6

[route]
layers = -3

[convolutional]
batch_normalize=1
filters=32
size=1
stride=1
pad=1
activation=leaky

[upsample]
stride=2

[route]
layers = -1, 7

[convolutional]
size=1
stride=1
pad=1
filters=255
activation=linear

[yolo]
mask = 0,1,2
anchors = 10,14,  23,27,  37,58,  81,82,  135,169,  344,319
classes=80
num=6
)";

// trim from start and end (in place)
static inline void trim(std::string& s) {
  s.erase(s.begin(), std::find_if(s.begin(), s.end(), [](int ch) { return !std::isspace(ch); }));
  s.erase(std::find_if(s.rbegin(), s.rend(), [](int ch) { return !std::isspace(ch); }).base(), s.end());
}

static inline int split(const std::string& str, std::vector<std::string>& ret_, std::string sep = ",") {
  if (str.empty()) return 0;
  std::string tmp;
  std::string::size_type pos_begin = str.find_first_not_of(sep);
  std::string::size_type comma_pos = 0;
  while (pos_begin != std::string::npos) {
    comma_pos = str.find(sep, pos_begin);
    if (comma_pos != std::string::npos) {
      tmp = str.substr(pos_begin, comma_pos - pos_begin);
      pos_begin = comma_pos + sep.length();
    } else {
      tmp = str.substr(pos_begin);
      pos_begin = comma_pos;
    }
    if (!tmp.empty()) {
      trim(tmp);
      ret_.push_back(tmp);
      tmp.clear();
    }
  }
  return 0;
}

static inline int split(const std::string& str, std::vector<int>& ret_, std::string sep = ",") {
  std::vector<std::string> tmp;
  split(str, tmp, sep);
  for (int i = 0; i < tmp.size(); i++) ret_.push_back(std::stoi(tmp[i]));
  return 0;
}

torch::nn::Conv2dOptions conv_options(int64_t in_planes, int64_t out_planes, int64_t kerner_size, int64_t stride, int64_t padding, bool with_bias = false) {
  torch::nn::Conv2dOptions conv_options = torch::nn::Conv2dOptions(in_planes, out_planes, kerner_size);
  conv_options.stride(stride);
  conv_options.padding(padding);
  conv_options.bias(with_bias);
  return conv_options;
}

struct EmptyLayer : torch::nn::Module {
  EmptyLayer() {}
  torch::Tensor forward(torch::Tensor x) { return x; }
};

struct UpsampleLayer : torch::nn::Module {
  int _stride;
  UpsampleLayer(int stride) { _stride = stride; }
  torch::Tensor forward(torch::Tensor x) {
    torch::IntArrayRef sizes = x.sizes();
    int64_t w, h;
    if (sizes.size() == 4) {
      w = sizes[2] * _stride;
      h = sizes[3] * _stride;
      x = torch::upsample_nearest2d(x, {w, h});
    } else if (sizes.size() == 3) {
      w = sizes[2] * _stride;
      x = torch::upsample_nearest1d(x, {w});
    }
    return x;
  }
};

struct DetectionLayer : torch::nn::Module {
  std::vector<float> _anchors;
  DetectionLayer(std::vector<float> anchors) { _anchors = anchors; }

  torch::Tensor forward(torch::Tensor prediction, int inp_dim, int num_classes, torch::Device device) {
    return predict_transform(prediction, inp_dim, _anchors, num_classes, device);
  }

  torch::Tensor predict_transform(torch::Tensor prediction, int inp_dim, std::vector<float> anchors, int num_classes, torch::Device device) {
    int batch_size = prediction.size(0);
    int stride = floor(inp_dim / prediction.size(2));
    int grid_size = floor(inp_dim / stride);
    int bbox_attrs = 5 + num_classes;
    int num_anchors = anchors.size() / 2;

    for (int i = 0; i < anchors.size(); i++) anchors[i] = anchors[i] / stride;
    torch::Tensor result = prediction.view({batch_size, bbox_attrs * num_anchors, grid_size * grid_size});
    result = result.transpose(1, 2).contiguous();
    result = result.view({batch_size, grid_size * grid_size * num_anchors, bbox_attrs});

    result.select(2, 0).sigmoid_();
    result.select(2, 1).sigmoid_();
    result.select(2, 4).sigmoid_();

    auto grid_len = torch::arange(grid_size);
    std::vector<torch::Tensor> args = torch::meshgrid({grid_len, grid_len});
    torch::Tensor x_offset = args[1].contiguous().view({-1, 1});
    torch::Tensor y_offset = args[0].contiguous().view({-1, 1});
    x_offset = x_offset.to(device);
    y_offset = y_offset.to(device);

    auto x_y_offset = torch::cat({x_offset, y_offset}, 1).repeat({1, num_anchors}).view({-1, 2}).unsqueeze(0);
    result.slice(2, 0, 2).add_(x_y_offset);

    torch::Tensor anchors_tensor = torch::from_blob(anchors.data(), {num_anchors, 2});
    anchors_tensor = anchors_tensor.repeat({grid_size * grid_size, 1}).unsqueeze(0);
    result.slice(2, 2, 4).exp_().mul_(anchors_tensor);
    result.slice(2, 5, 5 + num_classes).sigmoid_();
    result.slice(2, 0, 4).mul_(stride);
    return result;
  }
};

struct Darknet : torch::nn::Module {
  Darknet(const std::string& cfg) {
    load_cfg(cfg);
    create_modules();
  }

  std::map<std::string, std::string>* get_net_info() {
    if (blocks.size() > 0) return &blocks[0];
    return nullptr;
  }

  torch::Tensor forward(torch::Tensor x) {
    size_t module_count = module_list.size();
    std::vector<torch::Tensor> outputs(module_count);
    torch::Tensor result;
    int write = 0;

    for (int i = 0; i < module_count; i++) {
      std::map<std::string, std::string> block = blocks[i + 1];
      std::string layer_type = block["type"];
      if (layer_type == "net") continue;

      if (layer_type == "convolutional" || layer_type == "upsample" || layer_type == "maxpool") {
        torch::nn::SequentialImpl* seq_imp = dynamic_cast<torch::nn::SequentialImpl*>(module_list[i].ptr().get());
        x = seq_imp->forward(x);
        outputs[i] = x;
      } else if (layer_type == "route") {
        int start = std::stoi(block["start"]);
        int end = std::stoi(block["end"]);
        if (start > 0) start = start - i;
        if (end == 0) {
          x = outputs[i + start];
        } else {
          if (end > 0) end = end - i;
          torch::Tensor map_1 = outputs[i + start];
          torch::Tensor map_2 = outputs[i + end];
          x = torch::cat({map_1, map_2}, 1);
        }
        outputs[i] = x;
      } else if (layer_type == "shortcut") {
        int from = std::stoi(block["from"]);
        x = outputs[i - 1] + outputs[i + from];
        outputs[i] = x;
      } else if (layer_type == "yolo") {
        torch::nn::SequentialImpl* seq_imp = dynamic_cast<torch::nn::SequentialImpl*>(module_list[i].ptr().get());
        auto net_info = get_net_info();
        int inp_dim = get_int_from_cfg(*net_info, "height", 0);
        int num_classes = get_int_from_cfg(block, "classes", 0);
        x = seq_imp->forward(x, inp_dim, num_classes, torch::Device(torch::kCPU));
        if (write == 0) {
          result = x;
          write = 1;
        } else {
          result = torch::cat({result, x}, 1);
        }
        outputs[i] = outputs[i - 1];
      }
    }
    return result;
  }

 private:
  std::vector<std::map<std::string, std::string>> blocks;
  torch::nn::Sequential features;
  std::vector<torch::nn::Sequential> module_list;

  static int get_int_from_cfg(std::map<std::string, std::string> block, std::string key, int default_value) {
    if (block.find(key) != block.end()) return std::stoi(block.at(key));
    return default_value;
  }

  void load_cfg(const std::string& text) {
    std::istringstream fs(text);
    std::string line;
    while (getline(fs, line)) {
      trim(line);
      if (line.empty() || line.substr(0, 1) == "#") continue;
      if (line.substr(0, 1) == "[") {
        std::map<std::string, std::string> block;
        std::string key = line.substr(1, line.length() - 2);
        block["type"] = key;
        blocks.push_back(block);
      } else {
        std::map<std::string, std::string>* block = &blocks[blocks.size() - 1];
        std::vector<std::string> op_info;
        split(line, op_info, "=");
        if (op_info.size() == 2) {
          std::string p_key = op_info[0];
          std::string p_value = op_info[1];
          block->operator[](p_key) = p_value;
        }
      }
    }
  }

  void create_modules() {
    int prev_filters = 3;
    std::vector<int> output_filters;
    int index = 0;
    int filters = 0;

    for (int i = 0, len = blocks.size(); i < len; i++) {
      std::map<std::string, std::string> block = blocks[i];
      std::string layer_type = block["type"];
      torch::nn::Sequential module;

      if (layer_type == "net") continue;
      if (layer_type == "convolutional") {
        std::string activation = block.count("activation") ? block["activation"] : "";
        int batch_normalize = get_int_from_cfg(block, "batch_normalize", 0);
        filters = get_int_from_cfg(block, "filters", 0);
        int padding = get_int_from_cfg(block, "pad", 0);
        int kernel_size = get_int_from_cfg(block, "size", 0);
        int stride = get_int_from_cfg(block, "stride", 1);
        int pad = padding > 0 ? (kernel_size - 1) / 2 : 0;
        bool with_bias = batch_normalize > 0 ? false : true;
        torch::nn::Conv2d conv = torch::nn::Conv2d(conv_options(prev_filters, filters, kernel_size, stride, pad, with_bias));
        module->push_back(conv);
        if (batch_normalize > 0) {
          torch::nn::BatchNorm2d bn = torch::nn::BatchNorm2d(torch::nn::BatchNormOptions(filters));
          module->push_back(bn);
        }
        if (activation == "leaky") {
          module->push_back(torch::nn::Functional(torch::leaky_relu, /*slope=*/0.1));
        }
      } else if (layer_type == "upsample") {
        int stride = get_int_from_cfg(block, "stride", 1);
        UpsampleLayer uplayer(stride);
        module->push_back(uplayer);
      } else if (layer_type == "maxpool") {
        int stride = get_int_from_cfg(block, "stride", 1);
        int size = get_int_from_cfg(block, "size", 1);
        module->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(size).stride(stride)));
      } else if (layer_type == "shortcut") {
        block["from"] = std::to_string(get_int_from_cfg(block, "from", 0));
        blocks[i] = block;
        EmptyLayer layer;
        module->push_back(layer);
      } else if (layer_type == "route") {
        std::string layers_info = block["layers"];
        std::vector<std::string> layers;
        split(layers_info, layers, ",");
        std::string::size_type sz;
        signed int start = std::stoi(layers[0], &sz);
        signed int end = 0;
        if (layers.size() > 1) end = std::stoi(layers[1], &sz);
        if (start > 0) start = start - index;
        if (end > 0) end = end - index;
        block["start"] = std::to_string(start);
        block["end"] = std::to_string(end);
        blocks[i] = block;
        if (end < 0) filters = output_filters[index + start] + output_filters[index + end];
        else filters = output_filters[index + start];
        EmptyLayer layer;
        module->push_back(layer);
      } else if (layer_type == "yolo") {
        std::string mask_info = block["mask"];
        std::vector<int> masks;
        split(mask_info, masks, ",");
        std::string anchor_info = block["anchors"];
        std::vector<int> anchors;
        split(anchor_info, anchors, ",");
        std::vector<float> anchor_points;
        for (int j = 0; j < masks.size(); j++) {
          anchor_points.push_back(anchors[masks[j] * 2]);
          anchor_points.push_back(anchors[masks[j] * 2 + 1]);
        }
        DetectionLayer layer(anchor_points);
        module->push_back(layer);
      } else {
        std::cout << "unsupported operator:" << layer_type << std::endl;
      }

      prev_filters = filters;
      output_filters.push_back(filters);
      module_list.push_back(module);
      char* module_key = new char[strlen("layer_") + sizeof(index) + 8];
      sprintf(module_key, "%s%d", "layer_", index);
      register_module(module_key, module);
      index += 1;
    }
  }
};

int main() {
  Darknet net(kTinyCfg);
  std::map<std::string, std::string>* info = net.get_net_info();
  info->operator[]("height") = std::to_string(416);
  torch::NoGradGuard no_grad;
  net.eval();
  auto output = net.forward(torch::rand({1, 3, 416, 416}));
  std::cout << output.sizes() << std::endl;
}
