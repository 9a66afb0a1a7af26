#include "predictor/train/members.h"

#include <algorithm>

namespace cobra::train {
namespace {

bool sameParameters(const infer::Vocabulary& a, const infer::Vocabulary& b) {
  return std::ranges::equal(a.parameters, b.parameters, [](const infer::ParameterEntry& x, const infer::ParameterEntry& y) {
    return x.name == y.name && x.slots == y.slots && x.categories == y.categories;
  });
}

bool sameOperators(const infer::Vocabulary& a, const infer::Vocabulary& b) {
  return std::ranges::equal(a.operators, b.operators, [](const infer::OperatorEntry& x, const infer::OperatorEntry& y) {
    return x.name == y.name && x.tokens == y.tokens;
  });
}

/// What two models differ in; empty if they can be members of one.
std::string difference(const infer::Model& a, const infer::Model& b) {
  if (a.architecture != b.architecture) return "the architecture";
  if (a.context != b.context) return "what they know of calls inside networks";
  if (!sameParameters(a.vocabulary, b.vocabulary) || !sameOperators(a.vocabulary, b.vocabulary)) return "the vocabulary";
  if (!std::ranges::equal(a.devices, b.devices, {}, &infer::DeviceEntryInfo::name, &infer::DeviceEntryInfo::name)) return "the devices";
  for (const char* name : {"facts.mean", "facts.scale"}) {
    if (a.tensors.at(name).values != b.tensors.at(name).values) return std::string("'") + name + "' (other rows or another split)";
  }
  return {};
}

} // namespace

std::variant<infer::Model, std::string> joinMembers(std::span<const infer::Model> models) {
  if (models.empty()) return "there is no model to join";
  infer::Model joined = models.front();
  for (const infer::Model& model : models.subspan(1)) {
    if (const std::string what = difference(models.front(), model); !what.empty()) return "the models differ in " + what;
    for (int member = 0; member < model.members; ++member) {
      for (const auto& [name, shape] : tensorShapes(model)) {
        joined.tensors.try_emplace(infer::memberTensor(joined.members, name), model.tensors.at(infer::memberTensor(member, name)));
      }
      ++joined.members;
    }
  }
  return joined;
}

infer::Model memberOf(const infer::Model& model, int member) {
  infer::Model one = model;
  one.members = 1;
  one.tensors.clear();
  for (const auto& [name, shape] : tensorShapes(model)) one.tensors[name] = model.tensors.at(infer::memberTensor(member, name));
  return one;
}

} // namespace cobra::train
