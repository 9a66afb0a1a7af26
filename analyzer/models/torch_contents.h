// Small tensors whose elements are known: sizes and lengths that a model computes with, torch::tensor({...}), arange. They decide what
// item(), masks and loops over tensors give.
#pragma once

#include "analyzer/models/torch_support.h"

namespace cobra::interp::torch_model {

/// The elements in row-major order, if they are known at this moment.
const std::vector<double>* contentsOf(const Tensor* tensor);
void setContents(Evaluator& ev, Tensor* tensor, std::vector<double> elements);
/// The single element as the program reads it: an integer, or a double for floating tensors.
std::optional<Value> element(const Tensor* tensor);

/// Computes the elements of an operator's output from those of its inputs.
class Folder {
public:
  Folder(const ops::Operator& op, const Values& arguments);
  void fold(Evaluator& ev, const Values& outputs) const;

private:
  const ops::Operator& op_;
  const Values& arguments_;
  struct Input {
    TensorType type;
    std::optional<std::vector<double>> elements;
  };
  std::vector<Input> inputs_; // tensor arguments, lists laid out flat
  friend struct Folding;
};

} // namespace cobra::interp::torch_model
