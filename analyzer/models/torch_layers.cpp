// The layers of torch::nn: what each forward runs, one line a layer.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_layer.h"

#include "llvm/ADT/StringMap.h"

namespace cobra::interp {

namespace torch_model {

namespace {
constexpr LayerRow rows[] = {
    // activations
    {"ReLU", "relu", "aten::relu", "aten::relu_", "input"},
    {"ReLU6", "relu6", "aten::relu6", "aten::relu6_", "input"},
    {"SELU", "selu", "aten::selu", "aten::selu_", "input"},
    {"SiLU", "silu", "aten::silu", nullptr, "input"},
    {"Mish", "mish", "aten::mish", nullptr, "input"},
    {"Sigmoid", "sigmoid", "aten::sigmoid", nullptr, "input"},
    {"Tanh", "tanh", "aten::tanh", nullptr, "input"},
    {"LogSigmoid", "logsigmoid", "aten::log_sigmoid", nullptr, "input"},
    {"ELU", "elu", "aten::elu", "aten::elu_", "input alpha"},
    {"CELU", "celu", "aten::celu", "aten::celu_", "input alpha"},
    {"GELU", "gelu", "aten::gelu", nullptr, "input approximate"},
    {"LeakyReLU", "leaky_relu", "aten::leaky_relu", "aten::leaky_relu_", "input negative_slope"},
    {"Hardtanh", "hardtanh", "aten::hardtanh", "aten::hardtanh_", "input min_val max_val"},
    {"Hardshrink", "hardshrink", "aten::hardshrink", nullptr, "input lambda"},
    {"Softshrink", "softshrink", "aten::softshrink", nullptr, "input lambda"},
    {"Softplus", "softplus", "aten::softplus", nullptr, "input beta threshold"},
    {"Threshold", "threshold", "aten::threshold", "aten::threshold_", "input threshold value"},
    {"GLU", "glu", "aten::glu", nullptr, "input dim"},
    {"Softmax", "softmax", "aten::softmax.int", nullptr, "input dim dtype"},
    {"LogSoftmax", "log_softmax", "aten::log_softmax.int", nullptr, "input dim dtype"},
    {"RReLU", "rrelu", "aten::rrelu", "aten::rrelu_", "input lower upper training"},
    {"PReLU", "prelu", "aten::prelu", nullptr, "input weight"},
    // dropout
    {"Dropout", "dropout", "aten::dropout", "aten::dropout_", "input p training"},
    {"Dropout2d", "dropout2d", "aten::feature_dropout", "aten::feature_dropout_", "input p training"},
    {"Dropout3d", "dropout3d", "aten::feature_dropout", "aten::feature_dropout_", "input p training"},
    {"AlphaDropout", "alpha_dropout", "aten::alpha_dropout", "aten::alpha_dropout_", "input p training"},
    {"FeatureAlphaDropout", "feature_alpha_dropout", "aten::feature_alpha_dropout", "aten::feature_alpha_dropout_", "input p training"},
    // pooling
    {"MaxPool1d", "max_pool1d", "aten::max_pool1d", nullptr, "input kernel_size:1 stride:1 padding:1 dilation:1 ceil_mode"},
    {"MaxPool2d", "max_pool2d", "aten::max_pool2d", nullptr, "input kernel_size:2 stride:2 padding:2 dilation:2 ceil_mode"},
    {"MaxPool3d", "max_pool3d", "aten::max_pool3d", nullptr, "input kernel_size:3 stride:3 padding:3 dilation:3 ceil_mode"},
    {"AvgPool1d", "avg_pool1d", "aten::avg_pool1d", nullptr, "input kernel_size:1 stride:1 padding:1 ceil_mode count_include_pad"},
    {"AvgPool2d", "avg_pool2d", "aten::avg_pool2d", nullptr,
     "input kernel_size:2 stride:2 padding:2 ceil_mode count_include_pad divisor_override"},
    {"AvgPool3d", "avg_pool3d", "aten::avg_pool3d", nullptr,
     "input kernel_size:3 stride:3 padding:3 ceil_mode count_include_pad divisor_override"},
    // normalization
    {"LayerNorm", "layer_norm", "aten::layer_norm", nullptr, "input normalized_shape ?weight ?bias eps"},
    {"GroupNorm", "group_norm", "aten::group_norm", nullptr, "input num_groups ?weight ?bias eps"},
    // shapes
    {"Flatten", nullptr, "aten::flatten.using_ints", nullptr, "input start_dim end_dim"},
    {"Unflatten", nullptr, "aten::unflatten.int", nullptr, "input dim sizes"},
    {"PixelShuffle", "pixel_shuffle", "aten::pixel_shuffle", nullptr, "input upscale_factor"},
    {"PixelUnshuffle", "pixel_unshuffle", "aten::pixel_unshuffle", nullptr, "input downscale_factor"},
    {"Fold", "fold", "aten::col2im", nullptr, "input output_size:2 kernel_size:2 dilation:2 padding:2 stride:2"},
    {"Unfold", "unfold", "aten::im2col", nullptr, "input kernel_size:2 dilation:2 padding:2 stride:2"},
    // distances and others
    {"Bilinear", "bilinear", "aten::bilinear", nullptr, "input second weight ?bias"},
    {"CosineSimilarity", "cosine_similarity", "aten::cosine_similarity", nullptr, "input second dim eps"},
    {"PairwiseDistance", "pairwise_distance", "aten::pairwise_distance", nullptr, "input second p eps keepdim"},
    {nullptr, "pdist", "aten::pdist", nullptr, "input p"},
    {nullptr, "one_hot", "aten::one_hot", nullptr, "input num_classes"},
    {nullptr, "affine_grid", "aten::affine_grid_generator", nullptr, "input size align_corners"},
};
} // namespace

llvm::ArrayRef<LayerRow> layerRows() { return rows; }

} // namespace torch_model

using namespace torch_model;

namespace {
struct Table {
  llvm::StringMap<const LayerRow*> rows;
  llvm::StringMap<LayerRule> cases;
};
/// "Conv2d" stands for "torch::nn::Conv2dImpl::forward"; members of other names and of base classes are spelt out.
std::string moduleForward(llvm::StringRef module) {
  return ("torch::nn::" + module + (module.contains("::") ? "" : "Impl::forward")).str();
}
std::string functional(const char* function) { return std::string("torch::nn::functional::") + function; }

const Table& table() {
  static const Table made = [] {
    Table t;
    for (llvm::ArrayRef<LayerRow> rows : {layerRows(), lossRows()})
      for (const LayerRow& row : rows) {
        if (row.module) t.rows[moduleForward(row.module)] = &row;
        if (row.function) t.rows[functional(row.function)] = &row;
      }
    for (llvm::ArrayRef<LayerCase> cases : {layerCases(), samplingCases(), lossCases()})
      for (const LayerCase& c : cases) {
        if (c.module) t.cases[moduleForward(c.module)] = c.rule;
        if (c.function) t.cases[functional(c.function)] = c.rule;
      }
    return t;
  }();
  return made;
}

Result layer(Evaluator& ev, const LibraryCall& call) {
  Layer l(ev, call);
  if (auto rule = table().cases.find(call.name); rule != table().cases.end()) return rule->second(l);
  if (auto row = table().rows.find(call.name); row != table().rows.end()) return runRow(l, *row->second);
  return notModelled(ev, call);
}
} // namespace

void registerTorchLayers(Library& library) {
  for (auto& entry : table().rows) library.function(entry.getKey(), layer);
  for (auto& entry : table().cases) library.function(entry.getKey(), layer);
}

} // namespace cobra::interp
