// Stand-in for the header of cuDNN's frontend where it is not installed: graphs of operations, declarations alone.
#ifndef COBRA_CUDNN_FRONTEND_H
#define COBRA_CUDNN_FRONTEND_H
#pragma GCC system_header
#include <cudnn_frontend_types.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

namespace cudnn_frontend::graph {

class Tensor_attributes {
public:
  using uid_t = int64_t;
  Tensor_attributes();
  Tensor_attributes(float);
  Tensor_attributes(int32_t);
  template <typename T> Tensor_attributes(const T&);
  std::string get_name() const;
  Tensor_attributes& set_name(const std::string&);
  DataType_t get_data_type() const;
  Tensor_attributes& set_data_type(DataType_t);
  std::vector<int64_t> get_dim() const;
  Tensor_attributes& set_dim(const std::vector<int64_t>&);
  std::vector<int64_t> get_stride() const;
  Tensor_attributes& set_stride(const std::vector<int64_t>&);
  int64_t get_volume() const;
  bool get_is_virtual() const;
  Tensor_attributes& set_is_virtual(bool);
  Tensor_attributes& set_output(bool);
  bool get_is_pass_by_value() const;
  Tensor_attributes& set_is_pass_by_value(bool);
  template <typename T> Tensor_attributes& set_value(T);
  TensorReordering_t get_reordering_type() const;
  Tensor_attributes& set_reordering_type(TensorReordering_t);
  uid_t get_uid() const;
  Tensor_attributes& set_uid(uid_t);
  bool has_uid() const;
  Tensor_attributes& clear_uid();
  Tensor_attributes& set_ragged_offset(const std::shared_ptr<Tensor_attributes>&);
};
using TensorPointer = std::shared_ptr<Tensor_attributes>;

template <typename Derived> class Attributes {
public:
  Derived& set_name(const std::string&);
  Derived& set_compute_data_type(DataType_t);
};

#define COBRA_SET(Class, name, ...) Class& set_##name(__VA_ARGS__);
class Conv_fprop_attributes : public Attributes<Conv_fprop_attributes> {
public:
#define COBRA_WINDOW(Class)                                                                                                                \
  COBRA_SET(Class, padding, const std::vector<int64_t>&)                                                                                   \
  COBRA_SET(Class, pre_padding, const std::vector<int64_t>&)                                                                               \
  COBRA_SET(Class, post_padding, const std::vector<int64_t>&)                                                                              \
  COBRA_SET(Class, stride, const std::vector<int64_t>&)                                                                                    \
  COBRA_SET(Class, dilation, const std::vector<int64_t>&)                                                                                  \
  COBRA_SET(Class, convolution_mode, ConvolutionMode_t)
  COBRA_WINDOW(Conv_fprop_attributes)
};
class Conv_dgrad_attributes : public Attributes<Conv_dgrad_attributes> {
public:
  COBRA_WINDOW(Conv_dgrad_attributes)
};
class Conv_wgrad_attributes : public Attributes<Conv_wgrad_attributes> {
public:
  COBRA_WINDOW(Conv_wgrad_attributes)
};
class Matmul_attributes : public Attributes<Matmul_attributes> {
public:
  COBRA_SET(Matmul_attributes, m_override, TensorPointer)
  COBRA_SET(Matmul_attributes, n_override, TensorPointer)
  COBRA_SET(Matmul_attributes, k_override, TensorPointer)
  COBRA_SET(Matmul_attributes, padding, double)
};
class Pointwise_attributes : public Attributes<Pointwise_attributes> {
public:
  COBRA_SET(Pointwise_attributes, mode, PointwiseMode_t)
  COBRA_SET(Pointwise_attributes, axis, int64_t)
  COBRA_SET(Pointwise_attributes, relu_lower_clip, float)
  COBRA_SET(Pointwise_attributes, relu_upper_clip, float)
  COBRA_SET(Pointwise_attributes, relu_lower_clip_slope, float)
  COBRA_SET(Pointwise_attributes, swish_beta, float)
  COBRA_SET(Pointwise_attributes, elu_alpha, float)
  COBRA_SET(Pointwise_attributes, softplus_beta, float)
};
class Reduction_attributes : public Attributes<Reduction_attributes> {
public:
  COBRA_SET(Reduction_attributes, mode, ReductionMode_t)
};
class Reshape_attributes : public Attributes<Reshape_attributes> {};
class Slice_attributes : public Attributes<Slice_attributes> {
public:
  COBRA_SET(Slice_attributes, slices, const std::vector<std::pair<int64_t, int64_t>>&)
};
class Rng_attributes : public Attributes<Rng_attributes> {
public:
  COBRA_SET(Rng_attributes, distribution, RngDistribution_t)
  COBRA_SET(Rng_attributes, bernoulli_probability, double)
};
class Resample_attributes : public Attributes<Resample_attributes> {
public:
  COBRA_SET(Resample_attributes, resampling_mode, ResampleMode_t)
  COBRA_SET(Resample_attributes, padding_mode, PaddingMode_t)
  COBRA_SET(Resample_attributes, window, const std::vector<int64_t>&)
  COBRA_SET(Resample_attributes, stride, const std::vector<int64_t>&)
  COBRA_SET(Resample_attributes, pre_padding, const std::vector<int64_t>&)
  COBRA_SET(Resample_attributes, post_padding, const std::vector<int64_t>&)
  COBRA_SET(Resample_attributes, generate_index, bool)
  COBRA_SET(Resample_attributes, is_inference, bool)
};
class Genstats_attributes : public Attributes<Genstats_attributes> {};
class BN_finalize_attributes : public Attributes<BN_finalize_attributes> {
public:
  COBRA_SET(BN_finalize_attributes, previous_running_stats, TensorPointer, TensorPointer, TensorPointer)
};
class Batchnorm_attributes : public Attributes<Batchnorm_attributes> {
public:
  COBRA_SET(Batchnorm_attributes, epsilon, TensorPointer)
  COBRA_SET(Batchnorm_attributes, previous_running_stats, TensorPointer, TensorPointer, TensorPointer)
  COBRA_SET(Batchnorm_attributes, peer_stats, const std::vector<TensorPointer>&)
};
class Batchnorm_inference_attributes : public Attributes<Batchnorm_inference_attributes> {};
class Batchnorm_backward_attributes : public Attributes<Batchnorm_backward_attributes> {
public:
  COBRA_SET(Batchnorm_backward_attributes, saved_mean_and_inv_variance, TensorPointer, TensorPointer)
  COBRA_SET(Batchnorm_backward_attributes, epsilon, TensorPointer)
  COBRA_SET(Batchnorm_backward_attributes, peer_stats, const std::vector<TensorPointer>&)
};
#define COBRA_NORM(Class)                                                                                                                  \
  class Class : public Attributes<Class> {                                                                                                 \
  public:                                                                                                                                  \
    COBRA_SET(Class, forward_phase, NormFwdPhase_t)                                                                                        \
    COBRA_SET(Class, epsilon, TensorPointer)                                                                                               \
    COBRA_SET(Class, bias, TensorPointer)                                                                                                  \
    COBRA_SET(Class, saved_mean_and_inv_variance, TensorPointer, TensorPointer)                                                            \
    COBRA_SET(Class, has_dbias, bool)                                                                                                      \
    Class& has_dbias(bool);                                                                                                                \
  };
COBRA_NORM(Layernorm_attributes)
COBRA_NORM(Layernorm_backward_attributes)
COBRA_NORM(Rmsnorm_attributes)
COBRA_NORM(Rmsnorm_backward_attributes)
COBRA_NORM(Instancenorm_attributes)
COBRA_NORM(Instancenorm_backward_attributes)
#define COBRA_ATTENTION(Class)                                                                                                             \
  class Class : public Attributes<Class> {                                                                                                 \
  public:                                                                                                                                  \
    COBRA_SET(Class, is_inference, bool)                                                                                                   \
    COBRA_SET(Class, generate_stats, bool)                                                                                                 \
    COBRA_SET(Class, attn_scale, TensorPointer)                                                                                            \
    COBRA_SET(Class, attn_scale, float)                                                                                                    \
    COBRA_SET(Class, bias, TensorPointer)                                                                                                  \
    COBRA_SET(Class, dbias, TensorPointer)                                                                                                 \
    COBRA_SET(Class, alibi_mask, bool)                                                                                                     \
    COBRA_SET(Class, padding_mask, bool)                                                                                                   \
    COBRA_SET(Class, causal_mask, bool)                                                                                                    \
    COBRA_SET(Class, causal_mask_bottom_right, bool)                                                                                       \
    COBRA_SET(Class, sliding_window_length, int)                                                                                           \
    COBRA_SET(Class, diagonal_alignment, DiagonalAlignment_t)                                                                              \
    COBRA_SET(Class, diagonal_band_left_bound, int)                                                                                        \
    COBRA_SET(Class, diagonal_band_right_bound, int)                                                                                       \
    COBRA_SET(Class, seq_len_q, TensorPointer)                                                                                             \
    COBRA_SET(Class, seq_len_kv, TensorPointer)                                                                                            \
    COBRA_SET(Class, dropout, float, TensorPointer, TensorPointer)                                                                         \
    COBRA_SET(Class, dropout, TensorPointer, TensorPointer)                                                                                \
    COBRA_SET(Class, dropout, TensorPointer, TensorPointer, TensorPointer)                                                                 \
    COBRA_SET(Class, rng_dump, TensorPointer)                                                                                              \
    COBRA_SET(Class, paged_attention_k_table, TensorPointer)                                                                               \
    COBRA_SET(Class, paged_attention_v_table, TensorPointer)                                                                               \
    COBRA_SET(Class, paged_attention_max_seq_len_kv, int)                                                                                  \
    COBRA_SET(Class, deterministic_algorithm, bool)                                                                                        \
    COBRA_SET(Class, implementation, AttentionImplementation_t)                                                                            \
  };
COBRA_ATTENTION(SDPA_attributes)
COBRA_ATTENTION(SDPA_backward_attributes)
COBRA_ATTENTION(SDPA_fp8_attributes)
COBRA_ATTENTION(SDPA_fp8_backward_attributes)
using Scaled_dot_product_flash_attention_attributes = SDPA_attributes;
using Scaled_dot_product_flash_attention_backward_attributes = SDPA_backward_attributes;
#undef COBRA_ATTENTION
#undef COBRA_NORM
#undef COBRA_WINDOW
#undef COBRA_SET

class Graph {
public:
  Graph();
  Graph& set_io_data_type(DataType_t);
  Graph& set_intermediate_data_type(DataType_t);
  Graph& set_compute_data_type(DataType_t);
  Graph& set_name(const std::string&);
  Graph& set_dynamic_shape_enabled(bool);
  Graph& set_sm_count(int32_t);
  Graph& set_sm_version(int32_t);

  TensorPointer tensor(const Tensor_attributes&);
  template <typename T> TensorPointer tensor(const T&);
  TensorPointer tensor_like(const TensorPointer&, const std::string& = std::string());

  TensorPointer conv_fprop(TensorPointer, TensorPointer, Conv_fprop_attributes);
  TensorPointer conv_dgrad(TensorPointer, TensorPointer, Conv_dgrad_attributes);
  TensorPointer conv_wgrad(TensorPointer, TensorPointer, Conv_wgrad_attributes);
  TensorPointer matmul(TensorPointer, TensorPointer, Matmul_attributes);
  TensorPointer pointwise(TensorPointer, Pointwise_attributes);
  TensorPointer pointwise(TensorPointer, TensorPointer, Pointwise_attributes);
  TensorPointer pointwise(TensorPointer, TensorPointer, TensorPointer, Pointwise_attributes);
  TensorPointer reduction(TensorPointer, Reduction_attributes);
  TensorPointer reshape(TensorPointer, Reshape_attributes);
  TensorPointer slice(TensorPointer, Slice_attributes);
  TensorPointer rng(TensorPointer, TensorPointer, Rng_attributes);
  std::array<TensorPointer, 2> resample(TensorPointer, Resample_attributes);
  std::array<TensorPointer, 2> genstats(TensorPointer, Genstats_attributes);
  std::array<TensorPointer, 6> bn_finalize(TensorPointer, TensorPointer, TensorPointer, TensorPointer, TensorPointer, TensorPointer,
                                           BN_finalize_attributes);
  std::array<TensorPointer, 5> batchnorm(TensorPointer, TensorPointer, TensorPointer, Batchnorm_attributes);
  TensorPointer batchnorm_inference(TensorPointer, TensorPointer, TensorPointer, TensorPointer, TensorPointer,
                                    Batchnorm_inference_attributes);
  std::array<TensorPointer, 3> batchnorm_backward(TensorPointer, TensorPointer, TensorPointer, Batchnorm_backward_attributes);
  std::array<TensorPointer, 3> layernorm(TensorPointer, TensorPointer, TensorPointer, Layernorm_attributes);
  std::array<TensorPointer, 3> layernorm_backward(TensorPointer, TensorPointer, TensorPointer, Layernorm_backward_attributes);
  std::array<TensorPointer, 2> rmsnorm(TensorPointer, TensorPointer, Rmsnorm_attributes);
  std::array<TensorPointer, 3> rmsnorm_backward(TensorPointer, TensorPointer, TensorPointer, Rmsnorm_backward_attributes);
  std::array<TensorPointer, 3> instancenorm(TensorPointer, TensorPointer, TensorPointer, Instancenorm_attributes);
  std::array<TensorPointer, 3> instancenorm_backward(TensorPointer, TensorPointer, TensorPointer, Instancenorm_backward_attributes);
  std::array<TensorPointer, 2> sdpa(TensorPointer, TensorPointer, TensorPointer, SDPA_attributes);
  std::array<TensorPointer, 2> scaled_dot_product_flash_attention(TensorPointer, TensorPointer, TensorPointer, SDPA_attributes);
  std::array<TensorPointer, 3> sdpa_backward(TensorPointer, TensorPointer, TensorPointer, TensorPointer, TensorPointer, TensorPointer,
                                             SDPA_backward_attributes);
  std::array<TensorPointer, 3> scaled_dot_product_flash_attention_backward(TensorPointer, TensorPointer, TensorPointer, TensorPointer,
                                                                           TensorPointer, TensorPointer, SDPA_backward_attributes);

  error_t validate();
  error_t build_operation_graph(cudnnHandle_t);
  error_t create_execution_plans(const std::vector<HeurMode_t>&);
  error_t check_support(cudnnHandle_t);
  error_t check_support();
  error_t build_plans(cudnnHandle_t, BuildPlanPolicy_t = BuildPlanPolicy_t::HEURISTICS_CHOICE, bool = false);
  error_t build_plans(BuildPlanPolicy_t = BuildPlanPolicy_t::HEURISTICS_CHOICE, bool = false);
  error_t build_plan_at_index(cudnnHandle_t, int64_t);
  error_t build(cudnnHandle_t, const std::vector<HeurMode_t>&, BuildPlanPolicy_t = BuildPlanPolicy_t::HEURISTICS_CHOICE, bool = false);
  error_t build(const std::vector<HeurMode_t>&, BuildPlanPolicy_t = BuildPlanPolicy_t::HEURISTICS_CHOICE, bool = false);
  int64_t get_workspace_size() const;
  error_t get_workspace_size(int64_t&) const;
  int64_t get_autotune_workspace_size() const;
  int64_t get_execution_plan_count() const;
  error_t autotune(cudnnHandle_t, std::unordered_map<TensorPointer, void*>&, void*, void* = nullptr);
  error_t execute(cudnnHandle_t, std::unordered_map<TensorPointer, void*>&, void*) const;
  error_t execute(cudnnHandle_t, std::unordered_map<int64_t, void*>&, void*) const;
  error_t execute_plan_at_index(cudnnHandle_t, std::unordered_map<int64_t, void*>&, void*, int64_t) const;
  Graph& deselect_engines(const std::vector<std::string>&);
  Graph& deselect_workspace_greater_than(int64_t);
  Graph& deselect_numeric_notes(const std::vector<NumericalNote_t>&);
  Graph& deselect_behavior_notes(const std::vector<BehaviorNote_t>&);
  Graph& select_numeric_notes(const std::vector<NumericalNote_t>&);
  Graph& select_behavior_notes(const std::vector<BehaviorNote_t>&);
  error_t serialize(std::vector<uint8_t>&) const;
  error_t deserialize(cudnnHandle_t, const std::vector<uint8_t>&);
  size_t key();
  std::string print();
};

} // namespace cudnn_frontend::graph
#endif
