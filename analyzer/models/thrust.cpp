// Thrust's containers: device memory that a vector owns. Its algorithms are kernels of which no time is known.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration_cuda.h"

namespace cobra::interp {

using namespace cudnn_model;

namespace {

/// A vector is a Record: "memory" points to what it owns, "size" counts elements.
Object* vectorOf(const LibraryCall& call) {
  Object* o = call.self ? asObject(call.self->value()) : nullptr;
  return o && o->kind == Object::Kind::Record ? o : nullptr;
}
Value field(const Object* o, llvm::StringRef name) {
  Cell* cell = o ? o->field(name) : nullptr;
  return cell ? cell->value() : Value(Nothing{});
}

Value countOf(Evaluator& ev, const LibraryCall& call) {
  if (!call.size()) return std::int64_t{0};
  if (ev.integer(call.value(0)) || isOpen(call.value(0))) return call.value(0);
  if (Object* other = asObject(call.value(0)); other && other->kind == Object::Kind::Sequence)
    return static_cast<std::int64_t>(other->items.size());
  auto *first = as<Pointer>(call.value(0)), *last = call.size() > 1 ? as<Pointer>(call.value(1)) : nullptr;
  if (first && last && first->sequence && first->sequence == last->sequence) return last->index - first->index;
  return open(call.at, "the size of a device vector is not known");
}

Result construct(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  set(ev, o, "size", countOf(ev, call));
  set(ev, o, "memory", allocateDevice(ev, Nothing{}, call.at));
  return Value(o);
}

Result member(Evaluator& ev, const LibraryCall& call) {
  const llvm::StringRef name = call.name.rsplit("::").second;
  Object* o = vectorOf(call);
  if (!o) return open(call.at, "a device vector is not known", call.self ? reason(call.self->value()) : nullptr);
  auto* memory = as<Pointer>(field(o, "memory"));
  const auto size = ev.integer(field(o, "size"));
  if (name == "size") return field(o, "size");
  if (name == "empty") return size ? Value(std::int64_t{*size == 0}) : field(o, "size");
  if (name == "data" || name == "begin") return field(o, "memory");
  if (memory && (name == "end" || name == "operator[]")) {
    const auto by = name == "end" ? size : ev.integer(call.value(0));
    return by ? Value(Pointer{nullptr, memory->sequence, memory->index + *by}) : open(call.at, "a place in a device vector is not known");
  }
  if (name == "resize" || name == "clear") {
    set(ev, o, "size", countOf(ev, call));
    set(ev, o, "memory", allocateDevice(ev, Nothing{}, call.at));
  }
  if (Object* other = call.size() ? ev.object(call.value(0)) : nullptr; name == "swap" && other)
    for (const char* part : {"size", "memory"}) {
      const Value mine = field(o, part), theirs = field(other, part);
      set(ev, o, part, theirs);
      set(ev, other, part, mine);
    }
  if (name == "operator=" && call.size()) {
    Object* other = ev.object(call.value(0));
    const bool device = other && other->kind == Object::Kind::Record;
    set(ev, o, "size", device ? field(other, "size") : countOf(ev, call));
    set(ev, o, "memory", device ? field(other, "memory") : allocateDevice(ev, Nothing{}, call.at));
    return call.self;
  }
  return Value(Nothing{});
}

// device_ptr and device_reference are worth the pointer itself.
Result same(Evaluator&, const LibraryCall& call) {
  if (call.self) return call.self->value();
  return call.size() ? call.value(0) : Value(Pointer{});
}
Result moved(Evaluator& ev, const LibraryCall& call) { // ptr + n, ptr[n]
  auto* p = call.self ? as<Pointer>(call.self->value()) : nullptr;
  const auto by = call.size() ? ev.integer(call.value(0)) : std::optional<std::int64_t>();
  if (!p || !by) return open(call.at, "a pointer into device memory is not known");
  return Value(Pointer{p->target, p->sequence, p->index + (call.name.ends_with("-") ? -*by : *by)});
}
Result element(Evaluator&, const LibraryCall& call) { return open(call.at, "what this memory holds is not followed"); }
Result allocate(Evaluator& ev, const LibraryCall& call) { return allocateDevice(ev, call.value(0), call.at); }
Result nothingHappens(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }

Result copy(Evaluator& ev, const LibraryCall& call) { // copy(first, last, to)
  auto *first = as<Pointer>(call.value(0)), *to = as<Pointer>(call.value(2));
  const auto device = [](const Pointer* p) { return p && p->sequence && p->sequence->kind == Object::Kind::Opaque; };
  if (!device(to)) return call.value(2);
  constexpr std::int64_t everything = std::int64_t{1} << 60;
  const Part part{to->sequence, 0};
  noteWrite(ev, part, everything, nullptr);
  if (device(first))
    for (Tensor* tensor : lastWrites(ev, {first->sequence, 0}, everything)) noteWrite(ev, part, everything, tensor, false);
  return call.value(2);
}

Result kernel(Evaluator& ev, const LibraryCall& call) {
  ensureRun(ev, call.at);
  ev.noteUnknownFunction(call.name);
  return ev.unknown(call.at, call.name.str() + " runs a kernel of Thrust here, and the time it takes is not known");
}

} // namespace

void registerThrust(Library& library) {
  library.scope("thrust", kernel);
  library.constructor("thrust::device_vector", construct);
  library.scope("thrust::device_vector", member);
  library.constructor("thrust::device_ptr", same);
  library.constructor("thrust::device_reference", same);
  library.scope("thrust::device_ptr", same);
  library.scope("thrust::device_reference", same);
  for (const char* name : {"thrust::device_ptr::operator+", "thrust::device_ptr::operator-", "thrust::device_ptr::operator[]"})
    library.function(name, moved);
  library.function("thrust::device_reference::operator T", element);
  library.function("thrust::raw_pointer_cast", same);
  library.function("thrust::device_pointer_cast", same);
  library.function("thrust::device_malloc", allocate);
  library.function("thrust::device_free", nothingHappens);
  library.function("thrust::copy", copy);
  for (const char* name : {"thrust::fill", "thrust::sequence"}) library.function(name, nothingHappens);
}

} // namespace cobra::interp
