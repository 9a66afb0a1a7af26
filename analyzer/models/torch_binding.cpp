#include "analyzer/models/torch_binding.h"

#include "analyzer/models/torch_options.h"

#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringMap.h"

namespace cobra::interp::torch_model {

namespace {
/// A C++ parameter type in the schema's words.
struct CppType {
  bool known = false, tensorOptions = false;
  ops::Kind kind = ops::Kind::Tensor;
  bool optional = false, list = false, optionalItem = false;
};

struct ClassMeaning {
  ops::Kind kind;
  bool list = false;
};

const llvm::StringMap<ClassMeaning>& classes() {
  static const llvm::StringMap<ClassMeaning> table = {{"at::Tensor", {ops::Kind::Tensor}},
                                                      {"at::TensorBase", {ops::Kind::Tensor}},
                                                      {"c10::Scalar", {ops::Kind::Scalar}},
                                                      {"c10::SymInt", {ops::Kind::Int}},
                                                      {"caffe2::TypeMeta", {ops::Kind::ScalarType}},
                                                      {"c10::Device", {ops::Kind::Device}},
                                                      {"caffe2::TypeMeta", {ops::Kind::ScalarType}},
                                                      {"at::Generator", {ops::Kind::Generator}},
                                                      {"std::basic_string_view", {ops::Kind::String}},
                                                      {"c10::basic_string_view", {ops::Kind::String}},
                                                      {"std::basic_string", {ops::Kind::String}},
                                                      {"c10::IListRef", {ops::Kind::Tensor, true}}};
  return table;
}
const llvm::StringMap<ops::Kind>& enums() {
  static const llvm::StringMap<ops::Kind> table = {
      {"c10::ScalarType", ops::Kind::ScalarType}, {"c10::Layout", ops::Kind::Layout}, {"c10::MemoryFormat", ops::Kind::MemoryFormat}};
  return table;
}
/// Templates that wrap their first argument.
enum class Wrapper : std::uint8_t { Optional, List, OptionalList };
const llvm::StringMap<Wrapper>& wrappers() {
  static const llvm::StringMap<Wrapper> table = {{"std::optional", Wrapper::Optional}, {"c10::optional", Wrapper::Optional},
                                                 {"c10::ArrayRef", Wrapper::List},     {"c10::HeaderOnlyArrayRef", Wrapper::List},
                                                 {"c10::List", Wrapper::List},         {"std::vector", Wrapper::List},
                                                 {"std::array", Wrapper::List},        {"c10::OptionalArrayRef", Wrapper::OptionalList}};
  return table;
}

CppType describe(Evaluator& ev, clang::QualType type) {
  type = type.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  CppType out;
  if (type->isBooleanType()) {
    out.known = true, out.kind = ops::Kind::Bool;
  } else if (type->isRealFloatingType()) {
    out.known = true, out.kind = ops::Kind::Float;
  } else if (const auto* e = type->getAs<clang::EnumType>()) {
    auto found = enums().find(ev.library.nameOf(e->getDecl()));
    if (found != enums().end()) out.known = true, out.kind = found->second;
  } else if (type->isIntegerType()) {
    out.known = true, out.kind = ops::Kind::Int;
  } else if (const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl()) {
    const std::string& name = ev.library.nameOf(record);
    if (name == "c10::TensorOptions") {
      out.known = out.tensorOptions = true;
      return out;
    }
    if (auto found = classes().find(name); found != classes().end()) {
      out.known = true, out.kind = found->second.kind, out.list = found->second.list;
      return out;
    }
    auto wrapper = wrappers().find(name);
    const auto* spec = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
    if (wrapper == wrappers().end() || !spec || spec->getTemplateArgs().size() == 0 ||
        spec->getTemplateArgs()[0].getKind() != clang::TemplateArgument::Type)
      return out;
    out = describe(ev, spec->getTemplateArgs()[0].getAsType());
    if (wrapper->second != Wrapper::Optional) {
      out.optionalItem = out.optional;
      out.list = true;
      out.optional = false;
    }
    if (wrapper->second != Wrapper::List) out.optional = true;
  }
  return out;
}

/// 0: they do not agree; else how well.
int agreement(const CppType& cpp, const ops::Parameter& p) {
  if (!cpp.known || cpp.tensorOptions || cpp.kind != p.kind || cpp.list != p.list) return 0;
  if (cpp.optional == p.optional) return 3;
  return p.kind == ops::Kind::Tensor && !p.list ? 2 : p.optional ? 1 : 0; // Tensor? is `const Tensor&` in some versions
}

const llvm::StringMap<Binding::From>& optionParts() {
  static const llvm::StringMap<Binding::From> table = {{"dtype", Binding::From::Dtype},
                                                       {"layout", Binding::From::Layout},
                                                       {"device", Binding::From::Device},
                                                       {"pin_memory", Binding::From::PinMemory}};
  return table;
}

/// The score of one overload, 0 if it does not fit.
int tryOverload(const ops::Operator& op, const clang::FunctionDecl* callee, unsigned first, const std::vector<CppType>& types, bool member,
                std::vector<Binding::Slot>& slots) {
  int score = 1;
  unsigned next = 0;
  slots.clear();
  const unsigned count = static_cast<unsigned>(types.size());
  int options = -1;
  for (std::size_t i = 0; i < op.parameters().size(); ++i) {
    const ops::Parameter& p = op.parameters()[i];
    if (member && p.name == "self") {
      slots.push_back({Binding::From::Self, 0});
      continue;
    }
    auto part = optionParts().find(p.name);
    if (part != optionParts().end() && next < count && types[next].tensorOptions) options = static_cast<int>(next++);
    if (part != optionParts().end() && options >= 0) {
      slots.push_back({part->second, static_cast<unsigned>(options)});
      score += 2;
      continue;
    }
    int agrees = next < count ? agreement(types[next], p) : 0;
    if (agrees) {
      score += agrees + (callee->getParamDecl(first + next)->getName() == llvm::StringRef(p.name) ? 4 : 0);
      slots.push_back({Binding::From::Parameter, next++});
    } else if (p.hasDefault || p.optional) {
      slots.push_back({Binding::From::Default, 0}); // an older LibTorch may not have it
    } else {
      return 0;
    }
  }
  return next == count ? score : 0;
}
} // namespace

Binding bind(Evaluator& ev, const clang::FunctionDecl* callee, llvm::StringRef name, unsigned first, unsigned count) {
  std::vector<CppType> types;
  for (const clang::ParmVarDecl* p : callee->parameters().drop_front(first).take_front(count)) types.push_back(describe(ev, p->getType()));
  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(callee);
  Binding best;
  int bestScore = 0;
  std::vector<Binding::Slot> slots;
  for (const ops::Operator* op : ops::overloads({name.data(), name.size()})) {
    int score = tryOverload(*op, callee, first, types, method && !method->isStatic(), slots);
    if (score <= bestScore) continue;
    bestScore = score;
    best = {op, slots};
  }
  return best;
}

Result runBound(Evaluator& ev, const LibraryCall& call, const Binding& binding) {
  Values arguments;
  for (std::size_t i = 0; i < binding.slots.size(); ++i) {
    const Binding::Slot& slot = binding.slots[i];
    const ops::Parameter& p = binding.op->parameters()[i];
    if (slot.from == Binding::From::Self) {
      arguments.push_back(call.self ? call.self->value() : Value(Nothing{}));
    } else if (slot.from == Binding::From::Default || slot.parameter >= call.size()) {
      arguments.push_back(byDefault());
    } else if (slot.from == Binding::From::Parameter) {
      Value v = call.value(slot.parameter);
      // An undefined tensor stands for an absent one.
      if (p.kind == ops::Kind::Tensor && !p.list && as<TensorHandle>(v) && !isDefined(v)) v = none();
      arguments.push_back(std::move(v));
    } else {
      constexpr const char* parts[] = {"dtype", "layout", "device", "pinned_memory"};
      auto which = static_cast<std::size_t>(slot.from) - static_cast<std::size_t>(Binding::From::Dtype);
      arguments.push_back(tensorOption(call.value(slot.parameter), parts[which]));
    }
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ops::Parameter& p = binding.op->parameters()[i];
    if (p.kind == ops::Kind::Tensor && !p.list && !p.optional && as<TensorHandle>(arguments[i]) && !isDefined(arguments[i]))
      ev.raise(call.at, "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument " + p.name + " of " +
                            std::string(binding.op->name()));
  }
  return packed(ev, runAll(ev, call.at, *binding.op, std::move(arguments)), call.resultType);
}

} // namespace cobra::interp::torch_model
