// The training side: what differentiates and updates is not followed, and where a model does it, its total lacks that.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_support.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
// ---- custom differentiation: Function<T>::apply runs T::forward
/// The AutogradContext that a forward takes, with the map that it may leave values in.
Object* context(Evaluator& ev, const clang::CXXMethodDecl* forward, clang::SourceRange at) {
  const clang::QualType type = forward->getNumParams() > 0 ? forward->getParamDecl(0)->getType()->getPointeeType() : clang::QualType();
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
  if (!record || !record->hasDefinition()) return ev.heap.object(Object::Kind::Record);
  Object* o = ev.allocate(record->getDefinition(), type);
  for (const clang::FieldDecl* f : record->getDefinition()->fields())
    if (f->getAccess() == clang::AS_public) ev.heap.write(ev.fieldCell(*o, f), ev.defaultValue(f->getType(), at));
  return o;
}

Result applyFunction(Evaluator& ev, const LibraryCall& call) {
  const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(call.callee);
  const auto* spec = method ? llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(method->getParent()) : nullptr;
  const clang::CXXRecordDecl* function =
      spec && spec->getTemplateArgs().size() > 0 ? spec->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl() : nullptr;
  if (function && function->hasDefinition())
    for (const clang::CXXMethodDecl* m : function->getDefinition()->methods()) {
      if (!m->getDeclName().isIdentifier() || m->getName() != "forward") continue;
      std::vector<Arg> args = {ev.arg(Pointer{context(ev, m, call.at)->home, nullptr, 0})};
      args.insert(args.end(), call.args.begin(), call.args.end());
      return ev.call(m, nullptr, args, call.at);
    }
  return notModelled(ev, call);
}

/// Runs operators that are not in the trace: an open point, where something runs.
Result backwardPass(Evaluator& ev, const LibraryCall& call) {
  Value missing = ev.unknown(call.at, "the tool follows the forward pass, not " + call.name.str());
  if (call.resultType.isNull() || call.resultType->isVoidType()) return Value(Nothing{});
  return missing;
}

/// torch::autograd::grad(outputs, inputs, ...): a gradient for each input, of its shape.
Result gradients(Evaluator& ev, const LibraryCall& call) {
  Value missing = ev.unknown(call.at, "the tool follows the forward pass, not " + call.name.str());
  Object* inputs = call.size() > 1 ? asObject(call.value(1)) : nullptr;
  if (!inputs || inputs->kind == Object::Kind::Opaque) return missing;
  Values out;
  for (const Cell* input : inputs->items) {
    Tensor* t = tensorOf(input->value());
    out.push_back(t ? ev.makeTensor(t->type) : missing);
  }
  return Value(ev.heap.sequence(std::move(out), call.resultType));
}
} // namespace

void registerTorchGradients(Library& library) {
  library.function("torch::autograd::Function::apply", applyFunction);
  library.function("torch::autograd::grad", gradients);
  for (const char* name : {"torch::autograd::backward", "at::Tensor::backward", "at::TensorBase::_backward",
                           "torch::nn::utils::clip_grad_norm_", "torch::nn::utils::clip_grad_value_"})
    library.function(name, backwardPass);
  for (const char* optimizer : {"Optimizer", "Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "LBFGS"})
    library.function(std::string("torch::optim::") + optimizer + "::step", backwardPass);
}

} // namespace cobra::interp
