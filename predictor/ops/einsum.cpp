#include "predictor/ops/broadcast.h"
#include "predictor/ops/matmul.h"
#include "predictor/ops/rules.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace cobra::ops {
namespace {

/// A letter, or one of the dimensions that "..." stands for, counted from the back.
using Label = int;
constexpr Label firstOfEllipsis = 1000;

using Sizes = std::map<Label, std::int64_t>;

bool isLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

Misuse wrong(const std::string& sentence) { return {"einsum(): " + sentence}; }

/// The labels of one term. `hidden` is how many dimensions an ellipsis stands for.
std::variant<std::vector<Label>, Misuse> labels(std::string_view term, std::size_t hidden) {
  std::vector<Label> result;
  bool ellipsis = false;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (isLetter(term[i])) {
      result.push_back(term[i]);
    } else if (term.substr(i, 3) == "...") {
      if (ellipsis) return wrong("found '.' for an operand for which an ellipsis was already found");
      ellipsis = true;
      for (std::size_t d = hidden; d > 0; --d) result.push_back(firstOfEllipsis + static_cast<Label>(d));
      i += 2;
    } else if (term[i] == '.') {
      return wrong("found '.' that is not part of any ellipsis");
    } else if (term[i] != ' ') {
      return wrong("invalid subscript given, subscripts must be in [a-zA-Z]");
    }
  }
  return result;
}

std::size_t letters(std::string_view term) { return static_cast<std::size_t>(std::ranges::count_if(term, isLetter)); }

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> terms;
  for (std::size_t comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    terms.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  terms.push_back(text);
  return terms;
}

class Einsum {
public:
  Einsum(String equation, Tensors operands) : operands_(operands) {
    const std::size_t arrow = equation.find("->");
    terms_ = split(equation.substr(0, arrow));
    if (arrow != String::npos) right_ = equation.substr(arrow + 2);
  }

  Answer answer() {
    if (operands_.empty()) return wrong("must provide at least one operand");
    if (terms_.size() > operands_.size()) return wrong("more operands were provided in the equation than specified");
    if (terms_.size() < operands_.size()) return wrong("fewer operands were provided than specified in the equation");
    for (std::size_t i = 0; i < operands_.size(); ++i)
      if (auto misuse = readOperand(i)) return *std::move(misuse);
    if (auto misuse = readOutput()) return *std::move(misuse);
    return effect();
  }

private:
  std::optional<Misuse> readOperand(std::size_t i) {
    const TensorType& tensor = operands_[i];
    if (tensor.dtype != operands_[0].dtype) return differentTypes(operands_[0], tensor);
    const std::size_t named = letters(terms_[i]);
    const bool ellipsis = terms_[i].find("...") != std::string_view::npos;
    if (ellipsis ? named > tensor.shape.size() : named != tensor.shape.size())
      return wrong("the number of subscripts in the equation (" + std::to_string(named) + ") " +
                   (ellipsis ? "is more than" : "does not match") + " the number of dimensions (" + std::to_string(tensor.rank()) +
                   ") for operand " + std::to_string(i) + (ellipsis ? "" : " and no ellipsis was given"));
    const std::size_t hidden = tensor.shape.size() - named;
    mostHidden_ = std::max(mostHidden_, hidden);
    auto read = labels(terms_[i], hidden);
    if (auto* misuse = std::get_if<Misuse>(&read)) return *std::move(misuse);
    inputs_.push_back(std::get<std::vector<Label>>(std::move(read)));
    return measure(i);
  }

  /// Enters the operand's sizes; a label has one size, but 1 broadcasts.
  std::optional<Misuse> measure(std::size_t i) {
    std::map<Label, std::int64_t> own;
    for (std::size_t d = 0; d < inputs_[i].size(); ++d) {
      const Label label = inputs_[i][d];
      const std::int64_t size = operands_[i].shape[d];
      if (const auto [at, fresh] = own.try_emplace(label, size); !fresh && at->second != size)
        return wrong("subscript " + std::string(1, static_cast<char>(label)) + " is repeated for operand " + std::to_string(i) +
                     " but the sizes don't match, " + std::to_string(size) + " != " + std::to_string(at->second));
      std::int64_t& known = sizes_.try_emplace(label, 1).first->second;
      if (known != size && known != 1 && size != 1)
        return wrong("operands do not broadcast with remapped shapes [original->remapped]: operand " + std::to_string(i) + " has size " +
                     std::to_string(size) + " where another has " + std::to_string(known));
      if (known == 1) known = size;
    }
    return std::nullopt;
  }

  std::optional<Misuse> readOutput() {
    if (!right_) {
      for (std::size_t d = mostHidden_; d > 0; --d) output_.push_back(firstOfEllipsis + static_cast<Label>(d));
      for (const auto& [label, size] : sizes_)
        if (label < firstOfEllipsis && timesUsed(label) == 1) output_.push_back(label);
      return std::nullopt;
    }
    auto read = labels(*right_, mostHidden_);
    if (auto* misuse = std::get_if<Misuse>(&read)) return *std::move(misuse);
    output_ = std::get<std::vector<Label>>(std::move(read));
    for (std::size_t d = 0; d < output_.size(); ++d) {
      const std::string name(1, static_cast<char>(output_[d]));
      if (!sizes_.contains(output_[d])) return wrong("output subscript " + name + " does not appear in the equation for any input operand");
      if (std::find(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(d), output_[d]) !=
          output_.begin() + static_cast<std::ptrdiff_t>(d))
        return wrong("output subscript " + name + " appears more than once in the output");
    }
    return std::nullopt;
  }

  std::ptrdiff_t timesUsed(Label label) const {
    std::ptrdiff_t count = 0;
    for (const auto& input : inputs_) count += std::ranges::count(input, label);
    return count;
  }

  /// Is a label still needed after the first `contracted` operands?
  bool neededAfter(Label label, std::size_t contracted) const {
    if (std::ranges::find(output_, label) != output_.end()) return true;
    for (std::size_t i = contracted; i < inputs_.size(); ++i)
      if (std::ranges::find(inputs_[i], label) != inputs_[i].end()) return true;
    return false;
  }

  /// Contracts from left to right: 2 x the index space of each step, 1 x where only one operand is summed.
  Effect effect() const {
    std::int64_t flops = 0;
    std::vector<Label> open(inputs_[0]);
    for (std::size_t i = 1; i < std::max<std::size_t>(2, inputs_.size()); ++i) {
      if (i < inputs_.size()) open.insert(open.end(), inputs_[i].begin(), inputs_[i].end());
      std::ranges::sort(open);
      open.erase(std::unique(open.begin(), open.end()), open.end());
      std::int64_t space = inputs_.size() > 1 ? 2 : 1;
      for (const Label label : open) space = mulClamped(space, sizes_.at(label));
      flops = addClamped(flops, space);
      std::erase_if(open, [&](Label label) { return !neededAfter(label, i + 1); });
    }
    TensorType output{operands_[0].dtype, {}};
    for (const Label label : output_) output.shape.push_back(sizes_.at(label));
    // One operand that is only permuted is a view.
    if (inputs_.size() == 1 && output.elements() == operands_[0].elements()) return viewOf(output.dtype, output.shape);
    return {{std::move(output)}, flops};
  }

  Tensors operands_;
  std::vector<std::string_view> terms_;
  std::optional<std::string_view> right_;
  std::vector<std::vector<Label>> inputs_;
  std::vector<Label> output_;
  std::size_t mostHidden_ = 0;
  Sizes sizes_;
};

} // namespace

Answer einsum(String equation, Tensors operands) { return Einsum(equation, operands).answer(); }

} // namespace cobra::ops
