#include "predictor/adapt/network_space.h"

#include <Eigen/Cholesky>

#include <array>
#include <cmath>

namespace cobra::adapt {
namespace {

/// Least relative time that a sum may say: a network is not faster than this share of the mean.
constexpr double kLeast = 0.05;

struct Edge {
  int from, to;
};
constexpr std::array kEdges{Edge{0, 1}, Edge{0, 2}, Edge{1, 2}, Edge{0, 3}, Edge{1, 3}, Edge{2, 3}};

/// Which edges lie on a way to the last node of a cell.
std::array<bool, kEdges.size()> reachOutput(std::string_view cell) {
  std::array<bool, 4> node{false, false, false, true};
  std::array<bool, kEdges.size()> reaches{};
  for (std::size_t e = kEdges.size(); e-- > 0;) { // later edges end at later nodes
    reaches[e] = cell[e] != '0' && node[static_cast<std::size_t>(kEdges[e].to)];
    if (reaches[e]) node[static_cast<std::size_t>(kEdges[e].from)] = true;
  }
  return reaches;
}

} // namespace

OperatorCounts countCells(std::span<const std::string> networks, int operators) {
  const auto rows = static_cast<Eigen::Index>(networks.size());
  OperatorCounts counts{Eigen::MatrixXd::Zero(rows, operators), Eigen::MatrixXd::Zero(rows, operators)};
  for (Eigen::Index n = 0; n < rows; ++n) {
    const std::string& cell = networks[static_cast<std::size_t>(n)];
    const auto used = reachOutput(cell);
    for (std::size_t e = 0; e < kEdges.size(); ++e) {
      counts.all(n, cell[e] - '0') += 1;
      if (used[e]) counts.used(n, cell[e] - '0') += 1;
    }
  }
  return counts;
}

Eigen::MatrixXd sumFeatures(const Eigen::MatrixXd& counts, bool products) {
  const Eigen::Index own = counts.cols() - 1;
  Eigen::MatrixXd x(counts.rows(), 1 + own + (products ? own * (own + 1) / 2 : 0));
  x.col(0).setOnes();
  x.middleCols(1, own) = counts.rightCols(own);
  Eigen::Index column = 1 + own;
  for (Eigen::Index i = 0; products && i < own; ++i) {
    for (Eigen::Index j = i; j < own; ++j) x.col(column++) = counts.col(1 + i).cwiseProduct(counts.col(1 + j));
  }
  return x;
}

Eigen::VectorXd fitLeastAbsolute(const Eigen::MatrixXd& x, const Eigen::VectorXd& y) {
  const double scale = y.cwiseAbs().mean();
  Eigen::ArrayXd weights = Eigen::ArrayXd::Ones(y.size());
  Eigen::VectorXd coefficients;
  for (int round = 0; round < 50; ++round) {
    Eigen::MatrixXd gram = x.transpose() * weights.matrix().asDiagonal() * x;
    gram.diagonal().array() += 1e-9 * static_cast<double>(y.size());
    coefficients = gram.ldlt().solve(x.transpose() * (weights * y.array()).matrix());
    weights = ((x * coefficients - y).array().abs() / scale).max(1e-4).inverse();
  }
  return coefficients;
}

SourceProfile profileSource(const OperatorCounts& counts, std::span<const int> measured, const Eigen::VectorXd& ms) {
  SourceProfile best;
  best.meanMs = ms.mean();
  const Eigen::VectorXd relative = ms / best.meanMs;
  const std::vector<int> items(measured.begin(), measured.end());
  double least = -1;
  for (const Unused unused : {Unused::Run, Unused::Dropped}) {
    const Eigen::MatrixXd x = sumFeatures(counts.of(unused)(items, Eigen::all), false);
    const Eigen::VectorXd fit = fitLeastAbsolute(x, relative);
    const double off = (x * fit - relative).cwiseAbs().sum();
    if (least >= 0 && off >= least) continue;
    least = off;
    best.unused = unused;
    best.perOperator = fit;
  }
  const Eigen::VectorXd full = fitLeastAbsolute(sumFeatures(counts.of(best.unused)(items, Eigen::all), true), relative);
  best.logRun = (sumFeatures(counts.all, true) * full).cwiseMax(kLeast).array().log();
  best.logDropped = (sumFeatures(counts.used, true) * full).cwiseMax(kLeast).array().log();
  return best;
}

} // namespace cobra::adapt
