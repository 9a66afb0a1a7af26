// A convolution with its bias and ReLU as one graph of cuDNN's frontend, then the same graph with a residual input.
#include <cuda_runtime.h>
#include <cudnn_frontend.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <unordered_map>

namespace fe = cudnn_frontend;
using TensorPtr = std::shared_ptr<fe::graph::Tensor_attributes>;

#define CHECK_FE(call)                                                 \
  do {                                                                 \
    auto status = (call);                                              \
    if (status.is_bad()) throw std::runtime_error(status.get_message()); \
  } while (0)

struct Problem {
  int64_t n, c, h, w, k, r, stride, padding;
};

class FusedConvolution {
public:
  FusedConvolution(cudnnHandle_t handle, const Problem& p, bool residual) : handle_(handle) {
    graph_.set_io_data_type(fe::DataType_t::HALF).set_intermediate_data_type(fe::DataType_t::FLOAT).set_compute_data_type(fe::DataType_t::FLOAT);

    x_ = graph_.tensor(fe::graph::Tensor_attributes()
                           .set_name("image")
                           .set_dim({p.n, p.c, p.h, p.w})
                           .set_stride({p.c * p.h * p.w, 1, p.c * p.w, p.c}));
    w_ = graph_.tensor(fe::graph::Tensor_attributes()
                           .set_name("filter")
                           .set_dim({p.k, p.c, p.r, p.r})
                           .set_stride({p.c * p.r * p.r, 1, p.c * p.r, p.c}));
    auto options = fe::graph::Conv_fprop_attributes()
                       .set_padding({p.padding, p.padding})
                       .set_stride({p.stride, p.stride})
                       .set_dilation({1, 1})
                       .set_name("convolution");
    TensorPtr y = graph_.conv_fprop(x_, w_, options);

    const auto add = fe::graph::Pointwise_attributes().set_mode(fe::PointwiseMode_t::ADD);
    b_ = graph_.tensor(fe::graph::Tensor_attributes().set_name("bias").set_dim({1, p.k, 1, 1}).set_stride({p.k, 1, p.k, p.k}));
    y = graph_.pointwise(y, b_, add);
    if (residual) {
      const int64_t size = (p.h + 2 * p.padding - p.r) / p.stride + 1;
      z_ = graph_.tensor(fe::graph::Tensor_attributes()
                             .set_name("residual")
                             .set_dim({p.n, p.k, size, size})
                             .set_stride({p.k * size * size, 1, p.k * size, p.k}));
      y = graph_.pointwise(y, z_, add);
    }
    y_ = graph_.pointwise(y, fe::graph::Pointwise_attributes().set_mode(fe::PointwiseMode_t::RELU_FWD));
    y_->set_output(true);

    CHECK_FE(graph_.validate());
    CHECK_FE(graph_.build_operation_graph(handle_));
    CHECK_FE(graph_.create_execution_plans({fe::HeurMode_t::A, fe::HeurMode_t::FALLBACK}));
    CHECK_FE(graph_.check_support(handle_));
    CHECK_FE(graph_.build_plans(handle_));
    CHECK_FE(graph_.get_workspace_size(workspaceBytes_));
    if (workspaceBytes_ > 0) cudaMalloc(&workspace_, workspaceBytes_);
  }

  void run(void* x, void* w, void* b, void* z, void* y) {
    std::unordered_map<TensorPtr, void*> pack = {{x_, x}, {w_, w}, {b_, b}, {y_, y}};
    if (z_) pack[z_] = z;
    CHECK_FE(graph_.execute(handle_, pack, workspace_));
  }
  std::vector<int64_t> outputSizes() const { return y_->get_dim(); }

private:
  cudnnHandle_t handle_;
  fe::graph::Graph graph_;
  TensorPtr x_, w_, b_, z_, y_;
  int64_t workspaceBytes_ = 0;
  void* workspace_ = nullptr;
};

void* halfMemory(int64_t count) {
  void* p = nullptr;
  cudaMalloc(&p, count * 2);
  return p;
}

int main() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  const Problem first{8, 64, 56, 56, 128, 3, 2, 1}, second{8, 128, 28, 28, 128, 3, 1, 1};
  FusedConvolution down(handle, first, false), same(handle, second, true);
  const auto sizes = down.outputSizes();
  const int64_t count = sizes[0] * sizes[1] * sizes[2] * sizes[3];
  void *x = halfMemory(first.n * first.c * first.h * first.w), *y = halfMemory(count), *z = halfMemory(count);
  down.run(x, halfMemory(first.k * first.c * 9), halfMemory(first.k), nullptr, y);
  same.run(y, halfMemory(second.k * second.c * 9), halfMemory(second.k), y, z);
  std::cout << "done" << std::endl;
  cudnnDestroy(handle);
}
