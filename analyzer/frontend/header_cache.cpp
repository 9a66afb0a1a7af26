#include "analyzer/frontend/header_cache.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t maxBytes = std::uintmax_t(3) << 30; // some 25 sets of headers

bool writeFile(const fs::path& path, llvm::StringRef data) {
  const fs::path temporary = path.string() + "." + std::to_string(getpid());
  std::error_code error;
  {
    llvm::raw_fd_ostream out(temporary.string(), error, llvm::sys::fs::OF_None);
    if (error) return false;
    out << data;
    out.close();
    if (out.has_error()) {
      out.clear_error();
      fs::remove(temporary, error);
      return false;
    }
  }
  fs::rename(temporary, path, error);
  if (!error) return true;
  fs::remove(temporary, error);
  return false;
}

} // namespace

HeaderCache::Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
HeaderCache::Lock::~Lock() {
  // Closing, and never unlocking, keeps the lock for the child that writes the entry.
  if (descriptor_ >= 0) ::close(descriptor_);
}

HeaderCache::HeaderCache(fs::path folder) : folder_(std::move(folder)) {}

fs::path HeaderCache::defaultFolder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "cobra/headers";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache/cobra/headers";
  return {};
}

fs::path HeaderCache::path(const std::string& key, const char* ending) const { return folder_ / (key + ending); }

std::optional<fs::path> HeaderCache::find(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  auto description = llvm::MemoryBuffer::getFile(path(key, ".txt").string());
  if (!description) return std::nullopt;
  std::uintmax_t expected = 0;
  auto [line, rest] = (*description)->getBuffer().split('\n');
  std::error_code error;
  const fs::path entry = path(key, ".pch");
  if (!line.consume_front("size ") || line.trim().getAsInteger(10, expected) || fs::file_size(entry, error) != expected || error)
    return std::nullopt;
  fs::last_write_time(path(key, ".txt"), fs::file_time_type::clock::now(), error);
  return entry;
}

std::optional<HeaderCache::Lock> HeaderCache::lock(const std::string& key, double seconds) const {
  if (folder_.empty()) return std::nullopt;
  std::error_code error;
  fs::create_directories(folder_, error);
  const int descriptor = ::open(path(key, ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return std::nullopt;
  Lock lock(descriptor);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (::flock(descriptor, LOCK_EX | LOCK_NB)) {
    if (std::chrono::steady_clock::now() > end) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return lock;
}

void HeaderCache::store(const std::string& key, const char* data, std::size_t size, const std::string& description) const {
  std::error_code error;
  fs::remove(path(key, ".txt"), error);
  if (!writeFile(path(key, ".pch"), {data, size})) return;
  writeFile(path(key, ".txt"), "size " + std::to_string(size) + "\n" + description);
  prune();
}

void HeaderCache::drop(const std::string& key) const {
  std::error_code error;
  for (const char* ending : {".txt", ".pch"}) fs::remove(path(key, ending), error);
}

void HeaderCache::prune() const {
  struct Entry {
    fs::file_time_type used;
    std::uintmax_t size;
    std::string key;
  };
  std::vector<Entry> entries;
  std::uintmax_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".pch") continue;
    std::error_code ignored;
    Entry entry{fs::last_write_time(path(it->path().stem(), ".txt"), ignored), it->file_size(ignored), it->path().stem()};
    total += entry.size;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= maxBytes) break;
    total -= entry.size;
    drop(entry.key);
  }
}

} // namespace cobra
