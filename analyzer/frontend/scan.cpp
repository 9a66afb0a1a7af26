#include "analyzer/frontend/scan.h"

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/DependencyDirectivesScanner.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace cobra {
namespace fs = std::filesystem;
namespace dds = clang::dependency_directives_scan;
namespace {

constexpr std::size_t maxFiles = 500;

struct Include {
  llvm::StringRef name;
  bool angled = false;
  bool conditional = false;
};

/// The text between the delimiters of a header name token.
Include readInclude(llvm::StringRef text) {
  text = text.trim();
  if (text.size() < 3) return {};
  return {text.drop_front().drop_back(), text.front() == '<', false};
}

std::vector<Include> includesOf(llvm::StringRef text) {
  llvm::SmallVector<dds::Token, 256> tokens;
  llvm::SmallVector<dds::Directive, 64> directives;
  std::vector<Include> out;
  if (clang::scanSourceForDependencyDirectives(text, tokens, directives)) return out;
  int depth = 0;
  bool first = true;
  for (const dds::Directive& directive : directives) {
    switch (directive.Kind) {
    case dds::pp_ifndef:
      // An include guard is no condition.
      if (!first) ++depth;
      break;
    case dds::pp_if:
    case dds::pp_ifdef: ++depth; break;
    case dds::pp_endif: --depth; break;
    case dds::pp_include:
    case dds::pp_include_next:
    case dds::pp_import:
      for (const dds::Token& token : directive.Tokens)
        if (token.is(clang::tok::header_name) || token.is(clang::tok::string_literal)) {
          Include include = readInclude(text.substr(token.Offset, token.Length));
          include.conditional = depth > 0;
          if (!include.name.empty()) out.push_back(include);
        }
      break;
    default: break;
    }
    if (directive.Kind != dds::pp_pragma_once) first = false;
  }
  return out;
}

std::string resolve(const Include& include, const fs::path& includer, const SearchFolders& folders) {
  std::error_code error;
  auto in = [&](const fs::path& folder) -> std::string {
    fs::path path = folder / include.name.str();
    return fs::is_regular_file(path, error) ? path.lexically_normal().string() : std::string();
  };
  if (!include.angled) {
    if (std::string found = in(includer.parent_path()); !found.empty()) return found;
    for (const std::string& folder : folders.quoted)
      if (std::string found = in(folder); !found.empty()) return found;
  }
  for (const std::string& folder : folders.own)
    if (std::string found = in(folder); !found.empty()) return found;
  return "";
}

bool isTorch(llvm::StringRef name) {
  return name.starts_with("torch/") || name.starts_with("ATen/") || name.starts_with("c10/") || name.starts_with("caffe2/");
}

} // namespace

bool SourceScan::deepLearning() const {
  return std::any_of(library.begin(), library.end(),
                     [](llvm::StringRef name) { return isTorch(name) || name.starts_with("cudnn") || name.starts_with("cublas"); });
}

void scanInto(SourceScan& scan, const std::string& file, const SearchFolders& folders) {
  std::set<std::string> seen(scan.own.begin(), scan.own.end());
  std::set<std::string> named(scan.library.begin(), scan.library.end());
  std::vector<std::string> work{file};
  while (!work.empty() && scan.own.size() < maxFiles) {
    std::string path = std::move(work.back());
    work.pop_back();
    if (!seen.insert(path).second) continue;
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
    if (!buffer) continue;
    scan.own.push_back(path);
    llvm::StringRef text = (*buffer)->getBuffer();
    std::vector<std::string> next;
    for (const Include& include : includesOf(text)) {
      std::string found = resolve(include, path, folders);
      if (!found.empty()) {
        next.push_back(found);
      } else if (!include.conditional && named.insert(include.name.str()).second) {
        scan.library.push_back(include.name.str());
      }
    }
    work.insert(work.end(), next.rbegin(), next.rend()); // in the order they are written
    if (text.contains("cobra:")) {
      std::vector<CommentEntry> entries = commentEntries(path, text.str());
      scan.entries.insert(scan.entries.end(), entries.begin(), entries.end());
    }
  }
}

SourceScan scanSource(const std::string& file, const SearchFolders& folders) {
  SourceScan scan;
  scanInto(scan, file, folders);
  return scan;
}

std::vector<CommentEntry> commentEntries(const std::string& file, const std::string& text) {
  std::vector<CommentEntry> out;
  clang::LangOptions options;
  options.CPlusPlus = options.CPlusPlus11 = options.LineComment = true;
  clang::Lexer lexer(clang::SourceLocation(), options, text.data(), text.data(), text.data() + text.size());
  lexer.SetCommentRetentionState(true);
  clang::Token token;
  std::size_t line = 1, counted = 0;
  while (!lexer.LexFromRawLexer(token)) {
    if (token.isNot(clang::tok::comment)) continue;
    std::size_t end = static_cast<std::size_t>(lexer.getBufferLocation() - text.data());
    std::size_t begin = end - token.getLength();
    llvm::StringRef comment(text.data() + begin, token.getLength());
    if (comment.consume_front("/*")) {
      comment.consume_back("*/");
    } else {
      comment = comment.ltrim('/');
    }
    comment = comment.ltrim("!< \t").rtrim();
    if (!comment.consume_front("cobra:") || comment.trim().empty()) continue;
    line += std::count(text.begin() + counted, text.begin() + begin, '\n');
    counted = begin;
    std::size_t lineStart = text.rfind('\n', begin);
    unsigned column = static_cast<unsigned>(begin - (lineStart == std::string::npos ? -1 : lineStart));
    CommentEntry entry;
    entry.code = comment.trim().str();
    entry.at = {file, static_cast<unsigned>(line), column, static_cast<unsigned>(line), column + static_cast<unsigned>(token.getLength())};
    out.push_back(std::move(entry));
  }
  return out;
}

std::vector<std::string> precompiledSet(const std::vector<std::string>& library) {
  const bool whole = llvm::is_contained(library, "torch/torch.h") || llvm::is_contained(library, "torch/all.h");
  bool heavy = false;
  std::set<std::string> set;
  for (const std::string& name : library) {
    const bool torch = isTorch(name);
    heavy |= torch || name == "cudnn_frontend.h";
    // torch/torch.h brings nearly all of the others; what is left costs little in the file itself.
    if (whole && torch && name != "torch/script.h" && name != "torch/extension.h") continue;
    // Standard and C headers come along with LibTorch's.
    if (name.find('/') == std::string::npos && name != "cudnn_frontend.h") continue;
    set.insert(name);
  }
  if (!heavy) return {};
  std::vector<std::string> out;
  if (whole) out.push_back("torch/torch.h");
  out.insert(out.end(), set.begin(), set.end());
  return out;
}

} // namespace cobra
