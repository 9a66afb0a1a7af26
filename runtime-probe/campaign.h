// What a run of measurements takes next.
//
// The next call follows from the seed, the row's number and the rows before it alone, so a run that was
// interrupted goes on as if it had not been. Operators are kept in balance: the one that lacks most rows
// against its family's weight comes next, which also catches up on operators added since the file was begun.
// No call is measured twice.
#pragma once

#include "predictor/encode/snippet.h"
#include "predictor/format/records.h"
#include "predictor/graph/graph.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace cobra::probe {

struct CampaignSetting {
  std::uint64_t seed = 1;
  DType dtype = DType::Float32;       // floating tensors become this
  std::int64_t memoryLimit = 0;       // bytes of inputs and outputs; larger draws are drawn again
  std::int64_t flopLimit = 0;         // likewise; 0: none
  std::vector<std::string> operators; // names or full names; empty: every operator of LibTorch's with a space
  std::int64_t shard = 0, shards = 1; // rows are numbered shard, shard + shards, ...
};

struct CampaignError {
  std::string sentence;
};

class Campaign {
public:
  /// `calls` are taken before anything is drawn. An operator that the registry lacks, or that has no space,
  /// is an error.
  static std::variant<Campaign, CampaignError> make(const CampaignSetting& setting, std::vector<Call> calls);

  /// Counts a row that is there already, in the order of the file.
  void add(const Record& record);
  /// The next call, and its row's number; nothing when every space is used up.
  std::optional<Call> next();
  std::int64_t row() const { return row_; }

private:
  struct Source {
    const ops::Operator* op = nullptr;
    double weight = 1;
    std::int64_t rows = 0;
    bool usedUp = false;
  };

  Campaign() = default;
  Source* neediest();
  std::optional<Call> draw(const Source& source);
  /// Logarithm of the bytes moved, FLOPs counted in; nothing if the call is too large, empty or refused.
  std::optional<double> work(const Call& call) const;

  CampaignSetting setting_;
  std::vector<Call> calls_; // still to be measured, last first
  std::vector<Source> sources_;
  std::unordered_set<std::string> seen_; // snippets
  std::int64_t row_ = 0;
};

/// The distinct calls of graph files, in their order.
std::variant<std::vector<Call>, CampaignError> callsOfGraphs(std::span<const std::string> files);

/// The same call or graph with its floating tensors in another dtype.
Call withDType(Call call, DType dtype);
Graph withDType(Graph graph, DType dtype);

} // namespace cobra::probe
