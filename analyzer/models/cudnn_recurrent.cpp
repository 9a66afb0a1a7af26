// cuDNN's recurrent layers, as versions 5 to 7 (one descriptor for each time step) and 8 to 9 (one for the
// sequence) call them.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include <array>

namespace cobra::interp {

using namespace cudnn_model;

namespace {

constexpr std::array<std::string_view, 4> modes = {"relu", "tanh", "lstm", "gru"};
constexpr std::string_view what = "RNN descriptor";

struct Layers {
  Value mode, hidden, layers, bidirectional, input;
};
Layers layersOf(Evaluator& ev, Operation& op, std::size_t argument) {
  const Descriptor d = op.parameters(argument, what);
  Layers out;
  const Value mode = op.field(d, "mode", what);
  const std::string_view name = nameAt(modes, mode);
  if (name.empty() && op.good()) op.open("the kind of its RNN is not known", reason(mode));
  out.mode = Text(std::string(name));
  out.hidden = d.get("hidden");
  out.layers = d.get("layers");
  out.bidirectional = d.get("direction");
  out.input = d.get("input");
  const std::int64_t projection = ev.integer(d.get("projection")).value_or(0);
  if (projection && projection != ev.integer(out.hidden).value_or(projection)) op.open("projections of an LSTM are not followed");
  return out;
}

/// The weight block: its size follows from the layers, so one number stands for it.
TensorType weights(Evaluator& ev, const Layers& rnn, const TensorType& input) {
  const std::int64_t gates = rnn.mode == Value(Text("lstm")) ? 4 : rnn.mode == Value(Text("gru")) ? 3 : 1;
  const std::int64_t hidden = ev.integer(rnn.hidden).value_or(0), layers = ev.integer(rnn.layers).value_or(0);
  const std::int64_t directions = ev.integer(rnn.bidirectional).value_or(0) ? 2 : 1;
  std::int64_t count = 0, in = input.shape.empty() ? 0 : input.shape.back();
  for (std::int64_t layer = 0; layer < layers && layer < 4096; ++layer) {
    const std::int64_t one = mulClamped(mulClamped(gates, hidden), addClamped(addClamped(in, hidden), 2));
    count = addClamped(count, mulClamped(directions, one));
    in = mulClamped(directions, hidden);
  }
  return {input.dtype, {count}};
}

/// [time, batch, size] of an array with one descriptor [batch, size, 1] for each step.
TensorType sequence(Evaluator& ev, Operation& op, const LibraryCall& call, std::size_t length, std::size_t descriptors,
                    std::string_view name) {
  const auto steps = ev.integer(call.value(length));
  auto* p = as<Pointer>(call.value(descriptors));
  if (!steps || !p) {
    op.open("the length of the sequence is not known", reason(call.value(length)));
    return {};
  }
  TensorType first;
  for (std::int64_t i = 0; i < *steps && op.good(); ++i) {
    Arg one = call.args[descriptors];
    one.expr = nullptr;
    const Pointer at = p->sequence ? Pointer{nullptr, p->sequence, p->index + i} : *p;
    if (!p->sequence && i) break;
    one.place = ev.pointee(at, call.at);
    LibraryCall single = call;
    single.args = llvm::ArrayRef(one);
    Operation step(ev, single);
    const TensorType type = step.type(0, name);
    if (!step.good()) {
      op.wrong("CUDNN_STATUS_BAD_PARAM: the " + std::string(name) + " of time step " + std::to_string(i) + " is not set");
    } else if (i == 0) {
      first = type;
    } else if (type.shape != first.shape) {
      op.open("the batch changes within the sequence");
    }
  }
  if (op.good() && first.shape.size() < 2) op.wrong("CUDNN_STATUS_BAD_PARAM: the " + std::string(name) + " has fewer than 2 dimensions");
  if (!op.good()) return {};
  return {first.dtype, {*steps, first.shape[0], first.shape[1]}};
}

/// A state that may be left out: pointer and descriptor may both be null.
Value state(Evaluator& ev, Operation& op, const LibraryCall& call, std::size_t descriptorAt, std::size_t pointer, std::string_view name) {
  auto* p = as<Pointer>(call.value(pointer));
  auto* d = as<Pointer>(call.value(descriptorAt));
  if ((p && p->isNull()) || (d && d->isNull())) return NullOpt{};
  (void)ev;
  return op.input(pointer, op.type(descriptorAt, name));
}

// handle, rnn, mode, lengths, xDesc, x, yDesc, y, hDesc, hx, hy, cDesc, cx, cy, bytes, weights, ...
Result forward(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType x = op.type(4, "xDesc"), y = op.type(6, "yDesc");
  const Value hx = state(ev, op, call, 8, 9, "hDesc"), cx = state(ev, op, call, 11, 12, "cDesc");
  if (auto wanted = ev.integer(rnn.input); op.good() && wanted && x.shape.back() != *wanted)
    op.wrong("CUDNN_STATUS_BAD_PARAM: the xDesc has vectors of " + std::to_string(x.shape.back()) + " numbers, the RNN descriptor takes " +
             std::to_string(*wanted));
  return op.run(
      "cudnn::rnn_forward",
      {op.input(5, x), hx, cx, op.input(15, weights(ev, rnn, x)), rnn.mode, rnn.hidden, rnn.layers, rnn.bidirectional, call.value(2)},
      {{y, 7, "yDesc"}, {std::nullopt, 10, "hDesc"}, {std::nullopt, 13, "cDesc"}});
}

// handle, rnn, lengths, yDesc, y, dy, xDesc, dx, hDesc, hx, dhy, dhx, cDesc, cx, dcy, dcx, bytes, weights,
// ...
Result backwardData(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType y = op.type(3, "yDesc"), x = op.type(6, "xDesc");
  const Value size = x.shape.empty() ? Value(std::int64_t{0}) : Value(x.shape.back());
  return op.run(
      "cudnn::rnn_backward_data",
      {op.input(4, y), op.input(5, y), op.input(17, weights(ev, rnn, x)), rnn.mode, size, rnn.hidden, rnn.layers, rnn.bidirectional},
      {{x, 7, "xDesc"}});
}

// handle, rnn, add, lengths, xDesc, x, hDesc, hx, yDesc, y, bytes, dweights, ...
Result backwardWeights(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType x = op.type(4, "xDesc"), y = op.type(8, "yDesc"), w = weights(ev, rnn, x);
  return op.run("cudnn::rnn_backward_weights",
                {op.input(5, x), op.input(9, y), op.input(11, w), rnn.mode, rnn.hidden, rnn.layers, rnn.bidirectional},
                {{w, 11, "dweights"}});
}

// handle, rnn, steps, xDescs, x, hxDesc, hx, cxDesc, cx, wDesc, w, yDescs, y, hyDesc, hy, cyDesc, cy, ...
Result oldForward(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType x = sequence(ev, op, call, 2, 3, "xDesc"), y = sequence(ev, op, call, 2, 11, "yDesc");
  const Value hx = state(ev, op, call, 5, 6, "hxDesc"), cx = state(ev, op, call, 7, 8, "cxDesc");
  const bool training = call.name.ends_with("Training");
  return op.run("cudnn::rnn_forward",
                {op.input(4, x), hx, cx, op.input(10, weights(ev, rnn, x)), rnn.mode, rnn.hidden, rnn.layers, rnn.bidirectional,
                 std::int64_t{training}},
                {{y, 12, "yDesc"}, {std::nullopt, 14, "hyDesc"}, {std::nullopt, 16, "cyDesc"}});
}

// handle, rnn, steps, yDescs, y, dyDescs, dy, dhyDesc, dhy, dcyDesc, dcy, wDesc, w, hxDesc, hx, cxDesc, cx,
// dxDescs, dx, ...
Result oldBackwardData(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType y = sequence(ev, op, call, 2, 3, "yDesc"), dy = sequence(ev, op, call, 2, 5, "dyDesc");
  const TensorType x = sequence(ev, op, call, 2, 17, "dxDesc");
  const Value size = x.shape.empty() ? Value(std::int64_t{0}) : Value(x.shape.back());
  return op.run(
      "cudnn::rnn_backward_data",
      {op.input(4, y), op.input(6, dy), op.input(12, weights(ev, rnn, x)), rnn.mode, size, rnn.hidden, rnn.layers, rnn.bidirectional},
      {{x, 18, "dxDesc"}});
}

// handle, rnn, steps, xDescs, x, hxDesc, hx, yDescs, y, workspace, bytes, dwDesc, dw, ...
Result oldBackwardWeights(Evaluator& ev, const LibraryCall& call) {
  Operation op(ev, call);
  const Layers rnn = layersOf(ev, op, 1);
  const TensorType x = sequence(ev, op, call, 2, 3, "xDesc"), y = sequence(ev, op, call, 2, 7, "yDesc"), w = weights(ev, rnn, x);
  return op.run("cudnn::rnn_backward_weights",
                {op.input(4, x), op.input(8, y), op.input(12, w), rnn.mode, rnn.hidden, rnn.layers, rnn.bidirectional},
                {{w, 12, "dwDesc"}});
}

} // namespace

void registerCudnnRecurrent(Library& library) {
  constexpr std::pair<const char*, Handler> table[] = {{"cudnnRNNForward", forward},
                                                       {"cudnnRNNBackwardData_v8", backwardData},
                                                       {"cudnnRNNBackwardWeights_v8", backwardWeights},
                                                       {"cudnnRNNForwardInference", oldForward},
                                                       {"cudnnRNNForwardTraining", oldForward},
                                                       {"cudnnRNNBackwardData", oldBackwardData},
                                                       {"cudnnRNNBackwardWeights", oldBackwardWeights}};
  for (const auto& [name, handler] : table) library.function(name, handler);
}

} // namespace cobra::interp
