// Source file in, graphs out: finds the flags, the entries and the other files, parses, interprets.
#pragma once

#include "analyzer/frontend/command.h"
#include "analyzer/frontend/header_cache.h"
#include "analyzer/frontend/parse.h"
#include "analyzer/frontend/settings.h"
#include "analyzer/interp/analysis.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cobra {

struct FrontendOptions {
  std::string buildFolder;                       // -p
  std::optional<std::vector<std::string>> fixed; // flags after --
  std::vector<std::string> extra;                // --extra-arg
  std::vector<std::string> entries;              // --entry
  std::vector<InputOverride> inputs;             // --input
  std::optional<std::int64_t> batch;             // --batch
  std::optional<DType> dtype;                    // --dtype
  std::filesystem::path cacheFolder = HeaderCache::defaultFolder();
  Budgets budgets;
};

/// An error in the source: the analysis went on with what the AST holds.
struct UnitError {
  SourceRange at;
  std::string message;
  std::string entry; // the code of the entry it lies in, or empty
};

struct UnitResult {
  std::string file;                   // as given
  std::optional<std::string> failure; // nothing could be read: one sentence
  Settings settings;                  // of the nearest .cobra file
  AnalysisResult analysis;
  std::vector<UnitError> errors; // the first few
  unsigned errorCount = 0;
  bool deepLearning = false;         // false: the file has nothing to do with LibTorch or cuDNN, and was not parsed
  std::string libTorch;              // version of the headers, "2.11"
  std::vector<std::string> standins; // headers that are not installed, for which the tool's own were read: "cudnn.h"
  std::vector<std::string> joined;   // other sources that were read with it
  CacheUse cache = CacheUse::None;
  double parseSeconds = 0, interpretSeconds = 0;
};

class Frontend {
public:
  explicit Frontend(FrontendOptions options);
  ~Frontend();
  /// One sentence where the options name something that is not there.
  std::optional<std::string> error() const;
  /// Never throws; not for use from several threads at once. `last`: the process ends soon, so memory need not be given back.
  UnitResult analyze(const std::string& file, bool last = false);

private:
  struct Unit;
  std::vector<EntryFunction> entriesFor(const Unit& unit) const;
  void parseAndInterpret(Unit& unit, UnitResult& result);

  FrontendOptions options_;
  CommandFinder commands_;
  HeaderCache cache_;
  std::optional<std::optional<LibTorch>> torch_; // looked for once
  std::string noTorch_;                          // why there is none
};

} // namespace cobra
