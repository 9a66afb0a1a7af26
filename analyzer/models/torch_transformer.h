// Modules that are made of modules.
#pragma once

#include "analyzer/models/torch_support.h"

#include <utility>

namespace cobra::interp {

class Library;

namespace torch_model {

using Options = std::vector<std::pair<const char*, Value>>;

/// A module of the class that a holder or implementation type names, with these options over the defaults. Null if the unit does not
/// know the class.
Object* makeModule(Evaluator& ev, clang::QualType type, const Options& options, At at);
/// The same for the field `name` of a module, registered by that name. The field holds it.
Object* makeChild(Evaluator& ev, Object& parent, llvm::StringRef name, const Options& options, At at);

void registerTransformers(Library& library);

} // namespace torch_model
} // namespace cobra::interp
