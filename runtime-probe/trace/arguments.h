// A boxed call as the registry's arguments: the reverse of runtime-probe/boxed_call.h.
#pragma once

#include "predictor/encode/snippet.h"

#include <ATen/core/ivalue.h>
#include <c10/util/ArrayRef.h>

#include <string>
#include <variant>
#include <vector>

namespace cobra::probe::trace {

/// The call of a registry operator ("aten::add.Tensor"), or one sentence why it cannot be written down.
std::variant<Call, std::string> callOf(const std::string& fullName, c10::ArrayRef<const c10::IValue> inputs);

/// The defined tensors of results, lists laid out flat; dtypes that the registry lacks are left out.
std::vector<TensorType> outputsOf(const std::vector<c10::IValue>& results);

} // namespace cobra::probe::trace
