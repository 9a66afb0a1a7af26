// LibTorch's libraries are built with NDEBUG, and the layout of RecordFunction depends on it.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "recorder.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/function_schema.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cobra::parity {
namespace {

/// The names that graph files use (docs/graph.md).
const char* dtypeName(at::ScalarType type) {
  switch (type) {
  case at::kFloat: return "float32";
  case at::kDouble: return "float64";
  case at::kHalf: return "float16";
  case at::kBFloat16: return "bfloat16";
  case at::kLong: return "int64";
  case at::kInt: return "int32";
  case at::kShort: return "int16";
  case at::kChar: return "int8";
  case at::kByte: return "uint8";
  case at::kBool: return "bool";
  case at::kComplexFloat: return "complex64";
  case at::kComplexDouble: return "complex128";
  default: return c10::toString(type);
  }
}

/// Items between brackets, separated by commas.
class List {
public:
  void add(const std::string& item) {
    if (text_.size() > 1) text_ += ',';
    text_ += item;
  }
  std::string close() const { return text_ + ']'; }

private:
  std::string text_ = "[";
};

std::string describe(const at::Tensor& tensor) {
  if (!tensor.defined()) return "null";
  List sizes;
  for (const auto size : tensor.sizes()) sizes.add(std::to_string(size));
  return "{\"shape\":" + sizes.close() + ",\"dtype\":\"" + dtypeName(tensor.scalar_type()) + "\"}";
}

/// Tensor, Tensor?, Tensor[] and Tensor?[] take part; numbers, strings and the rest do not.
bool holdsTensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  if (type.kind() != c10::TypeKind::OptionalType && type.kind() != c10::TypeKind::ListType) return false;
  return holdsTensors(*type.containedType(0));
}

using Each = std::function<void(const at::Tensor&)>;

/// Calls `each(tensor)` for a tensor or every item of a list, with an undefined tensor where there is none.
void forEachTensor(const c10::IValue& value, const Each& each) {
  if (value.isTensor()) return each(value.toTensor());
  if (!value.isList()) return each(at::Tensor());
  for (const c10::IValue& item : value.toListRef()) each(item.isTensor() ? item.toTensor() : at::Tensor());
}

struct NestedCall : at::ObserverContext {};

} // namespace

struct Recorder::Tape {
  static std::string inputsOf(const std::vector<c10::Argument>& arguments, c10::ArrayRef<const c10::IValue> values, const Each& each) {
    List inputs;
    for (std::size_t i = 0; i < arguments.size() && i < values.size(); ++i) {
      // What is only written is told by the outputs.
      if (!holdsTensors(*arguments[i].type()) || arguments[i].is_out()) continue;
      List items;
      std::string last;
      forEachTensor(values[i], [&](const at::Tensor& tensor) {
        last = describe(tensor);
        items.add(last);
        if (tensor.defined()) each(tensor);
      });
      inputs.add(values[i].isList() ? items.close() : last);
    }
    return inputs.close();
  }

  static std::string outputsOf(const std::vector<c10::IValue>& values, const Each& each) {
    List outputs;
    for (const auto& value : values) {
      if (!value.isTensor() && !value.isTensorList()) continue;
      forEachTensor(value, [&](const at::Tensor& tensor) {
        outputs.add(describe(tensor));
        if (tensor.defined()) each(tensor);
      });
    }
    return outputs.close();
  }

  void begin(const at::RecordFunction& call) {
    if (depth++ > 0) return;
    const auto schema = call.operator_schema();
    arguments.clear();
    List from;
    const auto inputs = inputsOf(schema->arguments(), call.inputs(), [&](const at::Tensor& tensor) {
      from.add(std::to_string(producerOf(tensor)));
      arguments.insert(tensor.unsafeGetTensorImpl());
      see(tensor);
    });
    open = "{\"op\":\"" + schema->name() + "\",\"overload\":\"" + schema->overload_name() + "\",\"inputs\":" + inputs +
           ",\"from\":" + from.close();
  }

  void end(const at::RecordFunction& call) {
    if (--depth > 0) return;
    if (call.outputs().empty() && !call.operator_schema()->returns().empty()) return; // it threw
    std::vector<const void*> results;
    const auto outputs = outputsOf(call.outputs(), [&](const at::Tensor& tensor) {
      results.push_back(tensor.unsafeGetTensorImpl());
      see(tensor);
      // What is written through a view is read through its base: the first that was seen of the storage.
      if (call.operator_schema()->is_mutable() && tensor.has_storage()) producer[bases.at(tensor.storage().unsafeGetStorageImpl())] = count;
    });
    const bool passes = !call.operator_schema()->is_mutable() && !results.empty() &&
                        std::all_of(results.begin(), results.end(), [&](const void* impl) { return arguments.contains(impl); });
    if (!passes)
      for (const void* impl : results) producer[impl] = count;
    operators.add(open + ",\"outputs\":" + outputs + ",\"passes\":" + (passes ? "true" : "false") + "}");
    ++count;
  }

  void see(const at::Tensor& tensor) {
    seen.emplace_back(tensor.getIntrusivePtr());
    if (tensor.has_storage()) {
      const void* storage = tensor.storage().unsafeGetStorageImpl();
      sharing[storage].insert(tensor.unsafeGetTensorImpl());
      if (bases.emplace(storage, tensor.unsafeGetTensorImpl()).second) storages.push_back(tensor.storage().getWeakStorageImpl());
    }
  }

  /// -1: no recorded operator. A new handle of a known storage (torch::tensor makes one) reads what was
  /// written there last.
  int producerOf(const at::Tensor& tensor) {
    if (const auto found = producer.find(tensor.unsafeGetTensorImpl()); found != producer.end()) return found->second;
    int last = -1;
    const auto shared = tensor.has_storage() ? sharing.find(tensor.storage().unsafeGetStorageImpl()) : sharing.end();
    if (shared == sharing.end() || shared->second.contains(tensor.unsafeGetTensorImpl())) return last;
    for (const void* other : shared->second)
      if (const auto found = producer.find(other); found != producer.end()) last = std::max(last, found->second);
    if (last >= 0) producer[tensor.unsafeGetTensorImpl()] = last;
    return last;
  }

  List operators;
  std::string open;                          // the operator that is running
  std::unordered_set<const void*> arguments; // its tensors
  int count = 0;
  int depth = 0;
  std::unordered_map<const void*, int> producer;                            // by TensorImpl
  std::unordered_map<const void*, std::unordered_set<const void*>> sharing; // TensorImpls by StorageImpl
  std::unordered_map<const void*, const void*> bases;                       // the first TensorImpl of each StorageImpl
  // So that no address is used twice. Weak: LibTorch shares a tensor's implementation only while it has one
  // owner.
  std::vector<c10::weak_intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>> seen;
  std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> storages;
  at::CallbackHandle callback = 0;

  static thread_local Tape* current;
};

thread_local Recorder::Tape* Recorder::Tape::current = nullptr;

Recorder::Recorder() : tape_(std::make_unique<Tape>()) {
  if (Tape::current) throw std::logic_error("a recorder is at work on this thread already");
  Tape::current = tape_.get();
  using Context = std::unique_ptr<at::ObserverContext>;
  auto callback = at::RecordFunctionCallback(
      [](const at::RecordFunction& call) -> Context {
        // Without a schema it is no operator but a range that somebody marked.
        if (!Tape::current || !call.operator_schema()) return nullptr;
        Tape::current->begin(call);
        return std::make_unique<NestedCall>();
      },
      [](const at::RecordFunction& call, at::ObserverContext* context) {
        if (Tape::current && context) Tape::current->end(call);
      });
  tape_->callback = at::addGlobalCallback(std::move(callback.needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION})));
}

Recorder::~Recorder() { finish(); }

std::string Recorder::finish() {
  if (Tape::current == tape_.get()) {
    at::removeCallback(tape_->callback);
    Tape::current = nullptr;
  }
  return "{\"operators\":" + tape_->operators.close() + "}";
}

} // namespace cobra::parity
