// The tensors of a call in device memory, without LibTorch's CUDA.
#pragma once

#include "runtime-probe/boxed_call.h"
#include "runtime-probe/cuda/runtime.h"

#include <vector>

namespace cobra::probe::cuda {

/// The runtime, with the setting's device as the current one. Throws CallFailure: the setting's device is no GPU, there is no
/// runtime or no such GPU, the call takes more than the memory limit.
Runtime onDevice(const Call& call, const CallSetting& setting);

/// Its tensors in the order of its arguments, filled as fill.h says, packed. Throws CallFailure and what LibTorch throws.
std::vector<Held> inputsOf(const Call& call, const CallSetting& setting, const Runtime& runtime);

} // namespace cobra::probe::cuda
