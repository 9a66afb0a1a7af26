// Sizes that an input usually has, given the operator that reads it first. Whatever is taken from here is shown as assumed.
#include "analyzer/interp/input_readers.h"

#include <array>
#include <utility>

namespace cobra::interp {

namespace {
// Pictures, then the screens and boards of games.
constexpr std::array<std::int64_t, 16> imageSizes = {224, 32, 28, 64, 96, 128, 227, 256, 299, 512, 84, 8, 19, 9, 15, 16};
constexpr std::array<std::int64_t, 16> greySizes = {28, 32, 64, 224, 96, 128, 227, 256, 299, 512, 84, 8, 19, 9, 15, 16};

const TensorType* tensorAt(const FirstReader& r, std::size_t i) {
  return i < r.arguments.size() ? std::get_if<TensorType>(&r.arguments[i]) : nullptr;
}

std::int64_t groupsOf(const FirstReader& r) {
  auto* g = r.arguments.empty() ? nullptr : std::get_if<std::int64_t>(&r.arguments.back());
  return g && *g > 0 ? *g : 1;
}

using Guess = std::vector<TensorType> (*)(const FirstReader&);

std::vector<TensorType> images(const FirstReader& r) {
  const TensorType* w = tensorAt(r, 1);
  if (!w || w->rank() != 4) return {};
  std::int64_t channels = mulClamped(w->shape[1], groupsOf(r));
  std::vector<TensorType> out;
  for (std::int64_t s : channels == 1 ? greySizes : imageSizes) out.push_back({DType::Float32, {1, channels, s, s}});
  return out;
}
std::vector<TensorType> codes(const FirstReader& r) { // transposed convolutions read small maps
  const TensorType* w = tensorAt(r, 1);
  if (!w || w->rank() != 4) return {};
  std::vector<TensorType> out;
  for (std::int64_t s : {1, 4, 7, 8, 16, 32}) out.push_back({DType::Float32, {1, w->shape[0], s, s}});
  return out;
}
std::vector<TensorType> series(const FirstReader& r) {
  const TensorType* w = tensorAt(r, 1);
  if (!w || w->rank() != 3) return {};
  std::vector<TensorType> out;
  for (std::int64_t s : {128, 256, 1024, 16000}) out.push_back({DType::Float32, {1, mulClamped(w->shape[1], groupsOf(r)), s}});
  return out;
}
std::vector<TensorType> volumes(const FirstReader& r) {
  const TensorType* w = tensorAt(r, 1);
  if (!w || w->rank() != 5) return {};
  std::vector<TensorType> out;
  for (std::int64_t s : {112, 64, 32}) out.push_back({DType::Float32, {1, mulClamped(w->shape[1], groupsOf(r)), 16, s, s}});
  return out;
}
std::vector<TensorType> rows(const FirstReader& r) {
  const TensorType* w = tensorAt(r, 1);
  if (!w || w->rank() != 2) return {};
  return {{DType::Float32, {1, w->shape[1]}}, {DType::Float32, {1, 16, w->shape[1]}}};
}
std::vector<TensorType> tokens(const FirstReader&) { return {{DType::Int64, {1, 16}}, {DType::Int64, {16}}}; }
std::vector<TensorType> sequences(const FirstReader& r) {
  auto* size = r.arguments.empty() ? nullptr : std::get_if<std::int64_t>(&r.arguments[0]);
  if (!size) return {};
  return {{DType::Float32, {1, 16, *size}}};
}
std::vector<TensorType> steps(const FirstReader& r) {
  auto* size = r.arguments.empty() ? nullptr : std::get_if<std::int64_t>(&r.arguments[0]);
  if (!size) return {};
  return {{DType::Float32, {1, *size}}};
}
/// Normalized sizes are the last ones.
std::vector<TensorType> normalized(const FirstReader& r) {
  auto* size = r.arguments.size() > 1 ? std::get_if<std::vector<std::int64_t>>(&r.arguments[1]) : nullptr;
  if (!size || size->empty()) return {};
  Shape shape = *size;
  shape.insert(shape.begin(), size->size() == 1 ? 16 : 1);
  if (size->size() == 1) shape.insert(shape.begin(), 1);
  return {{DType::Float32, std::move(shape)}};
}
std::vector<TensorType> flat(const FirstReader& r) {
  auto* size = r.arguments.size() > 1 ? std::get_if<std::vector<std::int64_t>>(&r.arguments[1]) : nullptr;
  if (!size) return {};
  std::int64_t n = 1;
  for (std::int64_t s : *size) n = mulClamped(n, s > 0 ? s : 1);
  return {{DType::Float32, {1, n}}};
}

/// Maps, rows or series of as many channels as are normalized.
std::vector<TensorType> maps(std::int64_t channels) {
  return {{DType::Float32, {1, channels, 56, 56}}, {DType::Float32, {2, channels}}, {DType::Float32, {1, channels, 128}}};
}
std::vector<TensorType> batchNormalized(const FirstReader& r) {
  for (std::size_t i = 1; i < 5; ++i) // weight, bias, mean, variance
    if (const TensorType* w = tensorAt(r, i); w && w->rank() == 1) return maps(w->shape[0]);
  return {};
}
std::vector<TensorType> groupNormalized(const FirstReader& r) {
  const TensorType* w = tensorAt(r, 2);
  return w && w->rank() == 1 ? maps(w->shape[0]) : std::vector<TensorType>();
}
/// What is pooled says nothing of its channels.
std::vector<TensorType> pooled(const FirstReader&) {
  std::vector<TensorType> out = {{DType::Float32, {1, 64, 56, 56}}, {DType::Float32, {1, 3, 224, 224}}};
  for (std::int64_t channels : {128, 256, 512, 32, 16, 1}) out.push_back({DType::Float32, {1, channels, 28, 28}});
  return out;
}

constexpr std::pair<std::string_view, Guess> guesses[] = {
    {"aten::batch_norm", batchNormalized},
    {"aten::group_norm", groupNormalized},
    {"aten::adaptive_avg_pool2d", pooled},
    {"aten::max_pool2d", pooled},
    {"aten::avg_pool2d", pooled},
    {"aten::conv2d", images},
    {"aten::conv_transpose2d", codes},
    {"aten::conv1d", series},
    {"aten::conv3d", volumes},
    {"aten::linear", rows},
    {"aten::embedding", tokens},
    {"aten::view", flat},
    {"aten::reshape", flat},
    {"aten::layer_norm", normalized},
    {"recurrent", sequences},
    {"recurrent cell", steps},
};
} // namespace

void InputReaders::note(FirstReader reader, const WhyRef& because) {
  for (const Why* w = because.get(); w; w = w->because.get())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].get() == w) {
        if (readers[i].op.empty() && !likelyInputs(reader).empty()) readers[i] = std::move(reader);
        return;
      }
}

std::vector<TensorType> likelyInputs(const FirstReader& reader) {
  for (auto& [op, guess] : guesses)
    if (reader.op == op) return guess(reader);
  return {};
}

} // namespace cobra::interp
