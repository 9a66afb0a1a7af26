// What of a unit can be run: programs, tests, functions that build models, and the model classes themselves.
#include "analyzer/interp/finder.h"
#include "analyzer/interp/unit.h"

#include "clang/AST/RecursiveASTVisitor.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cobra::interp {

using namespace clang;

namespace {
bool isTensor(Evaluator& ev, QualType type) {
  const CXXRecordDecl* r = type.getNonReferenceType()->getAsCXXRecordDecl();
  return r && ev.library.nameOf(r) == "at::Tensor";
}

const CXXMethodDecl* methodNamed(const CXXRecordDecl* record, llvm::StringRef name) {
  for (const CXXMethodDecl* m : record->methods())
    if (m->getDeclName().isIdentifier() && m->getName() == name) return m;
  for (const CXXBaseSpecifier& base : record->bases())
    if (const CXXRecordDecl* b = base.getType()->getAsCXXRecordDecl(); b && b->hasDefinition())
      if (const CXXMethodDecl* m = methodNamed(b->getDefinition(), name)) return m;
  return nullptr;
}

/// The method that computes: `forward`, operator(), or the first public one from tensors to something.
const CXXMethodDecl* computation(Evaluator& ev, const CXXRecordDecl* record) {
  if (const CXXMethodDecl* m = methodNamed(record, "forward")) return m;
  auto takesTensor = [&](const CXXMethodDecl* m) {
    return m->getAccess() == AS_public && m->isInstance() && !m->getReturnType()->isVoidType() &&
           std::any_of(m->param_begin(), m->param_end(), [&](const ParmVarDecl* p) { return isTensor(ev, p->getType()); });
  };
  const CXXMethodDecl* first = nullptr;
  for (const CXXMethodDecl* m : record->methods()) {
    if (isa<CXXConstructorDecl>(m) || isa<CXXDestructorDecl>(m) || m->isImplicit() || !takesTensor(m)) continue;
    if (m->getOverloadedOperator() == OO_Call) return m;
    if (!first && m->getDeclName().isIdentifier()) first = m;
  }
  return first;
}

/// Functions that test frameworks make of their macros (GoogleTest; Catch2 3 and 2; doctest; Boost.Test).
bool isTestBody(const FunctionDecl* f) {
  if (!f->getDeclName().isIdentifier()) return false;
  llvm::StringRef name = f->getName();
  if (isa<CXXMethodDecl>(f)) return name == "TestBody" || name == "test_method" || name == "test";
  for (llvm::StringRef prefix : {"CATCH2_INTERNAL_TEST_", "____C_A_T_C_H____T_E_S_T____", "DOCTEST_ANON_FUNC_", "_DOCTEST_ANON_FUNC_"})
    if (name.starts_with(prefix)) return true;
  return false;
}

/// True if a body names a class of modules or of holders that the program defines.
class ModelUse : public RecursiveASTVisitor<ModelUse> {
public:
  explicit ModelUse(Evaluator& ev) : ev_(ev) {}
  bool VisitExpr(Expr* e) {
    const CXXRecordDecl* r = e->getType().isNull() ? nullptr : e->getType()->getAsCXXRecordDecl();
    if (r && (ev_.isModuleHolder(r) || ev_.isModule(r))) found = true;
    return !found;
  }
  bool VisitVarDecl(VarDecl* v) {
    const CXXRecordDecl* r = v->getType()->getAsCXXRecordDecl();
    if (r && (ev_.isModuleHolder(r) || ev_.isModule(r))) found = true;
    return !found;
  }
  bool found = false;

private:
  Evaluator& ev_;
};

// ---- suggestions
std::string sizes(const Shape& shape) {
  std::string out = "{";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "}";
}

/// What a parameter of this name usually is: only ever shown as a line to edit, never as a fact.
constexpr std::pair<std::string_view, std::string_view> usual[] = {
    {"class", "10"},    {"filter", "64"},  {"plane", "64"},    {"width", "64"},    {"unit", "64"},    {"in_ch", "3"},   {"inch", "3"},
    {"inchannel", "3"}, {"input_ch", "3"}, {"channel", "64"},  {"vocab", "1000"},  {"token", "1000"}, {"seq", "64"},    {"length", "64"},
    {"head", "4"},      {"layer", "2"},    {"depth", "2"},     {"stride", "1"},    {"kernel", "3"},   {"ksize", "3"},   {"padding", "1"},
    {"dilation", "1"},  {"group", "1"},    {"expansion", "4"}, {"dropout", "0.1"}, {"rate", "0.1"},   {"prob", "0.1"},  {"image", "224"},
    {"img", "224"},     {"patch", "16"},   {"state", "4"},     {"obs", "4"},       {"action", "2"},   {"latent", "64"}, {"embed", "128"},
    {"hidden", "128"},  {"dim", "128"},    {"size", "128"},    {"feature", "128"},
};

std::string inputText(const TensorType& t) {
  return isFloating(t.dtype) ? "torch::randn(" + sizes(t.shape) + ")" : "torch::zeros(" + sizes(t.shape) + ", torch::kLong)";
}
} // namespace

namespace {
/// The type as it can be written anywhere in the unit.
std::string written(QualType type) {
  PrintingPolicy policy(LangOptions{});
  policy.SuppressTagKeyword = true;
  policy.Bool = true;
  policy.adjustForCPlusPlus();
  return type.getNonReferenceType().getUnqualifiedType().getCanonicalType().getAsString(policy);
}

std::string usualNumber(QualType type, llvm::StringRef name) {
  if (type->isBooleanType()) return "true";
  const std::string lower = name.lower();
  for (auto& [part, usually] : usual)
    if (lower.find(part) != std::string::npos) {
      if (type->isFloatingType() || usually.find('.') == std::string_view::npos) return std::string(usually);
      break;
    }
  return type->isFloatingType() ? "0.1" : "1";
}

std::string usualTensor(llvm::StringRef name) {
  const std::string lower = name.lower();
  auto has = [&](std::initializer_list<llvm::StringRef> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](llvm::StringRef part) { return llvm::StringRef(lower).contains(part); });
  };
  if (has({"mask"})) return "torch::ones({1, 16})";
  if (has({"token", "ids", "idx", "indices", "label", "target"})) return "torch::zeros({1, 16}, torch::kLong)";
  return "torch::randn({1, 3, 224, 224})";
}

QualType elementOf(const CXXRecordDecl* r) {
  const auto* spec = dyn_cast<ClassTemplateSpecializationDecl>(r);
  const bool list = r->getName() == "vector" || r->getName() == "ArrayRef";
  return spec && list && spec->getTemplateArgs()[0].getKind() == TemplateArgument::Type ? spec->getTemplateArgs()[0].getAsType()
                                                                                        : QualType();
}

bool needsNoArguments(const CXXRecordDecl* r) {
  return r->hasDefinition() && (r->getDefinition()->hasDefaultConstructor() || r->getDefinition()->isAggregate());
}
} // namespace

std::string usualArgument(const ParmVarDecl* p) {
  QualType type = p->getType().getNonReferenceType();
  const std::string name = p->getNameAsString();
  std::string value = "{}";
  if (type->isArithmeticType()) {
    value = usualNumber(type, name);
  } else if (type->isPointerType() || type->isNullPtrType()) {
    value = "nullptr";
  } else if (type->isEnumeralType()) {
    value = written(type) + "{}";
  } else if (const CXXRecordDecl* r = type->getAsCXXRecordDecl()) {
    const QualType element = elementOf(r);
    if (r->getName() == "basic_string")
      value = "\"\"";
    else if (r->getName() == "Tensor")
      value = usualTensor(name);
    else if (!element.isNull() && element->isArithmeticType())
      value = (r->getName() == "vector" ? written(type) : "") + (element->isFloatingType() ? "{0.1, 0.2}" : "{64, 128}");
    else if (needsNoArguments(r))
      value = written(type) + "{}"; // a list in braces says nothing to std::make_shared and to holders
  }
  return (name.empty() ? "" : "/*" + name + "=*/") + value;
}

std::optional<Arg> Unit::usualValue(const ParmVarDecl* p, clang::SourceRange at) {
  const QualType type = p->getType().getNonReferenceType().getUnqualifiedType();
  auto number = [&](const std::string& text) -> Value {
    if (text == "true") return std::int64_t{1};
    if (type->isFloatingType()) return std::strtod(text.c_str(), nullptr);
    return static_cast<std::int64_t>(std::strtoll(text.c_str(), nullptr, 10));
  };
  if (type->isArithmeticType()) return ev_.arg(number(usualNumber(type, p->getNameAsString())), type);
  if (type->isEnumeralType()) return ev_.arg(std::int64_t{0}, type);
  if (type->isPointerType()) return ev_.arg(Pointer{}, type);
  const CXXRecordDecl* r = type->getAsCXXRecordDecl();
  if (!r) return std::nullopt;
  const QualType element = elementOf(r);
  if (r->getName() == "basic_string") return ev_.arg(Text(""), type);
  if (r->getName() == "Tensor") return ev_.arg(ev_.makeTensor({DType::Float32, {1, 3, 224, 224}}), type);
  if (!element.isNull() && element->isArithmeticType()) {
    std::vector<Value> items =
        element->isFloatingType() ? std::vector<Value>{0.1, 0.2} : std::vector<Value>{std::int64_t{64}, std::int64_t{128}};
    return ev_.arg(ev_.heap.sequence(std::move(items), type), type);
  }
  if (!needsNoArguments(r) || ev_.isModule(r) || ev_.isModuleHolder(r)) return std::nullopt;
  return ev_.arg(ev_.construct(type, {}, at), type);
}

std::string constructorArguments(const CXXRecordDecl* record) {
  std::string out;
  for (const CXXConstructorDecl* ctor : record->ctors()) {
    if (ctor->isCopyOrMoveConstructor() || ctor->isImplicit()) continue;
    for (const ParmVarDecl* p : ctor->parameters()) {
      if (p->hasDefaultArg()) break;
      out += (out.empty() ? "" : ", ") + usualArgument(p);
    }
    break;
  }
  return out;
}

std::vector<const FunctionDecl*> Unit::programs() {
  Finder finder(ev_, false);
  std::vector<const FunctionDecl*> out;
  for (const FunctionDecl* f : finder.functions)
    if (f->isMain()) out.push_back(f);
  for (const FunctionDecl* f : finder.functions)
    if (isTestBody(f)) out.push_back(f);
  return out;
}

std::vector<const FunctionDecl*> Unit::otherPrograms() {
  Finder finder(ev_, options_.mainFileOnly);
  std::vector<const FunctionDecl*> out;
  for (const FunctionDecl* f : finder.functions) {
    if (isa<CXXMethodDecl>(f) || f->isMain() || isTestBody(f) || f->isDependentContext() || f->getMinRequiredArguments() > 0) continue;
    if (f->getDeclName().isIdentifier() && f->getName().starts_with("cobra_entry_")) continue;
    ModelUse use(ev_);
    use.TraverseStmt(f->getBody());
    if (use.found) out.push_back(f);
  }
  return out;
}

std::vector<Unit::Model> Unit::models(bool mainFileOnly) {
  Finder finder(ev_, mainFileOnly);
  std::vector<Model> out;
  auto add = [&](const CXXRecordDecl* r) {
    if (!ev_.isModule(r) || r->isAbstract()) return;
    const CXXMethodDecl* run = computation(ev_, r);
    if (run || ev_.isOrDerivesFrom(r, "torch::nn::SequentialImpl")) out.push_back({r, nullptr, run});
  };
  for (const CXXRecordDecl* r : finder.records) add(r);
  for (const ClassTemplateDecl* t : finder.templates)
    for (const ClassTemplateSpecializationDecl* s : t->specializations())
      if (const auto* definition = cast_or_null<CXXRecordDecl>(s->getDefinition())) add(definition);
  for (const CXXRecordDecl* r : finder.records)
    if (const CXXRecordDecl* held = ev_.isModuleHolder(r) ? ev_.heldModule(r) : nullptr)
      for (Model& m : out)
        if (m.record->getCanonicalDecl() == held->getCanonicalDecl()) m.holder = r;
  return out;
}

namespace {
/// What the program gave a parameter: a tensor, or a tuple of them that are called "hx[0]", "hx[1]".
std::string givenText(llvm::StringRef name, const std::vector<GraphInput>& given) {
  std::string parts;
  for (const GraphInput& input : given) {
    if (name == input.name) return inputText(input.type);
    if (llvm::StringRef(input.name).starts_with((name + "[").str())) parts += (parts.empty() ? "" : ", ") + inputText(input.type);
  }
  return parts.empty() ? "" : "std::make_tuple(" + parts + ")";
}
} // namespace

std::string Unit::suggestion(const Model& model, const std::vector<TensorType>& inputs, const std::vector<GraphInput>& given) const {
  const std::string arguments = constructorArguments(model.record);
  std::string calls;
  std::size_t next = 0;
  if (model.run)
    for (const ParmVarDecl* p : model.run->parameters()) {
      if (p->hasDefaultArg()) break;
      const bool tensor = isTensor(const_cast<Evaluator&>(ev_), p->getType());
      std::string value = givenText(p->getName(), given);
      if (value.empty()) value = tensor && next < inputs.size() ? inputText(inputs[next++]) : usualArgument(p);
      calls += (calls.empty() ? "" : ", ") + value;
    }
  else
    calls = inputs.empty() ? "torch::randn({1, 3, 224, 224})" : inputText(inputs[0]);
  const std::string method = model.run && model.run->getDeclName().isIdentifier() ? model.run->getNameAsString() : "forward";
  const std::string call =
      model.run && model.run->getOverloadedOperator() == OO_Call ? "(*model)(" + calls + ");" : "model->" + method + "(" + calls + ");";
  if (model.holder)
    return "// cobra: " + model.holder->getQualifiedNameAsString() + " model" + (arguments.empty() ? "" : "(" + arguments + ")") + "; " +
           call;
  PrintingPolicy policy(ev_.context.getLangOpts());
  policy.SuppressTagKeyword = true;
  const std::string impl = ev_.context.getRecordType(model.record).getAsString(policy);
  return "// cobra: auto model = std::make_shared<" + impl + ">(" + arguments + "); " + call;
}

} // namespace cobra::interp
