// Which operators, arguments and categories a model was trained on, and how a call becomes rows of its weight
// tensors. Trainer and inference both go through here, so they can't disagree.
#pragma once

#include "predictor/infer/physics.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cobra::infer {

/// One argument name, shared by all operators that have it ("input", "stride", "output").
struct ParameterEntry {
  std::string name = {};
  int firstSlot = 0, slots = 0;             // one slot for each integer of the argument, by position
  int firstCategory = 0;                    // rows of category.vector
  std::vector<std::string> categories = {}; // "f32", "None", ...
};

/// An argument that never changed in training, or always repeated an earlier one: no token is spent on it.
struct FixedToken {
  int parameter = 0;
  int sameAs = -1; // parameter whose numbers it repeats; -1: `category` and `numbers` hold
  std::string category = {};
  std::vector<std::int64_t> numbers = {};
};

struct OperatorEntry {
  std::string name = {};        // full name
  std::vector<int> tokens = {}; // parameters that become tokens, in schema order
  std::vector<FixedToken> fixed = {};
};

/// A call in terms of the model's tensors.
struct EncodedToken {
  int parameter = 0;
  int category = -1;        // row of category.vector; -1: none
  int first = 0, count = 0; // into EncodedCall::numbers
};
struct EncodedNumber {
  int slot = 0;
  std::int64_t value = 0;
};
struct EncodedCall {
  int op = -1;
  std::vector<EncodedToken> tokens = {};
  std::vector<EncodedNumber> numbers = {};
  bool unseen = false; // something about it was never trained: a category, a rank, a changed "fixed" argument
};

class Vocabulary {
public:
  std::vector<ParameterEntry> parameters;
  std::vector<OperatorEntry> operators;

  int slots() const;
  int categories() const;
  /// -1 where the model has no such operator.
  int operatorIndex(std::string_view fullName) const;
  /// -1 where there is no such parameter.
  int parameterIndex(std::string_view name) const;
  /// Reuses the memory of `out`. An in-place operator that the model does not know is taken for the one that makes a new tensor
  /// (kernelOf()). False if neither is known.
  bool encode(const CallFeatures& call, EncodedCall& out) const;
  /// Builds the lookup tables and slot numbers; call after `parameters` and `operators` changed.
  /// False if names repeat or indices are out of range.
  bool index();

private:
  std::vector<std::pair<std::string, int>> operatorOrder_;
};

} // namespace cobra::infer
