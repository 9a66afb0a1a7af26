// Siamese networks with several losses, neural style transfer, a capsule network, video.
#include <torch/torch.h>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

using torch::Tensor;

// -------- base class with the layers, forward in derived ones
class EmbeddingNet : public torch::nn::Module {
 public:
  EmbeddingNet() {
    convnet = register_module("convnet", torch::nn::Sequential(torch::nn::Conv2d(1, 32, 5), torch::nn::PReLU(), torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2)),
                                                               torch::nn::Conv2d(32, 64, 5), torch::nn::PReLU(), torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2))));
    fc = register_module("fc", torch::nn::Sequential(torch::nn::Linear(64 * 4 * 4, 256), torch::nn::PReLU(), torch::nn::Linear(256, 2)));
  }
  virtual Tensor forward(Tensor x) {
    auto output = convnet->forward(x);
    output = output.view({output.size(0), -1});
    return fc->forward(output);
  }
  Tensor get_embedding(Tensor x) { return forward(x); }

 protected:
  torch::nn::Sequential convnet{nullptr}, fc{nullptr};
};

class EmbeddingNetL2 : public EmbeddingNet {
 public:
  Tensor forward(Tensor x) override {
    auto output = EmbeddingNet::forward(x);
    output /= output.pow(2).sum(1, true).sqrt();
    return output;
  }
};

class SiameseNet : public torch::nn::Module {
 public:
  explicit SiameseNet(std::shared_ptr<EmbeddingNet> net) : embedding_net(register_module("embedding_net", std::move(net))) {}
  std::pair<Tensor, Tensor> forward(Tensor x1, Tensor x2) { return {embedding_net->forward(x1), embedding_net->forward(x2)}; }
  std::shared_ptr<EmbeddingNet> embedding_net;
};

struct ContrastiveLoss {
  double margin = 1.0, eps = 1e-9;
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& target, bool size_average = true) const {
    auto distances = (b - a).pow(2).sum(1);
    auto losses = 0.5 * (target.to(torch::kFloat) * distances + (1 + -1 * target).to(torch::kFloat) * torch::relu(margin - (distances + eps).sqrt()).pow(2));
    return size_average ? losses.mean() : losses.sum();
  }
};

Tensor siamese_step(SiameseNet& net, const Tensor& a, const Tensor& b, const Tensor& target) {
  ContrastiveLoss criterion;
  auto [x, y] = net.forward(a, b);
  return criterion(x, y, target);
}

Tensor triplet_step(EmbeddingNet& net, const Tensor& anchor, const Tensor& positive, const Tensor& negative) {
  torch::nn::TripletMarginLoss loss(torch::nn::TripletMarginLossOptions().margin(0.5).p(2));
  return loss(net.get_embedding(anchor), net.get_embedding(positive), net.get_embedding(negative));
}

// -------- style transfer
class VGGNetImpl : public torch::nn::Module {
 public:
  explicit VGGNetImpl(const std::vector<std::string>& layer_idxs) : selected_layer_idxs_(layer_idxs) {
    const std::vector<int> cfg{16, 16, 0, 32, 32, 0, 64, 64};
    int in = 3;
    for (int c : cfg) {
      if (c == 0) {
        layers_->push_back(torch::nn::MaxPool2d(2));
        continue;
      }
      layers_->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, c, 3).padding(1)));
      layers_->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
      in = c;
    }
    register_module("layers", layers_);
  }
  std::vector<Tensor> forward(Tensor x) {
    std::vector<Tensor> results;
    size_t layer_index = 0;
    for (auto m : layers_->modules(/*include_self=*/false)) {
      x = forward_layer(*m, x);
      if (std::find(selected_layer_idxs_.cbegin(), selected_layer_idxs_.cend(), std::to_string(layer_index)) != selected_layer_idxs_.cend()) results.push_back(x);
      layer_index++;
    }
    return results;
  }

 private:
  static Tensor forward_layer(torch::nn::Module& m, const Tensor& x) {
    if (m.as<torch::nn::Conv2d>()) return m.as<torch::nn::Conv2d>()->forward(x);
    if (m.as<torch::nn::MaxPool2d>()) return m.as<torch::nn::MaxPool2d>()->forward(x);
    return m.as<torch::nn::ReLU>()->forward(x);
  }
  std::vector<std::string> selected_layer_idxs_;
  torch::nn::Sequential layers_;
};
TORCH_MODULE(VGGNet);

Tensor style_loss(VGGNet& model, const Tensor& target_img, const Tensor& content, const Tensor& style) {
  auto t = model->forward(target_img), c = model->forward(content), s = model->forward(style);
  auto style_loss = torch::zeros({1});
  auto content_loss = torch::zeros({1});
  for (size_t f_id = 0; f_id != t.size(); f_id++) {
    content_loss += torch::mse_loss(t[f_id], c[f_id]);
    const auto ch = t[f_id].size(1), h = t[f_id].size(2), w = t[f_id].size(3);
    auto target_feature = t[f_id].view({ch, h * w});
    auto style_feature = s[f_id].view({ch, h * w});
    target_feature = torch::mm(target_feature, target_feature.t());
    style_feature = torch::mm(style_feature, style_feature.t());
    style_loss += torch::mse_loss(target_feature, style_feature) / (ch * h * w);
  }
  return content_loss + 100 * style_loss;
}

// -------- capsules with dynamic routing
class CapsNet : public torch::nn::Module {
 public:
  CapsNet(int64_t classes = 10, int routings = 3) : classes(classes), routings(routings) {
    conv1 = register_module("conv1", torch::nn::Conv2d(1, 64, 9));
    primary = register_module("primary", torch::nn::Conv2d(torch::nn::Conv2dOptions(64, 64, 9).stride(2)));
    weight = register_parameter("weight", 0.01 * torch::randn({classes, 8 * 6 * 6, 16, 8}));
    decoder = register_module("decoder", torch::nn::Sequential(torch::nn::Linear(16 * classes, 128), torch::nn::ReLU(), torch::nn::Linear(128, 784), torch::nn::Sigmoid()));
  }
  static Tensor squash(const Tensor& inputs, int64_t axis = -1) {
    auto norm = torch::norm(inputs, 2, axis, true);
    auto scale = norm.pow(2) / (1 + norm.pow(2)) / (norm + 1e-8);
    return scale * inputs;
  }
  std::tuple<Tensor, Tensor> forward(Tensor x, c10::optional<Tensor> y = c10::nullopt) {
    x = torch::relu(conv1(x));
    x = squash(primary(x).view({x.size(0), -1, 8}));
    auto x_hat = torch::squeeze(torch::matmul(weight, x.unsqueeze(1).unsqueeze(-1)), -1);
    auto x_hat_detached = x_hat.detach();
    auto b = torch::zeros({x.size(0), classes, x.size(1)});
    Tensor outputs;
    for (int i = 0; i < routings; ++i) {
      auto c = torch::softmax(b, 1);
      if (i == routings - 1) {
        outputs = squash(torch::sum(c.unsqueeze(-1) * x_hat, -2, true));
      } else {
        outputs = squash(torch::sum(c.unsqueeze(-1) * x_hat_detached, -2, true));
        b = b + torch::sum(outputs * x_hat_detached, -1);
      }
    }
    outputs = outputs.squeeze(-2);
    auto length = outputs.norm(2, -1);
    if (!y) {
      auto index = length.argmax(1);
      y = torch::zeros(length.sizes()).scatter_(1, index.view({-1, 1}), 1.);
    }
    auto reconstruction = decoder->forward((outputs * y->unsqueeze(-1)).view({outputs.size(0), -1}));
    return {length, reconstruction.view({-1, 1, 28, 28})};
  }
  int64_t classes;
  int routings;
  torch::nn::Conv2d conv1{nullptr}, primary{nullptr};
  Tensor weight;
  torch::nn::Sequential decoder{nullptr};
};

// -------- video: convolutional LSTM and (2+1)-D convolutions
class ConvLSTMCellImpl : public torch::nn::Module {
 public:
  ConvLSTMCellImpl(int64_t input_dim, int64_t hidden_dim, std::pair<int64_t, int64_t> kernel_size, bool bias)
      : hidden(hidden_dim), conv(torch::nn::Conv2dOptions(input_dim + hidden_dim, 4 * hidden_dim, {kernel_size.first, kernel_size.second})
                                     .padding({kernel_size.first / 2, kernel_size.second / 2}).bias(bias)) {
    register_module("conv", conv);
  }
  std::tuple<Tensor, Tensor> forward(Tensor x, std::tuple<Tensor, Tensor> cur_state) {
    auto [h_cur, c_cur] = cur_state;
    auto combined_conv = conv(torch::cat({x, h_cur}, 1));
    auto cc = torch::split(combined_conv, hidden, 1);
    auto i = torch::sigmoid(cc[0]), f = torch::sigmoid(cc[1]), o = torch::sigmoid(cc[2]), g = torch::tanh(cc[3]);
    auto c_next = f * c_cur + i * g;
    return {o * torch::tanh(c_next), c_next};
  }
  std::tuple<Tensor, Tensor> init_hidden(int64_t batch, int64_t h, int64_t w) {
    auto z = torch::zeros({batch, hidden, h, w}, conv->weight.device());
    return std::make_tuple(z, z.clone());
  }
  int64_t hidden;
  torch::nn::Conv2d conv;
};
TORCH_MODULE(ConvLSTMCell);

class VideoNet : public torch::nn::Module {
 public:
  VideoNet(int64_t classes) : spatial(register_module("spatial", torch::nn::Conv3d(torch::nn::Conv3dOptions(3, 16, {1, 3, 3}).stride({1, 2, 2}).padding({0, 1, 1}).bias(false)))),
        bn(register_module("bn", torch::nn::BatchNorm3d(16))),
        temporal(register_module("temporal", torch::nn::Conv3d(torch::nn::Conv3dOptions(16, 16, {3, 1, 1}).padding({1, 0, 0}).bias(false)))),
        cell(register_module("cell", ConvLSTMCell(16, 24, std::make_pair(3, 3), true))), fc(register_module("fc", torch::nn::Linear(24, classes))) {}
  Tensor forward(Tensor clip) {  // N C T H W
    auto x = torch::relu(temporal(torch::relu(bn(spatial(clip)))));
    x = torch::max_pool3d(x, {1, 2, 2});
    const auto b = x.size(0), t_len = x.size(2);
    auto state = cell->init_hidden(b, x.size(3), x.size(4));
    std::vector<Tensor> output_inner;
    for (int64_t t = 0; t < t_len; ++t) {
      state = cell->forward(x.index({torch::indexing::Slice(), torch::indexing::Slice(), t}), state);
      output_inner.push_back(std::get<0>(state));
    }
    auto out = torch::stack(output_inner, 1);
    return fc(out.mean({1, 3, 4}));
  }
  torch::nn::Conv3d spatial;
  torch::nn::BatchNorm3d bn;
  torch::nn::Conv3d temporal;
  ConvLSTMCell cell;
  torch::nn::Linear fc;
};

int main() {
  auto net = std::make_shared<SiameseNet>(std::make_shared<EmbeddingNetL2>());
  auto loss = siamese_step(*net, torch::rand({8, 1, 28, 28}), torch::rand({8, 1, 28, 28}), torch::randint(0, 2, {8}));
  loss.backward();
  std::cout << loss.item<float>() << std::endl;
}
