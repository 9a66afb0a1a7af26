#include "runtime-probe/cuda/library.h"

#include "runtime-probe/call_failure.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <dlfcn.h>

namespace cobra::probe::cuda {

struct Library::State {
  std::string name;
  void* handle = nullptr;
  const char* (*errorText)(int) = nullptr;
  std::vector<int> outOfMemory;
};

namespace {

std::string fileOf(void* symbol) {
  Dl_info info{};
  if (::dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return "the process";
  return std::filesystem::path(info.dli_fname).filename().string();
}

} // namespace

Library Library::open(const Description& description) {
  auto found = [&](std::string name, void* handle, void* errorText) {
    return Library(std::make_shared<const State>(State{std::move(name),
                                                       handle,
                                                       reinterpret_cast<const char* (*)(int)>(errorText),
                                                       {description.outOfMemory.begin(), description.outOfMemory.end()}}));
  };
  if (void* symbol = ::dlsym(RTLD_DEFAULT, description.errorText)) return found(fileOf(symbol), RTLD_DEFAULT, symbol);
  std::string names, why;
  for (const char* file : description.files) {
    if (void* handle = ::dlopen(file, RTLD_NOW | RTLD_NODELETE)) {
      if (void* symbol = ::dlsym(handle, description.errorText)) return found(file, handle, symbol);
      throw CallFailure{CallFailure::Kind::Refused, std::string(file) + " has no " + description.errorText};
    }
    if (const char* error = ::dlerror(); why.empty() && error != nullptr) why = error;
    names += (names.empty() ? "" : ", ") + std::string(file);
  }
  throw CallFailure{CallFailure::Kind::Refused,
                    std::string(description.what) + " cannot be loaded: none of " + names + " can be opened (" + why + ")"};
}

const std::string& Library::name() const { return state_->name; }

void* Library::function(const char* symbol) const {
  void* found = ::dlsym(state_->handle, symbol);
  if (found == nullptr) throw CallFailure{CallFailure::Kind::Refused, name() + " has no " + symbol};
  return found;
}

void Library::check(int status, const char* symbol) const {
  if (status == 0) return;
  const char* text = state_->errorText(status);
  throw CallFailure{std::ranges::find(state_->outOfMemory, status) != state_->outOfMemory.end() ? CallFailure::Kind::Memory
                                                                                                : CallFailure::Kind::Refused,
                    std::string(symbol) + ": " + (text != nullptr ? text : "status " + std::to_string(status))};
}

} // namespace cobra::probe::cuda
