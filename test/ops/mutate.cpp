#include "test/ops/mutate.h"

#include "test/ops/table.h"

#include <array>
#include <utility>

namespace cobra::test {
namespace {

class Mutator {
public:
  Mutator(const ops::Operator& op, std::span<const Argument> arguments) : op_(op), arguments_(arguments) {}

  std::vector<Mutation> all() {
    for (index_ = 0; index_ < arguments_.size(); ++index_) {
      std::visit([this](const auto& value) { change(value); }, arguments_[index_]);
      const auto& parameter = op_.parameters()[index_];
      if (parameter.optional && !std::holds_alternative<None>(arguments_[index_])) add("left out", None{});
    }
    return std::move(result_);
  }

private:
  void add(const std::string& what, Argument value) {
    std::vector<Argument> changed(arguments_.begin(), arguments_.end());
    changed[index_] = std::move(value);
    result_.push_back({op_.parameters()[index_].name + ": " + what, std::move(changed)});
  }

  /// Every change of a tensor, handed to `put` with what was done.
  template <class Put> void changeTensor(const TensorType& type, Put put) {
    for (std::size_t d = 0; d < type.shape.size(); ++d) {
      for (std::int64_t size : {type.shape[d] + 1, std::int64_t{1}, std::int64_t{0}}) {
        if (size == type.shape[d]) continue;
        TensorType other = type;
        other.shape[d] = size;
        put("size " + std::to_string(d) + " is " + std::to_string(size) + " instead of " + std::to_string(type.shape[d]), other);
      }
    }
    if (!type.shape.empty()) {
      TensorType fewer = type;
      fewer.shape.erase(fewer.shape.begin());
      put("first dimension dropped", fewer);
    }
    TensorType more = type;
    more.shape.insert(more.shape.begin(), 2);
    put("a dimension of 2 in front", more);
    for (DType dtype : {DType::Float32, DType::Float64, DType::Int64, DType::Bool}) {
      if (dtype == type.dtype) continue;
      TensorType other = type;
      other.dtype = dtype;
      put("dtype " + std::string(longName(dtype)), other);
    }
  }

  void change(const TensorType& type) {
    changeTensor(type, [this](const std::string& what, const TensorType& other) { add(what, other); });
  }

  void change(std::int64_t value) {
    for (std::int64_t other : {std::int64_t{-1}, std::int64_t{0}, value + 1, value - 1, -value})
      if (other != value) add(std::to_string(other) + " instead of " + std::to_string(value), other);
  }

  void change(const std::vector<std::int64_t>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::int64_t other : {std::int64_t{-1}, std::int64_t{0}, list[i] + 1}) {
        if (other == list[i]) continue;
        auto changed = list;
        changed[i] = other;
        add("item " + std::to_string(i) + " is " + std::to_string(other) + " instead of " + std::to_string(list[i]), changed);
      }
    }
    auto longer = list;
    longer.push_back(list.empty() ? 1 : list.back());
    add("one item more", longer);
    if (!list.empty()) add("one item fewer", std::vector<std::int64_t>(list.begin(), list.end() - 1));
  }

  void change(const TensorList& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!list[i]) continue;
      changeTensor(*list[i], [&](const std::string& what, const TensorType& other) {
        TensorList changed = list;
        changed[i] = other;
        add("tensor " + std::to_string(i) + ": " + what, changed);
      });
    }
    if (list.empty()) return;
    add("last tensor dropped", TensorList(list.begin(), list.end() - 1));
    add("no tensors", TensorList{});
  }

  void change(bool value) { add(value ? "False" : "True", !value); }

  void change(DType value) {
    for (DType other : {DType::Float32, DType::Int64, DType::Bool})
      if (other != value) add("dtype " + std::string(longName(other)), other);
  }

  void change(double value) {
    for (double other : {-1.0, 0.0, 1.5})
      if (other != value) add(std::to_string(other) + " instead of " + std::to_string(value), other);
  }

  void change(const None&) {
    if (op_.parameters()[index_].kind == ops::Kind::ScalarType) {
      for (DType dtype : {DType::Float32, DType::Int64}) add("dtype " + std::string(longName(dtype)), dtype);
    }
  }

  void change(const std::string&) {
    if (op_.parameters()[index_].kind == ops::Kind::String) add("a word that nothing means", std::string("nonsense"));
  }

  template <class Other> void change(const Other&) {}

  const ops::Operator& op_;
  std::span<const Argument> arguments_;
  std::size_t index_ = 0;
  std::vector<Mutation> result_;
};

} // namespace

std::vector<Mutation> mutations(const ops::Operator& op, std::span<const Argument> arguments) { return Mutator(op, arguments).all(); }

} // namespace cobra::test
