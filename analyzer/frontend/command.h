// How one source file is compiled: from a compile database, from flags after `--`, or worked out.
#pragma once

#include "analyzer/frontend/libtorch.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clang::tooling {
class CompilationDatabase;
}

namespace cobra {

struct CompileCommand {
  std::string directory;              // where relative paths start
  std::vector<std::string> arguments; // for Clang's driver, the compiler's name first, the source file left out
  bool fromDatabase = false;          // somebody wrote these flags; false: they were worked out
};

/// Finds commands for files. The database is read once; not for use from several threads at once.
class CommandFinder {
public:
  /// `buildFolder` (-p) wins over looking; `fixed` are the flags after `--` and switch the database off;
  /// `extra` come last.
  CommandFinder(std::string buildFolder, std::optional<std::vector<std::string>> fixed, std::vector<std::string> extra);
  ~CommandFinder();

  /// One sentence where -p names a folder without a readable database.
  const std::optional<std::string>& error() const { return error_; }
  CompileCommand commandFor(const std::string& file);
  /// Every source file of the database in use; empty without one.
  std::vector<std::string> files() const;

private:
  const clang::tooling::CompilationDatabase* databaseFor(const std::string& file);

  std::string buildFolder_;
  std::optional<std::vector<std::string>> fixed_;
  std::vector<std::string> extra_;
  std::optional<std::string> error_;
  std::string databaseFolder_; // where database_ was found
  std::unique_ptr<clang::tooling::CompilationDatabase> database_;
};

/// Clang's own headers (stddef.h and so on) that fit the libraries this binary is linked to; empty when they
/// are missing.
std::string resourceFolder();

} // namespace cobra
