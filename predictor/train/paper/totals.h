// Simple predictions of whole networks, fitted on the training networks: what the graph networks have to beat.
#pragma once

#include "predictor/train/paper/data.h"

#include <optional>

namespace cobra::train::paper {

/// Milliseconds of the test networks.
using Totals = std::vector<double>;

/// The sum of each network's layers times the one factor that has the least mean |error| / measured on the training networks.
Totals layerwiseSum(const PaperData& data, const std::vector<double>& trainSums, const std::vector<double>& testSums);
/// Sums of measured layers.
std::vector<double> measuredSums(const std::vector<MeasuredNetwork>& networks);
/// Sums of layers whose time is given by snippet.
std::vector<double> sumsOf(const std::vector<MeasuredNetwork>& networks, const std::vector<double>& msOfSnippet);

/// The median of the training networks.
Totals constantTotal(const PaperData& data);
/// Least squares of the relative error on counts, FLOPs and bytes, of all and of each operator; ridge 1e-6.
Totals linearTotal(const PaperData& data);
/// XGBoost on the same numbers (trees.h), log latency; nothing if the build has none.
std::optional<Totals> treeTotal(const PaperData& data, int threads);

} // namespace cobra::train::paper
