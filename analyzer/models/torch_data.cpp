// Where a program's batches come from: datasets, transforms and loaders (torch/data/). What one example looks
// like is read from the program; a loader gives batches of the size that was asked for, how many is not
// known.
#include "analyzer/interp/stream.h"
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_support.h"

#include "clang/AST/DeclTemplate.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
constexpr llvm::StringLiteral datasetField = "the dataset";

/// `count` examples that look alike, or what a transform made of them: one value for the whole batch.
struct Batch {
  Value value;
  std::int64_t count = 1;
  bool collated = false;
};

// ---- examples
Value exampleOf(Evaluator& ev, clang::QualType type, Value data, Value target) {
  const clang::CXXRecordDecl* record = type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
  Object* o = record && record->hasDefinition() ? ev.allocate(record->getDefinition(), type) : ev.heap.object(Object::Kind::Record, type);
  ev.heap.write(ev.fieldCell(*o, "data"), std::move(data));
  ev.heap.write(ev.fieldCell(*o, "target"), std::move(target));
  return o;
}
/// Example(data, target), Example(data).
Result example(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 1)
    if (Object* other = asObject(call.value(0)); other && other->field("data")) return ev.heap.copy(call.value(0));
  Value data = call.size() > 0 ? ev.heap.copy(call.value(0)) : Value(TensorHandle{});
  Value target = call.size() > 1 ? ev.heap.copy(call.value(1)) : Value(TensorHandle{});
  return exampleOf(ev, call.resultType, std::move(data), std::move(target));
}

// ---- MNIST (torch/data/datasets/mnist.h): float images in [0, 1] and int64 labels
constexpr std::int64_t mnistTrain = 60000, mnistTest = 10000, mnistSize = 28;

Result mnist(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  Object* o = ev.allocate(record, call.resultType);
  std::optional<std::int64_t> mode = call.size() > 1 ? ev.integer(call.value(1)) : std::optional<std::int64_t>(0);
  if (!mode) return open(call.at, "which part of MNIST is read is not known");
  const std::int64_t n = *mode == 0 ? mnistTrain : mnistTest;
  ev.heap.write(ev.fieldCell(*o, "images_"), ev.makeTensor({DType::Float32, {n, 1, mnistSize, mnistSize}}));
  ev.heap.write(ev.fieldCell(*o, "targets_"), ev.makeTensor({DType::Int64, {n}}));
  return Value(o);
}
Result mnistField(Evaluator& ev, const LibraryCall& call) {
  Object* o = selfObject(ev, call);
  Cell* cell = o ? o->field((lastName(call.name) + "_").str()) : nullptr;
  return cell ? Result(cell) : Result(notModelled(ev, call));
}
Value mnistExample(Evaluator& ev, clang::QualType type) {
  return exampleOf(ev, type, ev.makeTensor({DType::Float32, {1, mnistSize, mnistSize}}), ev.makeTensor({DType::Int64, {}}));
}

// ---- what a dataset gives
bool isA(Evaluator& ev, const Object* o, llvm::StringRef name) { return o && o->record && ev.isOrDerivesFrom(o->record, name); }

/// The method that the program's own class (or one of its own bases) defines.
const clang::CXXMethodDecl* ownMethod(Evaluator& ev, const clang::CXXRecordDecl* record, llvm::StringRef name) {
  if (!record || !record->hasDefinition() || ev.isLibrary(record)) return nullptr;
  for (const clang::CXXMethodDecl* m : record->getDefinition()->methods()) {
    const bool call = name == "()" ? m->getOverloadedOperator() == clang::OO_Call : m->getDeclName().isIdentifier() && m->getName() == name;
    if (call) return m;
  }
  for (const clang::CXXBaseSpecifier& base : record->getDefinition()->bases())
    if (const clang::CXXMethodDecl* m = ownMethod(ev, base.getType()->getAsCXXRecordDecl(), name)) return m;
  return nullptr;
}

clang::QualType exampleType(Evaluator& ev, const Object& dataset) {
  if (!dataset.record) return {};
  for (const clang::Decl* d : dataset.record->decls())
    if (const auto* name = llvm::dyn_cast<clang::TypedefNameDecl>(d); name && name->getName() == "ExampleType")
      return name->getUnderlyingType();
  for (const clang::CXXBaseSpecifier& base : dataset.record->bases())
    if (const auto* spec = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(base.getType()->getAsCXXRecordDecl()))
      if (ev.library.nameOf(spec) == "torch::data::datasets::Dataset" && spec->getTemplateArgs().size() > 1)
        return spec->getTemplateArgs()[1].getAsType();
  return {};
}

Batch batchOf(Evaluator& ev, const Value& dataset, std::int64_t count, At at);

Value stacked(Evaluator& ev, const Value& one, std::int64_t count, At at) {
  Tensor* t = tensorOf(one);
  if (!t) return isOpen(one) ? one : open(at, "what the examples hold is not known");
  Shape shape = t->type.shape;
  shape.insert(shape.begin(), count);
  return ev.makeTensor({t->type.dtype, std::move(shape)});
}

/// Applies a transform as Transform::apply_batch and Collation::apply_batch do (transforms/base.h).
Batch transformed(Evaluator& ev, const Value& transform, Batch batch, At at) {
  Object* t = ev.object(transform);
  if (!t || !t->record) return {open(at, "this transform is not known", reason(transform)), batch.count, true};
  if (isA(ev, t, "torch::data::transforms::Stack")) {
    Object* e = asObject(batch.value);
    if (!e || !e->field("data"))
      return {isOpen(batch.value) ? batch.value : open(at, "what the examples hold is not known"), batch.count, true};
    Value data = stacked(ev, fieldValue(e, "data"), batch.count, at);
    Value target = tensorOf(fieldValue(e, "target")) ? stacked(ev, fieldValue(e, "target"), batch.count, at) : fieldValue(e, "target");
    return {exampleOf(ev, e->type, std::move(data), std::move(target)), batch.count, true};
  }
  if (isA(ev, t, "torch::data::transforms::Normalize")) return batch; // the same shape
  auto applied = [&](const Value& to) { return ev.arg(to); };
  if (const clang::CXXMethodDecl* m = ownMethod(ev, t->record, "apply_batch")) {
    Values items(static_cast<std::size_t>(batch.count), batch.value);
    return {ev.call(m, t->home, {applied(ev.heap.sequence(std::move(items)))}, at).value, batch.count, true};
  }
  if (const clang::CXXMethodDecl* m = ownMethod(ev, t->record, "apply"))
    return {ev.call(m, t->home, {applied(batch.value)}, at).value, batch.count, batch.collated};
  const clang::CXXMethodDecl* onTensor = ownMethod(ev, t->record, "()");
  Value function = fieldValue(t, "function_");
  if (isA(ev, t, "torch::data::transforms::TensorTransform") && (onTensor || !isNothing(function))) {
    Object* e = asObject(batch.value);
    if (!e || !e->field("data")) return {open(at, "what the examples hold is not known", reason(batch.value)), batch.count, batch.collated};
    Arg data = applied(fieldValue(e, "data"));
    Value result = onTensor ? ev.call(onTensor, t->home, {data}, at).value : ev.callValue(function, {data}, at).value;
    return {exampleOf(ev, e->type, std::move(result), fieldValue(e, "target")), batch.count, batch.collated};
  }
  if (!isNothing(function)) {
    if (!isA(ev, t, "torch::data::transforms::BatchLambda"))
      return {ev.callValue(function, {applied(batch.value)}, at).value, batch.count, batch.collated};
    Values items(static_cast<std::size_t>(batch.count), batch.value);
    return {ev.callValue(function, {applied(ev.heap.sequence(std::move(items)))}, at).value, batch.count, true};
  }
  return {open(at, "the tool does not know the transform " + ev.library.nameOf(t->record)), batch.count, true};
}

Batch batchOf(Evaluator& ev, const Value& dataset, std::int64_t count, At at) {
  Object* d = ev.object(dataset);
  if (!d || !d->record) return {open(at, "what the loader reads is not known", reason(dataset)), count, true};
  if (isA(ev, d, "torch::data::datasets::MNIST")) return {mnistExample(ev, exampleType(ev, *d)), count};
  if (isA(ev, d, "torch::data::datasets::MapDataset"))
    return transformed(ev, fieldValue(d, "transform_"), batchOf(ev, fieldValue(d, "dataset_"), count, at), at);
  if (isA(ev, d, "torch::data::datasets::TensorDataset")) {
    Tensor* all = tensorOf(fieldValue(d, "tensor"));
    if (!all || all->type.rank() == 0) return {open(at, "the dataset's tensor is not known"), count};
    return {exampleOf(ev, exampleType(ev, *d), ev.makeTensor({all->type.dtype, Shape(all->type.shape.begin() + 1, all->type.shape.end())}),
                      Nothing{}),
            count};
  }
  if (const clang::CXXMethodDecl* m = ownMethod(ev, d->record, "get"))
    return {ev.call(m, d->home, {ev.arg(integerValue(0))}, at).value, count};
  if (const clang::CXXMethodDecl* m = ownMethod(ev, d->record, "get_batch")) {
    Value request = integerValue(count);
    if (m->getNumParams() == 1 && !m->getParamDecl(0)->getType().getNonReferenceType()->isIntegerType()) {
      Ints indices(static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
      request = list(ev, indices);
    }
    return {ev.call(m, d->home, {ev.arg(request)}, at).value, count, true};
  }
  return {open(at, "the tool does not know the dataset " + ev.library.nameOf(d->record)), count, true};
}

Value asBatch(Evaluator& ev, const Batch& batch) {
  if (batch.collated || isOpen(batch.value)) return batch.value;
  return ev.heap.sequence(Values(static_cast<std::size_t>(batch.count), batch.value));
}

// ---- datasets as the program sees them
/// dataset.map(transform), datasets::map(dataset, transform)
Result map(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  const bool member = call.size() == 1;
  if (!record || !record->hasDefinition() || (member && !call.self) || call.size() > 2) return notModelled(ev, call);
  Object* o = ev.allocate(record->getDefinition(), call.resultType);
  Value source = member ? Value(selfObject(ev, call)) : call.value(0);
  if (member && !selfObject(ev, call)) source = open(call.at, "the dataset is not known", reason(call.self->value()));
  ev.heap.write(ev.fieldCell(*o, "dataset_"), ev.heap.copy(source));
  ev.heap.write(ev.fieldCell(*o, "transform_"), ev.heap.copy(call.value(call.size() - 1)));
  return Value(o);
}
Value sizeOfDataset(Evaluator& ev, const Value& dataset, At at) {
  Object* d = ev.object(dataset);
  if (isA(ev, d, "torch::data::datasets::MapDataset")) return sizeOfDataset(ev, fieldValue(d, "dataset_"), at);
  for (llvm::StringRef whole : {"images_", "tensor"})
    if (Tensor* t = d && d->record && ev.isLibrary(d->record) ? tensorOf(fieldValue(d, whole)) : nullptr; t && t->type.rank() > 0)
      return integerValue(t->type.shape[0]);
  if (const clang::CXXMethodDecl* m = d ? ownMethod(ev, d->record, "size") : nullptr) return ev.call(m, d->home, {}, at).value;
  return open(at, "the size of the dataset is not known", reason(dataset));
}
Result size(Evaluator& ev, const LibraryCall& call) {
  return sizeOfDataset(ev, call.self ? call.self->value() : Value(Nothing{}), call.at);
}
Result get(Evaluator& ev, const LibraryCall& call) { // one example, or the examples of a list of indices
  Object* d = selfObject(ev, call);
  const bool one = lastName(call.name) == "get";
  std::int64_t count = 1;
  if (Object* indices = !one && call.size() == 1 ? asObject(call.value(0)) : nullptr)
    count = static_cast<std::int64_t>(indices->items.size());
  Batch batch = batchOf(ev, d, count, call.at);
  return one ? batch.value : asBatch(ev, batch);
}
Result tensorDataset(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  if (!record || call.size() != 1) return notModelled(ev, call);
  Object* o = ev.allocate(record, call.resultType);
  ev.heap.write(ev.fieldCell(*o, "tensor"), call.value(0));
  return Value(o);
}
/// Lambda(function), TensorLambda(function), BatchLambda(function).
Result lambda(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  if (!record || call.size() != 1) return notModelled(ev, call);
  if (Object* other = asObject(call.value(0)); other && other->field("function_")) return ev.heap.copy(call.value(0));
  Object* o = ev.allocate(record, call.resultType);
  ev.heap.write(ev.fieldCell(*o, "function_"), ev.heap.copy(call.value(0)));
  return Value(o);
}
Result plain(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* record = call.resultType->getAsCXXRecordDecl();
  return Value(record && record->hasDefinition() ? ev.allocate(record->getDefinition(), call.resultType)
                                                 : ev.heap.object(Object::Kind::Record, call.resultType));
}

// ---- loaders
std::optional<std::int64_t> batchSize(Evaluator& ev, const LibraryCall& call) {
  for (std::size_t i = call.size(); i-- > 1;) {
    if (std::optional<std::int64_t> n = ev.integer(call.value(i))) return n;
    if (Object* o = asObject(call.value(i)); o && o->field("batch_size_")) return ev.integer(fieldValue(o, "batch_size_"));
  }
  return call.size() < 2 ? std::optional<std::int64_t>(1) : std::nullopt;
}
Result makeLoader(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return notModelled(ev, call);
  Object* loader = ev.heap.object(Object::Kind::Record);
  std::optional<std::int64_t> count = batchSize(ev, call);
  Value each = count && *count > 0 && *count <= 1'000'000 ? Value(Nothing{}) : open(call.at, "the batch size is not known");
  if (!isOpen(each)) each = asBatch(ev, batchOf(ev, call.value(0), *count, call.at));
  loader->fields.push_back({nullptr, eachElement.str(), ev.heap.cell(std::move(each))});
  loader->fields.push_back({nullptr, datasetField.str(), ev.heap.cell(call.value(0))});
  return Value(Pointer{loader->home, nullptr, 0});
}
/// `loader->begin()`: an iterator at a batch; where it ends is not known.
Result begin(Evaluator& ev, const LibraryCall& call) {
  Object* loader = selfObject(ev, call);
  Cell* each = loader ? loader->field(eachElement) : nullptr;
  return each ? Result(Value(Pointer{each, nullptr, 0})) : Result(notModelled(ev, call));
}
Result end(Evaluator&, const LibraryCall& call) { return open(call.at, "how many batches there are is only known at run time"); }
Result sameIterator(Evaluator&, const LibraryCall& call) { return call.self ? Result(call.self) : Result(Value(Nothing{})); }
Result atBatch(Evaluator& ev, const LibraryCall& call) {
  Cell* each = call.self ? ev.pointee(call.self->value(), call.at) : nullptr;
  if (!each) return open(call.at, "the batch is not known");
  if (lastName(call.name) == "operator->") return Value(Pointer{each, nullptr, 0});
  return each;
}
Result atEnd(Evaluator&, const LibraryCall& call) { return open(call.at, "how many batches there are is only known at run time"); }
} // namespace

void registerTorchData(Library& library) {
  library.constructor("torch::data::Example", example);
  library.constructor("torch::data::datasets::MNIST", mnist);
  for (const char* field : {"images", "targets"}) library.function(std::string("torch::data::datasets::MNIST::") + field, mnistField);
  library.constructor("torch::data::datasets::TensorDataset", tensorDataset);
  for (const char* set : {"MNIST", "MapDataset", "TensorDataset", "Dataset", "BatchDataset"}) {
    const std::string name = std::string("torch::data::datasets::") + set;
    library.function(name + "::map", map);
    library.function(name + "::size", size);
    library.function(name + "::get", get);
    library.function(name + "::get_batch", get);
  }
  library.function("torch::data::datasets::map", map);
  for (const char* transform : {"Lambda", "TensorLambda", "BatchLambda"})
    library.constructor(std::string("torch::data::transforms::") + transform, lambda);
  for (const char* name : {"torch::data::transforms::Stack", "torch::data::transforms::Normalize", "torch::data::samplers::RandomSampler",
                           "torch::data::samplers::SequentialSampler", "torch::data::samplers::DistributedRandomSampler",
                           "torch::data::samplers::DistributedSequentialSampler"})
    library.constructor(name, plain);
  library.function("torch::data::make_data_loader", makeLoader);
  library.function("torch::data::DataLoaderBase::begin", begin);
  library.function("torch::data::DataLoaderBase::end", end);
  library.function("torch::data::Iterator::operator*", atBatch);
  library.function("torch::data::Iterator::operator->", atBatch);
  library.function("torch::data::Iterator::operator++", sameIterator);
  library.function("torch::data::Iterator::operator!=", atEnd);
  library.function("torch::data::Iterator::operator==", atEnd);
}

} // namespace cobra::interp
