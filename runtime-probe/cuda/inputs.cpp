#include "runtime-probe/cuda/inputs.h"

#include "runtime-probe/fill.h"

#include <ATen/CPUGeneratorImpl.h>

namespace cobra::probe::cuda {

Runtime onDevice(const Call& call, const CallSetting& setting) {
  if (!setting.device.is_cuda())
    throw CallFailure{CallFailure::Kind::UnknownOperator, std::string(call.op->name()) + " runs on a GPU: --device cuda"};
  if (auto failure = tooLarge(*call.op, call.arguments, setting)) throw *failure;
  Runtime runtime = Runtime::load();
  runtime.setDevice(std::max<int>(setting.device.index(), 0));
  return runtime;
}

std::vector<Held> inputsOf(const Call& call, const CallSetting& setting, const Runtime& runtime) {
  at::Generator generator = at::detail::createCPUGenerator(setting.seed);
  std::vector<Held> inputs;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const auto* type = std::get_if<TensorType>(&call.arguments[i]);
    if (type == nullptr) continue;
    at::Tensor made = filled(*type, valuesFor(*call.op, call.arguments, i, 0), c10::kCPU, generator);
    inputs.push_back(runtime.allocate(made.nbytes()));
    runtime.copyToDevice(inputs.back().get(), made.const_data_ptr(), made.nbytes());
  }
  return inputs;
}

} // namespace cobra::probe::cuda
