#include "analyzer/tool/memory.h"

#include <cstdint>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace cobra::tool {

void takeMemoryInLargeSteps() {
#ifdef __GLIBC__
  constexpr int mebibyte = 1 << 20;
  // A source is worked on by one thread that is not the main one. Its own heap would grow by a page and a system call at a time.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 512 * mebibyte);
  mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);
#ifdef MADV_HUGEPAGE
  // Address space for what reading a file of LibTorch takes, of which the system may hand out 2 MiB at once: reading it page by page is a
  // tenth of the time that a file takes. What is not touched takes no memory.
  constexpr std::uintptr_t huge = 2 * mebibyte;
  mallopt(M_TOP_PAD, 256 * mebibyte);
  void* first = std::malloc(mebibyte); // more than what static initialization left
  const auto begin = (reinterpret_cast<std::uintptr_t>(first) + huge - 1) / huge * huge, end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  if (first && begin < end && end - begin <= 512 * std::uintptr_t{mebibyte})
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  std::free(first);
#endif
  mallopt(M_TOP_PAD, 4 * mebibyte);
#endif
}

} // namespace cobra::tool
