#include <torch/torch.h>
#include <iostream>
#include <tuple>
#include <vector>

using torch::indexing::Slice;
using torch::indexing::None;
using torch::indexing::Ellipsis;

class Embedder {
 public:
  Embedder(int multires, int input_dims = 3, bool include_input = true, bool log_sampling = true) : include_input_(include_input) {
    if (include_input) out_dim_ += input_dims;
    auto freq_bands = log_sampling ? torch::pow(2.0, torch::linspace(0., multires - 1, multires)) : torch::linspace(1., std::pow(2., multires - 1), multires);
    for (int i = 0; i < freq_bands.size(0); ++i) freqs_.push_back(freq_bands[i].item<float>());
    out_dim_ += input_dims * 2 * multires;
  }
  int out_dim() const { return out_dim_; }
  torch::Tensor embed(const torch::Tensor& x) const {
    std::vector<torch::Tensor> outputs;
    if (include_input_) outputs.push_back(x);
    for (float f : freqs_) {
      outputs.push_back(torch::sin(x * f));
      outputs.push_back(torch::cos(x * f));
    }
    return torch::cat(outputs, -1);
  }

 private:
  bool include_input_;
  int out_dim_ = 0;
  std::vector<float> freqs_;
};

class NeRF : public torch::nn::Module {
 public:
  NeRF(int D, int W, int input_ch, int input_ch_views, int output_ch, const std::vector<int>& skips, bool use_viewdirs)
      : D_(D), input_ch_(input_ch), input_ch_views_(input_ch_views), skips_(skips), use_viewdirs_(use_viewdirs) {
    for (int i = 0; i < D; ++i) {
      const int in = i == 0 ? input_ch : (std::find(skips.begin(), skips.end(), i - 1) != skips.end() ? W + input_ch : W);
      pts_linears_->push_back(torch::nn::Linear(in, W));
    }
    register_module("pts_linears", pts_linears_);
    views_linear_ = register_module("views_linear", torch::nn::Linear(input_ch_views + W, W / 2));
    if (use_viewdirs) {
      feature_linear_ = register_module("feature_linear", torch::nn::Linear(W, W));
      alpha_linear_ = register_module("alpha_linear", torch::nn::Linear(W, 1));
      rgb_linear_ = register_module("rgb_linear", torch::nn::Linear(W / 2, 3));
    } else {
      output_linear_ = register_module("output_linear", torch::nn::Linear(W, output_ch));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    auto parts = torch::split(x, at::IntArrayRef({input_ch_, input_ch_views_}), -1);
    auto input_pts = parts[0], input_views = parts[1];
    auto h = input_pts;
    for (int i = 0; i < D_; ++i) {
      h = pts_linears_->ptr(i)->as<torch::nn::LinearImpl>()->forward(h);
      h = torch::relu(h);
      if (std::count(skips_.begin(), skips_.end(), i)) h = torch::cat({input_pts, h}, -1);
    }
    if (!use_viewdirs_) return output_linear_(h);
    auto alpha = alpha_linear_(h);
    h = torch::cat({feature_linear_(h), input_views}, -1);
    h = torch::relu(views_linear_(h));
    return torch::cat({rgb_linear_(h), alpha}, -1);
  }

 private:
  int D_;
  int64_t input_ch_, input_ch_views_;
  std::vector<int> skips_;
  bool use_viewdirs_;
  torch::nn::ModuleList pts_linears_;
  torch::nn::Linear views_linear_{nullptr}, feature_linear_{nullptr}, alpha_linear_{nullptr}, rgb_linear_{nullptr}, output_linear_{nullptr};
};

std::pair<torch::Tensor, torch::Tensor> get_rays(int H, int W, double focal, const torch::Tensor& c2w) {
  auto grid = torch::meshgrid({torch::linspace(0, W - 1, W), torch::linspace(0, H - 1, H)}, "ij");
  auto i = grid[0].t(), j = grid[1].t();
  auto dirs = torch::stack({(i - W * .5) / focal, -(j - H * .5) / focal, -torch::ones_like(i)}, -1);
  auto rays_d = torch::sum(dirs.index({Ellipsis, None, Slice()}) * c2w.index({Slice(None, 3), Slice(None, 3)}), -1);
  auto rays_o = c2w.index({Slice(None, 3), -1}).expand(rays_d.sizes());
  return {rays_o, rays_d};
}

struct RenderResult {
  torch::Tensor rgb_map, disp_map, acc_map, weights, depth_map;
};

RenderResult raw2outputs(const torch::Tensor& raw, const torch::Tensor& z_vals, const torch::Tensor& rays_d, bool white_bkgd = true) {
  auto dists = z_vals.index({"...", Slice(1, None)}) - z_vals.index({"...", Slice(None, -1)});
  dists = torch::cat({dists, torch::full({1}, 1e10).expand(dists.index({"...", Slice(None, 1)}).sizes())}, -1);
  dists = dists * torch::norm(rays_d.unsqueeze(-2), 2, -1);
  auto rgb = torch::sigmoid(raw.index({"...", Slice(None, 3)}));
  auto alpha = 1. - torch::exp(-torch::relu(raw.index({"...", 3})) * dists);
  auto ones = torch::ones({alpha.size(0), 1});
  auto weights = alpha * torch::cumprod(torch::cat({ones, 1. - alpha + 1e-10}, -1), -1).index({Slice(), Slice(None, -1)});
  RenderResult r;
  r.rgb_map = torch::sum(weights.unsqueeze(-1) * rgb, -2);
  r.depth_map = torch::sum(weights * z_vals, -1);
  r.acc_map = torch::sum(weights, -1);
  r.disp_map = 1. / torch::max(1e-10 * torch::ones_like(r.depth_map), r.depth_map / r.acc_map);
  if (white_bkgd) r.rgb_map = r.rgb_map + (1. - r.acc_map.unsqueeze(-1));
  r.weights = weights;
  return r;
}

class Renderer {
 public:
  Renderer() : embed_(10), embed_dirs_(4), model_(4, 64, embed_.out_dim(), embed_dirs_.out_dim(), 4, {2}, true) { model_.eval(); }

  std::vector<torch::Tensor> render(int H, int W, double focal, const torch::Tensor& c2w, int64_t chunk = 64, int samples = 16) {
    auto [rays_o, rays_d] = get_rays(H, W, focal, c2w);
    rays_o = rays_o.reshape({-1, 3});
    rays_d = rays_d.reshape({-1, 3});
    std::vector<torch::Tensor> rgb, depth;
    for (int64_t i = 0; i < rays_o.size(0); i += chunk) {
      const auto end = std::min(i + chunk, rays_o.size(0));
      auto r = render_rays(rays_o.slice(0, i, end), rays_d.slice(0, i, end), 2., 6., samples);
      rgb.push_back(r.rgb_map);
      depth.push_back(r.depth_map);
    }
    return {torch::cat(rgb, 0).view({H, W, 3}), torch::cat(depth).view({H, W})};
  }
  NeRF& model() { return model_; }

 private:
  RenderResult render_rays(const torch::Tensor& o, const torch::Tensor& d, double near, double far, int n) {
    auto viewdirs = d / d.norm(2, -1, true);
    auto t_vals = torch::linspace(0, 1, n);
    auto z_vals = near * (1. - t_vals) + far * t_vals;
    z_vals = z_vals.expand({o.size(0), n});
    auto pts = o.unsqueeze(1) + d.unsqueeze(1) * z_vals.unsqueeze(2);
    auto flat = pts.view({-1, 3});
    auto dirs = viewdirs.unsqueeze(1).expand(pts.sizes()).reshape({-1, 3});
    auto raw = model_.forward(torch::cat({embed_.embed(flat), embed_dirs_.embed(dirs)}, -1));
    return raw2outputs(raw.view({pts.size(0), pts.size(1), 4}), z_vals, d);
  }
  Embedder embed_, embed_dirs_;
  NeRF model_;
};

int main() {
  Renderer renderer;
  torch::NoGradGuard no_grad;
  auto images = renderer.render(20, 20, 25., torch::eye(4));
  std::cout << images[0].sizes() << " " << images[1].sizes() << std::endl;
}
