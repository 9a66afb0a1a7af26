// Attention and look-ups (ATen/native/transformers/attention.cpp, Embedding.cpp, EmbeddingBag.cpp).
#include "predictor/ops/broadcast.h"
#include "predictor/ops/families.h"
#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

struct Attention {
  Tensor query, key, value;
  MaybeTensor mask;
  Float dropout;
  Bool causal, grouped;
};

std::optional<Misuse> refused(const Attention& call) {
  const auto& [query, key, value, mask, dropout, causal, grouped] = call;
  if (query.dtype != key.dtype || query.dtype != value.dtype)
    return Misuse{"Expected query, key, and value to have the same dtype, but got query.dtype: " + messageName(query.dtype) +
                  " key.dtype: " + messageName(key.dtype) + " and value.dtype: " + messageName(value.dtype) + " instead."};
  if (query.rank() < 2 || key.rank() < 2 || value.rank() < 2)
    return Misuse{"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: " + number(query.rank()) +
                  ", key.dim: " + number(key.rank()) + " and value.dim: " + number(value.rank()) + " instead."};
  if (mask != nullptr && mask->dtype != DType::Bool && mask->dtype != query.dtype && mask->dtype != DType::Float32)
    return Misuse{"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: " +
                  messageName(mask->dtype) + " and  query.dtype: " + messageName(query.dtype) + " instead."};
  if (mask != nullptr && causal) return Misuse{"_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"};
  if (mask != nullptr && mask->rank() < 2)
    return Misuse{"Dimension out of range (expected to be in range of [-" + number(std::max<Int>(1, mask->rank())) + ", " +
                  number(std::max<Int>(0, mask->rank() - 1)) + "], but got -2)"};
  if (!(dropout >= 0 && dropout <= 1)) return Misuse{"dropout probability has to be between 0 and 1, but got " + std::to_string(dropout)};
  return std::nullopt;
}

/// query [..., L, E], key [..., S, E], value [..., S, V] -> [..., L, V]: two products and a softmax of [...,
/// L, S].
Answer attention(const Attention& call) {
  if (auto misuse = refused(call)) return *std::move(misuse);
  const Shape &query = call.query.shape, &key = call.key.shape, &value = call.value.shape;
  const std::size_t q = query.size(), k = key.size(), v = value.size();
  if (query[q - 1] != key[k - 1] || key[k - 2] != value[v - 2])
    return Misuse{"mat1 and mat2 shapes cannot be multiplied: query " + text(query) + ", key " + text(key) + ", value " + text(value)};
  Shape keyBatch(key.begin(), key.end() - 2), valueBatch(value.begin(), value.end() - 2);
  const Shape queryBatch(query.begin(), query.end() - 2);
  if (call.grouped && !queryBatch.empty() && !keyBatch.empty() && !valueBatch.empty()) {
    // Each head of key and value serves a group of heads of the query.
    for (Shape* batch : {&keyBatch, &valueBatch}) {
      if (batch->back() == 0 || queryBatch.back() % batch->back() != 0)
        return Misuse{"Number of heads in key and value must divide the number of heads in query"};
      batch->back() = queryBatch.back();
    }
  }
  auto scores = broadcast(queryBatch, keyBatch);
  if (auto* misuse = std::get_if<Misuse>(&scores)) return *std::move(misuse);
  Shape batch = std::get<Shape>(std::move(scores));
  Shape weights = batch;
  weights.insert(weights.end(), {query[q - 2], key[k - 2]});
  if (call.mask != nullptr && !expandable(call.mask->shape, weights))
    return Misuse{"The expanded size of attn_mask " + text(call.mask->shape) + " must match the attention weights " + text(weights)};
  auto all = broadcast(batch, valueBatch);
  if (auto* misuse = std::get_if<Misuse>(&all)) return *std::move(misuse);
  TensorType output{call.query.dtype, std::get<Shape>(std::move(all))};
  output.shape.insert(output.shape.end(), {query[q - 2], value[v - 1]});
  // Scale, softmax and, if there is one, the mask.
  const std::int64_t each = addClamped(mulClamped(2, query[q - 1]), call.mask != nullptr || call.causal ? 7 : 6);
  std::int64_t flops = mulClamped(TensorType{call.query.dtype, weights}.elements(), each);
  flops = addClamped(flops, mulClamped(mulClamped(2, output.elements()), key[k - 2]));
  return Effect{{std::move(output)}, flops};
}

std::optional<Misuse> notAnIndex(std::string_view name, Tensor indices) {
  if (indices.dtype == DType::Int64 || indices.dtype == DType::Int32) return std::nullopt;
  return Misuse{"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, "
                "Int; but got " +
                messageName(indices.dtype) + " instead (while checking arguments for " + std::string(name) + ")"};
}

/// weight [V, D], indices [...] -> [..., D]. Only the rows that are looked up are read.
Answer embedding(Tensor weight, Tensor indices) {
  if (weight.rank() != 2) return Misuse{"'weight' must be 2-D"};
  if (auto misuse = notAnIndex("embedding", indices)) return *std::move(misuse);
  if (weight.shape[0] == 0 && indices.elements() > 0) return Misuse{"index_select(): self indexing axis dim should be positive"};
  TensorType output{weight.dtype, indices.shape};
  output.shape.push_back(weight.shape[1]);
  const std::int64_t bytes = addClamped(indices.bytes(), mulClamped(2, output.bytes()));
  return Effect{{std::move(output)}, 0, bytes};
}

enum BagMode : std::int64_t { bagSum, bagMean, bagMax };

struct Bags {
  Tensor weight, indices, offsets;
  Int mode;
  MaybeTensor perSample;
  bool lastOffset;
};

std::optional<Misuse> refused(const Bags& call) {
  if (call.weight.rank() != 2) return Misuse{"embedding_bag: Expected weight to be 2D, got " + number(call.weight.rank()) + "D"};
  if (call.indices.rank() != 1 && call.indices.rank() != 2)
    return Misuse{"input has to be a 1D or 2D Tensor, but got Tensor of dimension " + number(call.indices.rank())};
  if (call.indices.rank() == 1 && call.offsets.rank() != 1)
    return Misuse{"offsets has to be a 1D Tensor, but got Tensor of dimension " + number(call.offsets.rank())};
  for (const TensorType* tensor : {&call.indices, &call.offsets})
    if (auto misuse = notAnIndex("embedding_bag", *tensor)) return misuse;
  if (call.mode < bagSum || call.mode > bagMax)
    return Misuse{"embedding_bag: mode has to be 0 (sum), 1 (mean) or 2 (max), but got " + number(call.mode)};
  if (call.perSample == nullptr) return std::nullopt;
  if (call.mode != bagSum)
    return Misuse{"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
                  "mode='sum'"};
  if (call.perSample->dtype != call.weight.dtype) return Misuse{"expected weight and per_sample_weights to have the same dtype"};
  if (call.perSample->shape != call.indices.shape)
    return Misuse{"expected per_sample_weights to have the same shape as indices, got " + text(call.perSample->shape) + " and " +
                  text(call.indices.shape)};
  return std::nullopt;
}

/// weight [V, D], indices [I], offsets [B] -> sums, means or maxima [B, D], then what the backward pass would
/// need: the bag of each index, the bags' sizes, and the places of the maxima.
Answer embeddingBag(const Bags& call) {
  if (auto misuse = refused(call)) return *std::move(misuse);
  const std::int64_t indices = call.indices.elements(), dim = call.weight.shape[1];
  const std::int64_t bags = call.offsets.shape[0] - (call.lastOffset ? 1 : 0);
  if (bags < 0) return Misuse{"include_last_offset: numBags should be at least 1"};
  const TensorType output{call.weight.dtype, {bags, dim}};
  const DType index = call.offsets.dtype;
  // float32 sums have a kernel that needs no list of bags.
  const bool direct = call.mode == bagSum && call.weight.dtype != DType::Float64;
  const std::int64_t read = mulClamped(mulClamped(indices, dim), byteSize(call.weight.dtype));
  return Effect{{output, {index, {direct ? 0 : indices}}, {index, {bags}}, {index, call.mode == bagMax ? Shape{bags, dim} : Shape{bags}}},
                mulClamped(indices, dim),
                addClamped(addClamped(call.indices.bytes(), call.offsets.bytes()), addClamped(read, output.bytes()))};
}

Answer oneHot(Tensor self, Int classes) {
  if (self.dtype != DType::Int64) return Misuse{"one_hot is only applicable to index tensor of type LongTensor."};
  if (self.elements() == 0 && classes <= 0) return Misuse{"Can not infer total number of classes from empty tensor."};
  // The largest index decides.
  if (classes == -1) return Unknown{"self"};
  if (classes < 1) return Misuse{"num_classes should be positive"};
  TensorType output{DType::Int64, self.shape};
  output.shape.push_back(classes);
  return Effect{{std::move(output)}, 0};
}

constexpr std::string_view bagSpace = "weight: [1..50000, 1..512]  indices: i64[1..2048]  offsets: i64[1..64]  mode: 0|1|1|2  "
                                      "scale_grad_by_freq: False  sparse: False  include_last_offset: False";

constexpr auto entries = family(
    op(
        "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? "
        "attn_mask=None, float dropout_p=0., "
        "bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
        [](Tensor query, Tensor key, Tensor value, MaybeTensor mask, Float dropout, Bool causal, Openable<MaybeFloat>,
           Bool grouped) -> Answer { return attention({query, key, value, mask, dropout, causal, grouped}); },
        "query: [B:1..16, H:1..16, L:1..512, E:8|16|32|64|128]  key: [B, H, S:1..512, E] | [B, H, L, "
        "E]  value: key  "
        "attn_mask: None | None | [size(query, 2), size(key, 2)]  is_causal: False|True"),
    op(
        "aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool "
        "scale_grad_by_freq=False, bool "
        "sparse=False) -> Tensor",
        [](Tensor weight, Tensor indices, Openable<Int>, Openable<Bool>, Openable<Bool>) -> Answer { return embedding(weight, indices); },
        "weight: [1..50000, 1..1024]  indices: i64[1..64, 1..512] | i64[1..256]"),
    op(
        "aten::embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool "
        "scale_grad_by_freq=False, int mode=0, bool "
        "sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False) -> (Tensor, "
        "Tensor, Tensor, Tensor)",
        [](Tensor weight, Tensor indices, Tensor offsets, Openable<Bool>, Int mode, Openable<Bool>, MaybeTensor perSample,
           Bool lastOffset) -> Answer { return embeddingBag({weight, indices, offsets, mode, perSample, lastOffset}); },
        bagSpace),
    op(
        "aten::embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool "
        "scale_grad_by_freq, int mode, bool "
        "sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> (Tensor, "
        "Tensor, Tensor, Tensor)",
        [](Tensor weight, Tensor indices, Tensor offsets, Openable<Bool>, Int mode, Openable<Bool>, MaybeTensor perSample, Bool lastOffset,
           Openable<MaybeInt>) -> Answer { return embeddingBag({weight, indices, offsets, mode, perSample, lastOffset}); },
        bagSpace),
    op(
        "aten::one_hot(Tensor self, int num_classes=-1) -> Tensor",
        [](Tensor self, Int classes) -> Answer { return oneHot(self, classes); },
        "self: i64[1..64, 1..512] | i64[1..1024]  num_classes: 1..1000"));

} // namespace

constinit const Family families::attention = {"attention", entries};

} // namespace cobra::ops
