#include "predictor/train/paper/features.h"

#include "predictor/infer/physics.h"

#include <cmath>

namespace cobra::train::paper {
namespace {

constexpr double kLeastDeviation = 0.2; // rare and constant columns are not blown up

std::string typeOf(const std::string& snippet) { return snippet.substr(0, snippet.find('(')); }

} // namespace

FeatureMaker::FeatureMaker(const PaperData& data, NodeFeatures wanted) : wanted_(wanted) {
  for (const std::string& snippet : data.snippets) {
    const std::string type = typeOf(snippet);
    auto& values = values_.emplace_back();
    values.emplace_back(type, 1.0F);
    auto call = parseSnippet(snippet);
    if (!wanted.parameters || std::holds_alternative<SnippetError>(call)) continue;
    auto features = infer::featuresOf(std::get<Call>(call));
    if (std::holds_alternative<std::string>(features)) continue;
    for (const infer::Token& token : std::get<infer::CallFeatures>(features).tokens) {
      const std::string name = type + '.' + std::string(token.parameter);
      if (!token.category.empty()) values.emplace_back(name + '=' + token.category, 1.0F);
      for (std::size_t i = 0; i < token.numbers.size(); ++i) {
        const auto number = static_cast<double>(token.numbers[i]);
        values.emplace_back(name + '.' + std::to_string(i), static_cast<float>(std::copysign(std::log1p(std::abs(number)), number)));
      }
    }
  }
  double sum = 0, count = 0;
  for (const MeasuredNetwork& network : data.train) {
    for (std::size_t i = 0; i < network.snippets.size(); ++i) {
      for (const auto& [name, value] : values_[static_cast<std::size_t>(network.snippets[i])]) {
        columns_.try_emplace(name, static_cast<std::int64_t>(columns_.size()));
      }
      sum += network.nodeMs[i];
      ++count;
    }
  }
  latencyUnit_ = sum > 0 ? sum / count : 1;
  if (wanted.latency) columns_.try_emplace("measured", static_cast<std::int64_t>(columns_.size()));
  std::vector<at::Tensor> all;
  for (const MeasuredNetwork& network : data.train) all.push_back(raw(network));
  scale_ = 1 / at::cat(all).std(0).clamp_min(kLeastDeviation);
  if (wanted.latency) scale_[columns_.at("measured")] = 1;
}

at::Tensor FeatureMaker::raw(const MeasuredNetwork& network) const {
  const std::int64_t width = this->width();
  at::Tensor out = at::zeros({static_cast<std::int64_t>(network.snippets.size()), width});
  float* row = out.data_ptr<float>();
  for (std::size_t i = 0; i < network.snippets.size(); ++i, row += width) {
    for (const auto& [name, value] : values_[static_cast<std::size_t>(network.snippets[i])]) {
      if (const auto column = columns_.find(name); column != columns_.end()) row[column->second] = value;
    }
    if (wanted_.latency) row[columns_.at("measured")] = static_cast<float>(network.nodeMs[i] / latencyUnit_);
  }
  return out;
}

std::vector<at::Tensor> FeatureMaker::of(const std::vector<MeasuredNetwork>& networks) const {
  std::vector<at::Tensor> out;
  for (const MeasuredNetwork& network : networks) out.push_back(raw(network) * scale_);
  return out;
}

NetworkNumbers::NetworkNumbers(const PaperData& data) {
  std::map<std::string, std::size_t> columns;
  for (const std::string& snippet : data.snippets) {
    Cost cost{.column = columns.try_emplace(typeOf(snippet), columns.size()).first->second};
    if (auto call = parseSnippet(snippet); std::holds_alternative<Call>(call)) {
      if (auto features = infer::featuresOf(std::get<Call>(call)); std::holds_alternative<infer::CallFeatures>(features)) {
        const infer::Work& work = std::get<infer::CallFeatures>(features).work;
        cost.gflop = static_cast<float>(work.flops * 1e-9);
        cost.megabytes = static_cast<float>((work.inputBytes + work.weightBytes + work.outputBytes) * 1e-6);
      }
    }
    costs_.push_back(cost);
  }
  operators_ = columns.size();
}

std::vector<float> NetworkNumbers::of(const MeasuredNetwork& network) const {
  std::vector<float> out(3 * (operators_ + 1), 0.0F);
  for (const int snippet : network.snippets) {
    const Cost& cost = costs_[static_cast<std::size_t>(snippet)];
    for (const std::size_t column : {std::size_t{0}, cost.column + 1}) {
      out[3 * column] += 1;
      out[3 * column + 1] += cost.gflop;
      out[3 * column + 2] += cost.megabytes;
    }
  }
  return out;
}

} // namespace cobra::train::paper
