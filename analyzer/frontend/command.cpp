#include "analyzer/frontend/command.h"

#include "clang/Basic/Version.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <dlfcn.h>
#include <filesystem>

namespace cobra {
namespace fs = std::filesystem;
using namespace clang::tooling;
namespace {

bool isFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// compile_commands.json in `folder` itself or in one of the usual build folders of it.
std::optional<fs::path> databaseIn(const fs::path& folder) {
  for (const char* sub : {"", "build", "out"})
    if (isFile(folder / sub / "compile_commands.json")) return folder / sub / "compile_commands.json";
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (llvm::StringRef(it->path().filename().native()).starts_with("cmake-build-") && isFile(it->path() / "compile_commands.json"))
      return it->path() / "compile_commands.json";
  return std::nullopt;
}

std::unique_ptr<CompilationDatabase> load(const fs::path& file, std::string& error) {
  std::unique_ptr<CompilationDatabase> database =
      JSONCompilationDatabase::loadFromFile(file.string(), error, JSONCommandLineSyntax::AutoDetect);
  if (!database) return nullptr;
  return inferMissingCompileCommands(inferTargetAndDriverMode(expandResponseFiles(std::move(database), llvm::vfs::getRealFileSystem())));
}

/// Flags that only matter to code generation, outputs and warnings; -c and the input go as well.
std::vector<std::string> forParsing(const CompileCommand& command, const std::string& file) {
  ArgumentsAdjuster adjust = combineAdjusters(getClangStripOutputAdjuster(), getClangStripDependencyFileAdjuster());
  adjust = combineAdjusters(adjust, getStripPluginsAdjuster());
  std::vector<std::string> arguments = adjust(command.arguments, file);
  std::vector<std::string> out;
  fs::path input = fs::path(command.directory) / file;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    llvm::StringRef a = arguments[i];
    if (i && (a == "-c" || a == "--" || a == "-Winvalid-pch" || a.starts_with("-W") || a.starts_with("-g") || a == "-pipe")) continue;
    // A precompiled header of another compiler cannot be read, and the textual include beside it says the
    // same.
    if (a == "-Xclang" && i + 1 < arguments.size() && llvm::StringRef(arguments[i + 1]).contains("-pch")) {
      const bool withFile = arguments[i + 1] == "-include-pch" && i + 3 < arguments.size();
      i += withFile ? 3 : 1; // -Xclang -include-pch -Xclang FILE, but -Xclang -fno-pch-timestamp
      continue;
    }
    if (a == "-include-pch") {
      ++i;
      continue;
    }
    std::error_code error;
    if (i && !a.starts_with("-") && fs::equivalent(fs::path(command.directory) / a.str(), input, error)) continue;
    out.push_back(a.str());
  }
  return out;
}

} // namespace

CommandFinder::CommandFinder(std::string buildFolder, std::optional<std::vector<std::string>> fixed, std::vector<std::string> extra)
    : buildFolder_(std::move(buildFolder)), fixed_(std::move(fixed)), extra_(std::move(extra)) {
  if (fixed_ || buildFolder_.empty()) return;
  fs::path file = fs::path(buildFolder_) / "compile_commands.json";
  std::string why;
  if (!isFile(file)) {
    error_ = "there is no compile_commands.json in '" + buildFolder_ + "'";
  } else if (!(database_ = load(file, why))) {
    error_ = "'" + file.string() + "' cannot be read as a compile database: " + why;
  }
}

CommandFinder::~CommandFinder() = default;

const CompilationDatabase* CommandFinder::databaseFor(const std::string& file) {
  if (fixed_) return nullptr;
  if (!buildFolder_.empty()) return database_.get();
  std::error_code error;
  for (fs::path folder = fs::absolute(file, error).parent_path(); !folder.empty(); folder = folder.parent_path()) {
    if (std::optional<fs::path> found = databaseIn(folder)) {
      if (databaseFolder_ != found->parent_path()) {
        std::string why;
        database_ = load(*found, why);
        databaseFolder_ = found->parent_path();
      }
      return database_.get();
    }
    if (folder == folder.root_path()) break;
  }
  return nullptr;
}

CompileCommand CommandFinder::commandFor(const std::string& file) {
  std::error_code error;
  CompileCommand command;
  command.directory = fs::current_path(error).string();
  command.arguments = {"clang++"};
  if (fixed_) {
    command.fromDatabase = true;
    command.arguments.insert(command.arguments.end(), fixed_->begin(), fixed_->end());
  } else if (const CompilationDatabase* database = databaseFor(file)) {
    std::string absolute = fs::absolute(file, error).lexically_normal().string();
    std::vector<clang::tooling::CompileCommand> commands = database->getCompileCommands(absolute);
    if (!commands.empty() && !commands.front().CommandLine.empty()) {
      command.directory = commands.front().Directory;
      command.arguments = commands.front().CommandLine;
      command.fromDatabase = true;
      command.arguments = forParsing(command, absolute);
    }
  }
  command.arguments.insert(command.arguments.end(), extra_.begin(), extra_.end());
  return command;
}

std::vector<std::string> CommandFinder::files() const { return database_ ? database_->getAllFiles() : std::vector<std::string>(); }

std::string resourceFolder() {
  std::error_code error;
  Dl_info info{};
  const std::string version = std::to_string(CLANG_VERSION_MAJOR);
  // In <prefix>/lib/libclang-cpp.so lives some function of Clang; the headers are in <prefix>/lib/clang/19.
  if (dladdr(reinterpret_cast<const void*>(&clang::getClangFullVersion), &info) && info.dli_fname) {
    fs::path beside = fs::canonical(info.dli_fname, error).parent_path() / "clang" / version;
    if (!error && fs::exists(beside / "include/stddef.h", error)) return beside.string();
  }
  for (const char* prefix : {"/usr/lib/llvm-19/lib", "/usr/lib", "/usr/local/lib"}) {
    fs::path folder = fs::path(prefix) / "clang" / version;
    if (fs::exists(folder / "include/stddef.h", error)) return folder.string();
  }
  return "";
}

} // namespace cobra
