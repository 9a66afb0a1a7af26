// Measures rows into a file, one after the other, so that nothing is lost or done twice whatever happens: a crash
// inside LibTorch becomes a row, Ctrl-C and kill end between two rows, and the same command goes on with the file.
// One process measures, another one watches over it.
#pragma once

#include "runtime-probe/session.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace cobra::probe {

/// Every count-th row, from the index-th on.
struct Shard {
  std::int64_t index = 0, count = 1;
};

/// What a run measures, in order. What comes next follows from the options and the rows before it alone.
class Plan {
public:
  virtual ~Plan() = default;
  /// A row that is there already, in the order of the file.
  virtual void add(const Record& record) = 0;
  /// Goes to the next row; false when there is none left.
  virtual bool next() = 0;
  virtual std::int64_t row() const = 0;
  /// The row without its measurement: snippet or network, for when measuring ends the process.
  virtual Record what() const = 0;
  /// Everything but the row's number. Never throws. Adds to `spent` the seconds of warm-up and samples.
  virtual Record measure(const MeasureSetting& setting, double& spent) = 0;
};

struct PlanError {
  std::string sentence;
};
using MakePlan = std::function<std::variant<std::unique_ptr<Plan>, PlanError>(const Session& session, const Options&)>;

/// Goes on with --out until time, rows or the plan are used up. `kind` is the header's, and the end of the file's
/// name where --out is a folder. Gives the exit code.
int collect(const Options& options, std::string_view kind, const MakePlan& makePlan);

/// Puts into a record the clock, the temperature and the time of day, where the machine tells them.
void noteConditions(Record& record, c10::Device device);

} // namespace cobra::probe
