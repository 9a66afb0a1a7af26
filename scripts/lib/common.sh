# Sourced by the scripts. Sets ROOT; gives say, fail, jobs, and configure, which hands the user's own LLVM on to CMake.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# A second clone of the same source compiles nothing twice: ccache sees paths relative to the checkout.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

say() { echo "== $*" >&2; }

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# As many compilers at a time as there are cores and 2 GB of memory.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# The folder of an LLVM 19 that the user named with LLVM_DIR or Clang_DIR (<prefix>/lib/cmake/llvm or <prefix>); empty without.
own_llvm() {
  local named=${Clang_DIR:-${LLVM_DIR:-}}
  [ -n "$named" ] || return 0
  named=${named%/}
  named=${named%/lib/cmake/clang}
  echo "${named%/lib/cmake/llvm}"
}

# configure PRESET [CMake arguments]
configure() {
  local preset=$1 llvm
  shift
  llvm=$(own_llvm)
  if [ -n "$llvm" ]; then
    set -- -DLLVM_DIR="$llvm/lib/cmake/llvm" -DClang_DIR="$llvm/lib/cmake/clang" \
      -DCMAKE_C_COMPILER="$llvm/bin/clang" -DCMAKE_CXX_COMPILER="$llvm/bin/clang++" "$@"
  fi
  (cd "$ROOT" && cmake --preset "$preset" "$@" >/dev/null) ||
    fail "CMake cannot configure the preset '$preset' (see above)"
}
