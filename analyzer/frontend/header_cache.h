// Precompiled library headers on disk, shared by all files of a project and by all processes of one user.
//
// An entry is <key>.pch with <key>.txt beside it, which says what it holds; the second is written last, so an
// entry without it is unfinished. Files are written under another name and renamed. Nothing here reports an
// error: a cache that cannot be used is one that is not there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cobra {

class HeaderCache {
public:
  /// An empty folder switches the cache off.
  explicit HeaderCache(std::filesystem::path folder);
  /// ${XDG_CACHE_HOME:-~/.cache}/cobra/headers; empty where neither is set.
  static std::filesystem::path defaultFolder();

  /// One process builds an entry at a time; the lock lives until the last process that inherited it lets go.
  class Lock {
  public:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&&) = delete;
    ~Lock();

  private:
    int descriptor_;
  };

  /// The precompiled header for `key`, where a finished one lies there. Notes its use.
  std::optional<std::filesystem::path> find(const std::string& key) const;
  /// Waits while another process builds the same entry, at most `seconds`. Nothing where the folder cannot be
  /// written.
  std::optional<Lock> lock(const std::string& key, double seconds) const;
  /// Writes one entry and throws out the entries longest unused beyond the size limit.
  void store(const std::string& key, const char* data, std::size_t size, const std::string& description) const;
  void drop(const std::string& key) const;

private:
  std::filesystem::path path(const std::string& key, const char* ending) const;
  void prune() const;

  std::filesystem::path folder_;
};

} // namespace cobra
