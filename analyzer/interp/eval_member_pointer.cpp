// Pointers to members. One to a method is a Function without an object; one to a field is a record that names
// the field.
#include "analyzer/interp/evaluator.h"

namespace cobra::interp {

using namespace clang;

Value Evaluator::memberPointer(const UnaryOperator* e) {
  const auto* name = cast<DeclRefExpr>(e->getSubExpr()->IgnoreParens());
  Object* o = heap.object(Object::Kind::Record, e->getType());
  o->fields.push_back({cast<FieldDecl>(name->getDecl())->getCanonicalDecl(), name->getDecl()->getNameAsString(), heap.cell()});
  return o;
}

Result Evaluator::throughMemberPointer(const BinaryOperator* e) {
  const Expr* left = e->getLHS();
  Cell* self = e->getOpcode() == BO_PtrMemI ? pointee(value(left), left->getSourceRange()) : place(left);
  Value member = value(e->getRHS());
  if (isOpen(self->value())) return self->value();
  if (auto* f = as<Function>(member)) {
    auto* method = dyn_cast_or_null<CXXMethodDecl>(f->decl);
    return method ? Value(Function{dynamicTarget(method, self->value(), false), self}) : member;
  }
  Object *object = this->object(self->value()), *field = asObject(member);
  if (object && field && !field->fields.empty() && field->fields[0].decl) return fieldCell(*object, field->fields[0].decl);
  return unknown(e->getSourceRange(), "which member a pointer to members names is not known", reason(member));
}

} // namespace cobra::interp
