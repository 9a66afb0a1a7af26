// What every measuring command sets up alike: device, threads, core, header.
#pragma once

#include "predictor/format/records.h"
#include "runtime-probe/machine.h"
#include "runtime-probe/measure.h"
#include "runtime-probe/options.h"

#include <string>
#include <variant>

namespace cobra::probe {

struct Session {
  MeasureSetting setting;
  RecordHeader header;
  std::int64_t flopLimit = 0; // of one drawn call; 0: none
};
/// Finds the device, sets LibTorch's threads and pins the calling thread: once a process, before LibTorch
/// runs anything. `operators` are those that will run, as far as they are known beforehand: where libraries of NVIDIA's run all of
/// them, LibTorch need not know the device, and the libraries have to be there.
std::variant<Session, MachineError> begin(const Options& options, const std::vector<std::string>& operators = {});

/// The command that measures one call again under the same conditions.
std::string repeatCommand(const Session& session, const Options& options, const std::string& snippet);
/// True for rows worth a second look: LibTorch refused what the registry allowed, or the spread is as large
/// as the time itself.
bool surprising(const Record& record);
/// "0.41235 ms (p10 0.40987, p90 0.42001; 41 samples of 1, converged)", or the reason why there is none.
std::string describe(const Record& record);

/// One line on standard output: what a perfect predictor would score against the file's rows.
void printNoiseFloor(const RecordFile& file);

/// Prints a sentence to standard error after "cobra-probe: ", and gives back `code`.
int complain(const std::string& sentence, int code = 1);

/// Ends with standard output: `code`, but 1 and a sentence where it could not be written.
int flushed(int code);

} // namespace cobra::probe
