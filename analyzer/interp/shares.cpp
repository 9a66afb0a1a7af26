#include "analyzer/interp/shares.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace cobra::interp {
namespace {

constexpr double assuredSeconds = 0.1, assuredBytes = 5e6; // for each run that waits

double share(double left, double waiting, double assured) { return std::max(left / (waiting + 1), (left - waiting * assured) / 2); }

} // namespace

std::uint64_t residentBytes() {
  char text[128];
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return 0;
  text[size] = '\0';
  unsigned long long pages = 0;
  if (std::sscanf(text, "%*u %llu", &pages) != 1) return 0;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Shares::Shares(const Budgets& whole)
    : whole_(whole), end_(std::chrono::steady_clock::now() +
                          std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(whole.seconds))),
      bytesEnd_(residentBytes() + whole.bytes) {}

Budgets Shares::next(std::size_t waiting) const {
  const auto others = static_cast<double>(waiting);
  const double seconds = std::chrono::duration<double>(end_ - std::chrono::steady_clock::now()).count();
  const auto bytes = static_cast<double>(bytesEnd_ - std::min(residentBytes(), bytesEnd_));
  Budgets out = whole_;
  out.seconds = share(std::max(0.0, seconds), others, assuredSeconds);
  out.bytes = static_cast<std::uint64_t>(share(bytes, others, assuredBytes));
  return out;
}

} // namespace cobra::interp
