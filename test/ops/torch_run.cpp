#include "test/ops/torch_run.h"

#include "runtime-probe/boxed_call.h"

#include <algorithm>

namespace cobra::test {
namespace {

bool takesTensors(std::span<const Argument> arguments) {
  return std::ranges::any_of(arguments, [](const Argument& argument) {
    return std::holds_alternative<TensorType>(argument) || std::holds_alternative<TensorList>(argument);
  });
}

} // namespace

TorchResult runTorch(const ops::Operator& op, std::span<const Argument> arguments, Where where) {
  std::vector<Argument> call(arguments.begin(), arguments.end());
  probe::CallSetting setting;
  if (where == Where::Meta) {
    setting.device = c10::Device(c10::kMeta);
    // A factory makes its tensor where it is told to.
    if (const int device = op.indexOf("device"); device >= 0 && !takesTensors(call))
      call[device] = std::string("meta");
  }
  auto result = probe::runForTypes(op, call, setting);
  if (auto* failure = std::get_if<probe::CallFailure>(&result))
    return {.outputs = {}, .threw = true, .message = std::move(failure->sentence)};
  return {.outputs = std::get<std::vector<TensorType>>(std::move(result)), .threw = false, .message = ""};
}

} // namespace cobra::test
