// libcudart.so.12 of the tests.

#include "test/probe/fake/fake.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace cobra::fake {
namespace {

enum Status : int {
  success = 0,
  outOfMemory = 2,
  unknown = 999,
  invalidDevice = 101,
  invalidHandle = 400,
  captureUnsupported = 900,
  captureInvalidated = 901
};

using Work = std::function<void()>;
struct Stream {
  bool capturing = false, broken = false;
  std::vector<Work> captured;
};
struct Graph {
  std::vector<Work> nodes;
};
struct Event {
  std::chrono::steady_clock::time_point at;
};

struct State {
  std::map<const void*, std::string> objects;
  std::map<const char*, std::size_t> memory; // by its first byte
  std::map<std::string, std::size_t> counts;
  std::vector<std::string> log, faults;
  std::set<Stream*> capturing;
  int lastError = 0;
};
State& state() {
  static State all;
  return all;
}

int kept(int status) {
  if (status != success) state().lastError = status;
  return status;
}

/// What a capture does not allow ends it.
int outsideCapture() {
  if (state().capturing.empty()) return success;
  for (Stream* stream : state().capturing) stream->broken = true;
  return kept(captureUnsupported);
}

template <class T> T* as(void* object, const char* kind) {
  if (is(object, kind)) return static_cast<T*>(object);
  fault(std::string("no ") + kind);
  return nullptr;
}

} // namespace

int called(const char* function, int failure) {
  const std::size_t count = ++state().counts[function];
  state().log.emplace_back(function);
  const char* told = std::getenv("COBRA_FAKE_FAIL");
  std::istringstream words(told != nullptr ? told : "");
  for (std::string word; std::getline(words, word, ',');) {
    std::istringstream fields(word);
    std::string name, call = "1", status = std::to_string(failure);
    std::getline(fields, name, ':');
    std::getline(fields, call, ':');
    std::getline(fields, status, ':');
    if (name == function && (call == "*" || std::stoul(call) == count)) return std::stoi(status);
  }
  return success;
}

void made(void* object, const char* kind) { state().objects[object] = kind; }
bool is(const void* object, const char* kind) {
  auto at = state().objects.find(object);
  return at != state().objects.end() && at->second == kind;
}
bool destroyed(void* object, const char* kind) {
  if (is(object, kind)) return state().objects.erase(object) > 0;
  fault(std::string("what is destroyed is no ") + kind);
  return false;
}
void fault(const std::string& sentence) { state().faults.push_back(sentence); }

bool holds(const void* data, std::size_t bytes, const char* what) {
  auto at = state().memory.upper_bound(static_cast<const char*>(data));
  if (at != state().memory.begin()) {
    --at;
    const std::size_t before = static_cast<std::size_t>(static_cast<const char*>(data) - at->first);
    if (before <= at->second && bytes <= at->second - before) return true;
  }
  fault(std::string(what) + " is not in the device's memory, or too small");
  return false;
}

int launch(void* handle, Work work) {
  if (handle == nullptr) {
    work();
    return success;
  }
  auto* stream = as<Stream>(handle, "stream");
  if (stream == nullptr) return kept(invalidHandle);
  if (stream->broken) return kept(captureInvalidated);
  if (stream->capturing) {
    stream->captured.push_back(std::move(work));
  } else {
    work();
  }
  return success;
}

std::size_t live() { return state().objects.size() + state().memory.size(); }
std::string report() {
  std::string text;
  for (const auto& [object, kind] : state().objects) text += "a " + kind + " is left; ";
  for (const auto& [first, bytes] : state().memory) text += std::to_string(bytes) + " bytes are left; ";
  for (const std::string& sentence : state().faults) text += sentence + "; ";
  return text;
}
std::size_t calls(const std::string& function) { return state().counts[function]; }
const std::vector<std::string>& log() { return state().log; }
void reset() {
  state().counts.clear();
  state().log.clear();
  state().faults.clear();
}

} // namespace cobra::fake

using namespace cobra::fake;

#define CALLED(name)                                                                                                                       \
  if (const int told = called(#name, unknown); told != 0) return kept(told)

extern "C" {

const char* cudaGetErrorString(int status) {
  static const std::map<int, const char*> texts{
      {outOfMemory, "out of memory"},
      {35, "CUDA driver version is insufficient for CUDA runtime version"},
      {100, "no CUDA-capable device is detected"},
      {invalidDevice, "invalid device ordinal"},
      {invalidHandle, "invalid resource handle"},
      {captureUnsupported, "operation not permitted when stream is capturing"},
      {captureInvalidated, "operation failed due to a previous error during capture"},
  };
  auto at = texts.find(status);
  return at == texts.end() ? "unknown error" : at->second;
}

int cudaGetLastError() {
  const int last = state().lastError;
  state().lastError = success;
  return last;
}
int cudaRuntimeGetVersion(int* version) {
  CALLED(cudaRuntimeGetVersion);
  *version = 12040;
  return success;
}
int cudaGetDeviceCount(int* count) {
  *count = 0;
  CALLED(cudaGetDeviceCount);
  *count = 2;
  return success;
}
int cudaSetDevice(int device) {
  CALLED(cudaSetDevice);
  return device < 0 || device > 1 ? kept(invalidDevice) : success;
}

int cudaMalloc(void** made, std::size_t bytes) {
  CALLED(cudaMalloc);
  if (const int refused = outsideCapture()) return refused;
  *made = bytes > 0 ? std::malloc(bytes) : nullptr;
  if (bytes > 0) state().memory[static_cast<char*>(*made)] = bytes;
  return success;
}
int cudaFree(void* data) {
  if (data != nullptr && state().memory.erase(static_cast<char*>(data)) == 0) {
    fault("what is freed is no device memory");
    return kept(invalidHandle);
  }
  std::free(data);
  CALLED(cudaFree);
  return success;
}
int cudaMemcpy(void* to, const void* from, std::size_t bytes, int kind) {
  CALLED(cudaMemcpy);
  if (const int refused = outsideCapture()) return refused;
  if (kind != 1 || (bytes > 0 && !holds(to, bytes, "what is copied to"))) return kept(invalidHandle);
  std::memcpy(to, from, bytes);
  return success;
}
int cudaMemsetAsync(void* data, int value, std::size_t bytes, void* stream) {
  CALLED(cudaMemsetAsync);
  if (!holds(data, bytes, "what is set")) return kept(invalidHandle);
  return launch(stream, [=] { std::memset(data, value, bytes); });
}

int cudaStreamCreateWithFlags(void** stream, unsigned) {
  CALLED(cudaStreamCreateWithFlags);
  made(*stream = new Stream, "stream");
  return success;
}
int cudaStreamDestroy(void* stream) {
  if (destroyed(stream, "stream")) delete static_cast<Stream*>(stream);
  CALLED(cudaStreamDestroy);
  return success;
}
int cudaStreamSynchronize(void* handle) {
  CALLED(cudaStreamSynchronize);
  if (handle == nullptr) return success;
  auto* stream = as<Stream>(handle, "stream");
  if (stream == nullptr) return kept(invalidHandle);
  return stream->capturing ? outsideCapture() : success;
}

int cudaStreamBeginCapture(void* handle, int) {
  CALLED(cudaStreamBeginCapture);
  auto* stream = handle != nullptr ? as<Stream>(handle, "stream") : nullptr;
  if (stream == nullptr || stream->capturing) return kept(captureUnsupported);
  *stream = Stream{true, false, {}};
  state().capturing.insert(stream);
  return success;
}
int cudaStreamEndCapture(void* handle, void** graph) {
  *graph = nullptr;
  auto* stream = as<Stream>(handle, "stream");
  if (stream == nullptr || !stream->capturing) return kept(captureUnsupported);
  Stream ended = std::exchange(*stream, {});
  state().capturing.erase(stream);
  CALLED(cudaStreamEndCapture);
  if (ended.broken) return kept(captureInvalidated);
  made(*graph = new Graph{std::move(ended.captured)}, "graph");
  return success;
}
int cudaGraphGetNodes(void* graph, void* nodes, std::size_t* count) {
  CALLED(cudaGraphGetNodes);
  auto* known = as<Graph>(graph, "graph");
  if (known == nullptr || nodes != nullptr) return kept(invalidHandle);
  *count = known->nodes.size();
  return success;
}
int cudaGraphInstantiateWithFlags(void** exec, void* graph, unsigned long long) {
  CALLED(cudaGraphInstantiateWithFlags);
  auto* known = as<Graph>(graph, "graph");
  if (known == nullptr) return kept(invalidHandle);
  made(*exec = new Graph(*known), "executable graph");
  return success;
}
int cudaGraphLaunch(void* exec, void* stream) {
  CALLED(cudaGraphLaunch);
  auto* known = as<Graph>(exec, "executable graph");
  if (known == nullptr) return kept(invalidHandle);
  for (const Work& node : known->nodes)
    if (const int status = launch(stream, node)) return status;
  return success;
}
int cudaGraphDestroy(void* graph) {
  if (destroyed(graph, "graph")) delete static_cast<Graph*>(graph);
  CALLED(cudaGraphDestroy);
  return success;
}
int cudaGraphExecDestroy(void* exec) {
  if (destroyed(exec, "executable graph")) delete static_cast<Graph*>(exec);
  CALLED(cudaGraphExecDestroy);
  return success;
}

int cudaEventCreate(void** event) {
  CALLED(cudaEventCreate);
  made(*event = new Event, "event");
  return success;
}
int cudaEventDestroy(void* event) {
  if (destroyed(event, "event")) delete static_cast<Event*>(event);
  CALLED(cudaEventDestroy);
  return success;
}
int cudaEventRecord(void* event, void* stream) {
  CALLED(cudaEventRecord);
  auto* known = as<Event>(event, "event");
  if (known == nullptr) return kept(invalidHandle);
  return launch(stream, [known] { known->at = std::chrono::steady_clock::now(); });
}
int cudaEventSynchronize(void* event) {
  CALLED(cudaEventSynchronize);
  if (const int refused = outsideCapture()) return refused;
  return is(event, "event") ? success : kept(invalidHandle);
}
int cudaEventElapsedTime(float* milliseconds, void* first, void* last) {
  CALLED(cudaEventElapsedTime);
  auto *from = as<Event>(first, "event"), *to = as<Event>(last, "event");
  if (from == nullptr || to == nullptr) return kept(invalidHandle);
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return success;
}
}
