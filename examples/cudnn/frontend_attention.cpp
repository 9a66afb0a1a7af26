// One block of a GPT through cuDNN's frontend: RMS norm, projection, causal attention with fewer heads for key and value, and its gradient.
// Tensors carry numbers of their own, and the variant pack goes by them.
#include <cuda_runtime.h>
#include <cudnn_frontend.h>

#include <cmath>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace fe = cudnn_frontend;
using fe::graph::Tensor_attributes;

enum Uid : int64_t { Q = 1, K, V, O, STATS, DO, DQ, DK, DV, X, SCALE, EPSILON, NORMED, WEIGHT, PROJECTED };

constexpr int64_t b = 2, heads = 16, groups = 4, s = 1024, d = 64, model = heads * d;

std::shared_ptr<fe::graph::Graph> newGraph() {
  auto graph = std::make_shared<fe::graph::Graph>();
  graph->set_io_data_type(fe::DataType_t::BFLOAT16)
      .set_intermediate_data_type(fe::DataType_t::FLOAT)
      .set_compute_data_type(fe::DataType_t::FLOAT);
  return graph;
}

Tensor_attributes headed(const char* name, Uid uid, int64_t count) {
  return Tensor_attributes().set_name(name).set_uid(uid).set_dim({b, count, s, d}).set_stride({count * s * d, s * d, d, 1});
}

void finish(fe::graph::Graph& graph, cudnnHandle_t handle) {
  if (!graph.validate().is_good() || !graph.build_operation_graph(handle).is_good() ||
      !graph.create_execution_plans({fe::HeurMode_t::A}).is_good() || !graph.check_support(handle).is_good() ||
      !graph.build_plans(handle, fe::BuildPlanPolicy_t::HEURISTICS_CHOICE).is_good())
    throw std::runtime_error("cuDNN does not support this graph");
}

auto projection(cudnnHandle_t handle) {
  auto graph = newGraph();
  auto x = graph->tensor(Tensor_attributes().set_name("x").set_uid(X).set_dim({b * s, model, 1, 1}).set_stride({model, 1, model, model}));
  auto scale = graph->tensor(Tensor_attributes().set_name("scale").set_uid(SCALE).set_dim({1, model, 1, 1}).set_stride({model, 1, model, model}));
  auto epsilon = graph->tensor(Tensor_attributes(1e-5f));
  auto [normed, unused] = graph->rmsnorm(
      x, scale, fe::graph::Rmsnorm_attributes().set_forward_phase(fe::NormFwdPhase_t::INFERENCE).set_epsilon(epsilon));
  normed->set_uid(NORMED).set_output(true);
  finish(*graph, handle);

  auto product = newGraph();
  auto a = product->tensor(Tensor_attributes().set_uid(NORMED).set_dim({1, b * s, model}).set_stride({b * s * model, model, 1}));
  auto w = product->tensor(Tensor_attributes().set_uid(WEIGHT).set_dim({1, model, model + 2 * groups * d}).set_stride({model * (model + 2 * groups * d), model + 2 * groups * d, 1}));
  auto c = product->matmul(a, w, fe::graph::Matmul_attributes().set_name("qkv"));
  c->set_output(true).set_uid(PROJECTED);
  finish(*product, handle);
  return std::make_tuple(graph, product);
}

std::shared_ptr<fe::graph::Graph> attention(cudnnHandle_t handle) {
  auto graph = newGraph();
  auto q = graph->tensor(headed("q", Q, heads)), k = graph->tensor(headed("k", K, groups)), v = graph->tensor(headed("v", V, groups));
  auto options = fe::graph::SDPA_attributes().set_name("attention").set_is_inference(false).set_causal_mask(true).set_attn_scale(1.0f / std::sqrt(float(d)));
  auto [o, stats] = graph->sdpa(q, k, v, options);
  o->set_output(true).set_dim({b, heads, s, d}).set_stride({heads * s * d, s * d, d, 1}).set_uid(O);
  stats->set_output(true).set_data_type(fe::DataType_t::FLOAT).set_uid(STATS);
  finish(*graph, handle);
  return graph;
}

std::shared_ptr<fe::graph::Graph> attentionGradient(cudnnHandle_t handle) {
  auto graph = newGraph();
  auto q = graph->tensor(headed("q", Q, heads)), k = graph->tensor(headed("k", K, groups)), v = graph->tensor(headed("v", V, groups));
  auto o = graph->tensor(headed("o", O, heads)), dO = graph->tensor(headed("do", DO, heads));
  auto stats = graph->tensor(Tensor_attributes().set_uid(STATS).set_dim({b, heads, s, 1}).set_stride({heads * s, s, 1, 1}).set_data_type(fe::DataType_t::FLOAT));
  auto [dQ, dK, dV] = graph->sdpa_backward(q, k, v, o, dO, stats, fe::graph::SDPA_backward_attributes().set_causal_mask(true));
  dQ->set_output(true).set_uid(DQ).set_dim({b, heads, s, d}).set_stride({heads * s * d, s * d, d, 1});
  dK->set_output(true).set_uid(DK).set_dim({b, groups, s, d}).set_stride({groups * s * d, s * d, d, 1});
  dV->set_output(true).set_uid(DV).set_dim({b, groups, s, d}).set_stride({groups * s * d, s * d, d, 1});
  finish(*graph, handle);
  return graph;
}

int main() {
  cudnnHandle_t handle;
  cudnnCreate(&handle);
  std::unordered_map<int64_t, void*> pack;
  for (int64_t uid = Q; uid <= PROJECTED; ++uid) cudaMalloc(&pack[uid], b * s * model * 4);

  auto [norm, product] = projection(handle);
  auto forward = attention(handle), backward = attentionGradient(handle);
  void* workspace = nullptr;
  cudaMalloc(&workspace, std::max(forward->get_workspace_size(), backward->get_workspace_size()));
  for (auto& graph : {norm, product, forward, backward})
    if (graph->execute(handle, pack, workspace).is_bad()) return 1;
  return 0;
}
