// What LibTorch really executes: every outermost operator, with the shapes and the data flow between them.
//
//   cobra::parity::Recorder recorder;
//   net->forward(x);
//   std::string json = recorder.finish();
//
// {"operators":[{"op":"aten::relu","overload":"","inputs":[{"shape":[2,3],"dtype":"float32"}],"from":[-1],
//                "outputs":[{"shape":[2,3],"dtype":"float32"}],"passes":false}]}
//
// `inputs` holds the tensor arguments in schema order: null where absent, a nested list for a list of
// tensors; `outputs` is flat. `from` holds, flat and in the order of the inputs, the index of the operator
// that produced each tensor that is there; -1 for what existed before (weights, inputs). A tensor is its
// TensorImpl; an operator that writes into one is from then on its producer. `passes` marks an operator that
// handed its argument back unchanged (dropout in inference): nobody can see from outside whether a later
// reader means its result or its argument, so it produces nothing.
#pragma once

#include <memory>
#include <string>

namespace cobra::parity {

/// Records from construction to finish(), on the thread that made it alone; at most one at a time on a thread
/// (a second one throws std::logic_error). Operators that kernels start on other threads are not outermost
/// and are not seen.
class Recorder {
public:
  Recorder();
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Stops, and gives what was recorded as one line of JSON. Again: the same text.
  std::string finish();

private:
  struct Tape;
  std::unique_ptr<Tape> tape_;
};

} // namespace cobra::parity
