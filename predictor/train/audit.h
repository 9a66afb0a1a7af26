// Proof that a split is what it says: nothing that is tested on was trained on.
#pragma once

#include "predictor/train/dataset.h"

#include <set>
#include <string>
#include <vector>

namespace cobra::train {

struct Audit {
  int trained = 0, calibrated = 0, validated = 0, tested = 0; // rows
  int testSnippets = 0, testShapes = 0;                       // distinct, of the heaviest calls of the test rows
  std::vector<std::string> violations = {};                   // one sentence each; empty: the split holds
};

/// Compares hashes of the snippets and of the shapes (split.h) of each row's heaviest call across the parts, over all devices. For a split
/// by family also the families, by size also the sizes. `apart`: shapes that no row outside the test part may hold in any of its calls.
Audit audit(const Dataset& data, const SplitRule& rule, const std::set<std::string>& apart = {});

/// Every finding with its rows; "the split holds" or what breaks it last.
std::string printAudit(const Audit& audit);

} // namespace cobra::train
