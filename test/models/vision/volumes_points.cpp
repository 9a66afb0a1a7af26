// 3-D medical nets and point clouds.
#include <torch/torch.h>
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

// ------------------------------------------------------------------ 3-D U-Net
template <size_t D> struct Dim;
template <> struct Dim<2> { using Conv = torch::nn::Conv2d; using Up = torch::nn::ConvTranspose2d; using Norm = torch::nn::InstanceNorm2d; using Pool = torch::nn::MaxPool2d; };
template <> struct Dim<3> { using Conv = torch::nn::Conv3d; using Up = torch::nn::ConvTranspose3d; using Norm = torch::nn::InstanceNorm3d; using Pool = torch::nn::MaxPool3d; };

template <size_t D>
class NnUNetImpl : public torch::nn::Module {
 public:
  using Conv = typename Dim<D>::Conv;
  using Up = typename Dim<D>::Up;
  using Norm = typename Dim<D>::Norm;

  NnUNetImpl(int64_t in_channels, int64_t classes, int64_t base, int stages, bool deep_supervision = true) : deep_supervision_(deep_supervision) {
    int64_t in = in_channels;
    for (int s = 0; s < stages; ++s) {
      const int64_t out = std::min<int64_t>(base << s, 320);
      encoder_.push_back(this->register_module("encoder" + std::to_string(s), stage(in, out, s == 0 ? 1 : 2)));
      in = out;
    }
    for (int s = stages - 2; s >= 0; --s) {
      const int64_t out = std::min<int64_t>(base << s, 320);
      ups_.push_back(this->register_module("up" + std::to_string(s), Up(torch::nn::ConvTransposeOptions<D>(in, out, 2).stride(2).bias(false))));
      decoder_.push_back(this->register_module("decoder" + std::to_string(s), stage(2 * out, out, 1)));
      heads_.push_back(this->register_module("head" + std::to_string(s), Conv(torch::nn::ConvOptions<D>(out, classes, 1))));
      in = out;
    }
  }

  std::vector<torch::Tensor> forward(torch::Tensor x) {
    std::vector<torch::Tensor> skips;
    for (auto& e : encoder_) skips.push_back(x = e->forward(x));
    skips.pop_back();
    std::vector<torch::Tensor> outputs;
    for (size_t i = 0; i < ups_.size(); ++i) {
      x = ups_[i](x);
      x = decoder_[i]->forward(torch::cat({x, skips.back()}, 1));
      skips.pop_back();
      if (deep_supervision_ || i + 1 == ups_.size()) outputs.push_back(heads_[i](x));
    }
    std::reverse(outputs.begin(), outputs.end());
    return outputs;
  }

 private:
  static torch::nn::Sequential stage(int64_t in, int64_t out, int64_t stride) {
    torch::nn::Sequential s;
    for (int i = 0; i < 2; ++i) {
      s->push_back(Conv(torch::nn::ConvOptions<D>(i ? out : in, out, 3).stride(i ? 1 : stride).padding(1)));
      s->push_back(Norm(torch::nn::InstanceNormOptions(out).eps(1e-5).affine(true)));
      s->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(1e-2).inplace(true)));
    }
    return s;
  }
  bool deep_supervision_;
  std::vector<torch::nn::Sequential> encoder_, decoder_;
  std::vector<Up> ups_;
  std::vector<Conv> heads_;
};
template <size_t D> struct NnUNet : torch::nn::ModuleHolder<NnUNetImpl<D>> {
  using torch::nn::ModuleHolder<NnUNetImpl<D>>::ModuleHolder;
};

/// Sliding windows over a volume, averaged where they overlap.
torch::Tensor sliding_window(NnUNet<3>& net, const torch::Tensor& volume, int64_t patch, double overlap = 0.5) {
  torch::NoGradGuard no_grad;
  const auto D = volume.size(2), H = volume.size(3), W = volume.size(4);
  const auto step = std::max<int64_t>(1, static_cast<int64_t>(patch * (1 - overlap)));
  auto starts = [&](int64_t n) {
    std::vector<int64_t> s;
    for (int64_t i = 0;; i += step) {
      if (i + patch >= n) {
        s.push_back(std::max<int64_t>(n - patch, 0));
        break;
      }
      s.push_back(i);
    }
    return s;
  };
  torch::Tensor sum, count;
  for (auto z : starts(D))
    for (auto y : starts(H))
      for (auto x : starts(W)) {
        auto crop = volume.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch);
        auto out = net->forward(crop).front().softmax(1);
        if (!sum.defined()) {
          sum = torch::zeros({1, out.size(1), D, H, W}, out.options());
          count = torch::zeros({1, 1, D, H, W});
        }
        sum.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch) += out;
        count.slice(2, z, z + patch).slice(3, y, y + patch).slice(4, x, x + patch) += 1;
      }
  return (sum / count).argmax(1);
}

// ------------------------------------------------------------------ PointNet
struct TNetImpl : torch::nn::Module {
  int64_t k;
  torch::nn::Conv1d conv1, conv2, conv3;
  torch::nn::Linear fc1, fc2, fc3;
  torch::nn::BatchNorm1d bn1, bn2, bn3, bn4, bn5;
  TNetImpl(int64_t k)
      : k(k), conv1(k, 64, 1), conv2(64, 128, 1), conv3(128, 256, 1), fc1(256, 128), fc2(128, 64), fc3(64, k * k), bn1(64), bn2(128), bn3(256), bn4(128), bn5(64) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("conv3", conv3);
    register_module("fc1", fc1);
    register_module("fc2", fc2);
    register_module("fc3", fc3);
    register_module("bn1", bn1);
    register_module("bn2", bn2);
    register_module("bn3", bn3);
    register_module("bn4", bn4);
    register_module("bn5", bn5);
  }
  torch::Tensor forward(torch::Tensor x) {
    auto batchsize = x.sizes()[0];
    x = torch::relu(bn1(conv1(x)));
    x = torch::relu(bn2(conv2(x)));
    x = torch::relu(bn3(conv3(x)));
    x = std::get<0>(torch::max(x, 2, true));
    x = x.view({-1, 256});
    x = torch::relu(bn4(fc1(x)));
    x = torch::relu(bn5(fc2(x)));
    x = fc3(x);
    auto iden = torch::eye(k).view({1, k * k}).repeat({batchsize, 1});
    x = x + iden;
    return x.view({-1, k, k});
  }
};
TORCH_MODULE(TNet);

struct PointNetSegImpl : torch::nn::Module {
  PointNetSegImpl(int64_t classes, bool feature_transform = true) : stn(3), fstn(nullptr), classes(classes) {
    register_module("stn", stn);
    if (feature_transform) fstn = register_module("fstn", TNet(64));
    auto conv = [](int64_t in, int64_t out) { return torch::nn::Sequential(torch::nn::Conv1d(in, out, 1), torch::nn::BatchNorm1d(out)); };
    c1 = register_module("c1", conv(3, 64));
    c2 = register_module("c2", conv(64, 128));
    c3 = register_module("c3", conv(128, 256));
    seg = register_module("seg", torch::nn::Sequential(torch::nn::Conv1d(320, 128, 1), torch::nn::BatchNorm1d(128), torch::nn::ReLU(), torch::nn::Conv1d(128, classes, 1)));
  }
  std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> forward(torch::Tensor x) {
    auto n_pts = x.size(2);
    auto trans = stn(x);
    x = x.transpose(2, 1);
    x = torch::bmm(x, trans);
    x = x.transpose(2, 1);
    x = torch::relu(c1->forward(x));
    torch::Tensor trans_feat;
    if (fstn) {
      trans_feat = fstn(x);
      x = torch::bmm(x.transpose(2, 1), trans_feat).transpose(2, 1);
    }
    auto pointfeat = x;
    x = torch::relu(c2->forward(x));
    x = c3->forward(x);
    x = std::get<0>(x.max(2, true)).view({-1, 256, 1}).repeat({1, 1, n_pts});
    x = seg->forward(torch::cat({x, pointfeat}, 1));
    x = x.transpose(2, 1).contiguous();
    x = torch::log_softmax(x.view({-1, classes}), -1).view({-1, n_pts, classes});
    return std::make_tuple(x, trans, trans_feat);
  }
  TNet stn, fstn;
  int64_t classes;
  torch::nn::Sequential c1{nullptr}, c2{nullptr}, c3{nullptr}, seg{nullptr};
};
TORCH_MODULE(PointNetSeg);

torch::Tensor feature_transform_regularizer(const torch::Tensor& trans) {
  auto I = torch::eye(trans.size(1)).unsqueeze(0);
  return torch::mean(torch::norm(torch::bmm(trans, trans.transpose(2, 1)) - I, 2, {1, 2}));
}

// ------------------------------------------------------------------ DGCNN
torch::Tensor knn(const torch::Tensor& x, int64_t k) {
  auto inner = -2 * torch::matmul(x.transpose(2, 1), x);
  auto xx = torch::sum(x.pow(2), 1, true);
  auto pairwise_distance = -xx - inner - xx.transpose(2, 1);
  return std::get<1>(pairwise_distance.topk(k, -1));
}

torch::Tensor get_graph_feature(torch::Tensor x, int64_t k) {
  auto batch_size = x.size(0), num_points = x.size(2);
  x = x.view({batch_size, -1, num_points});
  auto idx = knn(x, k);
  auto idx_base = torch::arange(0, batch_size).view({-1, 1, 1}) * num_points;
  idx = (idx + idx_base).view(-1);
  auto num_dims = x.size(1);
  x = x.transpose(2, 1).contiguous();
  auto feature = x.view({batch_size * num_points, -1}).index({idx, torch::indexing::Slice()});
  feature = feature.view({batch_size, num_points, k, num_dims});
  x = x.view({batch_size, num_points, 1, num_dims}).repeat({1, 1, k, 1});
  return torch::cat({feature - x, x}, 3).permute({0, 3, 1, 2}).contiguous();
}

class DGCNN : public torch::nn::Module {
 public:
  DGCNN(int64_t k, int64_t classes) : k(k) {
    int64_t in = 3, total = 0;
    for (int64_t out : std::vector<int64_t>{32, 32, 64}) {
      convs->push_back(torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(in * 2, out, 1).bias(false)), torch::nn::BatchNorm2d(out), torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2))));
      in = out;
      total += out;
    }
    register_module("convs", convs);
    last = register_module("last", torch::nn::Conv1d(torch::nn::Conv1dOptions(total, 128, 1).bias(false)));
    fc = register_module("fc", torch::nn::Linear(256, classes));
  }
  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> xs;
    for (auto& c : *convs) {
      x = get_graph_feature(x, k);
      x = c->as<torch::nn::Sequential>()->forward(x);
      x = std::get<0>(x.max(-1, false));
      xs.push_back(x);
    }
    x = last(torch::cat(xs, 1));
    auto x1 = torch::adaptive_max_pool1d(x, 1);
    auto x2 = torch::adaptive_avg_pool1d(x, 1);
    return fc(torch::cat({std::get<0>(x1).view({x.size(0), -1}), x2.view({x.size(0), -1})}, 1));
  }
  int64_t k;
  torch::nn::ModuleList convs;
  torch::nn::Conv1d last{nullptr};
  torch::nn::Linear fc{nullptr};
};

int main(int argc, char** argv) {
  PointNetSeg net(8);
  net->eval();
  auto [pred, trans, feat] = net->forward(torch::rand({4, 3, 256}));
  std::cout << pred.sizes() << trans.sizes() << feat.sizes() << std::endl;
  auto loss = torch::nll_loss(pred.view({-1, 8}), torch::randint(0, 8, {4 * 256}, torch::kLong)) + feature_transform_regularizer(feat) * 0.001;
  std::cout << loss.item<float>() << std::endl;
}
