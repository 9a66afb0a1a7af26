#include "analyzer/interp/plain_struct.h"

namespace cobra::interp {

using namespace clang;

bool isPlainStruct(const RecordDecl* record) {
  if (!record || !record->getDefinition()) return false;
  const auto* cxx = dyn_cast<CXXRecordDecl>(record->getDefinition());
  return cxx ? cxx->isCLike() : true;
}

Object* plainStruct(Evaluator& ev, const RecordDecl* record, clang::SourceRange at) {
  record = record->getDefinition();
  const QualType type = ev.context.getRecordType(record);
  const auto* cxx = dyn_cast<CXXRecordDecl>(record);
  Object* o = cxx ? ev.allocate(cxx, type) : ev.heap.object(Object::Kind::Record, type);
  for (const FieldDecl* f : record->fields()) {
    Cell* cell = ev.fieldCell(*o, f);
    if (f->getType()->isRecordType() || f->getType()->isArrayType()) ev.heap.write(cell, ev.defaultValue(f->getType(), at));
  }
  return o;
}

void zeroStruct(Evaluator& ev, Object* o, const RecordDecl* record) {
  for (const FieldDecl* f : record->getDefinition()->fields()) {
    Cell* cell = ev.fieldCell(*o, f);
    const QualType type = f->getType();
    if (type->isRealFloatingType())
      ev.heap.write(cell, 0.0);
    else if (type->isIntegralOrEnumerationType())
      ev.heap.write(cell, std::int64_t{0});
    else if (type->isPointerType())
      ev.heap.write(cell, Pointer{});
    else if (Object* inner = asObject(cell->value()); inner && type->getAsRecordDecl())
      zeroStruct(ev, inner, type->getAsRecordDecl());
  }
}

Object* plainAggregate(Evaluator& ev, const RecordDecl* record, llvm::ArrayRef<Arg> args, clang::SourceRange at) {
  Object* o = plainStruct(ev, record, at);
  zeroStruct(ev, o, record);
  std::size_t next = 0;
  for (const FieldDecl* f : record->getDefinition()->fields())
    if (!f->isUnnamedBitField() && next < args.size()) ev.heap.write(ev.fieldCell(*o, f), args[next++].value());
  return o;
}

} // namespace cobra::interp
