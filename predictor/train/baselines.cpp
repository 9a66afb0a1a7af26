#include "predictor/train/baselines.h"

#include "predictor/train/trees.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace cobra::train {
namespace {

/// The numbers of all calls of a row side by side; calls are told apart by operator, tokens by parameter, so
/// that a column means the same in every row. Categories get a code in order of appearance. Absent values are
/// 0 for the linear fit.
class Columns {
public:
  std::vector<float> read(const Dataset& data, const DatasetRow& row) {
    std::vector<float> out;
    const auto put = [&](const std::string& name, float value) {
      const std::size_t column = index_.try_emplace(name, index_.size()).first->second;
      if (out.size() <= column) out.resize(column + 1, 0.0F);
      out[column] = value;
    };
    for (const int index : row.calls) {
      const auto& call = data.calls[static_cast<std::size_t>(index)];
      const std::string op{call.op->fullName()};
      put(op, 1);
      if (index != row.main) continue; // what surrounds the main call follows from it
      for (const auto& token : call.tokens) {
        const std::string name = op + '.' + std::string(token.parameter);
        for (std::size_t i = 0; i < token.numbers.size(); ++i) {
          put(name + '.' + std::to_string(i), static_cast<float>(token.numbers[i]));
        }
        if (!token.category.empty()) put(name + '=' + token.category, 1);
      }
    }
    return out;
  }
  std::size_t size() const { return index_.size(); }

private:
  std::map<std::string, std::size_t> index_;
};

struct Problem {
  Table train, test;
  std::vector<float> trainMs, testMs, trainWork, testWork; // work: FLOPs and bytes, two a row
};

Table padded(std::vector<std::vector<float>> rows, std::size_t columns) {
  Table table{.values = {}, .columns = columns};
  for (auto& row : rows) {
    row.resize(columns, 0.0F);
    table.values.insert(table.values.end(), row.begin(), row.end());
  }
  return table;
}

Problem problemOf(const Dataset& data, const std::vector<int>& rows) {
  Columns columns;
  Problem problem;
  std::vector<std::vector<float>> train, test;
  for (const int index : rows) {
    const DatasetRow& row = data.rows[static_cast<std::size_t>(index)];
    const bool isTest = row.part == Part::Test;
    (isTest ? test : train).push_back(columns.read(data, row));
    (isTest ? problem.testMs : problem.trainMs).push_back(static_cast<float>(row.ms));
    double flops = 0, bytes = 0;
    for (const int call : row.calls) {
      const auto& work = data.calls[static_cast<std::size_t>(call)].work;
      flops += work.flops;
      bytes += work.inputBytes + work.weightBytes + work.outputBytes;
    }
    auto& work = isTest ? problem.testWork : problem.trainWork;
    work.push_back(static_cast<float>(flops * 1e-9));
    work.push_back(static_cast<float>(bytes * 1e-6));
  }
  problem.train = padded(std::move(train), columns.size());
  problem.test = padded(std::move(test), columns.size());
  return problem;
}

at::Tensor design(const Table& table, const std::vector<float>& work) {
  const auto rows = static_cast<std::int64_t>(table.rows());
  const at::Tensor numbers = at::tensor(table.values).view({rows, static_cast<std::int64_t>(table.columns)});
  return at::cat({at::ones({rows, 1}), numbers, at::tensor(work).view({rows, 2})}, 1).to(at::kDouble);
}

Score linearScore(const Problem& p) {
  const at::Tensor scale = std::get<0>(design(p.train, p.trainWork).abs().max(0)).clamp_min(1e-12);
  const at::Tensor y = at::tensor(p.trainMs).to(at::kDouble);
  const at::Tensor x = design(p.train, p.trainWork) / scale / y.unsqueeze(1); // weights 1/y: relative errors
  const at::Tensor gram = at::matmul(x.t(), x) + 1e-6 * at::eye(x.size(1), at::kDouble) * static_cast<double>(x.size(0));
  const at::Tensor w = std::get<0>(at::linalg_lstsq(gram, at::matmul(x.t(), at::ones({x.size(0), 1}, at::kDouble)), std::nullopt, "gelsd"));
  const at::Tensor out = at::matmul(design(p.test, p.testWork) / scale, w).squeeze(1).contiguous();
  ScoreKeeper keeper;
  for (std::size_t i = 0; i < p.testMs.size(); ++i) keeper.add(out.data_ptr<double>()[i], p.testMs[i]);
  return keeper.score();
}

Score meanScore(const Problem& p) {
  std::vector<float> sorted = p.trainMs;
  std::ranges::sort(sorted);
  ScoreKeeper keeper;
  for (const float ms : p.testMs) keeper.add(sorted[sorted.size() / 2], ms);
  return keeper.score();
}

std::optional<Score> treeScore(const Problem& p, int threads) {
  std::vector<float> targets(p.trainMs.size());
  std::ranges::transform(p.trainMs, targets.begin(), [](float ms) { return std::log(ms); });
  const auto out = fitTrees(p.train, targets, p.test, threads);
  if (!out) return std::nullopt;
  ScoreKeeper keeper;
  for (std::size_t i = 0; i < p.testMs.size(); ++i) keeper.add(std::exp((*out)[i]), p.testMs[i]);
  return keeper.score();
}

} // namespace

bool haveTrees() {
#ifdef COBRA_XGBOOST
  return true;
#else
  return false;
#endif
}

std::vector<BaselineLine> runBaselines(const Dataset& data, GroupBy by, int threads) {
  std::map<std::pair<std::string, int>, std::vector<int>> groups;
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    if (data.rows[i].part == Part::Calibrate) continue; // the model does not train on them either
    groups[{groupOf(data, data.rows[i], by), data.rows[i].device}].push_back(static_cast<int>(i));
  }
  std::vector<BaselineLine> lines;
  for (const auto& [key, rows] : groups) {
    const Problem problem = problemOf(data, rows);
    if (problem.trainMs.empty() || problem.testMs.empty()) continue;
    lines.push_back({key.first, data.devices[static_cast<std::size_t>(key.second)].name, meanScore(problem), linearScore(problem),
                     treeScore(problem, threads)});
  }
  return lines;
}

} // namespace cobra::train
