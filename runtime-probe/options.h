// The command line of cobra-probe, read with the C library's getopt_long: a measuring machine has LibTorch
// and a compiler, no more.
#pragma once

#include "predictor/ops/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra::probe {

enum class Command : std::uint8_t { Layers, Run, Graph, Noise, Show, Merge, Sample, Quick, Trace, Import };
/// As it stands on the command line.
std::string_view name(Command command);

struct Options {
  Command command = Command::Layers;
  bool help = false;
  double minutes = 0;    // 0: no limit
  std::int64_t rows = 0; // 0: no limit
  std::string out;       // a file
  std::uint64_t seed = 1;
  DType dtype = DType::Float32;
  std::string device = "cpu"; // "cpu", "cuda", "cuda:1"
  std::string name;           // of the device in the header; empty: what the machine says
  int threads = 1;
  std::optional<int> core;
  bool realtime = false;
  std::vector<std::string> operators; // full names or names; empty: all
  std::vector<std::string> calls;     // graph files whose calls are measured first
  std::string space;                  // empty: the command's default
  std::vector<std::int64_t> batches;  // of networks, taken in turn; empty: 1
  std::int64_t image = 0;             // height and width for networks; 0: the device's default
  std::string shard;                  // "0/4"; empty: everything
  std::int64_t shardIndex = 0, shardCount = 1;
  std::string cache = "warm", layout = "contiguous";
  bool tf32 = false;                 // on a GPU: matrix products may use it, as convolutions may
  bool replay = false;               // on a GPU: time launches of CUDA graphs
  std::int64_t memoryMiB = 0;        // 0: the device's default
  double gigaFlops = 0;              // largest drawn call or network; 0: the device's default
  double rowSeconds = 0;             // sampling time of one row; 0: 0.1 of a call, 1 of a network
  double share = 0.05;               // of the rows that `noise` repeats
  std::vector<std::string> operands; // snippets or files
};

/// One sentence about what is wrong on the command line.
struct UsageError {
  std::string sentence;
};
std::variant<Options, UsageError> parseOptions(int argc, char** argv);

/// What --help prints.
std::string usage();

} // namespace cobra::probe
