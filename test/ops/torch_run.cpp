#include "test/ops/torch_run.h"

#include "runtime-probe/boxed_call.h"

#include "predictor/encode/snippet.h"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace cobra::test {
namespace {

bool takesTensors(std::span<const Argument> arguments) {
  return std::ranges::any_of(arguments, [](const Argument& argument) {
    return std::holds_alternative<TensorType>(argument) || std::holds_alternative<TensorList>(argument);
  });
}

/// The call that LibTorch is busy with. A signal handler may read nothing else.
std::string currentCall; // NOLINT

/// LibTorch checks less than one would like: say which call it was that ended the process.
void sayWhichCall(int signal) {
  constexpr std::string_view before = "\nLibTorch crashed on this call; list it in differences.txt as one that crashes:\n  ";
  [[maybe_unused]] auto written = write(STDERR_FILENO, before.data(), before.size());
  written = write(STDERR_FILENO, currentCall.data(), currentCall.size());
  written = write(STDERR_FILENO, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

} // namespace

void reportCrashes() {
  for (const int signal : {SIGSEGV, SIGFPE, SIGABRT}) std::signal(signal, sayWhichCall);
}

TorchResult runTorch(const ops::Operator& op, std::span<const Argument> arguments, Where where) {
  std::vector<Argument> call(arguments.begin(), arguments.end());
  probe::CallSetting setting;
  if (where == Where::Meta) {
    setting.device = c10::Device(c10::kMeta);
    // A factory makes its tensor where it is told to.
    if (const int device = op.indexOf("device"); device >= 0 && !takesTensors(call)) call[device] = std::string("meta");
  }
  currentCall = printSnippet({&op, call});
  auto result = probe::runForTypes(op, call, setting);
  if (auto* failure = std::get_if<probe::CallFailure>(&result))
    return {.outputs = {}, .threw = true, .message = std::move(failure->sentence)};
  return {.outputs = std::get<std::vector<TensorType>>(std::move(result)), .threw = false, .message = ""};
}

} // namespace cobra::test
