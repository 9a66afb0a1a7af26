// Moves: what is taken out of a place, and what stays there.
#include "analyzer/interp/evaluator.h"
#include "analyzer/interp/moves.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

using namespace clang;

namespace {
bool isAny(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> names) { return llvm::is_contained(names, name); }

bool isSmartPointer(llvm::StringRef name) {
  return isAny(name, {"std::unique_ptr", "std::shared_ptr", "std::weak_ptr", "c10::intrusive_ptr"});
}

bool isMovableContainer(llvm::StringRef name) {
  return isAny(name,
               {"std::vector", "std::deque", "std::list", "std::forward_list", "std::map", "std::unordered_map", "std::multimap",
                "std::set", "std::unordered_set", "std::multiset", "std::stack", "std::queue", "std::priority_queue", "c10::SmallVector"});
}

/// The types of a tuple's elements, packs laid out flat.
std::vector<QualType> elementTypes(QualType type) {
  std::vector<QualType> out;
  if (auto* spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl()))
    for (const TemplateArgument& a : spec->getTemplateArgs().asArray())
      for (const TemplateArgument& t : a.getKind() == TemplateArgument::Pack ? a.pack_elements() : llvm::ArrayRef(a))
        out.push_back(t.getKind() == TemplateArgument::Type ? t.getAsType() : QualType());
  return out;
}
} // namespace

bool isMovedFrom(const Arg& arg) {
  if (!arg.expr || !arg.expr->isXValue()) return false;
  const Expr* e = arg.expr;
  for (;;) {
    if (auto* paren = dyn_cast<ParenExpr>(e))
      e = paren->getSubExpr();
    else if (auto* cast = dyn_cast<ImplicitCastExpr>(e))
      e = cast->getSubExpr();
    else
      return !isa<MaterializeTemporaryExpr>(e) && !isa<OpaqueValueExpr>(e);
  }
}

Value Evaluator::moveOut(Cell* from, QualType type) {
  Value v = from->value();
  if (type.isNull()) return heap.copy(v);
  type = type.getNonReferenceType().getCanonicalType();
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (!record || isOpen(v) || type.isConstQualified()) return heap.copy(v);
  llvm::StringRef name = library.nameOf(record);
  if (as<Pointer>(v)) {
    if (isModuleHolder(record) || isSmartPointer(name)) heap.write(from, Pointer{});
    return v;
  }
  if (as<TensorHandle>(v)) {
    heap.write(from, TensorHandle{});
    return v;
  }
  if (as<Text>(v)) {
    if (name == "std::basic_string") heap.write(from, Text(""));
    return v;
  }
  Object* o = asObject(v);
  if (!o) return v;
  const bool container = o->kind == Object::Kind::Sequence || o->kind == Object::Kind::Map;
  if (container && isMovableContainer(name)) { // the elements stay where they are
    Object* to = heap.object(o->kind, o->type);
    to->record = o->record;
    to->sorted = o->sorted;
    to->fields = o->fields;
    to->items = o->items;
    heap.edit(o).items.clear();
    return to;
  }
  if (o->kind == Object::Kind::Tuple) {
    std::vector<QualType> types = elementTypes(type);
    Object* to = heap.tuple({}, o->type);
    for (std::size_t i = 0; i < o->items.size(); ++i) {
      const bool reference = i < types.size() && !types[i].isNull() && types[i]->isReferenceType();
      to->items.push_back(reference ? o->items[i] : heap.cell(moveOut(o->items[i], i < types.size() ? types[i] : QualType())));
    }
    return to;
  }
  if (o->kind != Object::Kind::Record || isLibrary(record)) return heap.copy(v);
  Object* to = heap.object(o->kind, o->type);
  to->record = o->record;
  for (const Object::Field& f : o->fields) {
    const bool reference = f.decl && f.decl->getType()->isReferenceType();
    Cell* cell = reference ? f.cell : heap.cell(moveOut(f.cell, f.decl ? f.decl->getType() : QualType()));
    to->fields.push_back({f.decl, f.name, cell});
  }
  if (o->module) to->module = std::make_unique<ModuleState>(*o->module);
  return to;
}

} // namespace cobra::interp
