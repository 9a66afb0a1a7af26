// CUDA's runtime, as much of it as the probe needs beside LibTorch. Handles of streams, events and graphs are void*.
#pragma once

#include "runtime-probe/cuda/library.h"

#include <cstddef>
#include <string>

namespace cobra::probe::cuda {

struct Runtime {
  /// Throws CallFailure where there is none.
  static Runtime load();

  Library library;
  Function<int*> getDeviceCount{library, "cudaGetDeviceCount"};
  Function<int> setDevice{library, "cudaSetDevice"};
  Function<int*> getVersion{library, "cudaRuntimeGetVersion"};
  Function<> getLastError{library, "cudaGetLastError"};
  Function<void**, std::size_t> malloc{library, "cudaMalloc"};
  Function<void*> free{library, "cudaFree"};
  Function<void*, const void*, std::size_t, int> memcpy{library, "cudaMemcpy"};
  Function<void*, int, std::size_t, void*> memsetAsync{library, "cudaMemsetAsync"};
  Function<void**, unsigned> streamCreate{library, "cudaStreamCreateWithFlags"};
  Function<void*> streamDestroy{library, "cudaStreamDestroy"};
  Function<void*> streamSynchronize{library, "cudaStreamSynchronize"};
  Function<void*, int> streamBeginCapture{library, "cudaStreamBeginCapture"};
  Function<void*, void**> streamEndCapture{library, "cudaStreamEndCapture"};
  Function<void**> eventCreate{library, "cudaEventCreate"};
  Function<void*> eventDestroy{library, "cudaEventDestroy"};
  Function<void*, void*> eventRecord{library, "cudaEventRecord"};
  Function<void*> eventSynchronize{library, "cudaEventSynchronize"};
  Function<float*, void*, void*> eventElapsedTime{library, "cudaEventElapsedTime"};
  Function<void*, void*, std::size_t*> graphGetNodes{library, "cudaGraphGetNodes"};
  // cudaGraphInstantiate has other parameters since CUDA 12; this one has the same since 11.4.
  Function<void**, void*, unsigned long long> graphInstantiate{library, "cudaGraphInstantiateWithFlags"};
  Function<void*, void*> graphLaunch{library, "cudaGraphLaunch"};
  Function<void*> graphDestroy{library, "cudaGraphDestroy"};
  Function<void*> graphExecDestroy{library, "cudaGraphExecDestroy"};

  /// Memory of the current device.
  Held allocate(std::size_t bytes) const;
  /// Waits until it is there.
  void copyToDevice(void* to, const void* from, std::size_t bytes) const;
  /// "CUDA 12.4"
  std::string version() const;
};

} // namespace cobra::probe::cuda
