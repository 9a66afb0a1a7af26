#include "predictor/train/dataset.h"

#include "predictor/train/device_specs.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace cobra::train {
namespace {

using infer::CallFeatures;
using infer::Token;

class Builder {
public:
  Builder(const RowTable& table, const SplitRule& rule) : table_(table), rule_(rule) { data_.devices = table.devices; }

  std::variant<Dataset, RowError> build() {
    for (const Row& row : table_.rows) add(row);
    data_.notes = table_.notes;
    for (const auto& [why, count] : refused_) data_.notes.push_back(std::to_string(count) + " rows are left out: " + why);
    if (data_.rows.empty()) return RowError{"no row is left to train on"};
    splitRows(data_, rule_);
    for (std::size_t i = 0; i < parts_.size(); ++i) data_.rows[i].part = parts_[i].value_or(data_.rows[i].part);
    return std::move(data_);
  }

private:
  void add(const Row& row) {
    DatasetRow out{.device = row.device,
                   .ms = row.ms,
                   .floor = row.floor,
                   .at = row.at,
                   .context = infer::contextOf(row.around),
                   .weight = row.weight};
    double heaviest = -1;
    for (const std::string& snippet : row.calls) {
      const int call = callOf(snippet);
      if (call < 0) return;
      const double weight = sizeOf(data_.calls[static_cast<std::size_t>(call)]);
      // A product outweighs any elementwise work around it.
      const bool product = data_.calls[static_cast<std::size_t>(call)].product.has_value();
      const double rank = product ? weight + 1e30 : weight;
      if (rank > heaviest) out.main = call;
      heaviest = std::max(heaviest, rank);
      out.calls.push_back(call);
    }
    data_.rows.push_back(std::move(out));
    parts_.push_back(row.part);
  }

  int callOf(const std::string& snippet) {
    const auto [slot, isNew] = index_.try_emplace(snippet, -1);
    if (!isNew) {
      if (slot->second < 0) ++refused_["the registry refuses a call like one before"];
      return slot->second;
    }
    auto parsed = parseSnippet(snippet);
    if (const auto* error = std::get_if<SnippetError>(&parsed)) {
      ++refused_[error->sentence];
      return -1;
    }
    auto features = infer::featuresOf(std::get<Call>(parsed));
    if (const auto* why = std::get_if<std::string>(&features)) {
      ++refused_[*why];
      return -1;
    }
    slot->second = static_cast<int>(data_.calls.size());
    data_.calls.push_back(std::get<CallFeatures>(std::move(features)));
    data_.snippets.push_back(snippet);
    return slot->second;
  }

  const RowTable& table_;
  SplitRule rule_;
  Dataset data_;
  std::unordered_map<std::string, int> index_;
  std::map<std::string, int> refused_;
  std::vector<std::optional<Part>> parts_; // of each row that is kept
};

/// What one operator's tokens looked like over all training calls.
class TokenHistory {
public:
  void add(const CallFeatures& call) {
    if (tokens_.empty()) {
      for (const Token& token : call.tokens) tokens_.push_back({.first = token, .constant = true, .same = {}});
      for (std::size_t i = 0; i < tokens_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) tokens_[i].same.insert(j);
      }
    }
    for (std::size_t i = 0; i < tokens_.size() && i < call.tokens.size(); ++i) {
      const Token& token = call.tokens[i];
      tokens_[i].constant = tokens_[i].constant && equal(token, tokens_[i].first);
      std::erase_if(tokens_[i].same, [&](std::size_t j) { return !equal(token, call.tokens[j]); });
    }
  }

  infer::OperatorEntry entry(const std::string& name, const infer::Vocabulary& vocabulary) const {
    infer::OperatorEntry entry{.name = name};
    for (const History& h : tokens_) {
      const int parameter = vocabulary.parameterIndex(h.first.parameter);
      if (h.constant) {
        entry.fixed.push_back({.parameter = parameter, .category = h.first.category, .numbers = h.first.numbers});
      } else if (!h.same.empty()) {
        const auto& other = tokens_[*h.same.begin()].first;
        entry.fixed.push_back({.parameter = parameter, .sameAs = vocabulary.parameterIndex(other.parameter)});
      } else {
        entry.tokens.push_back(parameter);
      }
    }
    return entry;
  }

private:
  static bool equal(const Token& a, const Token& b) { return a.category == b.category && a.numbers == b.numbers; }
  struct History {
    Token first;
    bool constant;
    std::set<std::size_t> same; // earlier tokens it has always repeated
  };
  std::vector<History> tokens_;
};

std::vector<bool> usedInTraining(const Dataset& data) {
  std::vector<bool> used(data.calls.size(), false);
  for (const DatasetRow& row : data.rows) {
    if (row.part != Part::Train) continue;
    for (const int call : row.calls) used[static_cast<std::size_t>(call)] = true;
  }
  return used;
}

void widen(infer::OperatorCoverage& coverage, const CallFeatures& call, const infer::EncodedCall& encoded, bool first) {
  const double flops = call.work.flops, bytes = call.work.inputBytes + call.work.weightBytes + call.work.outputBytes;
  if (first) {
    coverage.flops = {flops, flops};
    coverage.bytes = {bytes, bytes};
    coverage.numbers.resize(encoded.tokens.size());
  }
  coverage.flops.widen(flops);
  coverage.bytes.widen(bytes);
  for (std::size_t t = 0; t < encoded.tokens.size(); ++t) {
    const infer::EncodedToken& token = encoded.tokens[t];
    for (int i = 0; i < token.count; ++i) {
      const auto value = static_cast<double>(encoded.numbers[static_cast<std::size_t>(token.first + i)].value);
      auto& ranges = coverage.numbers[t];
      if (static_cast<std::size_t>(i) >= ranges.size()) {
        ranges.push_back({value, value});
      } else {
        ranges[static_cast<std::size_t>(i)].widen(value);
      }
    }
  }
}

} // namespace

std::string groupOf(const Dataset& data, const DatasetRow& row, GroupBy by) {
  switch (by) {
  case GroupBy::Operator: return data.kindOf(row);
  case GroupBy::Family: return std::string(data.calls[static_cast<std::size_t>(row.main)].op->family());
  case GroupBy::Device: break;
  }
  return "all";
}

std::variant<Dataset, RowError> makeDataset(const RowTable& table, const SplitRule& rule) { return Builder(table, rule).build(); }

infer::Vocabulary makeVocabulary(const Dataset& data) {
  infer::Vocabulary vocabulary;
  std::map<std::string, TokenHistory> histories;
  std::map<std::string, std::set<std::string>> categories;
  std::map<std::string, int> slots;
  const auto used = usedInTraining(data);
  for (std::size_t i = 0; i < data.calls.size(); ++i) {
    if (!used[i]) continue;
    const CallFeatures& call = data.calls[i];
    histories[std::string(call.op->fullName())].add(call);
    for (const Token& token : call.tokens) {
      const std::string name{token.parameter};
      if (!token.category.empty()) categories[name].insert(token.category);
      slots[name] = std::max(slots[name], static_cast<int>(token.numbers.size()));
    }
  }
  for (const auto& [name, count] : slots) {
    infer::ParameterEntry entry{.name = name, .slots = count};
    entry.categories.assign(categories[name].begin(), categories[name].end());
    vocabulary.parameters.push_back(std::move(entry));
  }
  vocabulary.index();
  // Only arguments that become tokens somewhere take up weights.
  std::set<int> kept;
  for (const auto& [name, history] : histories) {
    for (const int parameter : history.entry(name, vocabulary).tokens) kept.insert(parameter);
  }
  for (std::size_t i = 0; i < vocabulary.parameters.size(); ++i) {
    if (kept.contains(static_cast<int>(i))) continue;
    vocabulary.parameters[i].slots = 0;
    vocabulary.parameters[i].categories.clear();
  }
  for (const auto& [name, history] : histories) vocabulary.operators.push_back(history.entry(name, vocabulary));
  vocabulary.index();
  return vocabulary;
}

std::vector<infer::DeviceEntryInfo> makeDevices(const Dataset& data, const infer::Vocabulary& vocabulary) {
  std::vector<infer::DeviceEntryInfo> devices;
  std::vector<std::map<int, infer::OperatorCoverage>> coverage(data.devices.size());
  infer::EncodedCall encoded;
  for (const DatasetRow& row : data.rows) {
    if (row.part != Part::Train) continue;
    for (const int index : row.calls) {
      const CallFeatures& call = data.calls[static_cast<std::size_t>(index)];
      if (!vocabulary.encode(call, encoded)) continue;
      const auto [slot, isNew] = coverage[static_cast<std::size_t>(row.device)].try_emplace(encoded.op);
      slot->second.op = encoded.op;
      slot->second.rows += index == row.main ? 1 : 0;
      widen(slot->second, call, encoded, isNew);
    }
  }
  for (std::size_t d = 0; d < data.devices.size(); ++d) {
    const DeviceSource& source = data.devices[d];
    infer::DeviceEntryInfo info{.name = source.name, .title = source.title, .source = source.source, .versions = source.versions};
    info.spec = specOf(source.name);
    for (auto& [op, entry] : coverage[d]) info.coverage.push_back(std::move(entry));
    devices.push_back(std::move(info));
  }
  return devices;
}

} // namespace cobra::train
