// ResNet-50 (He et al. 2015, table 1) on [batch, 3, 224, 224] as the calls that LibTorch runs, in order.
#pragma once

#include <string>
#include <vector>

namespace cobra::testing {

class ResNet50Calls {
public:
  explicit ResNet50Calls(int batch) : batch_(batch) {
    convolve(3, 64, 7, 2);
    calls.push_back("aten::max_pool2d(self=" + here() + ",kernel_size=[3,3],stride=[2,2],padding=[1,1],dilation=[1,1],ceil_mode=False)");
    size_ /= 2;
    const int blocks[] = {3, 4, 6, 3};
    for (int stage = 0; stage < 4; ++stage) {
      for (int block = 0; block < blocks[stage]; ++block) bottleneck(64 << stage, block == 0 && stage > 0 ? 2 : 1, block == 0);
    }
    calls.push_back("aten::adaptive_avg_pool2d(self=" + here() + ",output_size=[1,1])");
    calls.push_back("aten::flatten.using_ints(self=f32[" + std::to_string(batch_) + ",2048,1,1],start_dim=1,end_dim=-1)");
    calls.push_back("aten::linear(input=f32[" + std::to_string(batch_) + ",2048],weight=f32[1000,2048],bias=f32[1000])");
  }
  std::vector<std::string> calls;

private:
  std::string here() const { return tensor(channels_); }
  std::string tensor(int channels) const {
    const std::string side = std::to_string(size_);
    return "f32[" + std::to_string(batch_) + "," + std::to_string(channels) + "," + side + "," + side + "]";
  }
  void convolve(int in, int out, int kernel, int stride, bool relu = true) {
    const auto pair = [](int v) { return "[" + std::to_string(v) + "," + std::to_string(v) + "]"; };
    const std::string k = std::to_string(kernel), o = std::to_string(out);
    calls.push_back("aten::conv2d(input=" + tensor(in) + ",weight=f32[" + o + "," + std::to_string(in) + "," + k + "," + k +
                    "],bias=None,stride=" + pair(stride) + ",padding=" + pair(kernel / 2) + ",dilation=[1,1],groups=1)");
    size_ /= stride;
    channels_ = out;
    const std::string v = "f32[" + o + "]";
    calls.push_back("aten::batch_norm(input=" + here() + ",weight=" + v + ",bias=" + v + ",running_mean=" + v + ",running_var=" + v +
                    ",training=False,momentum=0.1,eps=1e-05,cudnn_enabled=True)");
    if (relu) calls.push_back("aten::relu(self=" + here() + ")");
  }
  void bottleneck(int width, int stride, bool project) {
    const int in = channels_, before = size_;
    convolve(in, width, 1, 1);
    convolve(width, width, 3, stride);
    convolve(width, 4 * width, 1, 1, false);
    if (project) {
      size_ = before;
      convolve(in, 4 * width, 1, stride, false);
    }
    calls.push_back("aten::add.Tensor(self=" + here() + ",other=" + here() + ",alpha=1)");
    calls.push_back("aten::relu(self=" + here() + ")");
  }

  int batch_, channels_ = 3, size_ = 224;
};

} // namespace cobra::testing
