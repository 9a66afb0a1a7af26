#include "analyzer/interp/library.h"

#include "analyzer/models/registration.h"
#include "analyzer/models/registration_cuda.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

Library::Library() {
  registerStdContainers(*this);
  registerStdValues(*this);
  registerStdAlgorithms(*this);
  registerStdStreams(*this);
  registerTorchOps(*this);
  registerTorchTensor(*this);
  registerTorchValues(*this);
  registerTorchIndex(*this);
  registerTorchModule(*this);
  registerTorchContainers(*this);
  registerTorchOptions(*this);
  registerTorchLayers(*this);
  registerTorchRecurrent(*this);
  registerTorchAttention(*this);
  registerTorchFunctional(*this);
  registerTorchGuards(*this);
  registerCudaMemory(*this);
  registerCudnnDescriptors(*this);
  registerCudnnConvolution(*this);
  registerCudnnOperations(*this);
  registerCudnnRecurrent(*this);
  registerCublas(*this);
  registerCudnnFrontend(*this);
  registerCublasLt(*this);
  registerThrust(*this);
  registerTorchData(*this);
}

const std::string& Library::nameOf(const clang::NamedDecl* decl) {
  std::unique_ptr<std::string>& slot = names_[decl];
  if (slot) return *slot;
  std::string name;
  if (auto* ctor = llvm::dyn_cast<clang::CXXConstructorDecl>(decl))
    name = ctor->getParent()->getNameAsString(); // the injected name would carry template arguments
  else if (llvm::isa<clang::CXXConversionDecl>(decl))
    name = "operator T";
  else
    name = decl->getDeclName().getAsString();
  for (const clang::DeclContext* c = decl->getDeclContext(); c; c = c->getParent()) {
    if (auto* ns = llvm::dyn_cast<clang::NamespaceDecl>(c)) {
      if (ns->isInline() || ns->isAnonymousNamespace()) continue;
      name = ns->getNameAsString() + "::" + name;
    } else if (auto* record = llvm::dyn_cast<clang::RecordDecl>(c)) {
      name = record->getNameAsString() + "::" + name;
    } else if (auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(c)) {
      if (enumeration->isScoped()) name = enumeration->getNameAsString() + "::" + name;
    }
  }
  // nameOf may have been called for a parent meanwhile: find the slot again.
  std::unique_ptr<std::string>& again = names_[decl];
  again = std::make_unique<std::string>(std::move(name));
  return *again;
}

namespace {
template <class Visit> bool visitBases(const clang::CXXRecordDecl* record, Visit visit) {
  if (!record || !record->hasDefinition()) return false;
  for (const clang::CXXBaseSpecifier& base : record->getDefinition()->bases()) {
    const clang::CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl();
    if (b && (visit(b) || visitBases(b, visit))) return true;
  }
  return false;
}
} // namespace

Handler Library::findFunction(const clang::FunctionDecl* callee) {
  const clang::Decl* key = callee->getCanonicalDecl();
  if (auto found = functionCache_.find(key); found != functionCache_.end()) return found->second;

  Handler handler = nullptr;
  auto look = [&](const llvm::StringMap<Handler>& table, llvm::StringRef name) {
    auto it = table.find(name);
    if (it == table.end()) return false;
    handler = it->second;
    return true;
  };
  auto scopesOf = [&](const clang::DeclContext* start) {
    for (const clang::DeclContext* c = start; c; c = c->getParent())
      if (auto* named = llvm::dyn_cast<clang::NamedDecl>(c); named && look(scopes_, nameOf(named))) return true;
    return false;
  };
  if (callee->hasAttr<clang::CUDAGlobalAttr>()) {
    look(functions_, "__global__()"); // a kernel of the program
  } else if (!look(functions_, nameOf(callee))) {
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(callee);
    const std::string simple = method ? nameOf(callee).substr(nameOf(method->getParent()).size()) : "";
    bool done = false;
    if (method)
      done = visitBases(method->getParent(), [&](const clang::CXXRecordDecl* base) { return look(functions_, nameOf(base) + simple); });
    if (!done && method && !look(scopes_, nameOf(method->getParent())))
      done = visitBases(method->getParent(), [&](const clang::CXXRecordDecl* base) { return look(scopes_, nameOf(base)); });
    if (!handler) scopesOf(callee->getDeclContext());
    // C libraries that answer with a status have no namespace: "cudnnStatus_t()" stands for what has no entry of its own.
    if (const auto* status = callee->getReturnType()->getAs<clang::TypedefType>(); status && !handler)
      look(functions_, status->getDecl()->getName().str() + "()");
  }
  functionCache_[key] = handler;
  return handler;
}

Handler Library::findConstructor(const clang::CXXRecordDecl* record) {
  const clang::Decl* key = record->getCanonicalDecl();
  if (auto found = constructorCache_.find(key); found != constructorCache_.end()) return found->second;
  Handler handler = nullptr;
  auto look = [&](const clang::CXXRecordDecl* r) {
    auto it = constructors_.find(nameOf(r));
    if (it == constructors_.end()) return false;
    handler = it->second;
    return true;
  };
  if (!look(record)) visitBases(record, look);
  if (!handler) // a whole namespace: "torch::nn::functional"
    for (const clang::DeclContext* c = record->getDeclContext(); c && !handler; c = c->getParent())
      if (auto* named = llvm::dyn_cast<clang::NamedDecl>(c))
        if (auto it = constructors_.find(nameOf(named)); it != constructors_.end()) handler = it->second;
  constructorCache_[key] = handler;
  return handler;
}

Handler Library::findVariable(const clang::VarDecl* variable) {
  if (auto it = variables_.find(nameOf(variable)); it != variables_.end()) return it->second;
  for (const clang::DeclContext* c = variable->getDeclContext(); c; c = c->getParent())
    if (auto* named = llvm::dyn_cast<clang::NamedDecl>(c))
      if (auto it = variables_.find(nameOf(named)); it != variables_.end()) return it->second;
  return nullptr;
}

ModuleInit Library::findModule(const clang::CXXRecordDecl* record) {
  if (auto it = modules_.find(nameOf(record)); it != modules_.end()) return it->second;
  ModuleInit init = nullptr;
  visitBases(record, [&](const clang::CXXRecordDecl* base) {
    auto it = modules_.find(nameOf(base));
    if (it == modules_.end()) return false;
    init = it->second;
    return true;
  });
  return init;
}

} // namespace cobra::interp
