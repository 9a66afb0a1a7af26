#include "predictor/infer/kernels.h"

#include <array>

namespace cobra::infer {

namespace portable {
extern const Kernels kernels;
}
#ifdef COBRA_X86_KERNELS
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif

namespace {

struct Runnable {
  std::array<const Kernels*, 3> sets{};
  int count = 0;

  Runnable() {
#ifdef COBRA_X86_KERNELS
    __builtin_cpu_init();
    const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw")) {
      sets[static_cast<std::size_t>(count++)] = &avx512::kernels;
    }
    if (fma) sets[static_cast<std::size_t>(count++)] = &avx2::kernels;
#endif
    sets[static_cast<std::size_t>(count++)] = &portable::kernels;
  }
};

const Runnable& runnable() {
  static const Runnable found;
  return found;
}

} // namespace

const Kernels& bestKernels() { return *runnable().sets[0]; }

const Kernels* const* runnableKernels(int& count) {
  count = runnable().count;
  return runnable().sets.data();
}

} // namespace cobra::infer
