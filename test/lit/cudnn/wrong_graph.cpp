// What cuDNN's frontend would refuse: at the operation where building the graph refuses it, at execute() where the pointers do not do.
// RUN: %cobra check %s --quiet --entry 'channels();' | FileCheck --check-prefix=CHANNELS %s
// CHANNELS: wrong_graph.cpp:[[#@LINE+31]]:12: warning: cuDNN would refuse this: conv_fprop is refused when the graph is built: CUDNN_STATUS_BAD_PARAM: the input [1, 4, 8, 8] has 4 channels, the filter [16, 3, 3, 3] expects 3
// RUN: %cobra check %s --quiet --entry 'output();' | FileCheck --check-prefix=OUTPUT %s
// OUTPUT: warning: cuDNN would refuse this: matmul is refused when the graph is built: CUDNN_STATUS_BAD_PARAM: the tensor "C" was set to [2, 5, 5], but the operation gives [2, 5, 7]
// RUN: %cobra check %s --quiet --entry 'unset();' | FileCheck --check-prefix=UNSET %s
// UNSET: warning: cuDNN would refuse this: matmul is refused when the graph is built: ATTRIBUTE_NOT_SET: the sizes of the tensor "A" are not set
// RUN: %cobra check %s --quiet --entry 'gradient();' | FileCheck --check-prefix=GRADIENT %s
// GRADIENT: warning: cuDNN would refuse this: conv_dgrad is refused when the graph is built: ATTRIBUTE_NOT_SET: the sizes of dx do not follow from the inputs and have to be set with set_dim()
// RUN: %cobra check %s --quiet --entry 'pack();' | FileCheck --check-prefix=PACK %s
// PACK: warning: cuDNN would refuse this: execute returns INVALID_VARIANT_PACK: the tensor "B" has no pointer in the variant pack
// RUN: %cobra check %s --quiet --entry 'unknown();' | FileCheck --check-prefix=UNKNOWN %s
// UNKNOWN: not known: slice cannot be sized: the tool does not model it
// UNKNOWN: unknown: total withheld, 2 points are open
#include <cudnn_frontend.h>

namespace fe = cudnn_frontend;
using Pack = std::unordered_map<std::shared_ptr<fe::graph::Tensor_attributes>, void*>;

std::shared_ptr<fe::graph::Tensor_attributes> tensor(fe::graph::Graph& graph, const char* name, std::vector<int64_t> sizes) {
  return graph.tensor(fe::graph::Tensor_attributes().set_name(name).set_dim(sizes).set_data_type(fe::DataType_t::HALF));
}
bool run(fe::graph::Graph& graph, Pack& pack) {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  if (!graph.build(handle, {fe::HeurMode_t::A}).is_good()) return false;
  return graph.execute(handle, pack, nullptr).is_good();
}
template <typename Attributes> Attributes window() { return Attributes().set_padding({1, 1}).set_stride({1, 1}).set_dilation({1, 1}); }

bool channels() {
  fe::graph::Graph graph;
  auto x = tensor(graph, "X", {1, 4, 8, 8}), w = tensor(graph, "W", {16, 3, 3, 3});
  auto y = graph.conv_fprop(x, w, window<fe::graph::Conv_fprop_attributes>());
  y->set_output(true);
  Pack pack = {{x, nullptr}, {w, nullptr}, {y, nullptr}};
  return run(graph, pack);
}
bool output() {
  fe::graph::Graph graph;
  auto a = tensor(graph, "A", {2, 5, 6}), b = tensor(graph, "B", {2, 6, 7});
  auto c = graph.matmul(a, b, fe::graph::Matmul_attributes());
  c->set_output(true).set_name("C").set_dim({2, 5, 5});
  Pack pack = {{a, nullptr}, {b, nullptr}, {c, nullptr}};
  return run(graph, pack);
}
bool unset() {
  fe::graph::Graph graph;
  auto a = graph.tensor(fe::graph::Tensor_attributes().set_name("A")), b = tensor(graph, "B", {2, 6, 7});
  auto c = graph.matmul(a, b, fe::graph::Matmul_attributes());
  return graph.validate().is_good();
}
bool gradient() {
  fe::graph::Graph graph;
  auto dy = tensor(graph, "dY", {1, 16, 8, 8}), w = tensor(graph, "W", {16, 3, 3, 3});
  graph.conv_dgrad(dy, w, window<fe::graph::Conv_dgrad_attributes>());
  return graph.validate().is_good();
}
bool pack() {
  fe::graph::Graph graph;
  auto a = tensor(graph, "A", {2, 5, 6}), b = tensor(graph, "B", {2, 6, 7});
  auto c = graph.matmul(a, b, fe::graph::Matmul_attributes());
  c->set_output(true);
  Pack pack = {{a, nullptr}, {c, nullptr}};
  return run(graph, pack);
}
bool unknown() {
  fe::graph::Graph graph;
  auto a = tensor(graph, "A", {2, 5, 6}), b = tensor(graph, "B", {2, 6, 7});
  auto part = graph.slice(a, fe::graph::Slice_attributes().set_slices({{0, 2}, {0, 4}, {0, 6}}));
  auto c = graph.matmul(part, b, fe::graph::Matmul_attributes());
  c->set_output(true);
  Pack pack = {{a, nullptr}, {b, nullptr}, {c, nullptr}};
  return run(graph, pack);
}
