// What `cobra-probe trace` loads into a program: every outermost operator that LibTorch runs, on any thread, with its
// arguments, its time, the operators whose results it reads, and the places it was called from.
//
// The object names no library: it finds LibTorch's symbols in whatever the program itself has loaded. Recording begins
// with main(), when everything is initialized. What is recorded goes into the file $COBRA_TRACE, a line each, fields
// separated by tabs:
//
//   object  NUMBER  LOAD ADDRESS  PATH
//   op      SNIPPET or empty  FULL NAME  WHY NO SNIPPET  NANOSECONDS  3,5 (producers)  OUTPUTS  0:1a2b,0:1c3d (object:address)
//   end     OPERATORS NOT RECORDED

#ifndef NDEBUG
#define NDEBUG
#endif

#include "runtime-probe/trace/arguments.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/record_function.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <unistd.h>

namespace cobra::probe::trace {
namespace {

using Clock = std::chrono::steady_clock;

/// Waits for the devices of a call, so that an operator's time is its own.
void synchronize(const std::vector<c10::Device>& devices) {
  for (const c10::Device& device : devices) {
    c10::impl::VirtualGuardImpl guard(device.type());
    guard.synchronizeStream(guard.getStream(device));
  }
}

template <class Values, class Each> void forEachTensor(const Values& values, const Each& each) {
  for (const c10::IValue& value : values) {
    if (value.isTensor() && value.toTensor().defined()) each(value.toTensor());
    if (!value.isList()) continue;
    for (const c10::IValue& item : value.toListRef())
      if (item.isTensor() && item.toTensor().defined()) each(item.toTensor());
  }
}

std::string hex(std::uintptr_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%zx", static_cast<std::size_t>(number));
  return text;
}
std::string oneLine(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n') c = ' ';
  return text;
}

/// An operator that runs on this thread.
struct Running : at::ObserverContext {
  std::string line; // everything up to the time
  std::vector<c10::Device> devices;
  std::string from;
  std::string frames;
  Clock::time_point begun;
};

class Tape {
public:
  static Tape& get() {
    static Tape* tape = new Tape; // never destroyed: threads may outlive main()
    return *tape;
  }

  void open(const char* path) {
    file_ = std::fopen(path, "w");
    if (file_ == nullptr) return;
    if (const char* most = std::getenv("COBRA_TRACE_MOST")) most_ = std::atoll(most);
    auto callback = at::RecordFunctionCallback(
        [](const at::RecordFunction& call) -> std::unique_ptr<at::ObserverContext> {
          // Without a schema it is no operator but a range that somebody marked.
          return call.operator_schema() ? get().begin(call) : nullptr;
        },
        [](const at::RecordFunction& call, at::ObserverContext* context) {
          if (context) get().end(call, static_cast<Running&>(*context));
        });
    at::addGlobalCallback(std::move(callback.needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION})));
  }

  void close() {
    std::lock_guard lock(mutex_);
    if (file_ == nullptr) return;
    std::fprintf(file_, "end\t%lld\n", static_cast<long long>(beyond_));
    std::fclose(file_);
    file_ = nullptr;
  }

private:
  std::unique_ptr<Running> begin(const at::RecordFunction& call) {
    auto running = std::make_unique<Running>();
    {
      std::lock_guard lock(mutex_);
      if (file_ == nullptr || (count_ >= most_ && ++beyond_)) return nullptr;
      describe(call, *running);
    }
    synchronize(running->devices);
    // What this operator calls is not recorded and costs nothing more than without a recorder.
    at::enableRecordFunction(false);
    running->begun = Clock::now();
    return running;
  }

  void end(const at::RecordFunction& call, Running& running) {
    synchronize(running.devices);
    auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - running.begun).count();
    at::enableRecordFunction(true);
    std::lock_guard lock(mutex_);
    if (call.outputs().empty() && !call.operator_schema()->returns().empty()) return; // it threw
    if (file_ == nullptr) return;
    std::string outputs;
    for (const TensorType& type : outputsOf(call.outputs())) outputs += (outputs.empty() ? "" : ",") + printArgument(type);
    forEachTensor(call.outputs(), [&](const at::Tensor& tensor) { produce(tensor, call.operator_schema()->is_mutable()); });
    std::fprintf(file_, "op\t%s\t%lld\t%s\t%s\t%s\n", running.line.c_str(), static_cast<long long>(took), running.from.c_str(),
                 outputs.c_str(), running.frames.c_str());
    if (++count_ % 256 == 0) std::fflush(file_);
  }

  void describe(const at::RecordFunction& call, Running& running) {
    const c10::FunctionSchema schema = *call.operator_schema();
    std::string name = schema.name() + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
    auto written = callOf(name, call.inputs());
    const auto* why = std::get_if<std::string>(&written);
    running.line = (why ? "" : printSnippet(std::get<Call>(written))) + "\t" + name + "\t" + (why ? oneLine(*why) : "");
    std::set<std::int64_t> from;
    forEachTensor(call.inputs(), [&](const at::Tensor& tensor) {
      if (auto producer = producerOf(tensor); producer >= 0) from.insert(producer);
      const c10::Device device = tensor.device();
      if (!device.is_cpu() && std::find(running.devices.begin(), running.devices.end(), device) == running.devices.end())
        running.devices.push_back(device);
    });
    for (std::int64_t producer : from) running.from += (running.from.empty() ? "" : ",") + std::to_string(producer);
    running.frames = framesOfCaller();
  }

  std::int64_t producerOf(const at::Tensor& tensor) const {
    auto at = producers_.find(tensor.unsafeGetTensorImpl());
    return at == producers_.end() ? -1 : at->second;
  }
  /// What writes through a view writes into its base as well.
  void produce(const at::Tensor& tensor, bool inPlace) {
    kept_.emplace_back(tensor.getIntrusivePtr());
    producers_[tensor.unsafeGetTensorImpl()] = count_;
    if (!tensor.has_storage()) return;
    const void* storage = tensor.storage().unsafeGetStorageImpl();
    auto [base, isNew] = bases_.try_emplace(storage, tensor.unsafeGetTensorImpl());
    if (isNew) keptStorages_.push_back(tensor.storage().getWeakStorageImpl());
    if (inPlace) producers_[base->second] = count_;
  }

  /// The return addresses outside LibTorch and this object, innermost first.
  std::string framesOfCaller() {
    constexpr int most = 96;
    void* addresses[most];
    const int depth = ::backtrace(addresses, most);
    std::string text;
    for (int i = 0; i < depth; ++i) {
      const auto address = reinterpret_cast<std::uintptr_t>(addresses[i]) - 1; // inside the call
      Dl_info info{};
      if (::dladdr(reinterpret_cast<void*>(address), &info) == 0 || info.dli_fname == nullptr) continue;
      const int object = objectOf(info);
      if (object < 0) continue;
      const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
      text += (text.empty() ? "" : ",") + std::to_string(object) + ":" + hex(relocated(info) ? address - base : address);
    }
    return text;
  }
  static bool relocated(const Dl_info& info) { return static_cast<const Elf64_Ehdr*>(info.dli_fbase)->e_type == ET_DYN; }

  /// The object's number; -1 for LibTorch, the C++ library and this object, which are no user's code.
  int objectOf(const Dl_info& info) {
    auto [at, isNew] = objects_.try_emplace(info.dli_fbase, -1);
    if (!isNew) return at->second;
    std::string path = info.dli_fname;
    const std::string name = path.substr(path.rfind('/') + 1);
    for (const char* library : {"libtorch", "libc10", "libstdc++", "libc.so", "libgomp", "libcobra-trace", "ld-linux", "libc++"})
      if (name.starts_with(library)) return -1;
    if (char* whole = ::realpath(path.c_str(), nullptr)) {
      path = whole;
      std::free(whole);
    } else {
      path = "/proc/self/exe";
    }
    if (path == "/proc/self/exe") {
      char target[4096];
      const auto length = ::readlink("/proc/self/exe", target, sizeof target);
      if (length > 0) path.assign(target, static_cast<std::size_t>(length));
    }
    at->second = next_++;
    std::fprintf(file_, "object\t%d\t%s\t%s\n", at->second, hex(reinterpret_cast<std::uintptr_t>(info.dli_fbase)).c_str(),
                 oneLine(path).c_str());
    return at->second;
  }

  std::mutex mutex_;
  std::FILE* file_ = nullptr;
  std::int64_t count_ = 0, beyond_ = 0, most_ = 100'000;
  std::unordered_map<const void*, std::int64_t> producers_; // by TensorImpl
  std::unordered_map<const void*, const void*> bases_;      // the first TensorImpl of each StorageImpl
  // So that no address is used twice. Weak: memory is given back as without a recorder.
  std::vector<c10::weak_intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>> kept_;
  std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> keptStorages_;
  std::map<const void*, int> objects_;
  int next_ = 0;
};

using Main = int (*)(int, char**, char**);
Main realMain = nullptr;

int recordedMain(int argc, char** argv, char** environment) {
  if (const char* path = std::getenv("COBRA_TRACE")) {
    Tape::get().open(path);
    // Programs that this one starts are not recorded.
    ::unsetenv("COBRA_TRACE");
    ::unsetenv("LD_PRELOAD");
    std::atexit([] { Tape::get().close(); });
  }
  return realMain(argc, argv, environment);
}

} // namespace
} // namespace cobra::probe::trace

extern "C" __attribute__((visibility("default"))) int __libc_start_main(cobra::probe::trace::Main main, int argc, char** argv,
                                                                        void (*init)(), void (*fini)(), void (*loaderFini)(),
                                                                        void* stackEnd) {
  using Start = int (*)(cobra::probe::trace::Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  cobra::probe::trace::realMain = main;
  auto start = reinterpret_cast<Start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return start(cobra::probe::trace::recordedMain, argc, argv, init, fini, loaderFini, stackEnd);
}
