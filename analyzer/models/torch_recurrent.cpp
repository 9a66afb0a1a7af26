// LSTM, GRU, RNN and their cells (torch/csrc/api/src/nn/modules/rnn.cpp).
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_layer.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_options.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
struct Family {
  const char* module; // "LSTM"
  std::int64_t gates; // rows of a weight, in hidden sizes
  bool twoStates;     // h and c
  const char* op;     // of the sequence; null: told by the nonlinearity
  const char* cell;
};
constexpr Family families[] = {{"LSTM", 4, true, "aten::lstm.input", "aten::lstm_cell"},
                               {"GRU", 3, false, "aten::gru.input", "aten::gru_cell"},
                               {"RNN", 1, false, nullptr, nullptr}};

/// The family of "torch::nn::LSTMCellImpl::forward".
const Family* familyOf(llvm::StringRef qualified) {
  for (const Family& f : families)
    if (qualified.contains((llvm::Twine("::") + f.module).str())) return &f;
  return nullptr;
}
const Family* familyOf(const Object& module) {
  for (const clang::CXXRecordDecl* r = module.record; r && r->hasDefinition();) {
    for (const Family& f : families)
      if (r->getName().starts_with(f.module) && r->getName().ends_with("Impl")) return &f;
    const clang::CXXRecordDecl* next = nullptr;
    for (const clang::CXXBaseSpecifier& b : r->getDefinition()->bases()) next = b.getType()->getAsCXXRecordDecl();
    r = next;
  }
  return nullptr;
}

/// Sizes of a sequence layer.
struct Sizes {
  std::int64_t input, hidden, layers, directions, projection;
  bool bias;
  std::int64_t output() const { return projection > 0 ? projection : hidden; }
};
std::optional<Sizes> sizesOf(Evaluator& ev, const Object* options) {
  std::optional<std::int64_t> input = intOption(ev, options, "input_size"), hidden = intOption(ev, options, "hidden_size");
  std::optional<std::int64_t> layers = intOption(ev, options, "num_layers");
  if (!input || !hidden) return std::nullopt;
  return Sizes{*input,
               *hidden,
               layers.value_or(1),
               flag(ev, options, "bidirectional") ? 2 : 1,
               intOption(ev, options, "proj_size").value_or(0),
               flag(ev, options, "bias")};
}

void sequenceWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* options = requireOptions(ev, self, call);
  std::optional<Sizes> s = sizesOf(ev, options);
  const Family* family = familyOf(self);
  if (!s || !family) {
    ev.unknown(call.at, "the sizes of this recurrent layer are not known");
    return;
  }
  if (s->layers > 4096) ev.raise(call.at, "num_layers is too large");
  Object* flat = ev.heap.sequence({});
  for (std::int64_t layer = 0; layer < s->layers; ++layer)
    for (std::int64_t direction = 0; direction < s->directions; ++direction) {
      const std::string suffix = "_l" + std::to_string(layer) + (direction ? "_reverse" : "");
      const std::int64_t rows = family->gates * s->hidden, in = layer ? s->output() * s->directions : s->input;
      auto add = [&](const char* name, Shape shape) {
        Value v = newParameter(ev, std::move(shape));
        registerParameter(ev, self, name + suffix, v);
        ev.heap.edit(flat).items.push_back(ev.heap.cell(v));
      };
      add("weight_ih", {rows, in});
      add("weight_hh", {rows, s->output()});
      if (s->bias) {
        add("bias_ih", {rows});
        add("bias_hh", {rows});
      }
      if (s->projection > 0) add("weight_hr", {s->projection, s->hidden});
    }
  ev.heap.write(ev.fieldCell(self, "flat_weights_"), flat);
}

void cellWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* options = requireOptions(ev, self, call);
  std::optional<Sizes> s = sizesOf(ev, options);
  const Family* family = familyOf(self);
  if (!s || !family) {
    ev.unknown(call.at, "the sizes of this recurrent cell are not known");
    return;
  }
  const std::int64_t rows = family->gates * s->hidden;
  makeParameter(ev, self, "weight_ih", {rows, s->input});
  makeParameter(ev, self, "weight_hh", {rows, s->hidden});
  makeParameter(ev, self, "bias_ih", {rows}, s->bias);
  makeParameter(ev, self, "bias_hh", {rows}, s->bias);
}

Value zeros(const Layer& l, const Shape& shape, DType dtype) {
  return l.run("aten::zeros", {list(l.ev, shape), integerValue(scalarTypeOf(dtype))});
}
bool absent(const Value& v) { return isNothing(v) || std::holds_alternative<NullOpt>(v) || (as<TensorHandle>(v) && !isDefined(v)); }
std::string opOf(const Layer& l, const Family& family, const char* suffix) {
  if (*suffix == '.' && family.op) return family.op;
  if (*suffix != '.' && family.cell) return family.cell;
  return (l.enumerator("nonlinearity") == "ReLU" ? "aten::rnn_relu" : "aten::rnn_tanh") + std::string(suffix);
}

Result sequenceForward(Evaluator& ev, const LibraryCall& call) {
  Layer l(ev, call);
  const Family* family = familyOf(call.name);
  Tensor* input = tensorOf(l.input());
  std::optional<Sizes> s = sizesOf(ev, l.options);
  const Value weights = fieldValue(l.module, "flat_weights_");
  if (s && !input) ev.noteReader("recurrent", {s->input}, reason(l.input()));
  if (!family || !input || !s || !asObject(weights))
    return ev.unknown(call.at, "the input of a recurrent layer is not known", reason(l.input()));
  const bool batchFirst = l.isSet("batch_first");
  const TensorType type = input->type;
  const std::int64_t batch = type.rank() > 1 ? type.shape[batchFirst ? 0 : 1] : 1;
  const Shape hiddenShape = {s->layers * s->directions, batch, s->output()}, cellShape = {s->layers * s->directions, batch, s->hidden};

  Value states = l.input(1);
  const std::string op = opOf(l, *family, ".input");
  auto arguments = [&](Value hx) {
    return Values{l.input(),
                  std::move(hx),
                  weights,
                  boolean(s->bias),
                  integerValue(s->layers),
                  l.value("dropout"),
                  l.training(),
                  boolean(s->directions == 2),
                  boolean(batchFirst)};
  };
  // The user means the recurrent operator; the zeros are its initial state.
  Value meantStates = states;
  if (absent(states)) {
    Value h = ev.makeTensor({type.dtype, hiddenShape}), c = ev.makeTensor({type.dtype, cellShape});
    meantStates = family->twoStates ? Value(ev.heap.sequence({h, c})) : h;
  }
  Evaluator::Meant meant(ev, op, arguments(meantStates), call.at);
  if (absent(states)) {
    Value h = zeros(l, hiddenShape, type.dtype);
    states = family->twoStates ? Value(ev.heap.sequence({h, zeros(l, cellShape, type.dtype)})) : h;
  }
  if (type.rank() != 3) ev.raise(call.at, "input must have 3 dimensions, got " + std::to_string(type.rank()));
  if (type.shape[2] != s->input)
    ev.raise(call.at,
             "input.size(-1) must be equal to input_size. Expected " + std::to_string(s->input) + ", got " + std::to_string(type.shape[2]));
  Values out = runAll(ev, call.at, op, arguments(states));
  if (out.size() < 2) return out[0];
  if (!family->twoStates) return Value(ev.heap.tuple({out[0], out[1]}, call.resultType));
  clang::QualType inner;
  return Value(ev.heap.tuple({out[0], ev.heap.tuple({out[1], out[2]}, inner)}, call.resultType));
}

Result cellForward(Evaluator& ev, const LibraryCall& call) {
  Layer l(ev, call);
  const Family* family = familyOf(call.name);
  Tensor* input = tensorOf(l.input());
  std::optional<Sizes> s = sizesOf(ev, l.options);
  if (s && !input) ev.noteReader("recurrent cell", {s->input}, reason(l.input()));
  if (!family || !input || !s) return ev.unknown(call.at, "the input of a recurrent cell is not known", reason(l.input()));
  const TensorType type = input->type;
  if (type.rank() > 0 && type.shape.back() != s->input)
    ev.raise(call.at,
             "input has inconsistent input_size: got " + std::to_string(type.shape.back()) + " expected " + std::to_string(s->input));
  Value states = l.input(1);
  const Shape shape = {type.rank() > 0 ? type.shape[0] : 1, s->hidden};
  auto arguments = [&](Value hx) {
    return Values{l.input(), std::move(hx), l.value("weight_ih"), l.value("weight_hh"), l.tensor("bias_ih"), l.tensor("bias_hh")};
  };
  const std::string op = opOf(l, *family, "_cell");
  Value meantStates = states;
  if (absent(states)) {
    Value h = ev.makeTensor({type.dtype, shape});
    meantStates = family->twoStates ? Value(ev.heap.sequence({h, h})) : h;
  }
  Evaluator::Meant meant(ev, op, arguments(meantStates), call.at);
  if (absent(states)) {
    Value h = zeros(l, shape, type.dtype);
    states = family->twoStates ? Value(ev.heap.sequence({h, h})) : h;
  }
  return packed(ev, runAll(ev, call.at, op, arguments(states)), call.resultType);
}

Result nothing(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }

// ---- packed sequences: their sizes are sums over the values of `lengths`
Result pack(Evaluator& ev, const LibraryCall& call) {
  for (const Arg& a : call.args)
    if (isOpen(a.value())) return a.value();
  return ev.unknown(call.at, "packed sequences are not followed: how many elements they hold depends on the values of the lengths");
}
/// What is done with a packed sequence is as little known as it is.
Result ofPacked(Evaluator& ev, const LibraryCall& call) {
  if (call.self && isOpen(call.self->value())) return call.self->value();
  return pack(ev, call);
}
} // namespace

void registerTorchRecurrent(Library& library) {
  for (const Family& f : families) {
    const std::string sequence = std::string("torch::nn::") + f.module + "Impl", cell = std::string("torch::nn::") + f.module + "CellImpl";
    library.module(sequence, sequenceWeights);
    library.module(cell, cellWeights);
    library.function(sequence + "::forward", sequenceForward);
    library.function(cell + "::forward", cellForward);
  }
  library.function("torch::nn::detail::RNNImplBase::flatten_parameters", nothing);
  for (const char* module : {"LSTM", "GRU", "RNN"})
    library.function(std::string("torch::nn::") + module + "Impl::forward_with_packed_input", ofPacked);
  for (const char* name : {"pack_padded_sequence", "pack_sequence", "pad_packed_sequence"})
    library.function(std::string("torch::nn::utils::rnn::") + name, pack);
  library.scope("torch::nn::utils::rnn::PackedSequence", ofPacked);
}

} // namespace cobra::interp
