// The path that LibTorch itself selects for a convolution on the CPU, and ours.
#include "predictor/infer/same_work.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/native/ConvUtils.h>

#include <gtest/gtest.h>

#include <random>

namespace cobra::infer {
namespace {

using Sizes = std::vector<std::int64_t>;

std::string_view selectedBy(const at::Tensor& input, const at::Tensor& weight, const Sizes& stride, const Sizes& dilation, bool transposed,
                            std::int64_t groups) {
  const std::vector<c10::SymInt> s(stride.begin(), stride.end()), d(dilation.begin(), dilation.end()), none(stride.size(), 0);
  const auto backend = at::native::select_conv_backend(input, weight, std::nullopt, s, none, d, transposed, none, groups, std::nullopt);
  switch (backend) {
  case at::native::ConvBackend::Mkldnn:
  case at::native::ConvBackend::MkldnnTranspose: return "onednn";
  default: return "native";
  }
}

TEST(ConvolutionPath, IsTheOneThatLibTorchSelectsWithOneThread) {
  at::set_num_threads(1);
  std::mt19937_64 random(7);
  const auto draw = [&](std::initializer_list<std::int64_t> from) { return *(from.begin() + static_cast<long>(random() % from.size())); };
  int oneDnn = 0, native = 0;
  for (int i = 0; i < 600; ++i) {
    const std::size_t spatial = 2 + random() % 2;
    const bool transposed = random() % 3 == 0;
    const std::int64_t groups = draw({1, 1, 1, 2, 4});
    const std::int64_t in = groups * draw({1, 3, 8}), out = groups * draw({1, 2, 16});
    Sizes x{draw({1, 2, 15, 16, 17}), in}, w = transposed ? Sizes{in, out / groups} : Sizes{out, in / groups};
    const std::int64_t stride = draw({1, 1, 2}), dilation = draw({1, 1, 1, 2});
    for (std::size_t k = 0; k < spatial; ++k) {
      w.push_back(draw({1, 1, 3, 4, 5}));
      x.push_back(draw({9, 16, 40}));
    }
    const at::Tensor input = at::empty(x), weight = at::empty(w);
    const Sizes strides(spatial, stride), dilations(spatial, dilation);
    Call call{ops::find(std::string("aten::conv") + (transposed ? "_transpose" : "") + std::to_string(spatial) + "d" +
                        (transposed ? ".input" : "")),
              {}};
    ASSERT_NE(call.op, nullptr);
    for (const ops::Parameter& p : call.op->parameters()) call.arguments.push_back(p.hasDefault ? p.defaultValue : Argument(None{}));
    const auto set = [&](std::string_view name, Argument value) {
      call.arguments[static_cast<std::size_t>(call.op->indexOf(name))] = std::move(value);
    };
    set("input", TensorType{DType::Float32, x});
    set("weight", TensorType{DType::Float32, w});
    set("stride", strides);
    set("dilation", dilations);
    set("groups", groups);
    const std::string_view selected = selectedBy(input, weight, strides, dilations, transposed, groups);
    const std::string_view ours = convolutionPath(call).value_or("nothing");
    EXPECT_TRUE(ours.starts_with(selected)) << printSnippet(call) << ": " << ours << ", LibTorch " << selected;
    (selected == "native" ? native : oneDnn) += 1;
  }
  EXPECT_GT(oneDnn, 100);
  EXPECT_GT(native, 50);
}

} // namespace
} // namespace cobra::infer
