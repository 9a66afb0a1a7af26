// One operator call on a device: what stands in a canonical snippet, run through LibTorch's dispatcher.
//
// The stack of a boxed call is built from the registry's arguments: tensors are made with random values
// (runtime-probe/fill.h), everything else is passed as it stands. Device arguments become the device the call
// is made for.
//
// Nothing here throws what LibTorch throws: every refusal is a CallFailure. One BoxedCall belongs to one
// thread.
#pragma once

#include "predictor/encode/snippet.h"
#include "runtime-probe/call_failure.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cobra::probe {

struct CallSetting {
  c10::Device device = c10::kCPU; // cpu, cuda or meta
  std::uint64_t seed = 1;         // of the random values
  /// Inputs and outputs together may take this many bytes; not looked at on meta.
  std::int64_t memoryLimit = std::int64_t(4) << 30;
  bool channelsLast = false; // memory layout of 4-D tensors
};

/// A call with its inputs made, ready to run many times.
class BoxedCall {
public:
  /// A tensor that takes the place of an argument: the one at `parameter`, in a list of tensors the one at
  /// `item`.
  struct Given {
    std::size_t parameter = 0, item = 0;
    at::Tensor tensor;
  };

  /// Makes the inputs. `arguments` are in schema order, defaults filled in.
  static std::variant<BoxedCall, CallFailure> make(const ops::Operator& op, std::span<const Argument> arguments, const CallSetting& setting,
                                                   std::span<const Given> given = {});
  static std::variant<BoxedCall, CallFailure> make(const Call& call, const CallSetting& setting) {
    return make(*call.op, call.arguments, setting);
  }

  /// Runs once. On success outputs() holds what the operator returned.
  std::optional<CallFailure> run();
  /// The tensors of the last run, lists laid out flat.
  std::vector<at::Tensor> outputs() const;
  /// Hands the outputs over: the call keeps none of them alive.
  std::vector<at::Tensor> takeOutputs();
  /// outputs() as types; tensors that LibTorch left undefined are left out.
  std::vector<TensorType> outputTypes() const;

  /// Runs once and keeps the outputs. For timing: throws what LibTorch throws, and the caller holds the
  /// c10::InferenceMode.
  void execute();
  /// The same `count` times in a row, dropping the outputs.
  void repeat(std::int64_t count);
  /// True if a run changes one of its inputs.
  bool changesInputs() const { return !pristine_.empty(); }
  /// True once restore() found that a run changes an input's shape, so that a second run would do something
  /// else.
  bool reshapesInputs() const { return reshapes_; }
  /// Gives changed inputs their first shapes and values again.
  void restore();
  /// Replaces a tensor made earlier, for data that flows from one call into another; an undefined one lets go
  /// of it.
  void give(const Given& given);

private:
  BoxedCall(c10::OperatorHandle handle) : handle_(std::move(handle)) {}

  c10::OperatorHandle handle_;
  std::vector<c10::IValue> inputs_, stack_;
  std::vector<std::pair<at::Tensor, at::Tensor>> pristine_; // changed input, its first values
  bool reshapes_ = false;
};

/// The failure of a call whose inputs and outputs together take more than setting.memoryLimit.
std::optional<CallFailure> tooLarge(const ops::Operator& op, std::span<const Argument> arguments, const CallSetting& setting);

/// Runs a call once and says what it returned: for checks of a rule's shapes.
std::variant<std::vector<TensorType>, CallFailure> runForTypes(const ops::Operator& op, std::span<const Argument> arguments,
                                                               const CallSetting& setting);

/// LibTorch's own schema string of an operator, as its dispatcher prints it; empty if it has none of that
/// full name.
std::string dispatcherSchema(std::string_view fullName);

/// The message of an exception as one sentence, without LibTorch's stack trace. To be called inside a catch
/// block.
CallFailure failureOfException();

} // namespace cobra::probe
