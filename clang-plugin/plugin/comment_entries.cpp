#include "clang-plugin/plugin/comment_entries.h"

#include "analyzer/frontend/scan.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Parse/Parser.h"
#include "clang/Sema/Sema.h"

#include <optional>
#include <set>

namespace cobra::plugin {
namespace {

/// The files of the project in the order they were read; the main file is the first.
std::vector<CommentEntry> entriesIn(const clang::SourceManager& sources) {
  std::vector<CommentEntry> out;
  std::set<std::string> seen;
  for (unsigned i = 0; i < sources.local_sloc_entry_size(); ++i) {
    const clang::SrcMgr::SLocEntry& entry = sources.getLocalSLocEntry(i);
    if (!entry.isFile() || clang::SrcMgr::isSystem(entry.getFile().getFileCharacteristic())) continue;
    const clang::FileID file = sources.getFileID(clang::SourceLocation::getFromRawEncoding(entry.getOffset()));
    const auto text = sources.getBufferDataOrNone(file);
    if (!text || !text->contains("cobra:")) continue;
    const auto name = sources.getNonBuiltinFilenameForID(file);
    if (!name || !seen.insert(name->str()).second) continue;
    std::vector<CommentEntry> found = commentEntries(name->str(), text->str());
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

constexpr llvm::StringLiteral filePrefix = "<cobra entry ";

/// Keeps the first error of each entry; nothing of the child's goes to the terminal.
class EntryErrors : public clang::DiagnosticConsumer {
public:
  explicit EntryErrors(std::size_t entries) : texts(entries) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override {
    if (level < clang::DiagnosticsEngine::Error || !info.hasSourceManager()) return;
    const clang::SourceManager& sources = info.getSourceManager();
    const clang::PresumedLoc at = sources.getPresumedLoc(sources.getExpansionLoc(info.getLocation()));
    if (at.isValid()) current_ = numberOf(at.getFilename()).value_or(current_);
    if (current_ >= texts.size() || !texts[current_].empty()) return;
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    texts[current_] = message.str().str();
  }
  std::vector<std::string> texts;

private:
  static std::optional<std::size_t> numberOf(llvm::StringRef file) {
    std::size_t number = 0;
    return file.consume_front(filePrefix) && !file.consumeInteger(10, number) ? std::optional(number) : std::nullopt;
  }
  std::size_t current_ = 0; // an error in a template belongs to the entry that was read last
};

std::string functionName(std::size_t entry) { return "cobra_entry_" + std::to_string(entry); }

/// Reads `text` as the rest of the unit, once. The compiler's own parser is at its end, and another one starts.
void readOn(clang::CompilerInstance& compiler, clang::Sema& sema, const std::string& text) {
  clang::Preprocessor& preprocessor = compiler.getPreprocessor();
  preprocessor.InitializeForModelFile();      // the pragmas belong to the first parser
  preprocessor.enableIncrementalProcessing(); // the end of this text is not the end of the unit
  const clang::FileID file = compiler.getSourceManager().createFileID(llvm::MemoryBuffer::getMemBufferCopy(text, "<cobra entries>"));
  auto* parser = new clang::Parser(preprocessor, sema, /*SkipFunctionBodies=*/false); // never taken apart: the child ends as it is
  preprocessor.EnterSourceFile(file, nullptr, clang::SourceLocation());
  parser->Initialize();
  clang::Parser::DeclGroupPtrTy group;
  clang::Sema::ModuleImportState imports = clang::Sema::ModuleImportState::NotACXX20Module;
  while (!parser->ParseTopLevelDecl(group, imports)) {
  }
  sema.DefineUsedVTables();
  sema.PerformPendingInstantiations();
}

} // namespace

CompiledEntries compileCommentEntries(clang::CompilerInstance& compiler, clang::Sema& sema) {
  CompiledEntries out;
  const std::vector<CommentEntry> found = entriesIn(compiler.getSourceManager());
  if (found.empty()) return out;
  std::string text;
  for (std::size_t i = 0; i < found.size(); ++i)
    text += "#line 1 \"" + filePrefix.str() + std::to_string(i) + ">\"\nvoid " + functionName(i) + "() { " + found[i].code + "\n}\n";
  EntryErrors errors(found.size());
  compiler.getDiagnostics().setClient(&errors, /*ShouldOwnClient=*/false);
  readOn(compiler, sema, text);
  compiler.getDiagnostics().setClient(new clang::IgnoringDiagConsumer);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (errors.texts[i].empty())
      out.entries.push_back({functionName(i), "comment", found[i].code, found[i].at});
    else
      out.errors.push_back({found[i].at, "entry '" + found[i].code + "' does not compile: " + errors.texts[i], true, {}});
  return out;
}

} // namespace cobra::plugin
