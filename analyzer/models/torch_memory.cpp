// The memory behind a tensor: data_ptr, accessors, and the copies of C that go through them. Sizes are known, elements only where they are
// few; what is written through a pointer is not followed.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_support.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
constexpr llvm::StringLiteral tensorField = "the tensor", depthField = "indices given";

/// Elements may be written from here on.
void loseContents(Evaluator& ev, Tensor& t) {
  if (t.contents) ev.heap.edit(&t).contents.reset();
}

WhyRef elementsUnknown(At at) { return why(at, "the elements of a tensor are only known at run time"); }

Result dataPointer(Evaluator& ev, const LibraryCall& call) {
  Tensor* t = call.self ? tensorOf(call.self->value()) : nullptr;
  if (!t) return open(call.at, "the elements of a tensor are only known at run time", call.self ? reason(call.self->value()) : nullptr);
  Object* memory = nullptr;
  if (t->contents && !isComplex(t->type.dtype)) {
    Values items;
    for (double d : *t->contents) items.push_back(isFloating(t->type.dtype) ? Value(d) : Value(static_cast<std::int64_t>(d)));
    memory = ev.heap.sequence(std::move(items));
  } else {
    memory = ev.heap.object(Object::Kind::Opaque);
    memory->lost = elementsUnknown(call.at);
  }
  loseContents(ev, *t);
  return Value(Pointer{nullptr, memory, 0});
}

Result accessor(Evaluator& ev, const LibraryCall& call) {
  Tensor* t = call.self ? tensorOf(call.self->value()) : nullptr;
  if (!t) return open(call.at, "the elements of a tensor are only known at run time", call.self ? reason(call.self->value()) : nullptr);
  loseContents(ev, *t);
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  o->fields.push_back({nullptr, tensorField.str(), ev.heap.cell(TensorHandle{t})});
  o->fields.push_back({nullptr, depthField.str(), ev.heap.cell(std::int64_t{0})});
  return Value(o);
}
/// The tensor of an accessor, and how many of its dimensions are indexed already.
std::pair<Tensor*, std::int64_t> accessed(Evaluator& ev, const LibraryCall& call) {
  Object* o = selfObject(ev, call);
  return {tensorOf(fieldValue(o, tensorField)), ev.integer(fieldValue(o, depthField)).value_or(0)};
}
Result accessorSize(Evaluator& ev, const LibraryCall& call) {
  auto [t, depth] = accessed(ev, call);
  std::optional<std::int64_t> d = call.size() ? ev.integer(call.value(0)) : std::nullopt;
  if (!t || !d || *d < 0 || *d + depth >= t->type.rank()) return open(call.at, "the size of an accessor is not known");
  return integerValue(t->type.shape[static_cast<std::size_t>(*d + depth)]);
}
Result accessorSizes(Evaluator& ev, const LibraryCall& call) {
  auto [t, depth] = accessed(ev, call);
  if (!t || depth > t->type.rank()) return open(call.at, "the sizes of an accessor are not known");
  return list(ev, Ints(t->type.shape.begin() + depth, t->type.shape.end()));
}
Result accessorElement(Evaluator& ev, const LibraryCall& call) {
  auto [t, depth] = accessed(ev, call);
  if (!t || !call.resultType.getNonReferenceType()->isRecordType()) return ev.heap.cell(OpenValue{elementsUnknown(call.at)});
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType.getNonReferenceType());
  o->fields.push_back({nullptr, tensorField.str(), ev.heap.cell(TensorHandle{t})});
  o->fields.push_back({nullptr, depthField.str(), ev.heap.cell(depth + 1)});
  return Value(o);
}

/// memcpy, memset and their kin: what is written is open afterwards, where it is a list that is followed.
Result writeMemory(Evaluator& ev, const LibraryCall& call) {
  if (call.size() == 0) return Value(Nothing{});
  const auto* to = as<Pointer>(call.value(0));
  WhyRef lost = why(call.at, "what is copied here is not followed");
  if (to && to->sequence && to->sequence->kind == Object::Kind::Sequence)
    for (auto i = static_cast<std::size_t>(std::max<std::int64_t>(to->index, 0)); i < to->sequence->items.size(); ++i)
      ev.heap.write(to->sequence->items[i], OpenValue{lost});
  else if (to && to->target && (as<std::int64_t>(to->target->value()) || as<double>(to->target->value())))
    ev.heap.write(to->target, OpenValue{lost});
  return call.value(0);
}
} // namespace

void registerTorchMemory(Library& library) {
  for (std::string type : {"at::Tensor", "at::TensorBase"}) {
    for (const char* name : {"data_ptr", "const_data_ptr", "mutable_data_ptr"}) library.function(type + "::" + name, dataPointer);
    for (const char* name : {"accessor", "packed_accessor", "packed_accessor32", "packed_accessor64"})
      library.function(type + "::" + name, accessor);
  }
  for (std::string space : {"at::", "torch::headeronly::"})
    for (std::string name : {"TensorAccessor", "TensorAccessorBase", "GenericPackedTensorAccessor", "GenericPackedTensorAccessorBase",
                             "detail::TensorAccessor", "detail::TensorAccessorBase"}) {
      library.function(space + name + "::size", accessorSize);
      library.function(space + name + "::sizes", accessorSizes);
      library.function(space + name + "::operator[]", accessorElement);
    }
  for (const char* name : {"memcpy", "std::memcpy", "memmove", "std::memmove", "memset", "std::memset"})
    library.function(name, writeMemory);
}

} // namespace cobra::interp
