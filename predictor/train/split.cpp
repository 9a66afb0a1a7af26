#include "predictor/train/split.h"

#include "predictor/train/dataset.h"
#include "predictor/train/hash.h"

#include <algorithm>
#include <map>
#include <set>

namespace cobra::train {
namespace {

std::uint64_t hashed(const std::string& text, std::uint64_t seed) {
  Hash hash(seed);
  hash.add(text);
  return hash.value();
}

const infer::CallFeatures& mainOf(const Dataset& data, const DatasetRow& row) { return data.calls[static_cast<std::size_t>(row.main)]; }

std::set<std::string> testFamilies(const Dataset& data, const SplitRule& rule) {
  std::map<std::string, std::size_t> rows;
  for (const DatasetRow& row : data.rows) ++rows[groupOf(data, row, GroupBy::Family)];
  std::map<std::uint64_t, std::string> order;
  for (const auto& [family, count] : rows) order.emplace(hashed(family, rule.seed), family);
  std::set<std::string> chosen;
  std::size_t held = 0;
  for (const auto& [at, family] : order) {
    if (static_cast<double>(held) >= rule.test * static_cast<double>(data.rows.size()) || chosen.size() + 1 == order.size()) break;
    chosen.insert(family);
    held += rows.at(family);
  }
  return chosen;
}

/// For each operator the size above which its shapes are for testing.
std::map<std::string, double> largestTrained(const Dataset& data, const SplitRule& rule) {
  std::map<std::string, std::map<std::string, double>> shapes;
  for (const DatasetRow& row : data.rows) shapes[data.kindOf(row)].emplace(shapeOf(mainOf(data, row)), sizeOf(mainOf(data, row)));
  std::map<std::string, double> limits;
  for (const auto& [op, sizes] : shapes) {
    std::vector<double> sorted;
    for (const auto& [shape, size] : sizes) sorted.push_back(size);
    std::ranges::sort(sorted);
    const auto kept = static_cast<std::size_t>((1 - rule.test) * static_cast<double>(sorted.size()));
    limits[op] = sorted[kept > 0 ? kept - 1 : 0];
  }
  return limits;
}

} // namespace

const char* splitName(SplitBy by) {
  switch (by) {
  case SplitBy::Shape: return "shape";
  case SplitBy::Family: return "family";
  case SplitBy::Size: break;
  }
  return "size";
}

Part partOf(const std::string& shape, const SplitRule& rule) {
  const double at = static_cast<double>(hashed(shape, rule.seed) >> 11) * 0x1p-53;
  if (at < rule.test) return Part::Test;
  if (at < rule.test + rule.calibrate) return Part::Calibrate;
  return at < rule.test + rule.calibrate + rule.validate ? Part::Validate : Part::Train;
}

std::string shapeOf(const infer::CallFeatures& call) {
  std::string key{call.op->fullName()};
  for (const infer::Token& token : call.tokens) {
    key += ';' + token.category;
    for (const std::int64_t number : token.numbers) key += ',' + std::to_string(number);
  }
  return key;
}

double sizeOf(const infer::CallFeatures& call) {
  return call.work.flops + call.work.inputBytes + call.work.weightBytes + call.work.outputBytes;
}

void splitRows(Dataset& data, const SplitRule& rule) {
  SplitRule rest = rule;
  if (rule.by != SplitBy::Shape) rest.test = 0;
  const auto families = rule.by == SplitBy::Family ? testFamilies(data, rule) : std::set<std::string>();
  const auto limits = rule.by == SplitBy::Size ? largestTrained(data, rule) : std::map<std::string, double>();
  for (DatasetRow& row : data.rows) {
    row.part = partOf(shapeOf(mainOf(data, row)), rest);
    if (families.contains(groupOf(data, row, GroupBy::Family))) row.part = Part::Test;
    if (!limits.empty() && sizeOf(mainOf(data, row)) > limits.at(data.kindOf(row))) row.part = Part::Test;
  }
}

void keepApart(Dataset& data, const std::set<std::string>& shapes) {
  std::vector<bool> listed;
  for (const infer::CallFeatures& call : data.calls) listed.push_back(shapes.contains(shapeOf(call)));
  for (DatasetRow& row : data.rows) {
    if (std::ranges::any_of(row.calls, [&](int call) { return listed[static_cast<std::size_t>(call)]; })) row.part = Part::Test;
  }
}

} // namespace cobra::train
