#include "runtime-probe/networks/nas_bench_201.h"

#include "runtime-probe/networks/builder.h"

#include <algorithm>

namespace cobra::probe::nas201 {
namespace {

using Value = Builder::Value;

Value reluConvNorm(Builder& builder, const Value& x, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
  return builder.convNorm(builder.relu(x), {.out = out, .kernel = kernel, .stride = stride, .padding = kernel / 2});
}

struct Operation {
  std::string_view name;
  Value (*apply)(Builder& builder, const Value& x);
};
constexpr std::array<Operation, 5> operations = {{
    {"none", [](Builder& b, const Value& x) { return b.zero(x); }},
    {"skip_connect", [](Builder&, const Value& x) { return x; }},
    {"nor_conv_1x1", [](Builder& b, const Value& x) { return reluConvNorm(b, x, x.shape[1], 1); }},
    {"nor_conv_3x3", [](Builder& b, const Value& x) { return reluConvNorm(b, x, x.shape[1], 3); }},
    {"avg_pool_3x3", [](Builder& b, const Value& x) { return b.averagePool(x, 3, 1, 1, false); }},
}};

Value cellOn(Builder& builder, const Cell& cell, const Value& x) {
  std::vector<Value> nodes{x};
  auto operation = cell.begin();
  for (int to = 1; to < 4; ++to) {
    std::optional<Value> sum;
    for (int from = 0; from < to; ++from) {
      const Operation& chosen = operations[static_cast<std::size_t>(*operation++)];
      Value value = chosen.apply(builder, nodes[static_cast<std::size_t>(from)]);
      sum = sum ? builder.add(*sum, value) : value;
    }
    nodes.push_back(*sum);
  }
  return nodes.back();
}

/// Halves the image and doubles the channels.
Value downBlock(Builder& builder, const Value& x) {
  std::int64_t out = 2 * x.shape[1];
  Value main = reluConvNorm(builder, reluConvNorm(builder, x, out, 3, 2), out, 3);
  return builder.add(builder.conv(builder.averagePool(x, 2, 2), {.out = out}), main);
}

} // namespace

Cell cellOf(std::int64_t number) {
  Cell cell{};
  for (int& operation : cell) {
    operation = static_cast<int>(number % 5);
    number /= 5;
  }
  return cell;
}

std::string print(const Cell& cell) {
  std::string text;
  auto operation = cell.begin();
  for (int to = 1; to < 4; ++to) {
    text += to > 1 ? "+|" : "|";
    for (int from = 0; from < to; ++from)
      text += std::string(operations[static_cast<std::size_t>(*operation++)].name) + "~" + std::to_string(from) + "|";
  }
  return text;
}

std::optional<Cell> parse(std::string_view text) {
  Cell cell{};
  std::size_t filled = 0;
  for (std::size_t at = 0; at < text.size() && filled < cell.size();) {
    std::size_t end = std::min(text.find_first_of("|+~", at), text.size());
    std::string_view word = text.substr(at, end - at);
    auto found = std::ranges::find(operations, word, &Operation::name);
    if (found != operations.end()) cell[filled++] = static_cast<int>(found - operations.begin());
    at = end + 1;
  }
  if (filled < cell.size() || print(cell) != text) return std::nullopt;
  return cell;
}

Network build(const Cell& cell, std::int64_t batch, std::int64_t classes) {
  Builder builder({DType::Float32, {batch, 3, 32, 32}});
  Value x = builder.convNorm(builder.input(), {.out = 16, .kernel = 3, .padding = 1});
  for (int stage = 0; stage < 3; ++stage) {
    if (stage > 0) x = downBlock(builder, x);
    for (int i = 0; i < 5; ++i) x = cellOn(builder, cell, x);
  }
  x = builder.relu(builder.batchNorm(x));
  x = builder.linear(builder.flatten(builder.globalPool(x), 1), classes);
  return std::move(builder).take(print(cell), x);
}

} // namespace cobra::probe::nas201
