// What can be told of a source file without parsing it: which headers it names, and the entries in its
// comments.
#pragma once

#include "predictor/graph/graph.h"

#include <string>
#include <vector>

namespace cobra {

/// `// cobra: Net net; net->forward(torch::randn({1, 3, 224, 224}));`
struct CommentEntry {
  std::string code;
  SourceRange at;
};

/// Where `#include` looks, in order; absolute folders.
struct SearchFolders {
  std::vector<std::string> quoted; // -iquote
  std::vector<std::string> own;    // -I of the project itself
};

struct SourceScan {
  std::vector<std::string> own;     // the file, then the project's headers it reaches; absolute
  std::vector<std::string> library; // names of headers found nowhere in the project, as written, outside conditionals
  std::vector<CommentEntry> entries;

  /// LibTorch or cuDNN is included.
  bool deepLearning() const;
};

/// Follows includes through the project's own files. Unreadable files are left out; at most 500 files are
/// read.
SourceScan scanSource(const std::string& file, const SearchFolders& folders);
/// The same for a file already read; adds to `scan`.
void scanInto(SourceScan& scan, const std::string& file, const SearchFolders& folders);

/// The entries in the comments of one file's text.
std::vector<CommentEntry> commentEntries(const std::string& file, const std::string& text);

/// The headers that are worth precompiling for `library`, in a normal order so that the files of one project
/// agree; empty where parsing them is cheap.
std::vector<std::string> precompiledSet(const std::vector<std::string>& library);

} // namespace cobra
