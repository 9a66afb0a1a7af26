// One call of a layer: `forward` of a torch::nn module, or the function of torch::nn::functional that it stands for. Both take their
// numbers from an options object, so one rule serves both.
#pragma once

#include "analyzer/models/torch_support.h"

namespace cobra::interp::torch_model {

struct Layer {
  Evaluator& ev;
  const LibraryCall& call;
  At at;
  Object* module;  // null for a functional
  Object* options; // null where there are none

  Layer(Evaluator& evaluator, const LibraryCall& libraryCall);

  /// What the name stands for: a field of the module, else an argument of that name, else an option. Nothing if there is none.
  Value value(llvm::StringRef name) const;
  /// A tensor that may be absent: an undefined one gives None.
  Value tensor(llvm::StringRef name) const;
  /// An option that ExpandingArray<n> spreads.
  Value spread(llvm::StringRef name, std::size_t n) const { return expandedValue(ev, value(name), n); }
  std::optional<Ints> ints(llvm::StringRef name, std::size_t n) const { return expanded(ev, value(name), n); }
  std::optional<std::int64_t> integer(llvm::StringRef name) const { return ev.integer(value(name)); }
  bool isSet(llvm::StringRef name) const { return integer(name).value_or(0) != 0; }
  std::string enumerator(llvm::StringRef name) const;
  Value input(std::size_t i = 0) const { return i < call.size() ? call.value(i) : Value(Nothing{}); }
  /// The module's mode, or the functional's option "training".
  Value training() const;

  Value run(llvm::StringRef fullName, Values arguments) const { return torch_model::run(ev, at, fullName, std::move(arguments)); }
};

using LayerRule = Value (*)(const Layer&);

/// A layer that runs one operator.
struct LayerRow {
  const char* module;   // "LeakyReLU"; null where there is none
  const char* function; // "leaky_relu"; null where there is none
  const char* op;       // full name
  const char* inPlace;  // full name for options.inplace(true), else null
  /// The operator's arguments in schema order, apart by spaces: `input` and `second` are the call's first arguments, `name:2` an option
  /// that stands for two, `?name` a tensor that may be undefined, `training`, a number, `-` the schema's default.
  const char* arguments;
};
/// A layer that runs several, or whose operator depends on what it is given.
struct LayerCase {
  const char* module;
  const char* function;
  LayerRule rule;
};

/// Runs the row's operator.
Value runRow(const Layer& layer, const LayerRow& row);

llvm::ArrayRef<LayerRow> layerRows();      // torch_layers.cpp
llvm::ArrayRef<LayerRow> lossRows();       // torch_losses.cpp
llvm::ArrayRef<LayerCase> layerCases();    // torch_layer_rules.cpp
llvm::ArrayRef<LayerCase> samplingCases(); // torch_sampling.cpp
llvm::ArrayRef<LayerCase> lossCases();     // torch_losses.cpp

/// F::pad and everything that pads by itself. `mode` is "Constant", "Reflect", "Replicate" or "Circular".
Value pad(Evaluator& ev, At at, Value input, Value padding, const std::string& mode, Value value);

} // namespace cobra::interp::torch_model
