// NVIDIA's libraries, found at run time: the probe is built without their headers and linked to none of them.
//
// Their C functions are declared here from their documentation, every handle a void* and every enumeration an int, which is what
// they are to a caller. Tables are made of Function members: calling one checks the status.
//
// Everything throws CallFailure. Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace cobra::probe::cuda {

class Library {
public:
  struct Description {
    const char* what;                   // "cuDNN", for sentences
    std::span<const char* const> files; // in the order they are looked for
    const char* errorText;              // the function const char* (int status)
    std::span<const int> outOfMemory;   // statuses of a failure of kind Memory
  };
  /// What the process has loaded already, else the first of the files that the loader finds. It stays loaded until the process
  /// ends: libraries that have used a GPU are not unloaded safely.
  static Library open(const Description& description);

  /// "libcudnn.so.9"
  const std::string& name() const;
  void* function(const char* symbol) const;
  /// Nothing where the status is 0, success.
  void check(int status, const char* symbol) const;

private:
  struct State;
  explicit Library(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// A function int name(A...) that returns a status. A library that lacks it is told when it is called.
template <class... A> class Function {
public:
  Function(Library library, const char* name) : library_(std::move(library)), name_(name) {}
  void operator()(std::type_identity_t<A>... arguments) const { library_.check(plain()(arguments...), name_); }
  /// The function itself, for where a status cannot be told.
  auto plain() const -> int (*)(A...) { return reinterpret_cast<int (*)(A...)>(library_.function(name_)); }

private:
  Library library_;
  const char* name_;
};

/// Something of a library's that lives until it is let go of.
struct Release {
  int (*function)(void*) = nullptr;
  void operator()(void* held) const { function(held); }
};
using Held = std::unique_ptr<void, Release>;
/// Calls create(void**).
template <class Create> Held hold(const Function<void*>& destroy, Create&& create) {
  const Release release{destroy.plain()}; // first: what is made can be let go of
  void* made = nullptr;
  create(&made);
  return Held(made, release);
}

} // namespace cobra::probe::cuda
