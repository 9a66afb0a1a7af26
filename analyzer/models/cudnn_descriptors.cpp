// cuDNN's descriptors: cudnnCreate..., cudnnSet..., cudnnGet... and what they say of sizes.
#include "analyzer/models/cudnn_support.h"
#include "analyzer/models/registration.h"

#include <algorithm>

namespace cobra::interp {

using namespace cudnn_model;

namespace {

/// Where the interesting arguments of a cudnnSet... stand.
struct Setter {
  Object* object = nullptr;
  Result failed;
};
Setter toSet(Evaluator& ev, const LibraryCall& call, std::size_t argument = 0) {
  Descriptor d = descriptor(ev, call, argument);
  if (!d.wrong.empty())
    return {nullptr, refuse(ev, call.at, call.name.str() + " returns CUDNN_STATUS_BAD_PARAM: the descriptor it sets " + d.wrong)};
  return {d.object, ok()};
}

Value listOf(Evaluator& ev, const LibraryCall& call, std::size_t first, std::size_t count) {
  std::vector<Value> items;
  for (std::size_t i = first; i < first + count && i < call.size(); ++i) items.push_back(call.value(i));
  return ev.heap.sequence(std::move(items));
}

/// Sizes below 1 are refused where they are set.
std::string notPositive(Evaluator& ev, const Value& dims) {
  if (auto sizes = ev.integers(dims))
    for (const std::int64_t size : *sizes)
      if (size < 1) return "a size is " + std::to_string(size);
  return "";
}

Result setDims(Evaluator& ev, const LibraryCall& call, Value dims, Value dtype) {
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  if (std::string problem = notPositive(ev, dims); !problem.empty())
    return refuse(ev, call.at, call.name.str() + " returns CUDNN_STATUS_BAD_PARAM: " + problem);
  set(ev, to.object, "dims", std::move(dims));
  set(ev, to.object, "dtype", std::move(dtype));
  return ok();
}

Result create(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, {});
  give(ev, call.value(0), Pointer{o->home, nullptr, 0});
  return ok();
}

Result tensor4d(Evaluator& ev, const LibraryCall& call) { return setDims(ev, call, listOf(ev, call, 3, 4), call.value(2)); }
Result tensor4dEx(Evaluator& ev, const LibraryCall& call) { return setDims(ev, call, listOf(ev, call, 2, 4), call.value(1)); }

Value counted(Evaluator& ev, const LibraryCall& call, std::size_t count, std::size_t array) {
  auto n = ev.integer(call.value(count));
  return n ? arrayBehind(ev, call.value(array), *n, call.at)
           : open(call.at, "the number of dimensions is not known", reason(call.value(count)));
}
Result tensorNd(Evaluator& ev, const LibraryCall& call) { return setDims(ev, call, counted(ev, call, 2, 3), call.value(1)); }
Result tensorNdEx(Evaluator& ev, const LibraryCall& call) { return setDims(ev, call, counted(ev, call, 3, 4), call.value(2)); }
Result filter4d(Evaluator& ev, const LibraryCall& call) { // before cuDNN 5 there was no format
  const std::size_t first = call.size() == 6 ? 2 : 3;
  return setDims(ev, call, listOf(ev, call, first, 4), call.value(1));
}
Result filterNd(Evaluator& ev, const LibraryCall& call) { return setDims(ev, call, counted(ev, call, 3, 4), call.value(1)); }

Result convolution2d(Evaluator& ev,
                     const LibraryCall& call) { // padH, padW, strideH, strideW, dilationH, dilationW, mode
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  set(ev, to.object, "padding", listOf(ev, call, 1, 2));
  set(ev, to.object, "stride", listOf(ev, call, 3, 2));
  set(ev, to.object, "dilation", listOf(ev, call, 5, 2));
  set(ev, to.object, "mode", call.value(7));
  return ok();
}
Result convolutionNd(Evaluator& ev, const LibraryCall& call) { // n, padding, stride, dilation, mode, type
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  set(ev, to.object, "padding", counted(ev, call, 1, 2));
  set(ev, to.object, "stride", counted(ev, call, 1, 3));
  set(ev, to.object, "dilation", counted(ev, call, 1, 4));
  set(ev, to.object, "mode", call.value(5));
  return ok();
}
Result groupCount(Evaluator& ev, const LibraryCall& call) {
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  set(ev, to.object, "groups", call.value(1));
  return ok();
}
Result pooling2d(Evaluator& ev, const LibraryCall& call) { // before cuDNN 5 nothing was said of NaNs
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  const std::size_t first = call.size() == 8 ? 2 : 3;
  set(ev, to.object, "mode", call.value(1));
  set(ev, to.object, "window", listOf(ev, call, first, 2));
  set(ev, to.object, "padding", listOf(ev, call, first + 2, 2));
  set(ev, to.object, "stride", listOf(ev, call, first + 4, 2));
  return ok();
}
Result poolingNd(Evaluator& ev, const LibraryCall& call) { // mode, nan, n, window, padding, stride
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  set(ev, to.object, "mode", call.value(1));
  set(ev, to.object, "window", counted(ev, call, 3, 4));
  set(ev, to.object, "padding", counted(ev, call, 3, 5));
  set(ev, to.object, "stride", counted(ev, call, 3, 6));
  return ok();
}

/// Setters whose arguments become fields one by one; the descriptor is the first argument.
struct Fields {
  const char* function;
  std::initializer_list<std::pair<std::size_t, const char*>> fields;
};
const Fields plain[] = {
    {"cudnnSetActivationDescriptor", {{1, "mode"}, {3, "coef"}}},
    {"cudnnSetLRNDescriptor", {{1, "n"}, {2, "alpha"}, {3, "beta"}, {4, "k"}}},
    {"cudnnSetOpTensorDescriptor", {{1, "op"}}},
    {"cudnnSetReduceTensorDescriptor", {{1, "op"}}},
    {"cudnnSetDropoutDescriptor", {{2, "p"}}},
    {"cudnnRestoreDropoutDescriptor", {{2, "p"}}},
    {"cudnnSetRNNDescriptor_v8",
     {{2, "mode"}, {4, "direction"}, {6, "dtype"}, {9, "input"}, {10, "hidden"}, {11, "projection"}, {12, "layers"}}},
};
Result setFields(Evaluator& ev, const LibraryCall& call) {
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  for (const Fields& entry : plain)
    if (call.name == entry.function)
      for (const auto& [argument, field] : entry.fields)
        if (argument < call.size()) set(ev, to.object, field, call.value(argument));
  return ok();
}

/// The forms of cuDNN 5 to 7: with or without a handle in front, with or without an algorithm.
Result oldRnn(Evaluator& ev, const LibraryCall& call) {
  const std::size_t first = call.size() == 8 ? 0 : 1;
  Setter to = toSet(ev, call, first);
  if (!to.object) return to.failed;
  set(ev, to.object, "hidden", call.value(first + 1));
  set(ev, to.object, "layers", call.value(first + 2));
  set(ev, to.object, "direction", call.value(first + 5));
  set(ev, to.object, "mode", call.value(first + 6));
  set(ev, to.object, "dtype", call.value(call.size() - 1));
  return ok();
}
Result rnnData(Evaluator& ev, const LibraryCall& call) { // type, layout, longest, batch, size
  return setDims(ev, call, listOf(ev, call, 3, 3), call.value(1));
}

Result derive(Evaluator& ev, const LibraryCall& call) { // cudnnDeriveBNTensorDescriptor(derived, x, mode)
  Setter to = toSet(ev, call);
  if (!to.object) return to.failed;
  Descriptor x = descriptor(ev, call, 1);
  Object* dims = asObject(x.get("dims"));
  if (!dims) {
    set(ev, to.object, "dims", open(call.at, "the descriptor it is derived from is not known", x.why));
    return ok();
  }
  std::vector<Value> derived;
  const bool spatial = ev.integer(call.value(2)).value_or(1) != 0;
  for (std::size_t i = 0; i < dims->items.size(); ++i)
    derived.push_back(i == 0 || (i > 1 && spatial) ? Value(std::int64_t{1}) : dims->items[i]->value());
  set(ev, to.object, "dims", ev.heap.sequence(std::move(derived)));
  set(ev, to.object, "dtype", x.get("dtype"));
  return ok();
}

// ---- reading them back
Result get4d(Evaluator& ev,
             const LibraryCall& call) { // tensor: type, n, c, h, w, strides; filter: type, format, k, c, h, w
  Descriptor d = descriptor(ev, call, 0);
  const std::size_t first = call.name.contains("Filter") ? 3 : 2;
  give(ev, call.value(1), d.get("dtype"));
  Object* dims = asObject(d.get("dims"));
  std::vector<Value> sizes;
  for (std::size_t i = 0; i < 4; ++i) {
    Value size = dims && i < dims->items.size() ? dims->items[i]->value() : open(call.at, "the descriptor's sizes are not known", d.why);
    give(ev, call.value(first + i), size);
    sizes.push_back(std::move(size));
  }
  if (first != 2 || call.size() < 10) return ok();
  Value stride = std::int64_t{1};
  for (std::size_t i = 4; i-- > 0;) {
    give(ev, call.value(6 + i), stride);
    auto a = ev.integer(stride), b = ev.integer(sizes[i]);
    stride = a && b ? Value(mulClamped(*a, *b)) : open(call.at, "the descriptor's strides are not known");
  }
  return ok();
}

Result getNd(Evaluator& ev,
             const LibraryCall& call) { // tensor: wanted, type, n, dims, strides; filter: wanted, type, format, n, dims
  Descriptor d = descriptor(ev, call, 0);
  const std::size_t count = call.name.contains("Filter") ? 4 : 3;
  give(ev, call.value(2), d.get("dtype"));
  if (auto sizes = ev.integers(d.get("dims"))) {
    give(ev, call.value(count), static_cast<std::int64_t>(sizes->size()));
    fillArray(ev, call.value(count + 1), *sizes);
    Ints strides(sizes->size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = mulClamped(strides[i], (*sizes)[i]);
    if (count == 3 && call.size() > 5) fillArray(ev, call.value(5), strides);
  } else {
    give(ev, call.value(count), open(call.at, "the descriptor's sizes are not known", d.why));
  }
  return ok();
}

Result sizeInBytes(Evaluator& ev, const LibraryCall& call) {
  Operation operation(ev, call);
  const TensorType type = operation.type(0, "descriptor");
  give(ev, call.value(1), operation.good() ? Value(type.bytes()) : open(call.at, "the descriptor's sizes are not known"));
  return operation.answer();
}

/// The output sizes of a convolution or pooling, as the registry's rule gives them.
Result outputDim(Evaluator& ev, const LibraryCall& call) {
  Operation operation(ev, call);
  const bool pooling = call.name.contains("Pooling"), many = call.name.contains("Nd");
  const Descriptor d = operation.parameters(0, pooling ? "pooling descriptor" : "convolution descriptor");
  const TensorType input = operation.type(1, "input descriptor");
  TensorType weight;
  if (!pooling) weight = operation.type(2, "filter descriptor");
  const std::size_t first = (pooling ? 2 : 3) + (many ? 1 : 0);
  auto lose = [&](WhyRef because) {
    for (std::size_t i = first; i < call.size(); ++i) give(ev, call.value(i), open(call.at, "the output's sizes are not known", because));
  };
  const char* what = pooling ? "pooling descriptor" : "convolution descriptor";
  std::vector<Value> arguments = {ev.makeTensor(input)};
  if (pooling)
    arguments.insert(arguments.end(), {Value(Text("max")), operation.field(d, "window", what), d.get("padding"), d.get("stride")});
  else
    arguments.insert(arguments.end(),
                     {ev.makeTensor(weight), operation.field(d, "padding", what), d.get("stride"), d.get("dilation"), d.get("groups")});
  if (!operation.good()) {
    lose(nullptr);
    return operation.answer();
  }
  const ops::Operator* op = ops::find(pooling ? "cudnn::pooling_forward" : "cudnn::convolution_forward");
  std::vector<Argument> known;
  arguments.resize(op->parameters().size(), Nothing{});
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ops::Parameter& p = op->parameters()[i];
    known.push_back(isNothing(arguments[i]) && p.hasDefault ? p.defaultValue : ev.argument(p, arguments[i]));
  }
  const ops::Answer answer = ops::evaluate(*op, known);
  if (auto* misuse = std::get_if<ops::Misuse>(&answer)) operation.wrong(misuse->sentence);
  if (std::get_if<ops::Unknown>(&answer)) operation.open("the " + std::string(what) + " is not known");
  auto* effect = std::get_if<ops::Effect>(&answer);
  if (!effect) {
    lose(nullptr);
    return operation.answer();
  }
  const Shape& shape = effect->outputs[0].shape;
  if (many)
    fillArray(ev, call.value(first), shape);
  else
    for (std::size_t i = 0; i < shape.size() && first + i < call.size(); ++i) give(ev, call.value(first + i), shape[i]);
  return ok();
}

// ---- what a device decides: any number does, since nothing but memory hangs on it
constexpr std::int64_t someBytes = 1 << 20;

/// A stand-in's declaration that takes anything says nothing of its arguments: pointers to numbers among them.
void giveUndeclared(Evaluator& ev, const LibraryCall& call, const Value& value) {
  for (std::size_t i = call.callee->getNumParams(); i < call.size(); ++i)
    if (auto* p = as<Pointer>(call.value(i)); p && p->target && !asObject(p->target->value()) && !as<Pointer>(p->target->value()))
      give(ev, call.value(i), value);
}

Result workspace(Evaluator& ev, const LibraryCall& call) { // the last pointers to size_t
  for (std::size_t i = 0; i < call.size() && i < call.callee->getNumParams(); ++i) {
    const clang::QualType type = call.callee->getParamDecl(static_cast<unsigned>(i))->getType();
    if (type->isPointerType() && type->getPointeeType()->isIntegerType() && !type->getPointeeType().isConstQualified())
      give(ev, call.value(i), someBytes);
  }
  giveUndeclared(ev, call, someBytes);
  return ok();
}

Result algorithm(Evaluator& ev, const LibraryCall& call) { // cudnnGetConvolution...Algorithm(..., &algorithm)
  give(ev, call.value(call.size() - 1), std::int64_t{1});
  return ok();
}

Result algorithms(Evaluator& ev,
                  const LibraryCall& call) { // ..., wanted, &given, results[, workspace, bytes]
  const std::size_t results = call.name.ends_with("Ex") ? call.size() - 3 : call.size() - 1;
  give(ev, call.value(results - 1), std::int64_t{1});
  auto* p = as<Pointer>(call.value(results));
  if (!p || p->isNull()) return ok();
  if (Object* first = ev.object(call.value(results)); first && first->kind == Object::Kind::Record) {
    set(ev, first, "algo", std::int64_t{1});
    set(ev, first, "status", success);
    set(ev, first, "time", 1.0);
    set(ev, first, "memory", someBytes);
    set(ev, first, "determinism", std::int64_t{1});
    set(ev, first, "mathType", std::int64_t{0});
  }
  return ok();
}
Result fewAlgorithms(Evaluator& ev, const LibraryCall& call) {
  give(ev, call.value(1), std::int64_t{8});
  return ok();
}
Result version(Evaluator&, const LibraryCall& call) { return open(call.at, "the version of cuDNN is known at run time"); }

/// A call that returns a status and is not modelled: what it may have written is open.
Result notModelled(Evaluator& ev, const LibraryCall& call) {
  ev.noteUnknownFunction(call.name);
  ensureRun(ev, call.at);
  const Value lost = ev.unknown(call.at, "the tool does not model " + call.name.str());
  for (std::size_t i = 0; i < call.size() && i < call.callee->getNumParams(); ++i) {
    const clang::QualType type = call.callee->getParamDecl(static_cast<unsigned>(i))->getType();
    if (type->isPointerType() && type->getPointeeType()->isArithmeticType() && !type->getPointeeType().isConstQualified())
      give(ev, call.value(i), lost);
  }
  giveUndeclared(ev, call, lost);
  return ok();
}
Result nothingHappens(Evaluator&, const LibraryCall&) { return ok(); }
} // namespace

void registerCudnnDescriptors(Library& library) {
  constexpr const char* kinds[] = {"Tensor",  "Filter",   "Convolution",  "Pooling", "LRN",     "Activation",
                                   "Dropout", "OpTensor", "ReduceTensor", "RNN",     "RNNData", "SpatialTransformer",
                                   "CTCLoss", "SeqData",  "Attn"};
  for (const char* kind : kinds) {
    library.function(std::string("cudnnCreate") + kind + "Descriptor", create);
    library.function(std::string("cudnnDestroy") + kind + "Descriptor", nothingHappens);
  }
  constexpr std::pair<const char*, Handler> table[] = {{"cudnnSetTensor4dDescriptor", tensor4d},
                                                       {"cudnnSetTensor4dDescriptorEx", tensor4dEx},
                                                       {"cudnnSetTensorNdDescriptor", tensorNd},
                                                       {"cudnnSetTensorNdDescriptorEx", tensorNdEx},
                                                       {"cudnnSetFilter4dDescriptor", filter4d},
                                                       {"cudnnSetFilter4dDescriptor_v4", filter4d},
                                                       {"cudnnSetFilterNdDescriptor", filterNd},
                                                       {"cudnnSetConvolution2dDescriptor", convolution2d},
                                                       {"cudnnSetConvolutionNdDescriptor", convolutionNd},
                                                       {"cudnnSetConvolutionGroupCount", groupCount},
                                                       {"cudnnSetPooling2dDescriptor", pooling2d},
                                                       {"cudnnSetPooling2dDescriptor_v4", pooling2d},
                                                       {"cudnnSetPoolingNdDescriptor", poolingNd},
                                                       {"cudnnSetRNNDescriptor", oldRnn},
                                                       {"cudnnSetRNNDescriptor_v6", oldRnn},
                                                       {"cudnnSetRNNDescriptor_v5", oldRnn},
                                                       {"cudnnSetRNNDataDescriptor", rnnData},
                                                       {"cudnnDeriveBNTensorDescriptor", derive},
                                                       {"cudnnGetTensor4dDescriptor", get4d},
                                                       {"cudnnGetFilter4dDescriptor", get4d},
                                                       {"cudnnGetTensorNdDescriptor", getNd},
                                                       {"cudnnGetFilterNdDescriptor", getNd},
                                                       {"cudnnGetTensorSizeInBytes", sizeInBytes},
                                                       {"cudnnGetFilterSizeInBytes", sizeInBytes},
                                                       {"cudnnGetConvolution2dForwardOutputDim", outputDim},
                                                       {"cudnnGetConvolutionNdForwardOutputDim", outputDim},
                                                       {"cudnnGetPooling2dForwardOutputDim", outputDim},
                                                       {"cudnnGetPoolingNdForwardOutputDim", outputDim},
                                                       {"cudnnGetVersion", version},
                                                       {"cudnnGetCudartVersion", version}};
  for (const auto& [name, handler] : table) library.function(name, handler);
  for (const Fields& entry : plain) library.function(entry.function, setFields);
  for (const char* direction : {"Forward", "BackwardFilter", "BackwardData"}) {
    const std::string name = std::string("Convolution") + direction;
    library.function("cudnnGet" + name + "WorkspaceSize", workspace);
    library.function("cudnnGet" + name + "Algorithm", algorithm);
    library.function("cudnnGet" + name + "AlgorithmMaxCount", fewAlgorithms);
    for (const char* search : {"Algorithm", "AlgorithmEx"}) library.function("cudnnFind" + name + search, algorithms);
    library.function("cudnnGet" + name + "Algorithm_v7", algorithms);
  }
  for (const char* name :
       {"cudnnDropoutGetStatesSize", "cudnnDropoutGetReserveSpaceSize", "cudnnGetReductionWorkspaceSize", "cudnnGetReductionIndicesSize",
        "cudnnGetRNNParamsSize", "cudnnGetRNNWorkspaceSize", "cudnnGetRNNTrainingReserveSize", "cudnnGetRNNTempSpaceSizes",
        "cudnnGetRNNWeightSpaceSize", "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize",
        "cudnnGetBatchNormalizationBackwardExWorkspaceSize", "cudnnGetBatchNormalizationTrainingExReserveSpaceSize",
        "cudnnGetCTCLossWorkspaceSize", "cudnnGetMultiHeadAttnBuffers"})
    library.function(name, workspace);
  for (const char* name : {"cudnnDestroy",
                           "cudnnSetStream",
                           "cudnnGetStream",
                           "cudnnSetConvolutionMathType",
                           "cudnnGetConvolutionMathType",
                           "cudnnSetConvolutionReorderType",
                           "cudnnSetRNNMatrixMathType",
                           "cudnnSetRNNBiasMode",
                           "cudnnSetRNNPaddingMode",
                           "cudnnGetLastErrorString",
                           "cudnnCreatePersistentRNNPlan",
                           "cudnnSetPersistentRNNPlan",
                           "cudnnSetCallback",
                           "cudnnGetRNNLinLayerMatrixParams",
                           "cudnnGetRNNLinLayerBiasParams",
                           "cudnnGetRNNWeightParams",
                           "cudnnRNNSetClip",
                           "cudnnSetCTCLossDescriptor",
                           "cudnnSetCTCLossDescriptorEx",
                           "cudnnSetAttnDescriptor",
                           "cudnnSetSeqDataDescriptor",
                           "cudnnSetSpatialTransformerNdDescriptor",
                           "cudnnSetTensorTransformDescriptor",
                           "cudnnBackendSetAttribute",
                           "cudnnBackendFinalize",
                           "cudnnBackendCreateDescriptor",
                           "cudnnBackendDestroyDescriptor"})
    library.function(name, nothingHappens);
  library.function("cudnnStatus_t()", notModelled);
  library.function("cublasStatus_t()", notModelled);
}

} // namespace cobra::interp
