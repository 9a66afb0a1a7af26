// Operations that only graphs of cuDNN's frontend have. Matrices are row-major, all tensors of one operation
// have the same number of dimensions.
#include "predictor/ops/families.h"
#include "predictor/ops/families/cudnn.h"

#include <algorithm>

namespace cobra::ops {
namespace {

using cudnn::badParam;
using cudnn::number;
using cudnn::repeatsTo;

/// self [..., M, K], mat2 [..., K, N] -> [..., M, N]; sizes in front are equal or 1.
Answer product(Tensor self, Tensor mat2) {
  const std::size_t rank = self.shape.size();
  if (rank < 2 || mat2.shape.size() != rank)
    return badParam("the matrices " + text(self.shape) + " and " + text(mat2.shape) + " need the same number of dimensions, at least 2");
  if (self.shape[rank - 1] != mat2.shape[rank - 2])
    return badParam("the matrices " + text(self.shape) + " and " + text(mat2.shape) + " cannot be multiplied");
  Shape shape = self.shape;
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    if (shape[i] != mat2.shape[i] && shape[i] != 1 && mat2.shape[i] != 1)
      return badParam("the matrices " + text(self.shape) + " and " + text(mat2.shape) +
                      " do not meet: each size in front has to be equal or 1");
    shape[i] = std::max(shape[i], mat2.shape[i]);
  }
  shape[rank - 1] = mat2.shape[rank - 1];
  TensorType result{self.dtype, std::move(shape)};
  const std::int64_t flops = mulClamped(2, mulClamped(result.elements(), self.shape[rank - 1]));
  return Effect{{std::move(result)}, flops};
}

// ---- attention: query [B, H, L, E], key [B, G, S, E], value [B, G, S, V]; each of the G heads serves H / G of the query
std::optional<Misuse> refused(Tensor query, Tensor key, Tensor value) {
  const Shape &q = query.shape, &k = key.shape, &v = value.shape;
  const std::string all = "query " + text(q) + ", key " + text(k) + ", value " + text(v);
  if (q.size() != 4 || k.size() != 4 || v.size() != 4) return badParam("attention needs tensors [batch, heads, length, size]: " + all);
  if (q[0] != k[0] || k[0] != v[0]) return badParam("the batches of attention differ: " + all);
  if (q[3] != k[3]) return badParam("query and key differ in their last size: " + all);
  if (k[2] != v[2]) return badParam("key and value differ in their length: " + all);
  for (const std::int64_t heads : {k[1], v[1]})
    if (heads < 1 || q[1] % heads != 0) return badParam("the heads of key and value have to divide those of the query: " + all);
  return std::nullopt;
}

std::int64_t scores(Tensor query, Tensor key) {
  return mulClamped(mulClamped(query.shape[0], query.shape[1]), mulClamped(query.shape[2], key.shape[2]));
}

// ---- normalization: a weight of size 1 in a dimension is shared along it
Shape statisticsOf(const Shape& input, const Shape& weight, String mode) {
  Shape shape = input;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (mode == "instance" ? i > 1 : weight[i] != 1) shape[i] = 1;
  return shape;
}

std::optional<Misuse> unlikeWeight(std::string_view what, Tensor tensor, Tensor weight) {
  if (tensor.shape == weight.shape) return std::nullopt;
  return badParam(std::string(what) + " is " + text(tensor.shape) + " and has to be " + text(weight.shape));
}

std::optional<Misuse> refused(Tensor input, Tensor weight, String mode) {
  if (mode != "layer" && mode != "rms" && mode != "instance") return badParam("there is no normalization " + std::string(mode));
  if (repeatsTo(weight.shape, input.shape)) return std::nullopt;
  return badParam("the scale " + text(weight.shape) + " does not repeat to " + text(input.shape) + ": each size has to be equal or 1");
}

constexpr auto entries =
    family(op(
               "cudnn::matmul(Tensor self, Tensor mat2) -> Tensor", [](Tensor self, Tensor mat2) -> Answer { return product(self, mat2); },
               "self: [B:1..64, 1..512, K:1..512]  mat2: [B, K, 1..512]"),
           op(
               "cudnn::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_bias=None, bool is_causal=False, "
               "bool stats=False) -> (Tensor, Tensor)",
               [](Tensor query, Tensor key, Tensor value, MaybeTensor bias, Openable<Bool>, Bool stats) -> Answer {
                 if (auto misuse = refused(query, key, value)) return *std::move(misuse);
                 const Shape& q = query.shape;
                 const Shape wanted = {q[0], q[1], q[2], key.shape[2]};
                 if (bias && !repeatsTo(bias->shape, wanted))
                   return badParam("the bias " + text(bias->shape) + " does not repeat to the scores " + text(wanted));
                 std::vector<TensorType> outputs = {{query.dtype, {q[0], q[1], q[2], value.shape[3]}}};
                 if (stats) outputs.push_back({DType::Float32, {q[0], q[1], q[2], 1}});
                 const std::int64_t perScore = addClamped(mulClamped(2, addClamped(q[3], value.shape[3])), bias ? 6 : 5);
                 return Effect{std::move(outputs), mulClamped(scores(query, key), perScore)};
               },
               "query: [B:1..16, H:1..16, L:1..512, E:32|64|128]  key: [B, H, S:1..512, E]  value: key"),
           op(
               "cudnn::scaled_dot_product_attention_backward(Tensor query, Tensor key, Tensor value, Tensor output, Tensor grad_output, "
               "Tensor stats, bool is_causal=False) -> (Tensor, Tensor, Tensor)",
               [](Tensor query, Tensor key, Tensor value, Tensor output, Tensor gradient, Tensor stats, Openable<Bool>) -> Answer {
                 if (auto misuse = refused(query, key, value)) return *std::move(misuse);
                 const Shape& q = query.shape;
                 const Shape wanted = {q[0], q[1], q[2], value.shape[3]};
                 for (const TensorType* tensor : {&output, &gradient})
                   if (tensor->shape != wanted)
                     return badParam("the output and its gradient are " + text(output.shape) + " and " + text(gradient.shape) +
                                     " and have to be " + text(wanted));
                 if (stats.shape != Shape{q[0], q[1], q[2], 1})
                   return badParam("the statistics are " + text(stats.shape) + " and have to be " + text(Shape{q[0], q[1], q[2], 1}));
                 // The scores again, and two products for each of their factors.
                 const std::int64_t perScore =
                     addClamped(mulClamped(2, addClamped(mulClamped(3, q[3]), mulClamped(2, value.shape[3]))), 10);
                 return Effect{{query, key, value}, mulClamped(scores(query, key), perScore)};
               },
               ""),
           op(
               "cudnn::normalization_forward(Tensor input, Tensor weight, Tensor? bias, str mode, bool training=False) -> (Tensor, Tensor, "
               "Tensor)",
               [](Tensor input, Tensor weight, MaybeTensor bias, String mode, Bool training) -> Answer {
                 if (auto misuse = refused(input, weight, mode)) return *std::move(misuse);
                 if (bias)
                   if (auto misuse = unlikeWeight("the bias", *bias, weight)) return *std::move(misuse);
                 std::vector<TensorType> outputs = {input};
                 const TensorType statistics{DType::Float32, statisticsOf(input.shape, weight.shape, mode)};
                 if (training) outputs.insert(outputs.end(), mode == "rms" ? 1 : 2, statistics);
                 return Effect{std::move(outputs), mulClamped(mode == "rms" ? 5 : 8, input.elements())};
               },
               "input: [1..4096, C:1..1024, 1, 1]  weight: [1, C, 1, 1]  bias: [1, C, 1, 1]  mode: 'layer'"),
           op(
               "cudnn::normalization_backward(Tensor grad_output, Tensor input, Tensor weight, str mode) -> (Tensor, Tensor, Tensor)",
               [](Tensor gradient, Tensor input, Tensor weight, String mode) -> Answer {
                 if (auto misuse = refused(input, weight, mode)) return *std::move(misuse);
                 if (gradient.shape != input.shape)
                   return badParam("the gradient of the output is " + text(gradient.shape) + " and has to be " + text(input.shape));
                 return Effect{{input, weight, weight}, mulClamped(11, input.elements())};
               },
               ""),
           op(
               "cudnn::genstats(Tensor input) -> (Tensor, Tensor)",
               [](Tensor input) -> Answer {
                 if (input.rank() < 2) return badParam("statistics need channels, the input is " + text(input.shape));
                 Shape shape(input.shape.size(), 1);
                 shape[1] = input.shape[1];
                 const TensorType sum{DType::Float32, std::move(shape)};
                 return Effect{{sum, sum}, mulClamped(3, input.elements())};
               },
               "input: [1..64, 1..512, 1..64, 1..64]"),
           op(
               "cudnn::reshape(Tensor self, int[] size) -> Tensor",
               [](Tensor self, IntList size) -> Answer {
                 TensorType result{self.dtype, {size.begin(), size.end()}};
                 if (result.elements() != self.elements())
                   return badParam("the tensor " + text(self.shape) + " cannot be reshaped to " + text(size));
                 return viewOf(self.dtype, std::move(result.shape));
               },
               ""));

} // namespace

constinit const Family families::cudnnGraph = {"cudnn graph", entries};

} // namespace cobra::ops
