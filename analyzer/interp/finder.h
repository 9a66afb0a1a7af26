// What a unit defines itself.
#pragma once

#include "analyzer/interp/evaluator.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

#include <string>
#include <vector>

namespace cobra::interp {

/// Functions and module classes that the program itself defines. Library namespaces are not entered.
class Finder {
public:
  Finder(const Evaluator& ev, bool mainFileOnly) : sources_(ev.context.getSourceManager()), mainFileOnly_(mainFileOnly) {
    visit(ev.context.getTranslationUnitDecl());
  }
  std::vector<const clang::FunctionDecl*> functions;
  std::vector<const clang::CXXRecordDecl*> records;
  std::vector<const clang::ClassTemplateDecl*> templates;

private:
  // What is read from a precompiled header is of the libraries, and not loaded for this.
  void visit(const clang::DeclContext* scope) {
    for (const clang::Decl* d : scope->noload_decls()) {
      clang::SourceLocation loc = sources_.getExpansionLoc(d->getLocation());
      if (loc.isInvalid() || sources_.isInSystemHeader(loc)) continue;
      if (auto* ns = llvm::dyn_cast<clang::NamespaceDecl>(d)) {
        visit(ns);
      } else if (auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(d)) {
        visit(linkage);
      } else if (auto* function = llvm::dyn_cast<clang::FunctionDecl>(d)) {
        if (function->isThisDeclarationADefinition()) functions.push_back(function);
      } else if (auto* classTemplate = llvm::dyn_cast<clang::ClassTemplateDecl>(d)) {
        if (classTemplate->isThisDeclarationADefinition() && own(loc)) templates.push_back(classTemplate);
      } else if (auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(d)) {
        if (!record->isThisDeclarationADefinition()) continue;
        if (!record->isDependentContext() && own(loc)) records.push_back(record);
        visit(record);
      }
    }
  }
  bool own(clang::SourceLocation loc) const { return !mainFileOnly_ || sources_.isWrittenInMainFile(loc); }
  const clang::SourceManager& sources_;
  bool mainFileOnly_;
};

/// An argument for a parameter by its type and name, and those of the first constructor that takes any: only ever
/// shown as a line to edit.
std::string usualArgument(const clang::ParmVarDecl* p);
std::string constructorArguments(const clang::CXXRecordDecl* record);

} // namespace cobra::interp
