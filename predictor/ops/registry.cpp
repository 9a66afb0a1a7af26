#include "predictor/ops/registry.h"

#include "predictor/ops/defaults.h"
#include "predictor/ops/families.h"

#include <algorithm>
#include <map>

namespace cobra::ops {

/// Reads every entry once, at first use.
class RegistryBuilder {
public:
  static std::vector<Operator> build() {
    std::vector<std::pair<const Entry*, std::string_view>> entries; // with the family's name
    for (const Family* family : allFamilies())
      for (const Entry& entry : family->entries) entries.emplace_back(&entry, family->name);
    std::ranges::sort(entries, {}, [](const auto& item) { return std::string_view(item.first->fullName); });
    std::vector<Operator> result;
    result.reserve(entries.size());
    for (const auto& [entry, family] : entries) result.push_back(read(*entry, family));
    return result;
  }

private:
  static Operator read(const Entry& entry, std::string_view family) {
    const Schema schema = parseSchema(entry.schema);
    Operator op;
    op.name_ = schema.name;
    op.overload_ = schema.overload;
    op.fullName_ = schema.fullName;
    op.schema_ = entry.schema;
    op.family_ = family;
    op.space_ = entry.space;
    op.thunk_ = entry.thunk;
    op.parameters_.reserve(schema.parameterCount);
    for (std::size_t i = 0; i < schema.parameterCount; ++i) op.parameters_.push_back(parameter(schema.parameters[i]));
    for (std::size_t i = 0; i < schema.returnCount; ++i) {
      const SchemaType& type = schema.returns[i];
      op.returns_.push_back({type.list, type.kind, type.written, type.aliased});
    }
    return op;
  }

  static Parameter parameter(const SchemaParameter& from) {
    Parameter to;
    to.name = from.name;
    to.kind = from.type.kind;
    to.optional = from.type.optional;
    to.list = from.type.list;
    to.optionalItem = from.type.optionalItem;
    to.listSize = from.type.listSize;
    to.written = from.type.written;
    to.aliased = from.type.aliased;
    to.keywordOnly = from.keywordOnly;
    to.hasDefault = from.hasDefault;
    if (from.hasDefault) to.defaultValue = readDefault(from);
    return to;
  }
};

namespace {

class Registry {
public:
  Registry() : operators_(RegistryBuilder::build()) {
    for (const Family* family : allFamilies())
      for (const Entry& entry : family->entries)
        if (const Operator* op = find(entry.fullName)) overloads_[op->name()].push_back(op);
  }
  std::span<const Operator> all() const { return operators_; }
  const Operator* find(std::string_view fullName) const {
    const auto at = std::ranges::lower_bound(operators_, fullName, {}, &Operator::fullName);
    return at == operators_.end() || at->fullName() != fullName ? nullptr : &*at;
  }
  std::span<const Operator* const> overloads(std::string_view name) const {
    const auto at = overloads_.find(name);
    return at == overloads_.end() ? std::span<const Operator* const>() : at->second;
  }

private:
  std::vector<Operator> operators_; // sorted by full name, never changed
  std::map<std::string_view, std::vector<const Operator*>> overloads_;
};

const Registry& registry() {
  static const Registry instance;
  return instance;
}

std::string sizes(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

/// A sentence if a tensor has a size below zero, which no tensor can have.
std::optional<Misuse> negativeSize(const TensorType& type) {
  const auto at = std::ranges::find_if(type.shape, [](std::int64_t size) { return size < 0; });
  if (at == type.shape.end()) return std::nullopt;
  return Misuse{"Trying to create tensor with negative dimension " + std::to_string(*at) + ": " + sizes(type.shape)};
}

/// Calls `visit` with every tensor among the arguments.
template <typename Visit> void forEachTensor(std::span<const Argument> arguments, Visit visit) {
  for (const Argument& argument : arguments) {
    if (const auto* type = std::get_if<TensorType>(&argument)) visit(*type);
    if (const auto* list = std::get_if<TensorList>(&argument))
      for (const auto& item : *list)
        if (item) visit(*item);
  }
}

/// A single value stands for a list of fixed length ("int[2]"): written out into `storage` where there is
/// one.
std::span<const Argument> withLists(const Operator& op, std::span<const Argument> arguments, std::vector<Argument>& storage) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Parameter& parameter = op.parameters()[i];
    const auto* single = std::get_if<std::int64_t>(&arguments[i]);
    if (!parameter.list || single == nullptr) continue;
    if (storage.empty()) storage.assign(arguments.begin(), arguments.end());
    storage[i] = std::vector<std::int64_t>(static_cast<std::size_t>(std::max(1, parameter.listSize)), *single);
  }
  return storage.empty() ? arguments : std::span<const Argument>(storage);
}

std::optional<Misuse> refuse(const Operator& op, std::span<const Argument> arguments) {
  const auto parameters = op.parameters();
  if (arguments.size() != parameters.size())
    return Misuse{std::string(op.fullName()) + "() expected " + std::to_string(parameters.size()) + " arguments but received " +
                  std::to_string(arguments.size()) + "."};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!detail::fits(parameters[i], arguments[i])) return detail::wrongKind(op, parameters[i], arguments[i]);
  std::optional<Misuse> negative;
  forEachTensor(arguments, [&](const TensorType& type) {
    if (!negative) negative = negativeSize(type);
  });
  return negative;
}

} // namespace

std::span<const Operator> all() { return registry().all(); }
const Operator* find(std::string_view fullName) { return registry().find(fullName); }
std::span<const Operator* const> overloads(std::string_view name) { return registry().overloads(name); }

bool Operator::inPlace() const { return std::ranges::any_of(parameters_, &Parameter::written); }

int Operator::indexOf(std::string_view parameter) const {
  const auto at = std::ranges::find(parameters_, parameter, &Parameter::name);
  return at == parameters_.end() ? -1 : static_cast<int>(at - parameters_.begin());
}

Answer evaluate(const Operator& op, std::span<const Argument> given) {
  if (auto refused = refuse(op, given)) return *std::move(refused);
  std::vector<Argument> repeated;
  const auto arguments = withLists(op, given, repeated);
  Answer answer = op.thunk_(op, arguments);
  auto* effect = std::get_if<Effect>(&answer);
  if (effect == nullptr) return answer;
  for (const TensorType& output : effect->outputs)
    if (auto negative = negativeSize(output)) return *std::move(negative);
  if (effect->bytes >= 0) return answer;
  effect->bytes = 0;
  const auto count = [&](const TensorType& type) { effect->bytes = addClamped(effect->bytes, type.bytes()); };
  forEachTensor(arguments, count);
  std::ranges::for_each(effect->outputs, count);
  return answer;
}

} // namespace cobra::ops
