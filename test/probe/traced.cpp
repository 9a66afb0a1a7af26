// What `cobra-probe trace` is tried on. The test names the lines that are marked.

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace {

at::Tensor hidden(const at::Tensor& x, const at::Tensor& weight) {
  return at::relu(at::matmul(x, weight)); // hidden
}

} // namespace

int main() {
  c10::InferenceMode guard;
  at::Tensor x = at::randn({8, 16}), weight = at::randn({16, 32}); // inputs
  at::Tensor sum = at::zeros({8, 32});
  for (int i = 0; i < 5; ++i) sum = sum + hidden(x, weight); // loop
  auto [values, indices] = sum.sort(1);                      // sort
  return values.numel() == 8 * 32 && indices.size(0) == 8 ? 0 : 1;
}
