#include "predictor/ops/space.h"

#include "predictor/ops/space_notation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

namespace cobra::ops {
namespace {

using space::Node;

/// Draws that LibTorch would refuse are drawn anew; a space that is refused more often than this is no use.
constexpr int maxTries = 400;

/// What a drawn value is for.
struct Wanted {
  Kind kind = Kind::Int;
  bool list = false;
};

/// One attempt: draws the parameters in the order of the space.
class Draw {
public:
  Draw(const Operator& op, std::mt19937_64& random) : op_(op), random_(random) {}

  std::optional<std::vector<Argument>> arguments(const space::Space& space) {
    std::vector<Argument> result;
    for (const Parameter& parameter : op_.parameters()) result.push_back(parameter.hasDefault ? parameter.defaultValue : Argument(None{}));
    for (const auto& [name, node] : space) {
      const int at = op_.indexOf(name);
      if (at < 0) return std::nullopt;
      const Parameter& parameter = op_.parameters()[static_cast<std::size_t>(at)];
      auto value = draw(node, {parameter.kind, parameter.list});
      if (!value) return std::nullopt;
      named_[name] = *value;
      result[static_cast<std::size_t>(at)] = *std::move(value);
    }
    return result;
  }

private:
  using Drawn = std::optional<Argument>;
  using Function = Drawn (Draw::*)(const Node& call);
  struct NamedFunction {
    std::string_view name;
    Function function;
  };

  std::int64_t below(std::int64_t count) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count)); }
  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  Drawn draw(const Node& node, Wanted wanted) {
    switch (node.type) {
    case Node::Type::Integer: return Argument(node.integer);
    case Node::Type::Real: return Argument(node.real);
    case Node::Type::Text: return Argument(node.text);
    case Node::Type::Word: return word(node.text);
    case Node::Type::List: return list(node, wanted);
    case Node::Type::Choice:
      return draw(node.children[static_cast<std::size_t>(below(static_cast<std::int64_t>(node.children.size())))], wanted);
    case Node::Type::Range: return range(node);
    case Node::Type::Sum: return sum(node);
    case Node::Type::Bind: {
      Drawn value = draw(node.children.front(), wanted);
      if (value) named_[node.text] = *value;
      return value;
    }
    case Node::Type::Repeat: return std::nullopt; // list() takes them
    case Node::Type::Call: return call(node);
    }
    return std::nullopt;
  }

  Drawn word(const std::string& text) const {
    if (const auto at = named_.find(text); at != named_.end()) return at->second;
    if (text == "None") return Argument(None{});
    if (text == "True" || text == "False") return Argument(text == "True");
    if (const auto dtype = dtypeFromName(text)) return Argument(*dtype);
    return std::nullopt;
  }

  std::optional<std::int64_t> integer(const Node& node) {
    const Drawn value = draw(node, {});
    const auto* found = value ? std::get_if<std::int64_t>(&*value) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }

  /// Log-uniform from 1 up, uniform where the range starts at 0 or below, and for fractions.
  Drawn range(const Node& node) {
    const Drawn low = draw(node.children[0], {}), high = draw(node.children[1], {});
    if (!low || !high) return std::nullopt;
    const auto* first = std::get_if<std::int64_t>(&*low);
    const auto* last = std::get_if<std::int64_t>(&*high);
    if (first != nullptr && last != nullptr) {
      if (*last < *first) return std::nullopt;
      if (*first <= 0) return Argument(*first + below(*last - *first + 1));
      const double logarithm =
          std::log(static_cast<double>(*first)) + fraction() * std::log((static_cast<double>(*last) + 1) / static_cast<double>(*first));
      return Argument(std::clamp(static_cast<std::int64_t>(std::exp(logarithm)), *first, *last));
    }
    const auto* from = std::get_if<double>(&*low);
    const auto* to = std::get_if<double>(&*high);
    if (from == nullptr || to == nullptr) return std::nullopt;
    return Argument(*from + fraction() * (*to - *from));
  }

  Drawn sum(const Node& node) {
    const auto left = integer(node.children[0]), right = integer(node.children[1]);
    if (!left || !right) return std::nullopt;
    switch (node.sign) {
    case '+': return Argument(addClamped(*left, *right));
    case '-': return Argument(addClamped(*left, mulClamped(-1, *right)));
    case '*': return Argument(mulClamped(*left, *right));
    default: break;
    }
    // Division has to come out even.
    if (*right <= 0 || *left % *right != 0) return std::nullopt;
    return Argument(*left / *right);
  }

  /// The items, repeated ones written out.
  std::optional<std::vector<Argument>> items(const Node& node, Wanted wanted) {
    std::vector<Argument> result;
    for (const Node& child : node.children) {
      const bool repeated = child.type == Node::Type::Repeat;
      const auto count = repeated ? integer(child.children[1]) : std::optional<std::int64_t>(1);
      if (!count) return std::nullopt;
      for (std::int64_t i = 0; i < *count; ++i) {
        Drawn value = draw(repeated ? child.children[0] : child, wanted);
        if (!value) return std::nullopt;
        result.push_back(*std::move(value));
      }
    }
    return result;
  }

  template <typename T> static std::optional<std::vector<T>> allOf(const std::vector<Argument>& values) {
    std::vector<T> result;
    for (const Argument& value : values) {
      const auto* item = std::get_if<T>(&value);
      if (item == nullptr) return std::nullopt;
      result.push_back(*item);
    }
    return result;
  }

  Drawn list(const Node& node, Wanted wanted) {
    const bool tensors = wanted.kind == Kind::Tensor && wanted.list;
    const auto values = items(node, tensors ? Wanted{Kind::Tensor, false} : Wanted{});
    if (!values) return std::nullopt;
    if (tensors) return tensorList(*values);
    if (wanted.kind == Kind::Tensor) {
      const auto dtype = node.text.empty() ? DType::Float32 : dtypeFromName(node.text);
      auto shape = allOf<std::int64_t>(*values);
      if (!dtype || !shape) return std::nullopt;
      return TensorType{*dtype, *std::move(shape)};
    }
    if (wanted.kind == Kind::Float) return asArgument(allOf<double>(*values));
    if (wanted.kind == Kind::Bool) return asArgument(allOf<bool>(*values));
    return asArgument(allOf<std::int64_t>(*values));
  }
  template <typename T> static Drawn asArgument(std::optional<std::vector<T>> list) {
    if (!list) return std::nullopt;
    return Argument(*std::move(list));
  }
  static Drawn tensorList(const std::vector<Argument>& values) {
    TensorList result;
    for (const Argument& value : values) {
      const auto* type = std::get_if<TensorType>(&value);
      if (type == nullptr && !std::holds_alternative<None>(value)) return std::nullopt;
      result.push_back(type != nullptr ? std::optional(*type) : std::nullopt);
    }
    return Argument(std::move(result));
  }

  /// The tensor that a function's first argument names.
  const TensorType* tensor(const Node& call) const {
    const Node& first = call.children.front();
    const auto at = named_.find(first.text);
    return first.type != Node::Type::Word || at == named_.end() ? nullptr : std::get_if<TensorType>(&at->second);
  }

  Drawn call(const Node& node) {
    static constexpr std::array<NamedFunction, 8> functions = {{{"axes", &Draw::axes},
                                                                {"axis", &Draw::axis},
                                                                {"max", &Draw::maximum},
                                                                {"min", &Draw::minimum},
                                                                {"permutation", &Draw::permutation},
                                                                {"rank", &Draw::rank},
                                                                {"size", &Draw::size},
                                                                {"sizes", &Draw::sizes}}};
    const auto at = std::ranges::find(functions, node.text, &NamedFunction::name);
    return at == functions.end() ? std::nullopt : (this->*at->function)(node);
  }

  Drawn rank(const Node& node) {
    const TensorType* of = tensor(node);
    return of == nullptr ? std::nullopt : Drawn(Argument(of->rank()));
  }
  Drawn axis(const Node& node) {
    const TensorType* of = tensor(node);
    if (of == nullptr) return std::nullopt;
    const std::int64_t rank = std::max<std::int64_t>(1, of->rank());
    return Argument(below(2 * rank) - rank);
  }
  std::vector<std::int64_t> shuffled(const TensorType& of) {
    std::vector<std::int64_t> result(of.shape.size());
    std::iota(result.begin(), result.end(), 0);
    for (std::size_t i = result.size(); i > 1; --i)
      std::swap(result[i - 1], result[static_cast<std::size_t>(below(static_cast<std::int64_t>(i)))]);
    return result;
  }
  Drawn permutation(const Node& node) {
    const TensorType* of = tensor(node);
    return of == nullptr ? std::nullopt : Drawn(Argument(shuffled(*of)));
  }
  Drawn axes(const Node& node) {
    const TensorType* of = tensor(node);
    if (of == nullptr) return std::nullopt;
    std::vector<std::int64_t> result = shuffled(*of);
    if (!result.empty()) result.resize(static_cast<std::size_t>(1 + below(of->rank())));
    for (std::int64_t& axis : result) axis -= below(2) * of->rank();
    return Argument(std::move(result));
  }
  Drawn sizes(const Node& node) {
    const TensorType* of = tensor(node);
    return of == nullptr ? std::nullopt : Drawn(Argument(of->shape));
  }
  Drawn size(const Node& node) {
    const TensorType* of = tensor(node);
    const auto axis = node.children.size() == 2 ? integer(node.children[1]) : std::nullopt;
    if (of == nullptr || !axis || *axis >= of->rank() || *axis < -of->rank()) return std::nullopt;
    return Argument(of->shape[static_cast<std::size_t>(*axis < 0 ? *axis + of->rank() : *axis)]);
  }
  Drawn minimum(const Node& node) { return extreme(node, true); }
  Drawn maximum(const Node& node) { return extreme(node, false); }
  Drawn extreme(const Node& node, bool smallest) {
    std::optional<std::int64_t> best;
    for (const Node& child : node.children) {
      const auto value = integer(child);
      if (!value) return std::nullopt;
      best = !best ? *value : smallest ? std::min(*best, *value) : std::max(*best, *value);
    }
    return best ? Drawn(Argument(*best)) : std::nullopt;
  }

  const Operator& op_;
  std::mt19937_64& random_;
  std::map<std::string, Argument, std::less<>> named_; // sizes and the parameters drawn so far
};

} // namespace

std::optional<std::vector<Argument>> sample(const Operator& op, std::mt19937_64& random) {
  const auto parsed = space::parse(op.space());
  const auto* space = std::get_if<space::Space>(&parsed);
  if (space == nullptr || (space->empty() && !op.parameters().empty())) return std::nullopt;
  for (int i = 0; i < maxTries; ++i) {
    auto arguments = Draw(op, random).arguments(*space);
    if (arguments && std::holds_alternative<Effect>(evaluate(op, *arguments))) return arguments;
  }
  return std::nullopt;
}

std::optional<std::string> spaceMistake(const Operator& op) {
  const auto parsed = space::parse(op.space());
  const std::string where = "the space of " + std::string(op.fullName()) + ": ";
  if (const auto* mistake = std::get_if<space::Mistake>(&parsed)) return where + mistake->sentence;
  for (const auto& [name, node] : std::get<space::Space>(parsed))
    if (op.indexOf(name) < 0) return where + "there is no parameter '" + name + "'";
  for (const Parameter& parameter : op.parameters()) {
    const auto& space = std::get<space::Space>(parsed);
    const bool drawn = std::ranges::find(space, parameter.name, &space::Assignment::parameter) != space.end();
    if (!drawn && !parameter.hasDefault && !parameter.optional) return where + "nothing is said about '" + parameter.name + "'";
  }
  return std::nullopt;
}

} // namespace cobra::ops
