#include "predictor/infer/vocabulary.h"

#include <algorithm>

namespace cobra::infer {
namespace {

const Token* tokenOf(const CallFeatures& call, std::string_view parameter) {
  const auto found = std::ranges::find(call.tokens, parameter, &Token::parameter);
  return found == call.tokens.end() ? nullptr : &*found;
}

bool holds(const FixedToken& fixed, const Vocabulary& vocabulary, const CallFeatures& call) {
  const Token* token = tokenOf(call, vocabulary.parameters[static_cast<std::size_t>(fixed.parameter)].name);
  if (!token) return false;
  if (fixed.sameAs < 0) return token->category == fixed.category && token->numbers == fixed.numbers;
  const Token* other = tokenOf(call, vocabulary.parameters[static_cast<std::size_t>(fixed.sameAs)].name);
  return other && token->category == other->category && token->numbers == other->numbers;
}

} // namespace

int Vocabulary::slots() const { return parameters.empty() ? 0 : parameters.back().firstSlot + parameters.back().slots; }

int Vocabulary::categories() const {
  return parameters.empty() ? 0 : parameters.back().firstCategory + static_cast<int>(parameters.back().categories.size());
}

bool Vocabulary::index() {
  int slot = 0, category = 0;
  for (ParameterEntry& parameter : parameters) {
    if (parameter.slots < 0 || parameter.slots > 64) return false;
    parameter.firstSlot = slot;
    parameter.firstCategory = category;
    slot += parameter.slots;
    category += static_cast<int>(parameter.categories.size());
  }
  operatorOrder_.clear();
  const auto known = [&](int parameter) { return parameter >= 0 && parameter < static_cast<int>(parameters.size()); };
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const OperatorEntry& op = operators[i];
    if (!std::ranges::all_of(op.tokens, known)) return false;
    for (const FixedToken& fixed : op.fixed) {
      if (!known(fixed.parameter) || (fixed.sameAs != -1 && !known(fixed.sameAs))) return false;
    }
    operatorOrder_.emplace_back(op.name, static_cast<int>(i));
  }
  std::ranges::sort(operatorOrder_);
  return std::ranges::adjacent_find(operatorOrder_, {}, &std::pair<std::string, int>::first) == operatorOrder_.end();
}

int Vocabulary::operatorIndex(std::string_view fullName) const {
  const auto found =
      std::ranges::lower_bound(operatorOrder_, fullName, {}, [](const auto& entry) { return std::string_view(entry.first); });
  return found != operatorOrder_.end() && found->first == fullName ? found->second : -1;
}

int Vocabulary::parameterIndex(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &ParameterEntry::name);
  return found == parameters.end() ? -1 : static_cast<int>(found - parameters.begin());
}

bool Vocabulary::encode(const CallFeatures& call, EncodedCall& out) const {
  out.tokens.clear();
  out.numbers.clear();
  out.unseen = false;
  out.op = operatorIndex(call.op->fullName());
  if (out.op < 0) out.op = operatorIndex(kernelOf(*call.op).fullName());
  if (out.op < 0) return false;
  const OperatorEntry& entry = operators[static_cast<std::size_t>(out.op)];
  for (const int index : entry.tokens) {
    const ParameterEntry& parameter = parameters[static_cast<std::size_t>(index)];
    EncodedToken encoded{.parameter = index, .first = static_cast<int>(out.numbers.size())};
    const Token* token = tokenOf(call, parameter.name);
    if (!token) {
      out.unseen = true;
      out.tokens.push_back(encoded);
      continue;
    }
    if (!token->category.empty()) {
      const auto found = std::ranges::find(parameter.categories, token->category);
      if (found == parameter.categories.end()) {
        out.unseen = true;
      } else {
        encoded.category = parameter.firstCategory + static_cast<int>(found - parameter.categories.begin());
      }
    }
    for (std::size_t i = 0; i < token->numbers.size(); ++i) {
      if (static_cast<int>(i) >= parameter.slots) {
        out.unseen = true;
        break;
      }
      out.numbers.push_back({parameter.firstSlot + static_cast<int>(i), token->numbers[i]});
    }
    encoded.count = static_cast<int>(out.numbers.size()) - encoded.first;
    out.tokens.push_back(encoded);
  }
  for (const FixedToken& fixed : entry.fixed) out.unseen = out.unseen || !holds(fixed, *this, call);
  return true;
}

} // namespace cobra::infer
