// Which rows are trained on and which are kept unseen.
#pragma once

#include "predictor/infer/physics.h"
#include "predictor/train/rows.h"

#include <cstdint>
#include <set>
#include <string>

namespace cobra::train {

struct Dataset;

/// What is unseen in a test row.
enum class SplitBy : std::uint8_t {
  Shape,  // the shape of its heaviest call
  Family, // the whole family of operators: "convolution"
  Size,   // each operator's largest shapes: larger work than any trained on
};

/// "shape"
const char* splitName(SplitBy by);

/// Shares of the shapes. A shape is on one side for all devices and whatever runs beside it.
struct SplitRule {
  std::uint64_t seed = 0;
  double test = 0.20, calibrate = 0.08, validate = 0;
  SplitBy by = SplitBy::Shape;
};

/// By the text alone.
Part partOf(const std::string& shape, const SplitRule& rule);

/// The call as the network sees it: calls with the same text get the same prediction on a device.
std::string shapeOf(const infer::CallFeatures& call);

/// FLOPs and bytes of a call in one number, to compare calls of one operator by.
double sizeOf(const infer::CallFeatures& call);

/// Sets the part of every row. Families: those that come first in an order drawn by the seed, until they hold the share of the test
/// rows, never all of them.
void splitRows(Dataset& data, const SplitRule& rule);

/// Makes every row with one of these shapes (shapeOf()) in any of its calls a test row.
void keepApart(Dataset& data, const std::set<std::string>& shapes);

} // namespace cobra::train
