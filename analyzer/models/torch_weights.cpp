// What a layer's constructor makes: options, weights, running statistics (the reset() functions under torch/nn/modules).
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_layer.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_options.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
/// The options of the module under construction; what is asked of them is positive and known, or there are no weights.
class Sizes {
public:
  Sizes(Evaluator& ev, Object& self, const LibraryCall& call)
      : ev_(ev), self_(self), call_(call), options_(requireOptions(ev, self, call)) {}

  std::int64_t operator()(llvm::StringRef name) {
    std::optional<std::int64_t> n = intOption(ev_, options_, name);
    if (!n) {
      if (!open_)
        open_ = ev_.unknown(call_.at, "the option " + name.str() + " of " + ev_.library.nameOf(self_.record) + " is not known",
                            reason(option(options_, name)));
      return 1;
    }
    return *n;
  }
  bool isSet(llvm::StringRef name) const { return flag(ev_, options_, name); }
  Ints list(llvm::StringRef name, std::size_t n) {
    std::optional<Ints> v = expanded(ev_, option(options_, name), n);
    if (v && v->size() == n) return *v;
    if (!open_)
      open_ = ev_.unknown(call_.at, "the option " + name.str() + " of " + ev_.library.nameOf(self_.record) + " is not known",
                          reason(option(options_, name)));
    return Ints(n, 1);
  }
  Object* options() const { return options_; }
  /// A weight; open where one of its sizes was.
  void weight(llvm::StringRef name, Shape shape, bool defined = true) {
    for (std::int64_t n : shape)
      if (n < 0) ev_.raise(call_.at, "Trying to create tensor with negative dimension " + std::to_string(n));
    if (open_ && defined) {
      ev_.heap.write(ev_.fieldCell(self_, name), *open_);
      return;
    }
    makeParameter(ev_, self_, name, std::move(shape), defined);
  }
  void check(bool holds, const char* sentence) const {
    if (!holds && !open_) ev_.raise(call_.at, sentence);
  }
  Evaluator& evaluator() { return ev_; }
  Object& self() { return self_; }

private:
  Evaluator& ev_;
  Object& self_;
  const LibraryCall& call_;
  Object* options_;
  std::optional<Value> open_;
};

void optionsOnly(Evaluator& ev, Object& self, const LibraryCall& call) { requireOptions(ev, self, call); }
void nothing(Evaluator&, Object&, const LibraryCall&) {}

void linearWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  std::int64_t in = size("in_features"), out = size("out_features");
  size.weight("weight", {out, in});
  size.weight("bias", {out}, size.isSet("bias"));
}
void bilinearWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  std::int64_t out = size("out_features");
  size.weight("weight", {out, size("in1_features"), size("in2_features")});
  size.weight("bias", {out}, size.isSet("bias"));
}
template <std::size_t n, bool transposed> void convolutionWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  std::int64_t in = size("in_channels"), out = size("out_channels"), groups = size("groups");
  size.check(in > 0 && groups > 0 && out > 0, "in_channels, groups and out_channels must be a positive integer.");
  if (groups > 0) {
    size.check(in % groups == 0, "in_channels must be divisible by groups");
    size.check(out % groups == 0, "out_channels must be divisible by groups");
  }
  if (ev.text(option(size.options(), "padding")) == "kSame")
    for (std::int64_t s : size.list("stride", n)) size.check(s == 1, "padding='same' is not supported for strided convolutions");
  const std::int64_t divisor = std::max<std::int64_t>(groups, 1);
  Shape shape = transposed ? Shape{in, out / divisor} : Shape{out, in / divisor};
  Ints kernel = size.list("kernel_size", n);
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  size.weight("weight", std::move(shape));
  size.weight("bias", {out}, size.isSet("bias"));
}
void statistics(Evaluator& ev, Object& self, const LibraryCall& call) { // BatchNorm, InstanceNorm
  Sizes size(ev, self, call);
  std::int64_t n = size("num_features");
  const bool affine = size.isSet("affine"), track = size.isSet("track_running_stats");
  size.weight("weight", {n}, affine);
  size.weight("bias", {n}, affine);
  makeBuffer(ev, self, "running_mean", {n}, DType::Float32, track);
  makeBuffer(ev, self, "running_var", {n}, DType::Float32, track);
  makeBuffer(ev, self, "num_batches_tracked", {}, DType::Int64, track);
}
void layerNormWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  std::optional<Ints> shape = ev.integers(option(size.options(), "normalized_shape"));
  const bool affine = size.isSet("elementwise_affine");
  if (!shape) {
    size.list("normalized_shape", 1); // says why
    shape = Ints{1};
  }
  size.weight("weight", *shape, affine);
  size.weight("bias", *shape, affine);
}
void groupNormWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  std::int64_t n = size("num_channels"), groups = size("num_groups");
  size.check(groups > 0 && n % groups == 0, "num_channels must be divisible by num_groups");
  const bool affine = size.isSet("affine");
  size.weight("weight", {n}, affine);
  size.weight("bias", {n}, affine);
}
void embeddingWeights(Evaluator& ev, Object& self, const LibraryCall& call) {
  Sizes size(ev, self, call);
  Value given = option(size.options(), "_weight");
  if (isDefined(given)) {
    ev.heap.write(ev.fieldCell(self, "weight"), given);
    registerParameter(ev, self, "weight", given);
    return;
  }
  size.weight("weight", {size("num_embeddings"), size("embedding_dim")});
}
void slopes(Evaluator& ev, Object& self, const LibraryCall& call) { // PReLU
  Sizes size(ev, self, call);
  size.weight("weight", {size("num_parameters")});
}

constexpr std::pair<const char*, ModuleInit> inits[] = {{"Linear", linearWeights},
                                                        {"Bilinear", bilinearWeights},
                                                        {"Conv1d", convolutionWeights<1, false>},
                                                        {"Conv2d", convolutionWeights<2, false>},
                                                        {"Conv3d", convolutionWeights<3, false>},
                                                        {"ConvTranspose1d", convolutionWeights<1, true>},
                                                        {"ConvTranspose2d", convolutionWeights<2, true>},
                                                        {"ConvTranspose3d", convolutionWeights<3, true>},
                                                        {"BatchNorm1d", statistics},
                                                        {"BatchNorm2d", statistics},
                                                        {"BatchNorm3d", statistics},
                                                        {"InstanceNorm1d", statistics},
                                                        {"InstanceNorm2d", statistics},
                                                        {"InstanceNorm3d", statistics},
                                                        {"LayerNorm", layerNormWeights},
                                                        {"GroupNorm", groupNormWeights},
                                                        {"Embedding", embeddingWeights},
                                                        {"EmbeddingBag", embeddingWeights},
                                                        {"PReLU", slopes},
                                                        {"Identity", nothing},
                                                        {"SiLU", nothing},
                                                        {"Mish", nothing},
                                                        {"Sigmoid", nothing},
                                                        {"Tanh", nothing},
                                                        {"LogSigmoid", nothing},
                                                        {"Softsign", nothing},
                                                        {"Tanhshrink", nothing},
                                                        {"Softmax2d", nothing}};
constexpr const char* plain[] = {"ReLU",
                                 "ReLU6",
                                 "SELU",
                                 "ELU",
                                 "CELU",
                                 "GELU",
                                 "LeakyReLU",
                                 "Hardtanh",
                                 "Hardshrink",
                                 "Softshrink",
                                 "Softplus",
                                 "Threshold",
                                 "GLU",
                                 "Softmax",
                                 "LogSoftmax",
                                 "Softmin",
                                 "RReLU",
                                 "Dropout",
                                 "Dropout2d",
                                 "Dropout3d",
                                 "AlphaDropout",
                                 "FeatureAlphaDropout",
                                 "MaxPool1d",
                                 "MaxPool2d",
                                 "MaxPool3d",
                                 "AvgPool1d",
                                 "AvgPool2d",
                                 "AvgPool3d",
                                 "AdaptiveAvgPool1d",
                                 "AdaptiveAvgPool2d",
                                 "AdaptiveAvgPool3d",
                                 "AdaptiveMaxPool1d",
                                 "AdaptiveMaxPool2d",
                                 "AdaptiveMaxPool3d",
                                 "LPPool1d",
                                 "LPPool2d",
                                 "LPPool3d",
                                 "MaxUnpool1d",
                                 "MaxUnpool2d",
                                 "MaxUnpool3d",
                                 "FractionalMaxPool2d",
                                 "FractionalMaxPool3d",
                                 "LocalResponseNorm",
                                 "CrossMapLRN2d",
                                 "Flatten",
                                 "Unflatten",
                                 "PixelShuffle",
                                 "PixelUnshuffle",
                                 "Fold",
                                 "Unfold",
                                 "Upsample",
                                 "CosineSimilarity",
                                 "PairwiseDistance",
                                 "ZeroPad1d",
                                 "ZeroPad2d",
                                 "ZeroPad3d",
                                 "ConstantPad1d",
                                 "ConstantPad2d",
                                 "ConstantPad3d",
                                 "ReflectionPad1d",
                                 "ReflectionPad2d",
                                 "ReflectionPad3d",
                                 "ReplicationPad1d",
                                 "ReplicationPad2d",
                                 "ReplicationPad3d",
                                 "MSELoss",
                                 "SmoothL1Loss",
                                 "HuberLoss",
                                 "L1Loss",
                                 "KLDivLoss",
                                 "NLLLoss",
                                 "CrossEntropyLoss",
                                 "BCELoss",
                                 "BCEWithLogitsLoss",
                                 "SoftMarginLoss",
                                 "HingeEmbeddingLoss",
                                 "CosineEmbeddingLoss",
                                 "MarginRankingLoss",
                                 "TripletMarginLoss",
                                 "TripletMarginWithDistanceLoss",
                                 "MultiMarginLoss",
                                 "MultiLabelMarginLoss",
                                 "MultiLabelSoftMarginLoss",
                                 "PoissonNLLLoss",
                                 "CTCLoss"};

/// torch::nn::init fills a tensor in a constructor, where no run is recorded: the tensor itself comes back.
Result initialized(Evaluator&, const LibraryCall& call) {
  if (call.size() == 0) return Value(Nothing{});
  return call.value(0);
}
/// Embedding::from_pretrained: a holder of an embedding with the given weights.
Result fromPretrained(Evaluator& ev, const LibraryCall& call) {
  const clang::CXXRecordDecl* holder = call.resultType->getAsCXXRecordDecl();
  const clang::CXXRecordDecl* held = ev.heldModule(holder);
  Tensor* t = tensorOf(call.value(0));
  if (!held || !t) return ev.unknown(call.at, "the pretrained embedding is not known", reason(call.value(0)));
  if (t->type.rank() != 2) ev.raise(call.at, "Embeddings parameter is expected to be 2-dimensional");
  Value made = ev.construct(ev.context.getRecordType(held), {ev.arg(t->type.shape[0]), ev.arg(t->type.shape[1])}, call.at);
  Object* module = asObject(made);
  if (!module) return made;
  ev.heap.write(ev.fieldCell(*module, "weight"), call.value(0));
  registerParameter(ev, *module, "weight", call.value(0));
  if (Object* to = optionsOf(ev, module), *from = asObject(call.value(1)); to && from)
    for (const Object::Field& f : from->fields)
      if (Cell* cell = to->field(f.name)) ev.heap.write(cell, f.cell->value());
  return Value(Pointer{module->home, nullptr, 0});
}
} // namespace

void registerTorchFunctional(Library& library) {
  for (auto& [name, init] : inits) library.module(std::string("torch::nn::") + name + "Impl", init);
  for (const char* name : plain) library.module(std::string("torch::nn::") + name + "Impl", optionsOnly);
  library.scope("torch::nn::init", initialized);
  library.function("torch::nn::Embedding::from_pretrained", fromPretrained);
  library.function("torch::nn::EmbeddingBag::from_pretrained", fromPretrained);
}

} // namespace cobra::interp
