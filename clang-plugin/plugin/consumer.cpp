#include "clang-plugin/plugin/consumer.h"

#include "analyzer/findings/profile_choice.h"
#include "analyzer/interp/analysis.h"
#include "clang-plugin/plugin/comment_entries.h"
#include "clang-plugin/plugin/messages.h"
#include "clang-plugin/plugin/subprocess.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/SemaConsumer.h"

namespace cobra::plugin {
namespace {

constexpr double analysisSeconds = 5;

/// Nothing of LibTorch or cuDNN was read: two look-ups in the table of identifiers.
bool isAboutDeepLearning(const clang::ASTContext& context) {
  auto has = [&](llvm::StringRef name) { return context.Idents.find(name) != context.Idents.end(); };
  return (has("torch") && has("c10")) || has("cudnnHandle_t");
}

class Consumer : public clang::SemaConsumer {
public:
  Consumer(clang::CompilerInstance& compiler, const PluginOptions& options) : compiler_(compiler), options_(options) {}

  void InitializeSema(clang::Sema& sema) override { sema_ = &sema; }
  void ForgetSema() override { sema_ = nullptr; }

  void HandleTranslationUnit(clang::ASTContext& context) override {
    if (!sema_ || !isAboutDeepLearning(context) || compiler_.getDiagnostics().hasErrorOccurred()) return;
    const std::string answer = runInChild([&] { return encode(analyze()); }, 2 * analysisSeconds);
    for (const Message& message : decode(answer)) emit(message);
  }

private:
  /// In the child: what it does to Sema and the AST is gone with it, so that no template of an entry lands in the object file.
  std::vector<Message> analyze() {
    std::vector<Message> out;
    std::variant<ProfileChoice, std::string> chosen = chooseProfile(options_.device, options_.profiles);
    if (auto* why = std::get_if<std::string>(&chosen)) {
      out.push_back({{}, "cobra: " + *why, true, {}});
      return out;
    }
    InterpretOptions options;
    options.budgets.seconds = analysisSeconds;
    options.assume = false; // a guess is for whoever asks, not for every compile
    CompiledEntries compiled = compileCommentEntries(compiler_, *sema_);
    options.entries = std::move(compiled.entries);
    AnalysisResult analysis = interpret(*sema_, options);
    auto& choice = std::get<ProfileChoice>(chosen);
    std::optional<Predictor> predictor;
    if (choice.profile) predictor.emplace(choice.profile, choice.device);
    out = messagesOf(findingsOf(analysis, predictor ? &*predictor : nullptr, choice.device, false));
    out.insert(out.end(), compiled.errors.begin(), compiled.errors.end());
    return out;
  }

  clang::SourceLocation locate(const std::string& file, unsigned line, unsigned column) const {
    if (file.empty() || !line) return {};
    auto entry = compiler_.getFileManager().getOptionalFileRef(file);
    if (!entry) return {};
    return compiler_.getSourceManager().translateFileLineCol(*entry, line, column ? column : 1);
  }

  void emit(const Message& message) {
    clang::DiagnosticsEngine& diagnostics = compiler_.getDiagnostics();
    const bool warning = options_.warnings || message.wrong;
    const unsigned finding =
        diagnostics.getCustomDiagID(warning ? clang::DiagnosticsEngine::Warning : clang::DiagnosticsEngine::Remark, "%0 [cobra-latency]");
    const unsigned note = diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Note, "%0");
    const clang::SourceLocation begin = locate(message.at.file, message.at.line, message.at.column);
    const clang::SourceLocation end = locate(message.at.file, message.at.endLine, message.at.endColumn);
    {
      clang::DiagnosticBuilder builder = diagnostics.Report(begin, finding);
      builder << message.text;
      if (begin.isValid() && end.isValid() && begin != end) builder << clang::CharSourceRange::getCharRange(begin, end);
    }
    for (const std::string& text : message.notes) diagnostics.Report(begin, note) << text;
  }

  clang::CompilerInstance& compiler_;
  PluginOptions options_;
  clang::Sema* sema_ = nullptr;
};

} // namespace

std::unique_ptr<clang::ASTConsumer> makeConsumer(clang::CompilerInstance& compiler, const PluginOptions& options) {
  return std::make_unique<Consumer>(compiler, options);
}

} // namespace cobra::plugin
