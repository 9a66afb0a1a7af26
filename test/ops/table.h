// Table tests: one call per line, in a notation that reads like the call.
//
//   conv2d [1,3,8,8] [4,3,3,3] pad=1 -> [1,4,8,8] flops=2*1*4*8*8*3*3*3
//   add.Tensor i64[2,3] f32[3] -> [2,3]
//   cat [[2,3],[2,5]] 1 -> [2,8]
//   max.dim [4,5] 1 -> [4] i64[4]
//   view [2,3] [7] -> error "invalid for input of size"
//   masked_select [4] b8[4] -> unknown self
//
// An operator is named without "aten::"; the overload may be left out where the registry holds one only.
// Arguments come in schema order, then by name; a name may be shortened as long as one parameter fits. A
// tensor is [sizes] with the snippet's short dtype in front, float32 where there is none; "?" is a value that
// cannot be told (Open). After the arrow stand the outputs ("nothing" for none), or the error with a part of
// its sentence, or the parameter that is unknown. FLOPs and bytes are sums of products, checked where they
// are given. "#" starts a comment.
#pragma once

#include "predictor/ops/registry.h"

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace cobra::test {

struct ExpectedEffect {
  std::vector<TensorType> outputs;
  std::optional<std::int64_t> flops, bytes;
};
struct ExpectedError {
  std::string part; // of the sentence
};
struct ExpectedUnknown {
  std::string parameter;
};
using Expected = std::variant<ExpectedEffect, ExpectedError, ExpectedUnknown>;

struct TableLine {
  std::string file; // without the folder
  int line = 0;
  std::string text;
  const ops::Operator* op = nullptr;
  std::vector<Argument> arguments; // complete, in schema order
  Expected expected;
  std::string mistake; // why the line could not be read; empty if it could
};

/// Every line of every *.txt in the folder, by file name. Lines that cannot be read carry a mistake.
std::vector<TableLine> readTables(const std::filesystem::path& folder);
/// One line, without comment.
TableLine readLine(std::string_view text);

/// "f32[2,3]", or "nothing" for an empty list: for messages.
std::string describe(const std::vector<TensorType>& tensors);
/// For GoogleTest's messages.
inline void PrintTo(const TableLine& line, std::ostream* out) { *out << line.text; }
/// Outputs, error or unknown parameter in the notation of the tables.
std::string describe(const ops::Answer& answer);

} // namespace cobra::test
