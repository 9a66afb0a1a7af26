// What surrounds a model: modes, seeds, devices, checks, files, and the training side, which the tool does not follow.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_support.h"

#include "clang/AST/DeclTemplate.h"
#include "llvm/Support/FormatVariadic.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
/// Nothing happens that decides a shape; what such a call gives back only a run knows.
Result nothing(Evaluator&, const LibraryCall& call) {
  if (call.resultType.isNull() || call.resultType->isVoidType()) return Value(Nothing{});
  return open(call.at, "what " + call.name.str() + " gives is only known at run time");
}
Result no(Evaluator&, const LibraryCall&) { return boolean(false); }
Result zero(Evaluator&, const LibraryCall&) { return integerValue(0); }
Result token(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Record, call.resultType)); }
Result globalObject(Evaluator& ev, const LibraryCall& call) {
  return ev.heap.object(Object::Kind::Record, call.resultType.getNonReferenceType())->home;
}
Result gradMode(Evaluator& ev, const LibraryCall&) { return boolean(ev.gradMode); }

// ---- checks and messages
std::string shown(Evaluator& ev, const Value& v) {
  if (auto* t = as<Text>(v)) return t->str();
  if (auto* i = as<std::int64_t>(v)) return std::to_string(*i);
  if (auto* d = as<double>(v)) return llvm::formatv("{0}", *d).str();
  if (std::optional<Ints> items = asObject(v) ? ev.integers(v) : std::nullopt) {
    std::string s = "[";
    for (std::size_t k = 0; k < items->size(); ++k) s += (k ? ", " : "") + std::to_string((*items)[k]);
    return s + "]";
  }
  return isNothing(v) ? "" : "?";
}
Result message(Evaluator& ev, const LibraryCall& call) { // c10::str and its kin
  std::string text;
  for (const Arg& a : call.args) text += shown(ev, a.value());
  return Value(Text(text));
}
/// torchCheckMsgImpl(default, parts...): the parts, or the default where there are none.
Result checkMessage(Evaluator& ev, const LibraryCall& call) {
  std::string text;
  for (std::size_t i = call.size() > 1 ? 1 : 0; i < call.size(); ++i) text += shown(ev, call.value(i));
  return Value(Text(text));
}
Result checkFails(Evaluator& ev, const LibraryCall& call) {
  std::string text;
  for (std::size_t i = 3; i < call.size(); ++i) text += shown(ev, call.value(i));
  ev.raise(call.at, text.empty() ? "a check of the program fails" : text);
}
Result error(Evaluator& ev, const LibraryCall& call) { // c10::Error(where, what)
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  std::string text;
  for (const Arg& a : call.args)
    if (as<Text>(a.value())) text = shown(ev, a.value());
  o->fields.push_back({nullptr, "what", ev.heap.cell(Text(text))});
  return Value(o);
}
Result what(Evaluator& ev, const LibraryCall& call) {
  Value v = fieldValue(selfObject(ev, call), "what");
  return isNothing(v) ? Value(Text("")) : v;
}

// ---- files
/// Loading changes the contents of modules only; a tensor may get any shape.
Result load(Evaluator& ev, const LibraryCall& call) {
  if (call.size() > 0 && as<TensorHandle>(call.value(0)))
    ev.heap.write(call.args[0].place, open(call.at, "the tensor is read from a file"));
  return Value(Nothing{});
}
Result fromFile(Evaluator&, const LibraryCall& call) {
  return open(call.at, lastName(call.name).str() + " reads a file, which the tool does not");
}
Result training(Evaluator&, const LibraryCall& call) { return open(call.at, "the tool follows the forward pass, not " + call.name.str()); }
Result threads(Evaluator&, const LibraryCall& call) { return open(call.at, "the number of threads is only known at run time"); }

constexpr const char* guards[] = {"c10::NoGradGuard",
                                  "at::NoGradGuard",
                                  "torch::NoGradGuard",
                                  "c10::AutoGradMode",
                                  "at::AutoGradMode",
                                  "torch::AutoGradMode",
                                  "c10::InferenceMode",
                                  "at::AutoDispatchBelowAutograd",
                                  "at::AutoNonVariableTypeMode",
                                  "c10::DeviceGuard",
                                  "c10::OptionalDeviceGuard",
                                  "c10::StreamGuard",
                                  "c10::cuda::CUDAGuard",
                                  "c10::cuda::CUDAStreamGuard",
                                  "at::cuda::CUDAGuard",
                                  "c10::Warning",
                                  "c10::UserWarning",
                                  "c10::SourceLocation",
                                  "torch::serialize::OutputArchive",
                                  "torch::serialize::InputArchive",
                                  "torch::autograd::AutogradContext",
                                  "torch::autograd::AutoGradMode"};
} // namespace

void registerTorchLiterals(Library& library); // torch_literals.cpp

void registerTorchGuards(Library& library) {
  registerTorchLiterals(library);
  for (const char* name : guards) {
    library.constructor(name, token);
    library.scope(name, nothing);
  }
  for (const char* name : {"torch::manual_seed", "at::manual_seed", "torch::set_num_threads", "at::set_num_threads", "at::init_num_threads",
                           "torch::set_num_interop_threads", "at::set_num_interop_threads", "c10::warn", "torch::save",
                           "at::globalContext::setBenchmarkCuDNN", "torch::set_default_dtype"})
    library.function(name, nothing);
  library.scope("at::Context", nothing);
  library.function("at::globalContext", globalObject);
  library.function("torch::globalContext", globalObject);
  library.function("c10::GradMode::is_enabled", gradMode);
  library.function("c10::GradMode::set_enabled", nothing);
  for (const char* device : {"torch::cuda", "torch::mps", "torch::xpu", "at::cuda", "c10::cuda"}) {
    library.scope(device, nothing);
    library.function(std::string(device) + "::is_available", no);
    library.function(std::string(device) + "::cudnn_is_available", no);
    library.function(std::string(device) + "::device_count", zero);
  }
  library.function("at::hasCUDA", no);
  library.function("at::hasMPS", no);
  for (const char* name : {"torch::get_num_threads", "at::get_num_threads", "torch::get_num_interop_threads"})
    library.function(name, threads);

  for (const char* name : {"c10::str", "c10::detail::_str_wrapper::call", "c10::detail::torchCheckMsg"}) library.function(name, message);
  library.function("c10::detail::torchCheckMsgImpl", checkMessage);
  library.function("c10::detail::torchCheckFail", checkFails);
  library.function("c10::detail::torchInternalAssertFail", checkFails);
  for (const char* name : {"c10::Error", "c10::ValueError", "c10::IndexError", "c10::TypeError", "c10::NotImplementedError"}) {
    library.constructor(name, error);
    library.scope(name, what);
  }

  library.function("torch::load", load);
  library.function("torch::pickle_load", fromFile);
  library.function("torch::jit::load", fromFile);
  for (const char* scope : {"torch::optim", "torch::data", "torch::jit"}) {
    library.constructor(scope, training);
    library.scope(scope, training);
  }
  library.function("torch::nn::utils::vector_to_parameters", nothing);
}

} // namespace cobra::interp
