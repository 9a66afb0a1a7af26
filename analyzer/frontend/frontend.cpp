#include "analyzer/frontend/frontend.h"

#include "analyzer/frontend/cmake_sources.h"
#include "analyzer/frontend/include_search.h"
#include "analyzer/frontend/scan.h"
#include "analyzer/frontend/siblings.h"
#include "analyzer/frontend/standin_headers.h"

#include "clang/Frontend/CompilerInvocation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <set>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr llvm::StringLiteral entryFilePrefix = "<cobra entry ";

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct SourceText {
  std::string text;
  std::string why; // it is none
};

SourceText readSource(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return {"", "there is no such file"};
  if (fs::is_directory(status)) return {"", "this is a folder, not a source file"};
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) return {"", "the file cannot be read: " + buffer.getError().message()};
  if ((*buffer)->getBuffer().contains('\0')) return {"", "this is not C++ source: it holds zero bytes"};
  return {(*buffer)->getBuffer().str(), ""};
}

SearchFolders foldersOf(const clang::CompilerInvocation& invocation) {
  SearchFolders folders;
  for (const auto& entry : invocation.getHeaderSearchOpts().UserEntries) {
    if (entry.Group == clang::frontend::Quoted) folders.quoted.push_back(entry.Path);
    if (entry.Group == clang::frontend::Angled) folders.own.push_back(entry.Path);
  }
  return folders;
}

/// The LibTorch whose folders stand in the flags already.
std::optional<LibTorch> libTorchOf(const clang::CompilerInvocation& invocation) {
  for (const auto& entry : invocation.getHeaderSearchOpts().UserEntries) {
    if (entry.Group == clang::frontend::Quoted || !isLibTorchInclude(entry.Path)) continue;
    const fs::path folder = fs::path(entry.Path).lexically_normal();
    for (const char* up : {"..", "../../../../../.."})
      if (auto torch = libTorchAt((folder / up).lexically_normal())) return torch;
    LibTorch torch; // laid out in another way
    torch.root = folder;
    return torch;
  }
  return std::nullopt;
}

bool namesStandard(const std::vector<std::string>& arguments) {
  return llvm::any_of(arguments, [](llvm::StringRef a) { return a.starts_with("-std=") || a.starts_with("--std"); });
}

/// Models that the unit says too little about to run them.
std::vector<std::string> wanting(const AnalysisResult& analysis) {
  std::vector<std::string> names;
  for (const ModelWithoutRun& model : analysis.without) names.push_back(model.name);
  for (const ModelRun& run : analysis.runs)
    if (run.assumed) names.push_back(run.graph.model.name);
  return names;
}

/// Of what a program runs that was read for the sake of some models, the runs that say something of the file or of these models.
void keepOwn(AnalysisResult& analysis, const std::string& file, const std::vector<std::string>& models) {
  std::erase_if(analysis.runs, [&](const ModelRun& run) {
    const Graph& graph = run.graph;
    return graph.model.file != file && !llvm::is_contained(models, graph.model.name) &&
           llvm::none_of(graph.nodes, [&](const Node& node) { return node.at.file == file; });
  });
  std::erase_if(analysis.without, [&](const ModelWithoutRun& model) { return !llvm::is_contained(models, model.name); });
}

bool mentionsDeepLearning(llvm::StringRef text) {
  return text.contains("torch::") || text.contains("at::Tensor") || text.contains("cudnn") || text.contains("cublas");
}

} // namespace

struct Frontend::Unit {
  std::string file; // absolute
  std::string text;
  CompileCommand command;
  std::shared_ptr<clang::CompilerInvocation> invocation;
  SearchFolders folders;
  SourceScan scan;
  std::vector<std::string> joined;
  std::vector<SettingsEntry> settingsEntries;
  bool last = false;
};

Frontend::Frontend(FrontendOptions options)
    : options_(std::move(options)), commands_(options_.buildFolder, options_.fixed, options_.extra), cache_(options_.cacheFolder) {}
Frontend::~Frontend() = default;

std::optional<std::string> Frontend::error() const { return commands_.error(); }

std::vector<EntryFunction> Frontend::entriesFor(const Unit& unit) const {
  std::vector<EntryFunction> out;
  auto add = [&](const std::string& code, const char* from, const SourceRange& at) {
    out.push_back({"cobra_entry_" + std::to_string(out.size()), from, code, at});
  };
  for (const std::string& code : options_.entries) add(code, "entry", {});
  if (!out.empty()) return out;
  for (const CommentEntry& entry : unit.scan.entries) add(entry.code, "comment", entry.at);
  if (!out.empty()) return out;
  for (const SettingsEntry& entry : unit.settingsEntries)
    if (llvm::StringRef(unit.file).ends_with(entry.file)) add(entry.code, ".cobra", {});
  return out;
}

void Frontend::parseAndInterpret(Unit& unit, UnitResult& result) {
  InterpretOptions options;
  options.budgets = options_.budgets;
  options.entries = entriesFor(unit);
  options.inputs = options_.inputs;
  options.batch = options_.batch ? options_.batch : result.settings.batch;
  options.dtype = options_.dtype;
  if (!options.dtype && !result.settings.dtype.empty()) options.dtype = dtypeFromName(result.settings.dtype);

  std::vector<std::string> known = commands_.files();
  if (!llvm::is_contained(known, unit.file)) llvm::append_range(known, cmakeSources(unit.file));
  unit.joined = siblingSources(unit.scan, unit.folders, known);
  bool again = false;
  std::vector<std::string> callers; // read for what they call, not for their own sake
  std::vector<std::string> asked;   // the models for which they are read
  for (int round = 0; round < 3; ++round) {
    // What is appended starts on a line of its own, so that no line of the file moves.
    std::string tail = "\n";
    for (const std::string& other : unit.joined) tail += "#include \"" + other + "\"\n";
    for (const std::string& other : callers) tail += "#include \"" + other + "\"\n";
    for (std::size_t i = 0; i < options.entries.size(); ++i)
      tail += "#line 1 \"" + entryFilePrefix.str() + std::to_string(i + 1) + ">\"\nvoid " + options.entries[i].function + "() { " +
              options.entries[i].code + "\n}\n";

    double interpretSeconds = 0;
    const auto start = std::chrono::steady_clock::now();
    again = false;
    ParseOutcome outcome = parse(*unit.invocation, {unit.file, unit.text + tail, precompiledSet(unit.scan.library), unit.last}, cache_,
                                 [&](clang::Sema& sema) {
                                   const auto begin = std::chrono::steady_clock::now();
                                   if (round == 0) {
                                     std::vector<std::string> more = definingSources(undefinedMethods(sema), unit.scan, unit.joined, known);
                                     for (const std::string& other : more) {
                                       unit.joined.push_back(other);
                                       scanInto(unit.scan, other, unit.folders);
                                     }
                                     again = !more.empty();
                                   }
                                   options.budgets.seconds -= result.interpretSeconds; // one deadline for all rounds
                                   if (!again) result.analysis = interpret(sema, options);
                                   const bool leisure = secondsSince(begin) < options.budgets.seconds / 2;
                                   if (!again && leisure && callers.empty() && options.program) {
                                     asked = wanting(result.analysis);
                                     callers = callingSources(asked, unit.scan, unit.folders, unit.joined, known);
                                     for (const std::string& caller : callers) scanInto(unit.scan, caller, unit.folders);
                                     for (std::string& other : siblingSources(unit.scan, unit.folders, known))
                                       if (!llvm::is_contained(unit.joined, other)) unit.joined.push_back(std::move(other));
                                     again = !callers.empty();
                                   }
                                   interpretSeconds = secondsSince(begin);
                                 });
    result.parseSeconds += secondsSince(start) - interpretSeconds;
    result.interpretSeconds += interpretSeconds;
    if (result.cache != CacheUse::Built) result.cache = outcome.cache;
    if (again) continue;
    if (!callers.empty()) keepOwn(result.analysis, unit.file, asked);
    result.joined = unit.joined;
    result.standins = outcome.standins;
    std::set<std::string> told;
    if (!result.standins.empty() && !result.analysis.runs.empty())
      result.analysis.runs.front().notes.push_back("not installed, so the tool's own declarations were read: " +
                                                   llvm::join(result.standins, ", "));
    std::set<std::string> beside; // errors of other files, which do not stand in the way of this one's findings
    for (const auto& [file, count] : outcome.errorCount) {
      const bool guest = llvm::is_contained(callers, file) || (llvm::is_contained(unit.joined, file) && !result.analysis.runs.empty());
      guest ? void(beside.insert(file)) : void(result.errorCount += count);
    }
    for (const SourceError& error : outcome.errors) {
      if (beside.contains(error.at.file)) {
        if (llvm::is_contained(unit.joined, error.at.file) && told.insert(error.at.file).second)
          result.analysis.runs.front().notes.push_back(fs::path(error.at.file).filename().string() +
                                                       ", read for what it defines, does not compile: " + error.message);
        continue;
      }
      UnitError out{error.at, error.message, ""};
      llvm::StringRef name = error.at.file;
      std::size_t index = 0;
      if (name.consume_front(entryFilePrefix) && !name.consumeInteger(10, index) && index >= 1 && index <= options.entries.size()) {
        out.entry = options.entries[index - 1].code;
        out.at = options.entries[index - 1].at;
      }
      result.errors.push_back(std::move(out));
    }
    if (!outcome.failure.empty()) result.failure = outcome.failure;
    return;
  }
}

UnitResult Frontend::analyze(const std::string& file, bool last) {
  UnitResult result;
  result.file = file;
  SourceText source = readSource(file);
  if (!source.why.empty()) {
    result.failure = source.why;
    return result;
  }
  std::variant<Settings, std::string> settings = nearestSettings(file);
  if (auto* why = std::get_if<std::string>(&settings)) {
    result.failure = *why;
    return result;
  }
  result.settings = std::get<Settings>(settings);

  Unit unit;
  unit.last = last;
  std::error_code error;
  unit.file = fs::absolute(file, error).lexically_normal().string();
  unit.text = std::move(source.text);
  unit.settingsEntries = result.settings.entries;
  unit.command = commands_.commandFor(unit.file);
  std::string why;
  unit.invocation = makeInvocation(unit.command, unit.file, {}, why);
  if (!unit.invocation) {
    result.failure = why;
    return result;
  }
  unit.folders = foldersOf(*unit.invocation);
  unit.scan = scanSource(unit.file, unit.folders);
  // Headers that are found may include others that are not: a few rounds.
  for (int round = 0; round < 4 && !unit.command.fromDatabase; ++round) {
    std::vector<std::string> flags = projectIncludeFlags(unit.file, unit.scan);
    if (flags.empty()) break;
    unit.command.arguments.insert(unit.command.arguments.end(), flags.begin(), flags.end());
    unit.invocation = makeInvocation(unit.command, unit.file, {}, why);
    unit.folders = foldersOf(*unit.invocation);
    unit.scan = scanSource(unit.file, unit.folders);
  }
  result.deepLearning = unit.scan.deepLearning() || mentionsDeepLearning(unit.text) || !options_.entries.empty();
  if (!result.deepLearning) return result;

  std::vector<std::string> extra;
  std::optional<LibTorch> torch = libTorchOf(*unit.invocation);
  if (!torch) {
    if (!torch_) torch_ = findLibTorch(noTorch_);
    torch = *torch_;
    if (torch) extra = torch->includeDirs;
  }
  const auto torchHeader = llvm::find_if(unit.scan.library, [](llvm::StringRef name) { return name.starts_with("torch/"); });
  if (!torch && torchHeader != unit.scan.library.end()) {
    result.failure = "it includes <" + *torchHeader + ">, and " + noTorch_;
    return result;
  }
  if (llvm::any_of(unit.scan.library, [](llvm::StringRef name) { return name.starts_with("cu") || name.contains("/cuda"); }) ||
      llvm::StringRef(unit.file).ends_with(".cu"))
    for (const std::string& folder : findCudaIncludes(torch)) extra.push_back(folder);
  if (torch && torch->major) result.libTorch = torch->version();
  if (!namesStandard(unit.command.arguments)) // headers before 2.1 are not valid C++20
    unit.command.arguments.push_back(torch && torch->major && (torch->major < 2 || (torch->major == 2 && torch->minor < 1)) ? "-std=c++17"
                                                                                                                            : "-std=c++20");
  unit.invocation = makeInvocation(unit.command, unit.file, extra, why);
  unit.folders = foldersOf(*unit.invocation);
  // Where the tool's own header is read there is nothing to precompile.
  if (!isInstalled(*unit.invocation, "cudnn_frontend.h")) llvm::erase(unit.scan.library, "cudnn_frontend.h");
  parseAndInterpret(unit, result);
  return result;
}

} // namespace cobra
