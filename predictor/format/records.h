// Files of measured operator calls: JSON lines, gzip, one file a device and kind. The format is
// docs/measuring.md.
//
// A reader takes a whole file into memory. A file belongs to one RecordWriter at a time; reading is free of
// thread rules.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cobra {

/// Where and how everything in one file was measured: its first line.
struct RecordHeader {
  std::string kind = "layers";
  std::string device;            // "cpu-xeon-avx512", "h200": the name of the profile trained on it
  std::string processor;         // what the machine calls itself: the CPU's model name, the GPU's
  std::string clocks;            // "2300 MHz"; empty where it cannot be read
  std::string versions;          // "LibTorch 2.11.0, cobra 0.1.0"
  int threads = 1;               // of LibTorch on the CPU
  std::string dtype = "float32"; // of the floating tensors
  std::string space = "default"; // what the samples were drawn from
  std::uint64_t seed = 1;
  std::string cache = "warm"; // the inputs of a call are the same from run to run
  std::string pinned;         // "core 1, SCHED_FIFO", "core 1", "no"
  std::string date;           // UTC, ISO 8601, of the first row
  std::string command;        // that made the file
  // What files say only where it is not the default.
  std::string layout = "contiguous"; // of 4-D tensors; "channels-last"
  std::string tf32;                  // GPU: "convolutions", "convolutions and products", "no"
  std::string launch = "eager";      // "replay": what was timed are launches of a captured CUDA graph
  std::string shard;                 // "0/4": this file holds every fourth row; empty: all of them
  bool operator==(const RecordHeader&) const = default;
};

/// Rows that repeat row n have the number firstRepeat + n, apart from what is still to be measured.
inline constexpr std::int64_t firstRepeat = 1'000'000'000'000;

/// One operator inside a measured network.
struct RecordNode {
  std::string snippet;
  double medianMs = 0;   // of its share in a forward pass; 0: only the whole was measured
  std::vector<int> from; // the nodes whose outputs it reads, ascending
  bool operator==(const RecordNode&) const = default;
};

/// One call or one network, measured or refused.
struct Record {
  std::int64_t row = 0;                      // its number in the run's sequence, which resuming goes by
  std::string snippet;                       // of a call; empty for a network
  std::string network;                       // what a network is called; empty for a call
  std::vector<RecordNode> nodes;             // of a network, in execution order; a repeat has none
  double medianMs = 0, p10Ms = 0, p90Ms = 0; // of one forward call
  std::int64_t count = 0;                    // samples behind them
  std::int64_t batch = 1;                    // calls timed together as one sample
  std::string stop;                          // "converged", "time", "count": what ended the sampling
  std::int64_t preempted = 0;                // samples thrown away because another thread took the core meanwhile
  std::optional<std::int64_t> repeats;       // measured again later, for the noise floor: the row it repeats
  std::string error;                         // "unknown operator", "memory", "refused", ... (docs/measuring.md); empty: it was measured
  std::string reason;                        // the sentence behind `error`
  // While it was measured; 0 where the machine does not tell.
  std::int64_t clockMHz = 0, celsius = 0;
  std::int64_t at = 0; // seconds since 1970

  bool measured() const { return error.empty(); }
  bool operator==(const Record&) const = default;
};

/// One sentence that names the file, and the line where there is one.
struct RecordError {
  std::string sentence;
};

struct RecordFile {
  RecordHeader header;
  std::vector<Record> rows; // in the order of the file, repeats included
  std::string torn;         // not empty: the file ends in the middle of a row, and what that cost, as a sentence
};

/// Reads .jsonl and .jsonl.gz. A file cut off at the end gives the rows before the cut and says so in `torn`;
/// anything else that is wrong (no header, two devices, broken JSON, a negative time) is an error.
std::variant<RecordFile, RecordError> readRecords(const std::filesystem::path& file);

/// True if this build can read and write .gz.
bool recordsCompress();

/// Appends rows to a file. What append() took reaches the file within a second or at flush(), whatever
/// happens to the process.
class RecordWriter {
public:
  /// Starts a file with its header, or continues one: then the header must agree in device, kind, versions,
  /// threads, dtype, space and seed, a torn end is mended first, and the rows already there are in present().
  static std::variant<RecordWriter, RecordError> open(const std::filesystem::path& file, const RecordHeader& header);

  ~RecordWriter();
  RecordWriter(RecordWriter&&) noexcept;
  RecordWriter& operator=(RecordWriter&&) noexcept;

  /// What the file held when it was opened.
  const RecordFile& present() const;
  /// A failed write (full disk) is an error; the rows before it stay readable.
  std::optional<RecordError> append(const Record& record);
  /// Ends the file and packs it anew as a whole: row by row it takes more space. The destructor only ends it.
  std::optional<RecordError> close();

private:
  struct State;
  explicit RecordWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Several files of one measurement as one: the rows of all, in the order of their numbers. What the header fixes
/// must be the same in all; the shard is dropped. What stands in two files is kept
/// once and counted in `duplicates`, and so are repeats of a row that was not kept; one number for two different calls
/// is an error.
std::variant<RecordFile, RecordError> mergeRecords(const std::vector<std::filesystem::path>& files, std::int64_t& duplicates);
/// Writes a file as a whole, in one step.
std::optional<RecordError> writeRecords(const std::filesystem::path& file, const RecordFile& records);

/// What a perfect predictor would score against rows as noisy as these.
struct NoiseFloor {
  std::int64_t pairs = 0;                        // rows measured twice
  double mape = 0;                               // percent
  double within1 = 0, within5 = 0, within10 = 0; // percent of rows
};
/// |a-b| / (√2 mean(a, b)) of two measurements of one thing: what a perfect predictor would miss one of them by.
double noiseOf(double a, double b);
/// From the repeats in a file. The difference of two measurements is wider than the error of one by √2 if the
/// noise is independent and symmetric; the floor is |a-b| / (√2 mean(a, b)). Nothing if no row is repeated.
std::optional<NoiseFloor> noiseFloor(const RecordFile& file);

} // namespace cobra
