// Published latency tables (CSV, gzip) in our own form: each row becomes the LibTorch calls that do the same
// work.
#pragma once

#include "predictor/train/rows.h"

namespace cobra::train {

/// The kinds of tables that are known, for help texts ("tf-conv2d", "pytorch21-bmm").
std::vector<std::string> publicKinds();

struct ImportRequest {
  std::string kind;
  std::filesystem::path file;
  std::string device; // for tables without a device column
};

/// The text of a rows file (see rows.h), not yet packed.
std::variant<std::string, RowError> importPublic(const ImportRequest& request);

} // namespace cobra::train
