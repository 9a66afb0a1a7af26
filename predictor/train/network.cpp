#include "predictor/train/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace cobra::train {
namespace {

constexpr int kFacts = infer::kCallFacts + infer::kDeviceFacts;
constexpr double kFactLimit = 6; // as in infer/encoder.cpp
constexpr double kContextDecay = 1;

constexpr const char* kDriftName = "run.drift"; // [D, O kDrift kTerms], like head.context

bool isStatistic(const std::string& name) { return name == "facts.mean" || name == "facts.scale"; }

at::Tensor integers(const std::vector<std::int64_t>& values) { return at::tensor(values, at::TensorOptions().dtype(at::kLong)); }

/// Gives each distinct integer a row of the table; row 0 is left zero.
class NumberTable {
public:
  std::int64_t rowOf(std::int64_t value) { return rows_.try_emplace(value, static_cast<std::int64_t>(rows_.size()) + 1).first->second; }
  at::Tensor tensor() const {
    at::Tensor table = at::zeros({static_cast<std::int64_t>(rows_.size()) + 1, infer::kNumberWidth});
    for (const auto& [value, row] : rows_) {
      infer::embedNumber(value,
                         std::span<float, infer::kNumberWidth>(table.data_ptr<float>() + row * infer::kNumberWidth, infer::kNumberWidth));
    }
    return table;
  }

private:
  std::unordered_map<std::int64_t, std::int64_t> rows_;
};

/// One operator's inputs while they are collected.
struct Columns {
  std::vector<std::int64_t> numbers, categories, devices;
  std::vector<float> facts, terms;
  std::map<std::pair<int, int>, std::int64_t> known; // (call, device) -> index
};

at::Tensor floats(const std::vector<float>& values, std::int64_t width) { return at::tensor(values).reshape({-1, width}); }

/// Mean and 1/deviation of each fact over the units, which stand for training rows and others alike: no label
/// enters.
void standardise(std::vector<Columns>& columns, infer::Model& model) {
  if (!model.tensors.contains("facts.mean")) {
    std::vector<double> sum(kFacts, 0), squares(kFacts, 0);
    double count = 0;
    for (const Columns& c : columns) {
      for (std::size_t i = 0; i < c.facts.size(); ++i) {
        sum[i % kFacts] += c.facts[i];
        squares[i % kFacts] += static_cast<double>(c.facts[i]) * c.facts[i];
      }
      count += static_cast<double>(c.facts.size()) / kFacts;
    }
    format::Tensor mean{{kFacts}, std::vector<float>(kFacts)}, scale{{kFacts}, std::vector<float>(kFacts)};
    for (std::size_t i = 0; i < kFacts; ++i) {
      const double m = sum[i] / count, variance = std::max(0.0, squares[i] / count - m * m);
      mean.values[i] = static_cast<float>(m);
      scale.values[i] = variance > 1e-10 ? static_cast<float>(1 / std::sqrt(variance)) : 1.0F;
    }
    model.tensors["facts.mean"] = std::move(mean);
    model.tensors["facts.scale"] = std::move(scale);
  }
  const auto& mean = model.tensors.at("facts.mean").values;
  const auto& scale = model.tensors.at("facts.scale").values;
  for (Columns& c : columns) {
    for (std::size_t i = 0; i < c.facts.size(); ++i) {
      const float z = (c.facts[i] - mean[i % kFacts]) * scale[i % kFacts];
      c.facts[i] = std::clamp(z, static_cast<float>(-kFactLimit), static_cast<float>(kFactLimit));
    }
  }
}

void addUnit(Columns& columns, const infer::CallFeatures& call, const infer::EncodedCall& encoded, const infer::Model& model, int device,
             NumberTable& table) {
  for (const infer::EncodedToken& token : encoded.tokens) {
    columns.categories.push_back(token.category + 1);
    const auto& parameter = model.vocabulary.parameters[static_cast<std::size_t>(token.parameter)];
    for (int i = 0; i < parameter.slots; ++i) {
      const bool present = i < token.count;
      columns.numbers.push_back(present ? table.rowOf(encoded.numbers[static_cast<std::size_t>(token.first + i)].value) : 0);
    }
  }
  const auto& spec = model.devices[static_cast<std::size_t>(device)].spec;
  const auto deviceSide = infer::deviceFacts(call, spec);
  columns.facts.insert(columns.facts.end(), call.facts.begin(), call.facts.end());
  columns.facts.insert(columns.facts.end(), deviceSide.begin(), deviceSide.end());
  const auto terms = infer::logTerms(call.work, spec);
  columns.terms.insert(columns.terms.end(), terms.begin(), terms.end());
  columns.devices.push_back(device);
}

} // namespace

Inputs::Inputs(const Dataset& data, infer::Model& model) {
  const std::size_t count = model.vocabulary.operators.size();
  std::vector<Columns> columns(count);
  std::vector<int> deviceOf;
  for (const DeviceSource& device : data.devices) deviceOf.push_back(model.deviceIndex(device.name));
  NumberTable table;
  infer::EncodedCall encoded;
  for (const DatasetRow& row : data.rows) {
    std::vector<Unit> rowUnits;
    const int device = deviceOf[static_cast<std::size_t>(row.device)];
    for (const int index : row.calls) {
      const auto& call = data.calls[static_cast<std::size_t>(index)];
      if (device < 0 || !model.vocabulary.encode(call, encoded)) {
        rowUnits.clear();
        break;
      }
      Columns& own = columns[static_cast<std::size_t>(encoded.op)];
      const auto [slot, isNew] = own.known.try_emplace({index, device}, static_cast<std::int64_t>(own.devices.size()));
      if (isNew) addUnit(own, call, encoded, model, device, table);
      rowUnits.push_back({encoded.op, slot->second});
    }
    units.push_back(std::move(rowUnits));
  }
  standardise(columns, model);
  for (const Columns& c : columns) {
    const auto rows = static_cast<std::int64_t>(c.devices.size());
    operators.push_back({integers(c.numbers).reshape({rows, rows ? static_cast<std::int64_t>(c.numbers.size()) / rows : 0}),
                         integers(c.categories).reshape({rows, rows ? static_cast<std::int64_t>(c.categories.size()) / rows : 0}),
                         floats(c.facts, kFacts), floats(c.terms, infer::kTerms), integers(c.devices)});
  }
  numberTable = table.tensor();
  std::vector<float> around;
  for (const DatasetRow& row : data.rows) around.insert(around.end(), row.context.begin(), row.context.end());
  contexts = floats(around, infer::kContext);
  if (std::ranges::none_of(data.rows, [](const DatasetRow& row) { return row.at.has_value(); })) return;
  std::vector<float> times;
  for (const DatasetRow& row : data.rows) {
    const auto from = static_cast<float>(row.at.value_or(kReferenceTime) - kReferenceTime);
    times.insert(times.end(), {from, from * from});
  }
  drift = floats(times, kDrift);
}

Batch makeBatch(const Inputs& inputs, std::span<const int> rows) {
  struct Lists {
    std::unordered_map<std::int64_t, std::int64_t> known; // unit -> its place
    std::vector<std::int64_t> units, which, rows;
  };
  std::map<int, Lists> byOperator;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Unit& unit : inputs.units[static_cast<std::size_t>(rows[i])]) {
      Lists& lists = byOperator[unit.op];
      const auto [slot, isNew] = lists.known.try_emplace(unit.index, static_cast<std::int64_t>(lists.units.size()));
      if (isNew) lists.units.push_back(unit.index);
      lists.which.push_back(slot->second);
      lists.rows.push_back(static_cast<std::int64_t>(i));
    }
  }
  Batch batch{.rows = static_cast<std::int64_t>(rows.size())};
  for (const auto& [op, lists] : byOperator)
    batch.groups.push_back({op, integers(lists.units), integers(lists.which), integers(lists.rows)});
  batch.contexts = inputs.contexts.index_select(0, at::tensor(std::vector<int>(rows.begin(), rows.end())).to(at::kLong));
  return batch;
}

Batch makeLearningBatch(const Inputs& inputs, std::span<const int> rows) {
  Batch batch = makeBatch(inputs, rows);
  if (inputs.drift.defined()) {
    batch.drift = inputs.drift.index_select(0, at::tensor(std::vector<int>(rows.begin(), rows.end())).to(at::kLong));
  }
  return batch;
}

Network::Network(const infer::Model& model, std::uint64_t seed, bool drift)
    : architecture_(model.architecture), vocabulary_(model.vocabulary), context_(model.context) {
  std::int64_t total = 0;
  auto shapes = infer::tensorShapes(model);
  if (drift) {
    shapes.emplace_back(kDriftName,
                        std::vector<std::int64_t>{static_cast<std::int64_t>(model.devices.size()),
                                                  static_cast<std::int64_t>(vocabulary_.operators.size()) * kDrift * infer::kTerms});
  }
  for (const auto& [name, shape] : shapes) {
    if (isStatistic(name)) continue;
    begins_[name] = total;
    total += c10::multiply_integers(shape);
  }
  weights = at::zeros({total});
  gradients = at::zeros({total});
  decayed = at::zeros({total});
  auto generator = at::detail::createCPUGenerator(seed);
  for (const auto& [name, shape] : shapes) {
    if (isStatistic(name)) continue;
    const std::int64_t size = c10::multiply_integers(shape);
    at::Tensor view = weights.narrow(0, begins_[name], size).view(shape);
    const bool matrix = shape.size() >= 2;
    if (name.ends_with("norm.weight") || name.ends_with("norm1.weight") || name.ends_with("norm2.weight")) {
      view.fill_(1);
    } else if (name.ends_with(".vector") || name == "operator.token") {
      view.normal_(0, 0.1, generator);
    } else if (name == "slot.weight") {
      view.normal_(0, 0.5 / std::sqrt(static_cast<double>(infer::kNumberWidth)), generator);
    } else if (matrix && name != "head.down.weight" && !name.starts_with("head.operator") && name != "head.device" &&
               name != "head.context" && name != kDriftName) {
      view.normal_(0, 1 / std::sqrt(static_cast<double>(shape[shape.size() - 2])), generator);
    } // the head starts at zero: every analytic term counts once
    if (matrix && name.ends_with(".weight")) decayed.narrow(0, begins_[name], size).fill_(1);
    if (name == "head.context") decayed.narrow(0, begins_[name], size).fill_(kContextDecay);
    at::Tensor leaf = view.detach().requires_grad_(true);
    leaf.mutable_grad() = gradients.narrow(0, begins_[name], size).view(shape);
    views_.emplace(name, std::move(leaf));
  }
}

/// [n, 1 + tokens, width]
at::Tensor Network::embed(const Inputs& inputs, const Batch::Group& group) const {
  const auto& own = inputs.operators[static_cast<std::size_t>(group.op)];
  const auto& entry = vocabulary_.operators[static_cast<std::size_t>(group.op)];
  const std::int64_t count = group.units.size(0);
  std::vector<at::Tensor> rows{at::addmm(at("device.vector").index_select(0, own.devices.index_select(0, group.units)),
                                         own.facts.index_select(0, group.units), at("facts.weight")) +
                               at("operator.vector")[group.op]};
  const at::Tensor numbers = own.numbers.index_select(0, group.units);
  const at::Tensor categories = own.categories.index_select(0, group.units);
  const at::Tensor withNone = at::cat({at::zeros({1, architecture_.width}), at("category.vector")});
  std::int64_t column = 0;
  for (std::size_t t = 0; t < entry.tokens.size(); ++t) {
    const auto& parameter = vocabulary_.parameters[static_cast<std::size_t>(entry.tokens[t])];
    at::Tensor row = (at("parameter.vector")[entry.tokens[t]] + at("operator.token")[group.op]).expand({count, -1});
    row = row + withNone.index_select(0, categories.select(1, static_cast<std::int64_t>(t)));
    if (parameter.slots > 0) {
      const std::int64_t wide = parameter.slots * infer::kNumberWidth;
      const at::Tensor embedded =
          inputs.numberTable.index_select(0, numbers.narrow(1, column, parameter.slots).reshape({-1})).view({count, wide});
      const at::Tensor map = at("slot.weight").narrow(0, parameter.firstSlot, parameter.slots).reshape({wide, architecture_.width});
      row = at::addmm(row, embedded, map);
      column += parameter.slots;
    }
    rows.push_back(row);
  }
  return at::stack(rows, 1);
}

at::Tensor Network::forward(const Inputs& inputs, const Batch& batch) const {
  const std::int64_t width = architecture_.width, heads = architecture_.heads, each = width / heads;
  struct Span {
    std::int64_t begin, calls, tokens;
  };
  std::vector<Span> spans;
  std::vector<at::Tensor> parts, facts, terms, bias, rows, which, around, drifted;
  const bool drifts = batch.drift.defined() && views_.contains(kDriftName);
  std::int64_t begin = 0, calls = 0;
  for (const Batch::Group& group : batch.groups) {
    const at::Tensor embedded = embed(inputs, group);
    spans.push_back({begin, embedded.size(0), embedded.size(1)});
    begin += embedded.size(0) * embedded.size(1);
    parts.push_back(embedded.reshape({-1, width}));
    const auto& own = inputs.operators[static_cast<std::size_t>(group.op)];
    facts.push_back(own.facts.index_select(0, group.units));
    terms.push_back(own.terms.index_select(0, group.units));
    bias.push_back(at("head.device").index_select(0, own.devices.index_select(0, group.units)) + at("head.operator")[group.op]);
    rows.push_back(group.rows);
    which.push_back(group.which + calls);
    calls += group.units.size(0);
    const at::Tensor devices = own.devices.index_select(0, group.units.index_select(0, group.which));
    const auto corrections = [&](const at::Tensor& weights, const at::Tensor& numbers) { // [n, kTerms]
      const at::Tensor weight = weights.view({-1, static_cast<std::int64_t>(vocabulary_.operators.size()), numbers.size(1), infer::kTerms})
                                    .select(1, group.op)
                                    .index_select(0, devices);
      return at::matmul(numbers.index_select(0, group.rows).unsqueeze(1), weight).squeeze(1);
    };
    if (context_) around.push_back(corrections(at("head.context"), batch.contexts.narrow(1, 0, context_)));
    if (drifts) drifted.push_back(corrections(at(kDriftName), batch.drift));
  }
  at::Tensor x = at::cat(parts);
  for (int i = 0; i < architecture_.layers; ++i) {
    const std::string layer = "layer" + std::to_string(i) + ".";
    const bool last = i + 1 == architecture_.layers;
    const at::Tensor normed = at::layer_norm(x, {width}, at(layer + "norm1.weight"), at(layer + "norm1.bias"));
    const at::Tensor qkv = at::addmm(at(layer + "qkv.bias"), normed, at(layer + "qkv.weight"));
    std::vector<at::Tensor> mixed, kept;
    for (const Span& span : spans) {
      const at::Tensor own =
          qkv.narrow(0, span.begin, span.calls * span.tokens).view({span.calls, span.tokens, 3, heads, each}).permute({2, 0, 3, 1, 4});
      at::Tensor q = own[0];
      if (last) q = q.narrow(2, 0, 1); // only the rows of the calls themselves are read
      const at::Tensor scores = at::matmul(q, own[1].transpose(2, 3)) * (1 / std::sqrt(static_cast<double>(each)));
      mixed.push_back(at::matmul(at::softmax(scores, -1), own[2]).transpose(1, 2).reshape({-1, width}));
      if (last) kept.push_back(x.narrow(0, span.begin, span.calls * span.tokens).view({span.calls, span.tokens, width}).select(1, 0));
    }
    if (last) x = at::cat(kept);
    x = x + at::addmm(at(layer + "out.bias"), at::cat(mixed), at(layer + "out.weight"));
    const at::Tensor inner = at::addmm(
        at(layer + "up.bias"), at::layer_norm(x, {width}, at(layer + "norm2.weight"), at(layer + "norm2.bias")), at(layer + "up.weight"));
    x = x + at::addmm(at(layer + "down.bias"), at::gelu(inner, "tanh"), at(layer + "down.weight"));
  }
  x = at::layer_norm(x, {width}, at("norm.weight"), at("norm.bias"));
  x = at::addmm(at("head.up.bias"), at::cat({x, at::cat(facts)}, 1), at("head.up.weight"));
  x = at::addmm(at::cat(bias), at::gelu(x, "tanh"), at("head.down.weight"));
  const at::Tensor chosen = at::cat(which);
  x = x.index_select(0, chosen);
  if (context_) x = x + at::cat(around);
  if (drifts) x = x + at::cat(drifted);
  const at::Tensor logs = at::logsumexp(at::clamp(x, -40, 40) + at::cat(terms).index_select(0, chosen), {1});
  return at::zeros({batch.rows}).index_add(0, at::cat(rows), logs.exp()).log();
}

void Network::copyTo(infer::Model& model, const at::Tensor& flat) const {
  for (const auto& [name, shape] : infer::tensorShapes(model)) {
    if (isStatistic(name)) continue;
    const std::int64_t size = c10::multiply_integers(shape);
    const float* from = flat.data_ptr<float>() + begins_.at(name);
    format::Tensor tensor{shape, std::vector<float>(from, from + size)};
    // What the file holds is what everybody runs, the error table included.
    for (float& value : tensor.values) value = format::fromHalf(format::toHalf(value));
    model.tensors[name] = std::move(tensor);
  }
}

void Network::copyFrom(const infer::Model& model) {
  for (const auto& [name, begin] : begins_) {
    if (name == kDriftName) continue;
    const auto& values = model.tensors.at(name).values;
    std::copy(values.begin(), values.end(), weights.data_ptr<float>() + begin);
  }
}

} // namespace cobra::train
