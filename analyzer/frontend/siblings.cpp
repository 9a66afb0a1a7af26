#include "analyzer/frontend/siblings.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace cobra {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t maxSiblings = 64;
constexpr std::size_t maxSearched = 400;
constexpr std::size_t maxMethods = 100;
constexpr std::uintmax_t maxSourceBytes = 2u << 20;

constexpr const char* sourceEndings[] = {".cpp", ".cc", ".cxx", ".C", ".cu"};
constexpr llvm::StringLiteral headerEndings[] = {".h", ".hpp", ".hh", ".hxx", ".cuh", ".inl", ".ipp"};

bool isHeader(const fs::path& path) { return llvm::is_contained(headerEndings, path.extension().string()); }
bool isSource(const fs::path& path) { return llvm::is_contained(sourceEndings, path.extension().string()); }

bool isFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && fs::file_size(path, error) <= maxSourceBytes;
}

std::string read(const fs::path& path) {
  auto buffer = llvm::MemoryBuffer::getFile(path.string());
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// A second main() would be an error, and a program is not where a class is defined.
bool definesMain(llvm::StringRef text) {
  static const llvm::Regex pattern("(^|\n)[ \t]*(int|auto)[ \t\n]+main[ \t\n]*\\(");
  return pattern.match(text);
}

/// Folders in which the source of a header in `folder` may lie.
std::vector<fs::path> sourceFolders(const fs::path& folder) {
  std::vector<fs::path> out{folder, folder / "src", folder.parent_path() / "src"};
  // .../include/name/part -> .../src/part, .../src/name/part, .../src
  fs::path below;
  for (fs::path up = folder; up.has_relative_path(); up = up.parent_path()) {
    if (up.filename() == "include" || up.filename() == "inc") {
      const fs::path src = up.parent_path() / "src";
      out.push_back(src / below);
      if (!below.empty()) out.push_back(src / below.lexically_relative(*below.begin()));
      out.push_back(src);
      break;
    }
    below = below.empty() ? up.filename() : up.filename() / below;
  }
  return out;
}

} // namespace

std::vector<std::string> siblingSources(SourceScan& scan, const SearchFolders& folders, const std::vector<std::string>& known) {
  std::vector<std::string> out;
  std::error_code error;
  for (std::size_t i = 0; i < scan.own.size() && out.size() < maxSiblings; ++i) { // scan.own grows
    const fs::path header = scan.own[i];
    if (!isHeader(header)) continue;
    std::vector<fs::path> candidates;
    for (const fs::path& folder : sourceFolders(header.parent_path()))
      for (const char* ending : sourceEndings) candidates.push_back((folder / header.stem()).string() + ending);
    for (const std::string& file : known)
      if (fs::path(file).stem() == header.stem()) candidates.push_back(file);
    for (const fs::path& candidate : candidates) {
      if (!isFile(candidate)) continue;
      const std::string path = candidate.lexically_normal().string();
      if (llvm::is_contained(scan.own, path) || llvm::is_contained(out, path) || definesMain(read(path))) continue;
      out.push_back(path);
      scanInto(scan, path, folders);
      break;
    }
  }
  return out;
}

namespace {
class UndefinedFinder {
public:
  explicit UndefinedFinder(clang::Sema& sema) : sources_(sema.getSourceManager()) { visit(sema.getASTContext().getTranslationUnitDecl()); }
  std::vector<std::string> names;

private:
  void visit(const clang::DeclContext* scope) {
    // What lies in a precompiled header is the library's.
    for (const clang::Decl* declaration : scope->noload_decls()) {
      if (names.size() >= maxMethods) return;
      clang::SourceLocation at = sources_.getExpansionLoc(declaration->getLocation());
      if (at.isInvalid() || sources_.isLoadedSourceLocation(at) || sources_.isInSystemHeader(at)) continue;
      if (auto* templated = llvm::dyn_cast<clang::ClassTemplateDecl>(declaration)) declaration = templated->getTemplatedDecl();
      if (auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(declaration)) visitRecord(record);
      if (auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration))
        if (!function->isDefined() && !llvm::isa<clang::CXXMethodDecl>(function) && function->getDeclName().isIdentifier() &&
            !function->isDeleted() && !function->isStatic())
          names.push_back(function->getNameAsString());
      if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl>(declaration)) visit(llvm::cast<clang::DeclContext>(declaration));
    }
  }
  void visitRecord(const clang::CXXRecordDecl* record) {
    if (!record->isThisDeclarationADefinition() || record->getName().empty()) return;
    for (const clang::Decl* member : record->decls()) {
      if (auto* templated = llvm::dyn_cast<clang::FunctionTemplateDecl>(member)) member = templated->getTemplatedDecl();
      if (auto* inner = llvm::dyn_cast<clang::CXXRecordDecl>(member)) visitRecord(inner);
      auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(member);
      if (!method || method->isImplicit() || method->isDefined() || method->isDefaulted() || method->isDeleted() || method->isPureVirtual())
        continue;
      if (names.size() < maxMethods) names.push_back(record->getNameAsString() + "::" + method->getNameAsString());
    }
  }
  const clang::SourceManager& sources_;
};
} // namespace

namespace {
/// `name(...) {`, with const, noexcept, a trailing type or initializers between; behind a call stands something else.
bool definesFunction(llvm::StringRef text, llvm::StringRef name) {
  auto part = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '>'; };
  for (std::size_t at = text.find(name); at != llvm::StringRef::npos; at = text.find(name, at + 1)) {
    if (at > 0 && part(text[at - 1])) continue;
    llvm::StringRef rest = text.substr(at + name.size()).ltrim();
    if (!rest.starts_with("(")) continue;
    int depth = 0;
    for (char c : rest) {
      if (c == '(') ++depth;
      if (c == ')' && --depth < 0) break; // an argument of another call
      if (depth == 0 && c == '{') return true;
      if (c == '}' || (depth == 0 && c == ';')) break;
    }
  }
  return false;
}
} // namespace

std::vector<std::string> undefinedMethods(clang::Sema& sema) { return UndefinedFinder(sema).names; }

std::vector<std::string> definingSources(const std::vector<std::string>& methods, const SourceScan& scan,
                                         const std::vector<std::string>& taken, const std::vector<std::string>& known) {
  std::vector<std::string> out;
  if (methods.empty()) return out;
  std::vector<std::string> candidates = known;
  std::set<fs::path> folders;
  for (const std::string& file : scan.own)
    for (const fs::path& folder : sourceFolders(fs::path(file).parent_path())) folders.insert(folder.lexically_normal());
  for (const fs::path& folder : folders) {
    std::error_code error;
    std::vector<std::string> found;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (isSource(it->path())) found.push_back(it->path().string());
    std::sort(found.begin(), found.end());
    candidates.insert(candidates.end(), found.begin(), found.end());
  }
  std::size_t searched = 0;
  for (const std::string& candidate : candidates) {
    if (out.size() >= maxSiblings || ++searched > maxSearched) break;
    const std::string path = fs::path(candidate).lexically_normal().string();
    if (llvm::is_contained(taken, path) || llvm::is_contained(scan.own, path) || llvm::is_contained(out, path) || !isFile(path)) continue;
    const std::string text = read(path);
    if (definesMain(text)) continue;
    if (llvm::any_of(methods, [&](const std::string& name) { return definesFunction(text, name); })) out.push_back(path);
  }
  return out;
}

namespace {
constexpr std::size_t maxCallers = 3;

/// Folders in which programs and tests that use a file in `folder` may lie.
std::set<fs::path> programFolders(const fs::path& folder) {
  std::set<fs::path> out;
  fs::path base = folder;
  for (int up = 0; up < 3 && base.has_relative_path(); ++up, base = base.parent_path())
    for (const char* below : {"", "src", "app", "apps", "example", "examples", "test", "tests", "tools", "bench", "benchmark", "demo"}) {
      if (up == 2 && !*below) continue; // two folders up is another project as often as not
      out.insert((base / below).lexically_normal());
    }
  return out;
}

bool namesWord(llvm::StringRef text, llvm::StringRef word) {
  auto part = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  for (std::size_t at = text.find(word); at != llvm::StringRef::npos; at = text.find(word, at + 1))
    if ((at == 0 || !part(text[at - 1])) && (at + word.size() == text.size() || !part(text[at + word.size()]))) return true;
  return false;
}

bool holdsTests(llvm::StringRef text) {
  return llvm::any_of(std::initializer_list<llvm::StringRef>{"TEST(", "TEST_F(", "TEST_CASE(", "BOOST_AUTO_TEST_CASE("},
                      [&](llvm::StringRef macro) { return text.contains(macro); });
}
} // namespace

std::vector<std::string> callingSources(const std::vector<std::string>& models, const SourceScan& scan, const SearchFolders& search,
                                        const std::vector<std::string>& taken, const std::vector<std::string>& known) {
  std::vector<std::string> candidates, out;
  std::set<fs::path> folders;
  for (const std::string& file : scan.own) folders.merge(programFolders(fs::path(file).parent_path()));
  for (const fs::path& folder : folders) {
    std::error_code error;
    std::vector<std::string> found;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (isSource(it->path())) found.push_back(it->path().string());
    std::sort(found.begin(), found.end());
    candidates.insert(candidates.end(), found.begin(), found.end());
  }
  candidates.insert(candidates.end(), known.begin(), known.end());
  bool program = false;
  std::size_t searched = 0;
  for (const std::string& candidate : candidates) {
    if (out.size() >= maxCallers || ++searched > maxSearched) break;
    const std::string path = fs::path(candidate).lexically_normal().string();
    if (llvm::is_contained(taken, path) || llvm::is_contained(scan.own, path) || llvm::is_contained(out, path) || !isFile(path)) continue;
    const std::string text = read(path);
    const bool main = definesMain(text);
    if ((main && program) || (!main && !holdsTests(text))) continue;
    if (llvm::none_of(models, [&](const std::string& model) { return namesWord(text, model); })) continue;
    // Another program's class of the same name is not this one: what it reads must be read here, too.
    const SourceScan reached = scanSource(path, search);
    if (llvm::none_of(reached.own, [&](const std::string& file) { return file != path && llvm::is_contained(scan.own, file); })) continue;
    program |= main;
    out.push_back(path);
  }
  return out;
}

} // namespace cobra
