// The smallest pieces of a snippet, written: numbers, quoted text, tensors. Each has exactly one spelling.
// Pure functions.
#pragma once

#include "predictor/ops/value.h"

#include <string>
#include <string_view>

namespace cobra::literal {

void append(std::string& out, std::int64_t value);
/// Shortest text that reads back to the same double, with a point or an exponent so that it is never taken
/// for an integer: 1.0, 1e-05, -0.0, inf, -inf, nan.
void append(std::string& out, double value);
void append(std::string& out, bool value);
void append(std::string& out, DType dtype);
void append(std::string& out, const TensorType& tensor);
/// In single quotes, printable ASCII as it is; \\ \' \n \r \t, every other byte as \xhh.
void appendQuoted(std::string& out, std::string_view text);

/// Text of unknown origin for an error sentence: printable ASCII in single quotes, cut after 40 bytes.
std::string shown(std::string_view text);

} // namespace cobra::literal
