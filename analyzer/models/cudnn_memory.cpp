// Device memory: cudaMalloc and its relatives, copies, and which operator wrote which part last.
#include "analyzer/interp/plain_struct.h"
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include "clang/AST/Attr.h"

namespace cobra::interp {

namespace cudnn_model {

namespace {
struct Write {
  std::int64_t offset, bytes;
  Tensor* tensor;
};

/// A list of tuples (offset, bytes, tensor): values, so that an undecided branch can take them back.
std::vector<Write> writesOf(Evaluator& ev, Object* memory) {
  std::vector<Write> out;
  Cell* cell = memory->field("writes");
  Object* list = cell ? asObject(cell->value()) : nullptr;
  if (!list) return out;
  for (Cell* item : list->items)
    if (Object* write = asObject(item->value()); write && write->items.size() == 3)
      out.push_back({ev.integer(write->items[0]->value()).value_or(0), ev.integer(write->items[1]->value()).value_or(0),
                     ev.tensor(write->items[2]->value())});
  return out;
}

void keep(Evaluator& ev, Object* memory, const std::vector<Write>& writes) {
  std::vector<Value> items;
  for (const Write& write : writes) items.push_back(ev.heap.tuple({write.offset, write.bytes, TensorHandle{write.tensor}}));
  set(ev, memory, "writes", ev.heap.sequence(std::move(items)));
}

bool overlap(const Write& write, std::int64_t offset, std::int64_t bytes) {
  return write.offset < addClamped(offset, bytes) && offset < addClamped(write.offset, write.bytes);
}

std::int64_t elementSize(Evaluator& ev, const Arg& arg) {
  clang::QualType type = arg.expr ? arg.expr->IgnoreParenImpCasts()->getType() : arg.type;
  if (type.isNull()) return 1;
  if (type->isPointerType() || type->isArrayType()) {
    type = clang::QualType(type->getPointeeOrArrayElementType(), 0);
    if (!type->isVoidType() && !type->isIncompleteType() && !type->isDependentType())
      return ev.context.getTypeSizeInChars(type).getQuantity();
  }
  return 1;
}

constexpr std::int64_t everything = std::int64_t{1} << 60;
constexpr std::int64_t keptCells = 1 << 14;

Result allocate(Evaluator& ev, const LibraryCall& call) { // cudaMalloc(&p, bytes)
  give(ev, call.value(0), allocateDevice(ev, call.size() > 1 ? call.value(1) : Value(Nothing{}), call.at));
  return ok();
}

/// A host array of which nobody knows the element type yet: enough cells for any.
Result hostArray(Evaluator& ev, const LibraryCall& call) { // malloc(bytes), calloc(n, size)
  std::optional<std::int64_t> bytes = ev.integer(call.value(0));
  if (bytes && call.size() > 1)
    if (auto size = ev.integer(call.value(1))) bytes = mulClamped(*bytes, *size);
  if (!bytes || *bytes > keptCells || *bytes < 0) return allocateDevice(ev, call.value(0), call.at);
  const Value first = call.name.ends_with("calloc") ? Value(std::int64_t{0}) : Value(Nothing{});
  return Value(Pointer{nullptr, ev.heap.sequence(std::vector<Value>(static_cast<std::size_t>(*bytes), first)), 0});
}

/// What a device computed arrives on the host: numbers that only a run would tell.
void arrive(Evaluator& ev, const LibraryCall& call) {
  const Value computed = open(call.at, "it is copied from the device, where it is computed at run time");
  auto* p = as<Pointer>(call.value(0));
  if (!p || !p->sequence) return give(ev, call.value(0), computed);
  if (p->sequence->kind != Object::Kind::Sequence || p->index < 0) return;
  const std::int64_t size = static_cast<std::int64_t>(p->sequence->items.size());
  const std::int64_t count = ev.integer(call.value(2)).value_or(everything) / elementSize(ev, call.args[0]);
  for (std::int64_t i = p->index; i < std::min(size, addClamped(p->index, count)); ++i)
    ev.heap.write(p->sequence->items[static_cast<std::size_t>(i)], computed);
}

/// memset(p, 0, n) of a struct of C, or of an array of numbers; anything else keeps what it holds.
Result hostFill(Evaluator& ev, const LibraryCall& call) {
  auto* p = as<Pointer>(call.value(0));
  clang::QualType type = call.args[0].expr ? call.args[0].expr->IgnoreParenImpCasts()->getType() : call.args[0].type;
  if (!p || p->isNull() || type.isNull() || ev.integer(call.value(1)) != std::int64_t{0}) return call.value(0);
  if (type->isPointerType() || type->isArrayType()) type = clang::QualType(type->getPointeeOrArrayElementType(), 0);
  if (p->sequence && p->sequence->kind != Object::Kind::Sequence) return call.value(0);
  const std::int64_t size = p->sequence ? static_cast<std::int64_t>(p->sequence->items.size()) : 1;
  const std::int64_t bytes = std::max<std::int64_t>(1, elementSize(ev, call.args[0]));
  const std::int64_t count = ev.integer(call.value(2)).value_or(0) / bytes;
  for (std::int64_t i = 0, at = p->sequence ? p->index : 0; i < count && at >= 0 && at < size; ++i, ++at) {
    Cell* cell = p->sequence ? p->sequence->items[static_cast<std::size_t>(at)] : p->target;
    if (const clang::RecordDecl* record = type->getAsRecordDecl(); isPlainStruct(record)) {
      if (!asObject(cell->value())) ev.heap.write(cell, plainStruct(ev, record, call.at));
      zeroStruct(ev, asObject(cell->value()), record);
    } else if (type->isRealFloatingType()) {
      ev.heap.write(cell, 0.0);
    } else if (type->isIntegralOrEnumerationType()) {
      ev.heap.write(cell, std::int64_t{0});
    } else if (type->isPointerType()) {
      ev.heap.write(cell, Pointer{});
    }
  }
  return call.value(0);
}

Result copy(Evaluator& ev, const LibraryCall& call) { // cudaMemcpy(to, from, bytes, kind)
  const Part to = part(ev, call, 0), from = part(ev, call, 1);
  if (!to.memory && from.memory) arrive(ev, call);
  if (!to.memory) return ok();
  const std::int64_t bytes = ev.integer(call.value(2)).value_or(everything);
  const std::vector<Tensor*> writers = from.memory ? lastWrites(ev, from, bytes) : std::vector<Tensor*>();
  noteWrite(ev, to, bytes, nullptr);
  for (Tensor* tensor : writers) noteWrite(ev, to, bytes, tensor, false);
  return ok();
}

Result clear(Evaluator& ev, const LibraryCall& call) { // cudaMemset(to, value, bytes), curandGenerate...
  noteWrite(ev, part(ev, call, call.name.starts_with("curand") ? 1 : 0), everything, nullptr);
  return ok();
}

Result pitched(Evaluator& ev, const LibraryCall& call) { // cudaMallocPitch(&p, &pitch, width, height)
  give(ev, call.value(0), allocateDevice(ev, Nothing{}, call.at));
  give(ev, call.value(1), call.value(2));
  return ok();
}

/// Contents are lost when a function that is not followed gets at them.
Result runtimeValue(Evaluator& ev, const LibraryCall& call) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    auto* p = as<Pointer>(call.value(i));
    if (!p || p->isNull()) continue;
    const WhyRef reason = why(call.at, call.name.str() + " tells it at run time");
    if (Object* o = ev.object(call.value(i)); o && o->kind == Object::Kind::Record)
      ev.heap.lose(o, reason);
    else
      give(ev, call.value(i), OpenValue{reason});
  }
  return ok();
}

Result nothingHappens(Evaluator&, const LibraryCall&) { return ok(); }
Result errorText(Evaluator&, const LibraryCall&) { return Value(Text("no error")); }
// Half precision: the number it stands for.
Result half(Evaluator&, const LibraryCall& call) {
  if (call.self && call.size() == 0) return call.self->value();
  return call.size() ? call.value(0) : Value(0.0);
}
Result oneDevice(Evaluator& ev, const LibraryCall& call) {
  give(ev, call.value(0), call.name == "cudaGetDeviceCount" ? std::int64_t{1} : std::int64_t{0});
  return ok();
}
Result fresh(Evaluator& ev, const LibraryCall& call) { // a stream, an event, a generator
  Object* o = ev.heap.object(Object::Kind::Record, {});
  give(ev, call.value(0), Pointer{o->home, nullptr, 0});
  return ok();
}
} // namespace

Value allocateDevice(Evaluator& ev, Value bytes, At at) {
  Object* memory = ev.heap.object(Object::Kind::Opaque, {});
  memory->lost = why(at, "what this memory holds is not followed");
  set(ev, memory, "bytes", std::move(bytes));
  return Pointer{nullptr, memory, 0};
}

Part part(Evaluator& ev, const LibraryCall& call, std::size_t argument) {
  Part out;
  if (argument >= call.size()) return out;
  auto* p = as<Pointer>(call.value(argument));
  if (p && p->target) // &vector[0] of a device vector: the element is a pointer itself
    if (auto* inner = as<Pointer>(p->target->value())) p = inner;
  if (!p || !p->sequence || p->sequence->kind != Object::Kind::Opaque) return out;
  out.memory = p->sequence;
  out.offset = mulClamped(p->index, elementSize(ev, call.args[argument]));
  return out;
}

std::vector<Tensor*> lastWrites(Evaluator& ev, const Part& part, std::int64_t bytes) {
  std::vector<Tensor*> out;
  if (!part.memory) return out;
  for (const Write& write : writesOf(ev, part.memory))
    if (write.tensor && overlap(write, part.offset, bytes)) out.push_back(write.tensor);
  return out;
}

void noteWrite(Evaluator& ev, const Part& part, std::int64_t bytes, Tensor* tensor, bool replaces) {
  if (!part.memory) return;
  std::vector<Write> writes = writesOf(ev, part.memory), kept;
  for (const Write& write : writes) {
    const bool covered = write.offset >= part.offset && addClamped(write.offset, write.bytes) <= addClamped(part.offset, bytes);
    if (!replaces || !covered) kept.push_back(write);
  }
  if (tensor) kept.push_back({part.offset, bytes, tensor});
  if (kept.size() > 64) kept.erase(kept.begin());
  keep(ev, part.memory, kept);
}

/// kernel<<<grid, block>>>(...): what it reads becomes what it writes, so that data still flows through it.
Result launch(Evaluator& ev, const LibraryCall& call) {
  ensureRun(ev, call.at);
  ev.unknown(call.at, "the program's own kernel " + call.name.str() + " runs here, and the time it takes is not known");
  std::vector<Tensor*> writers;
  for (std::size_t i = 0; i < call.size(); ++i)
    for (Tensor* tensor : lastWrites(ev, part(ev, call, i), everything))
      if (std::find(writers.begin(), writers.end(), tensor) == writers.end()) writers.push_back(tensor);
  for (std::size_t i = 0; i < call.size() && i < call.callee->getNumParams(); ++i) {
    const clang::QualType type = call.callee->getParamDecl(static_cast<unsigned>(i))->getType();
    if (!type->isPointerType() || type->getPointeeType().isConstQualified()) continue;
    const Part to = part(ev, call, i);
    for (Tensor* tensor : writers) {
      const std::vector<Tensor*> have = lastWrites(ev, to, everything);
      if (std::find(have.begin(), have.end(), tensor) == have.end()) noteWrite(ev, to, everything, tensor, false);
    }
  }
  return Value(Nothing{});
}

} // namespace cudnn_model

void registerCudaMemory(Library& library) {
  using namespace cudnn_model;
  for (const char* name : {"cudaMalloc", "cudaMallocManaged", "cudaMallocHost", "cudaHostAlloc", "cudaMallocAsync", "cuMemAlloc"})
    library.function(name, allocate);
  library.function("cudaMallocPitch", pitched);
  for (const char* name : {"malloc", "std::malloc", "calloc", "std::calloc"}) library.function(name, hostArray);
  for (const char* name : {"memset", "std::memset"}) library.function(name, hostFill);
  for (const char* name : {"cudaMemcpy", "cudaMemcpyAsync", "cudaMemcpyDtoD"}) library.function(name, copy);
  for (const char* name : {"cudaMemset", "cudaMemsetAsync", "curandGenerateUniform", "curandGenerateNormal", "curandGenerateUniformDouble"})
    library.function(name, clear);
  for (const char* name : {"cudaEventElapsedTime", "cudaMemGetInfo", "cudaGetDeviceProperties", "cudaGetDeviceProperties_v2",
                           "cudaDeviceGetAttribute", "cudaRuntimeGetVersion", "cudaDriverGetVersion"})
    library.function(name, runtimeValue);
  for (const char* name : {"cudaGetErrorString", "cudaGetErrorName", "cudnnGetErrorString", "cublasGetStatusString", "cublasGetStatusName"})
    library.function(name, errorText);
  for (const char* name : {"cudaGetDeviceCount", "cudaGetDevice"}) library.function(name, oneDevice);
  for (const char* name : {"cudaStreamCreate", "cudaStreamCreateWithFlags", "cudaEventCreate", "cudaEventCreateWithFlags",
                           "curandCreateGenerator", "cublasCreate", "cublasCreate_v2", "cublasLtCreate", "cudnnCreate"})
    library.function(name, fresh);
  // What returns a status and has no entry of its own, by the type it returns (Library::findFunction).
  for (const char* name : {"cudaError_t()", "curandStatus_t()"}) library.function(name, nothingHappens);
  library.function("__global__()", launch);
  library.constructor("__half", half);
  library.constructor("__nv_bfloat16", half);
  for (const char* name : {"__float2half", "__float2half_rn", "__half2float", "__half::operator T", "__nv_bfloat16::operator T",
                           "__float2bfloat16", "__bfloat162float"})
    library.function(name, half);
}

} // namespace cobra::interp
