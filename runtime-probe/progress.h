// One line on a terminal that says how far a run is. Writes nothing where standard error is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cobra::probe {

class Progress {
public:
  /// The end is a number of rows, a number of seconds, or both; 0 is none.
  Progress(std::int64_t rows, double seconds);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more row is done. Draws at most twice a second.
  void step();
  /// Prints a line to standard error without garbling the other one.
  void say(const std::string& line);
  std::int64_t rows() const { return done_; }
  double elapsed() const;
  double rate() const { return elapsed() > 0 ? static_cast<double>(done_) / elapsed() : 0; }

private:
  /// "1234 rows, 83.1/s, 9:12 left"
  std::string line() const;

  std::chrono::steady_clock::time_point begun_, drawn_;
  std::int64_t rows_, done_ = 0;
  double seconds_;
  bool terminal_;
};

} // namespace cobra::probe
