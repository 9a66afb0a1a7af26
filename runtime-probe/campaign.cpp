#include "runtime-probe/campaign.h"

#include "predictor/ops/space.h"
#include "runtime-probe/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

namespace cobra::probe {
namespace {

struct FamilyWeight {
  std::string_view family;
  double weight;
};
/// Families whose time depends on many numbers at once need more rows than those that only move their input's
/// bytes.
constexpr std::array weights = {
    FamilyWeight{"convolution", 40},     FamilyWeight{"linear algebra", 12}, FamilyWeight{"attention", 12},
    FamilyWeight{"recurrent", 12},       FamilyWeight{"normalization", 10},  FamilyWeight{"pooling", 8},
    FamilyWeight{"adaptive pooling", 6}, FamilyWeight{"activation", 3},      FamilyWeight{"shape", 0.7},
};

double weightOf(const ops::Operator& op) {
  auto at = std::ranges::find(weights, op.family(), &FamilyWeight::family);
  double weight = at == weights.end() ? 1 : at->weight;
  return op.inPlace() ? weight / 2 : weight; // its twin that returns a new tensor is there as well
}

/// Argument and output tensors alike.
std::int64_t bytesOf(const Call& call, const ops::Effect& effect) {
  std::int64_t sum = 0;
  for (const Argument& argument : call.arguments) {
    if (const auto* type = std::get_if<TensorType>(&argument)) sum = addClamped(sum, type->bytes());
    if (const auto* list = std::get_if<TensorList>(&argument))
      for (const auto& type : *list)
        if (type) sum = addClamped(sum, type->bytes());
  }
  for (const TensorType& type : effect.outputs) sum = addClamped(sum, type.bytes());
  return sum;
}

bool matches(const ops::Operator& op, std::string_view name) { return op.fullName() == name || op.name() == name; }

} // namespace

Call withDType(Call call, DType dtype) {
  auto change = [&](TensorType& type) {
    if (isFloating(type.dtype)) type.dtype = dtype;
  };
  for (Argument& argument : call.arguments) {
    if (auto* type = std::get_if<TensorType>(&argument)) change(*type);
    if (auto* list = std::get_if<TensorList>(&argument))
      for (auto& type : *list)
        if (type) change(*type);
  }
  return call;
}

Graph withDType(Graph graph, DType dtype) {
  for (GraphInput& input : graph.inputs)
    if (isFloating(input.type.dtype)) input.type.dtype = dtype;
  for (Node& node : graph.nodes) {
    node.call = withDType(std::move(node.call), dtype);
    ops::Answer answer = ops::evaluate(*node.call.op, node.call.arguments);
    if (auto* effect = std::get_if<ops::Effect>(&answer)) node.outputs = std::move(effect->outputs);
  }
  return graph;
}

std::variant<std::vector<Call>, CampaignError> callsOfGraphs(std::span<const std::string> files) {
  std::vector<Call> calls;
  std::unordered_set<std::string> seen;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return CampaignError{file + " cannot be read"};
    std::string text{std::istreambuf_iterator<char>(in), {}};
    auto read = readJson(text);
    if (auto* error = std::get_if<GraphError>(&read)) return CampaignError{file + ": " + error->sentence};
    for (const Graph& graph : std::get<std::vector<Graph>>(read))
      for (const Node& node : graph.nodes) {
        bool known = std::ranges::none_of(node.call.arguments, [](const Argument& a) { return std::holds_alternative<Open>(a); });
        if (known && seen.insert(printSnippet(node.call)).second) calls.push_back(node.call);
      }
  }
  return calls;
}

std::variant<Campaign, CampaignError> Campaign::make(const CampaignSetting& setting, std::vector<Call> calls) {
  Campaign campaign;
  campaign.setting_ = setting;
  campaign.row_ = setting.shard;
  for (const std::string& name : setting.operators) {
    auto all = ops::all();
    if (std::ranges::none_of(all, [&](const ops::Operator& op) { return matches(op, name); }))
      return CampaignError{"the registry has no operator " + name};
  }
  for (const ops::Operator& op : ops::all()) {
    bool wanted =
        setting.operators.empty() || std::ranges::any_of(setting.operators, [&](const std::string& name) { return matches(op, name); });
    const bool dispatched = op.name().starts_with("aten::"); // calls of NVIDIA's libraries are drawn where they are asked for
    if (wanted && (dispatched || !setting.operators.empty()) && !op.space().empty()) campaign.sources_.push_back({&op, weightOf(op)});
  }
  if (campaign.sources_.empty() && calls.empty()) return CampaignError{"no operator asked for has a sampling space"};
  for (std::size_t i = static_cast<std::size_t>(setting.shard); i < calls.size(); i += static_cast<std::size_t>(setting.shards))
    campaign.calls_.push_back(withDType(std::move(calls[i]), setting.dtype));
  std::ranges::reverse(campaign.calls_);
  return campaign;
}

void Campaign::add(const Record& record) {
  if (record.row < firstRepeat)
    while (row_ <= record.row) row_ += setting_.shards;
  if (record.repeats || !seen_.insert(record.snippet).second) return;
  std::string_view op = std::string_view(record.snippet).substr(0, record.snippet.find('('));
  for (Source& source : sources_)
    if (source.op->fullName() == op) ++source.rows;
}

Campaign::Source* Campaign::neediest() {
  Source* best = nullptr;
  for (Source& source : sources_) {
    if (source.usedUp) continue;
    if (!best || static_cast<double>(source.rows) / source.weight < static_cast<double>(best->rows) / best->weight) best = &source;
  }
  return best;
}

std::optional<double> Campaign::work(const Call& call) const {
  ops::Answer answer = ops::evaluate(*call.op, call.arguments);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) return std::nullopt;
  std::int64_t bytes = bytesOf(call, *effect);
  bool empty = std::ranges::any_of(effect->outputs, [](const TensorType& type) { return type.elements() == 0; });
  bool large = bytes > setting_.memoryLimit || (setting_.flopLimit > 0 && effect->flops > setting_.flopLimit);
  if (empty || large) return std::nullopt;
  constexpr double flopsPerByte = 8; // about what a processor does while it moves a byte
  return std::log(static_cast<double>(bytes) + static_cast<double>(effect->flops) / flopsPerByte + 1);
}

std::optional<Call> Campaign::draw(const Source& source) {
  // Sizes drawn one by one give mostly small calls; of several draws the one is taken whose work lies nearest
  // to a target that is spread evenly, on a logarithmic scale, between the least and the most of them.
  struct Draw {
    Call call;
    double work;
  };
  std::vector<Draw> draws;
  std::mt19937_64 random = generatorFor(setting_.seed, row_);
  for (int i = 0; i < 24; ++i) {
    auto arguments = ops::sample(*source.op, random);
    if (!arguments) continue;
    Call call = normalized(withDType({source.op, std::move(*arguments)}, setting_.dtype));
    if (auto cost = work(call)) draws.push_back({std::move(call), *cost});
  }
  if (draws.empty()) return std::nullopt;
  auto [least, most] = std::ranges::minmax(draws, {}, &Draw::work);
  double target = std::lerp(least.work, most.work, static_cast<double>(random() >> 11) * 0x1p-53);
  std::ranges::sort(draws, {}, [&](const Draw& draw) { return std::abs(draw.work - target); });
  for (Draw& draw : draws)
    if (!seen_.contains(printSnippet(draw.call))) return std::move(draw.call);
  return std::nullopt;
}

std::optional<Call> Campaign::next() {
  while (!calls_.empty()) {
    Call call = std::move(calls_.back());
    calls_.pop_back();
    if (!seen_.contains(printSnippet(call))) return call;
  }
  while (Source* source = neediest()) {
    if (auto call = draw(*source)) return call;
    source->usedUp = true;
  }
  return std::nullopt;
}

} // namespace cobra::probe
