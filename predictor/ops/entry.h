// Declares operators: what the files under families/ are made of.
//
//   constexpr auto entries = family(
//       op("aten::relu(Tensor self) -> Tensor", [](Tensor self) -> Answer { return pointwise(self, 1); },
//          "self: [1..64, 1..512, 1..64, 1..64]"),
//       ...);
//
// op() reads the schema while compiling. A rule whose parameters do not spell the schema's (rule.h), a broken
// schema, and two entries of one name do not compile; the error names a function of `mistake`.
#pragma once

#include "predictor/ops/rule.h"
#include "predictor/ops/schema.h"
#include "predictor/ops/unpack.h"

#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace cobra::ops {

/// One operator as declared.
struct Entry {
  std::string_view schema;
  std::string_view fullName; // inside schema
  Operator::Thunk thunk = nullptr;
  std::string_view space;
};

/// Some ten to twenty-five entries of one kind.
struct Family {
  std::string_view name;
  std::span<const Entry> entries;
};

namespace detail {

template <typename> struct RuleOf;
template <typename Rule, typename... Parameters> struct RuleOf<Answer (Rule::*)(Parameters...) const> {
  static constexpr std::size_t count = sizeof...(Parameters);

  template <std::size_t... I> static consteval void check(const Schema& schema, std::index_sequence<I...>) {
    (checkOne<I, Parameters>(schema), ...);
  }
  /// The compiler's message shows Index and Parameter.
  template <std::size_t Index, typename Parameter> static consteval void checkOne(const Schema& schema) {
    if (!Slot<Parameter>::spells(schema.parameters[Index].type)) mistake::thisRuleParameterDoesNotSpellTheSchemas();
  }

  static Answer call(const Operator& op, std::span<const Argument> arguments) {
    return call(op, arguments, std::make_index_sequence<count>());
  }
  template <std::size_t... I> static Answer call(const Operator& op, std::span<const Argument> arguments, std::index_sequence<I...>) {
    std::tuple<Slot<Parameters>...> slots;
    std::optional<Answer> refused;
    // Stops at the first argument that the rule cannot take.
    static_cast<void>(((refused = take(op.parameters()[I], arguments[I], std::get<I>(slots))) || ...));
    if (refused) return *std::move(refused);
    return Rule{}(std::get<I>(slots).get()...);
  }
};

template <typename Rule> using RuleTraits = RuleOf<decltype(&Rule::operator())>;

} // namespace detail

/// `schema` is LibTorch's string, `rule` a lambda without captures, `space` what samples are drawn from
/// (space.h).
template <typename Rule> consteval Entry op(std::string_view schema, Rule /*rule*/, std::string_view space) {
  using Traits = detail::RuleTraits<Rule>;
  const Schema parsed = parseSchema(schema);
  if (Traits::count < parsed.parameterCount) mistake::theRuleHasFewerParametersThanTheSchema();
  if (Traits::count > parsed.parameterCount) mistake::theRuleHasMoreParametersThanTheSchema();
  Traits::check(parsed, std::make_index_sequence<Traits::count>());
  return {schema, parsed.fullName, &Traits::call, space};
}

/// The entries of one file, no name twice.
template <typename... Entries> consteval std::array<Entry, sizeof...(Entries)> family(Entries... entries) {
  const std::array<Entry, sizeof...(Entries)> result = {entries...};
  for (std::size_t i = 0; i < result.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (result[i].fullName == result[j].fullName) mistake::twoEntriesOfAFamilyHaveTheSameName();
  return result;
}

} // namespace cobra::ops
