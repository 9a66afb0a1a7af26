// What the models of cuDNN's frontend share. A graph is a Record with its nodes in a list; a node names its
// operation, its attributes, and the tensors it reads and writes; a tensor is a Record with what the set_...
// calls gave it ("dim", "data_type", "uid"). Sizes are worked out when the graph is validated or built, and
// execute() runs each node with the sizes of then.
#pragma once

#include "analyzer/models/cudnn_support.h"

namespace cobra::interp::cudnn_graph {

using cudnn_model::At;
using cudnn_model::Ints;

/// One operation of a graph, read from its record for as long as it is looked at.
class Node {
public:
  Node(Evaluator& ev, Object* graph, Object* node);

  const std::string& method() const { return method_; }
  At at() const { return at_; }
  std::size_t inputCount() const { return inputs_.size(); }
  /// Null where the program gives fewer.
  Object* input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : nullptr; }
  const std::vector<Object*>& outputs() const { return outputs_; }
  Object* output(std::size_t i) const { return i < outputs_.size() ? outputs_[i] : nullptr; }

  /// A tensor for the i-th input. Where its sizes are not known, open, with the reason.
  Value in(std::size_t i) const { return i < given_.size() ? given_[i] : interp::open(at_, "an input of this operation is not followed"); }
  void give(std::vector<Value> tensors) { given_ = std::move(tensors); }
  /// What set_<name>() gave the attributes; Nothing where it was not called.
  Value attribute(llvm::StringRef name) const;
  bool flag(llvm::StringRef name) const;
  /// The sizes that the program gave the i-th output, as a list; Nothing where it gave none.
  Value wantedSizes(std::size_t i) const;
  /// A number of the i-th input's sizes.
  std::optional<std::int64_t> size(std::size_t i, std::size_t dimension) const;
  TensorType typeOfInput(std::size_t i) const;

  void wrong(std::string sentence);
  void open(std::string sentence);
  const std::string& whatIsWrong() const { return wrong_; }
  const std::string& whatIsOpen() const { return open_; }

  Evaluator& ev;

private:
  std::string method_;
  At at_;
  Object* attributes_ = nullptr;
  std::vector<Object*> inputs_, outputs_;
  std::vector<Value> given_;
  std::string wrong_, open_;
};

/// What a method of Graph adds, and which operator of the registry it runs.
struct Kind {
  const char* method;
  const char* op;
  std::vector<Value> (*arguments)(Node&);
  /// The sizes that outputs past those of the operator share with an input.
  std::size_t like = 0;
};
/// Null for operations that are not modelled.
const Kind* kindOf(llvm::StringRef method);

/// The type of a tensor of the graph; nullopt where its sizes or its data type are not known (yet).
std::optional<TensorType> typeOf(Evaluator& ev, Object* graph, Object* tensor);

/// Works out the sizes of every output. What is wrong with the first node that is, and where; empty if
/// nothing is.
struct Refusal {
  std::string sentence;
  At at;
};
Refusal inferSizes(Evaluator& ev, Object* graph);

/// Runs every node. `pack`: the pointers of the tensors that lie outside the graph.
Result execute(Evaluator& ev, const LibraryCall& call, Object* graph, const Value& pack);

} // namespace cobra::interp::cudnn_graph
