// Published latencies of whole networks of one closed space: NAS-Bench-201, FBNet. JSON lines, gzip by name:
//
//   {"schema":"cobra.networks/1","title":"NAS-Bench-201","source":"public","origin":"...","choices":["none",...],"places":6,"devices":["1080ti_1",...]}
//   {"network":"403211","ms":[10.7544,null]}
//
// A network is one choice for each of the space's places; its name is the choices' indices, one digit each.
#pragma once

#include "predictor/train/rows.h"

namespace cobra::train {

struct NetworkTable {
  std::string title, origin, command;
  std::vector<std::string> choices; // at most ten
  int places = 0;
  std::vector<std::string> devices; // with the batch size: "1080ti_32"
  struct Row {
    std::string network;
    std::vector<double> ms; // one for each device; NaN where it was not measured
  };
  std::vector<Row> rows;

  /// Index of a device; -1 if it is not there.
  int device(std::string_view name) const;
};

/// Refuses other schemas, names that are not of the space, names that come twice and times that are not positive.
std::variant<NetworkTable, RowError> readNetworkTable(const std::filesystem::path& file);
/// The text of such a file, not yet packed.
std::string printNetworkTable(const NetworkTable& table);

/// A table as published: CSV, gzip or plain, the network in the column `arch` in its benchmark's notation
/// ("|none~0|+|..." or "7 8 1 ..."), the other columns devices.
std::variant<NetworkTable, RowError> importNetworkTable(const std::filesystem::path& file);

/// Either of the two: CSV by its name (.csv, .csv.gz), JSON lines otherwise.
std::variant<NetworkTable, RowError> openNetworkTable(const std::filesystem::path& file);

} // namespace cobra::train
