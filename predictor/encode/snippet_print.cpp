#include "predictor/encode/literal.h"
#include "predictor/encode/snippet.h"

#include <algorithm>

namespace cobra {
namespace {

struct Printer {
  std::string& out;

  void operator()(None) const { out += "None"; }
  void operator()(Open) const { out += '?'; }
  void operator()(const std::string& text) const { literal::appendQuoted(out, text); }
  void operator()(const std::optional<TensorType>& tensor) const {
    if (tensor)
      literal::append(out, *tensor);
    else
      out += "None";
  }
  template <typename T> void operator()(const std::vector<T>& items) const {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out += ',';
      first = false;
      (*this)(static_cast<const T&>(item)); // vector<bool> hands out proxies
    }
    out += ']';
  }
  template <typename T> void operator()(const T& plain) const { literal::append(out, plain); }
};

} // namespace

std::string printArgument(const Argument& argument) {
  std::string out;
  std::visit(Printer{out}, argument);
  return out;
}

std::string printSnippet(const Call& call) {
  if (!call.op) return {};
  std::string out(call.op->fullName());
  const auto parameters = call.op->parameters();
  const std::size_t count = std::min(parameters.size(), call.arguments.size());
  out += '(';
  for (std::size_t i = 0; i < count; ++i) {
    if (i) out += ',';
    out += parameters[i].name;
    out += '=';
    std::visit(Printer{out}, call.arguments[i]);
  }
  out += ')';
  return out;
}

} // namespace cobra
