// Puts networks together, one module or function call after the other. Shapes follow from the registry's rules.
#pragma once

#include "runtime-probe/networks/network.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cobra::probe {

/// A convolution, square.
struct ConvShape {
  std::int64_t out = 1, kernel = 1, stride = 1, padding = 0, groups = 1;
  bool bias = false;
};

/// A call that LibTorch would refuse breaks the network: broken() says so, and every later value has no shape.
class Builder {
public:
  /// A tensor inside the network.
  struct Value {
    int step = -1; // -1: the input
    std::string text = "x";
    Shape shape;
  };

  explicit Builder(TensorType input);
  const Value& input() const { return input_; }
  bool broken() const { return broken_; }
  std::size_t size() const { return network_.steps.size(); }

  // Modules with what they learn.
  Value conv(const Value& x, const ConvShape& shape);
  Value batchNorm(const Value& x);
  Value layerNorm(const Value& x); // over the last dimension
  Value linear(const Value& x, std::int64_t out);
  /// Twice the size; channels to `out`.
  Value upConv(const Value& x, std::int64_t out);

  // Functions of one tensor without further arguments: relu, gelu, silu, sigmoid, hardswish, hardsigmoid.
  Value pointwise(std::string_view name, const Value& x);
  Value relu(const Value& x) { return pointwise("relu", x); }
  Value add(const Value& a, const Value& b);
  Value multiply(const Value& a, const Value& b);
  Value zero(const Value& x); // x times 0, as NAS-Bench-201 has it
  Value maxPool(const Value& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0);
  Value averagePool(const Value& x, std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0, bool countPadding = true);
  Value globalPool(const Value& x); // to 1 x 1
  Value flatten(const Value& x, std::int64_t from);
  Value cat(const std::vector<Value>& values, std::int64_t dim);
  Value mean(const Value& x, std::int64_t dim);
  Value transpose(const Value& x, std::int64_t a, std::int64_t b);
  Value permute(const Value& x, const std::vector<std::int64_t>& dims);
  Value reshape(const Value& x, const Shape& shape);
  std::vector<Value> unbind(const Value& x, std::int64_t dim);
  Value attention(const Value& query, const Value& key, const Value& value);

  // What is written again and again.
  Value convNorm(const Value& x, const ConvShape& shape) { return batchNorm(conv(x, shape)); }
  Value convNormRelu(const Value& x, const ConvShape& shape) { return relu(convNorm(x, shape)); }

  /// The finished network, `output` its result.
  Network take(std::string name, const Value& output) &&;

private:
  using Named = std::pair<std::string_view, Argument>;
  /// Adds an operator. Arguments that are not named take the schema's defaults. Gives the step's number.
  int step(std::string_view fullName, std::vector<Named> arguments, const std::vector<const Value*>& read, std::int64_t parameters = 0);
  /// A new variable for the one output of a step.
  Value variable(int step, const std::string& expression);
  /// Registers a torch::nn module that is made with `arguments`. Gives its name.
  std::string member(const std::string& type, std::string_view prefix, const std::string& arguments, std::int64_t learned);
  TensorType type(const Value& value) const { return tensor(value.shape); }
  TensorType tensor(Shape shape) const { return {network_.input.dtype, std::move(shape)}; }

  Network network_;
  Value input_;
  bool broken_ = false;
};

} // namespace cobra::probe
