// Google's logging library, which LibTorch's own CHECK macros are where it was built with it: checks end the program, the rest prints.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

#include "clang/AST/DeclCXX.h"

namespace cobra::interp {
namespace {

/// CHECK_LT and its kin: null where the comparison holds.
Result compared(Evaluator& ev, const LibraryCall& call) {
  struct Comparison {
    llvm::StringLiteral name;
    bool less, equal, greater;
  };
  static constexpr Comparison comparisons[] = {{"Check_EQImpl", false, true, false}, {"Check_NEImpl", true, false, true},
                                               {"Check_LTImpl", true, false, false}, {"Check_LEImpl", true, true, false},
                                               {"Check_GTImpl", false, false, true}, {"Check_GEImpl", false, true, true}};
  const auto* comparison = llvm::find_if(comparisons, [&](const Comparison& c) { return call.name.ends_with(c.name); });
  const std::optional<int> order = call.size() > 1 ? compareValues(ev, call.value(0), call.value(1)) : std::nullopt;
  if (!order || comparison == std::end(comparisons)) return open(call.at, "whether a check holds is not known");
  if (*order < 0 ? comparison->less : *order == 0 ? comparison->equal : comparison->greater) return Value(Pointer{});
  ev.raise(call.at, "Check failed: " + (call.size() > 2 ? ev.text(call.value(2)).value_or("") : ""));
}

Result same(Evaluator&, const LibraryCall& call) { return call.size() ? Result(call.args[0].place) : Result(Value(Pointer{})); }

/// A CheckOpString is worth the pointer that it holds.
Result checkOpString(Evaluator&, const LibraryCall& call) {
  if (!llvm::isa_and_nonnull<clang::CXXConversionDecl>(call.callee) || !call.self) return Value(Nothing{});
  auto* p = as<Pointer>(call.self->value());
  return p ? Result(Value(std::int64_t{!p->isNull()})) : Result(call.self->value());
}

Result fatal(Evaluator& ev, const LibraryCall& call) { ev.raise(call.at, "Check failed, and the program ends"); }

Result printed(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Record, call.resultType)); }

} // namespace

void registerGlog(Library& library) {
  for (const char* name : {"EQ", "NE", "LT", "LE", "GT", "GE"}) library.function(std::string("google::Check_") + name + "Impl", compared);
  library.function("google::GetReferenceableValue", same);
  library.constructor("google::CheckOpString",
                      [](Evaluator&, const LibraryCall& call) -> Result { return call.size() ? call.value(0) : Value(Pointer{}); });
  library.scope("google::CheckOpString", checkOpString);
  for (const char* name : {"google::LogMessageFatal", "google::NullStreamFatal"}) library.constructor(name, fatal);
  for (const char* name : {"google::LogMessage", "google::NullStream", "google::LogMessageVoidify"}) {
    library.constructor(name, printed);
    library.scope(name, printed);
  }
  library.function("google::InitGoogleLogging", [](Evaluator&, const LibraryCall&) -> Result { return Value(Nothing{}); });
}

} // namespace cobra::interp
