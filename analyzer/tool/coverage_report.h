// What `cobra coverage` says: how far each file was read, and what stood in the way, ranked.
#pragma once

#include "analyzer/frontend/frontend.h"

#include "llvm/Support/raw_ostream.h"

#include <map>
#include <string>
#include <vector>

namespace cobra::tool {

/// In the order in which the text lists them.
enum class FileState {
  Other,    // nothing of LibTorch or cuDNN in it
  NoModel,  // read, and it holds no model
  Complete, // every model was run, and every operator and shape is known
  Partly,   // something is open, or a model is run by nothing
  Failed    // not read: one sentence
};
const char* name(FileState state);

/// Something that kept a model from being known: the first cause, and where it was met.
struct Obstacle {
  std::string reason;
  SourceRange at;
};

struct FileCoverage {
  std::string file;
  FileState state = FileState::Other;
  std::string failure;                          // of a failed one
  unsigned errorCount = 0;                      // that Clang found
  unsigned complete = 0, partly = 0, unrun = 0; // runs of models, and models without one
  std::uint64_t operators = 0;
  std::vector<Obstacle> obstacles;                  // one for each open point
  std::map<std::string, unsigned> functions, nodes; // unknown ones and how often they were met
  double seconds = 0;
};

FileCoverage coverageOf(const UnitResult& unit);

/// From one process to another.
std::string encode(const FileCoverage& file);
/// False where `text` is no such thing.
bool decode(const std::string& text, FileCoverage& file);

/// `asked`: how many files were to be read; more than there are in `files` after an interruption.
void writeCoverageText(llvm::raw_ostream& out, const std::vector<FileCoverage>& files, std::size_t asked);
/// docs/coverage.md
void writeCoverageJson(llvm::raw_ostream& out, const std::vector<FileCoverage>& files, std::size_t asked);

} // namespace cobra::tool
