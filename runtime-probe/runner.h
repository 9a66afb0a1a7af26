// Who runs a call: LibTorch, or one of NVIDIA's libraries without it.
#pragma once

#include "runtime-probe/lane.h"
#include "runtime-probe/measure.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::probe {

/// A call that is ready to be timed.
struct Prepared {
  std::unique_ptr<Lane> lane; // outlives the workload, which works on it
  std::unique_ptr<Workload> workload;
};
/// Makes a call's inputs and whatever else it needs on the setting's device. Throws CallFailure and what LibTorch throws.
using Runner = Prepared (*)(const Call& call, const MeasureSetting& setting);

/// By the space of an operator's name: cudnn::, cublas::, and LibTorch for everything else.
Runner runnerOf(std::string_view op);
/// True for operators that LibTorch runs.
bool ofLibTorch(std::string_view op);

/// True if there is an operator and LibTorch runs none of them: then LibTorch need not know the device.
bool withoutLibTorch(const std::vector<std::string>& ops);
/// Versions of the libraries that run the operators: "CUDA 12.4, cuDNN 9.1.0". Throws CallFailure where one cannot be loaded.
std::string libraryVersions(const std::vector<std::string>& ops);

} // namespace cobra::probe
