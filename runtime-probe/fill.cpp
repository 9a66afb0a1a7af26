#include "runtime-probe/fill.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

namespace cobra::probe {
namespace {

/// One call as the rules below look at it. Whatever is missing or of another kind reads as 1, so that a wrong
/// call is still filled and LibTorch itself says what is wrong.
struct CallView {
  const ops::Operator& op;
  std::span<const Argument> arguments;
  std::size_t item;

  const Argument* argument(std::string_view name) const {
    int at = op.indexOf(name);
    return at < 0 || static_cast<std::size_t>(at) >= arguments.size() ? nullptr : &arguments[at];
  }
  const TensorType* tensor(std::string_view name) const {
    const Argument* a = argument(name);
    return a ? std::get_if<TensorType>(a) : nullptr;
  }
  std::int64_t integer(std::string_view name) const {
    const Argument* a = argument(name);
    const auto* value = a ? std::get_if<std::int64_t>(a) : nullptr;
    return value ? *value : 1;
  }
  /// Size of dimension `dim` of a tensor; negative ones count from the end.
  std::int64_t size(std::string_view name, std::int64_t dim) const {
    const TensorType* type = tensor(name);
    if (!type) return 1;
    if (dim < 0) dim += type->rank();
    return dim >= 0 && dim < type->rank() ? type->shape[dim] : 1;
  }
  std::int64_t elements(std::string_view name) const {
    const TensorType* type = tensor(name);
    return type ? type->elements() : 1;
  }
};

using Rule = Values (*)(const CallView&);

Values below(std::int64_t size) { return {Values::Form::Uniform, 0, static_cast<double>(std::max<std::int64_t>(size, 1)), false}; }
Values between(double low, double high) { return {Values::Form::Uniform, low, high, false}; }

Values alongDim(const CallView& call) { return below(call.size("self", call.integer("dim"))); }
Values unitInterval(const CallView&) { return between(0.01, 0.99); }
Values symmetric(const CallView&) { return between(-0.99, 0.99); }
Values positive(const CallView&) { return between(0.1, 2); }
Values classes(const CallView& call) {
  const TensorType* scores = call.tensor("self");
  return below(call.size("self", scores && scores->rank() > 1 ? 1 : 0));
}
Values labels(const CallView& call) { // class numbers, or probabilities where the target is floating
  const TensorType* target = call.tensor("target");
  return target && isFloating(target->dtype) ? unitInterval(call) : classes(call);
}
/// Where the item-th index of x.index({...}) points: one dimension for an integer tensor, several for a mask
/// before it.
Values subscript(const CallView& call) {
  const Argument* argument = call.argument("indices");
  const auto* list = argument ? std::get_if<TensorList>(argument) : nullptr;
  std::int64_t dim = 0;
  for (std::size_t i = 0; list && i < std::min(call.item, list->size()); ++i) {
    const auto& index = (*list)[i];
    dim += index && index->dtype == DType::Bool ? index->rank() : 1;
  }
  return below(call.size("self", dim));
}
Values spatial(const CallView& call) { // positions in the flattened output of unpooling
  const Argument* argument = call.argument("output_size");
  const auto* sizes = argument ? std::get_if<std::vector<std::int64_t>>(argument) : nullptr;
  std::int64_t product = 1;
  if (sizes)
    for (std::int64_t size : *sizes) product = mulClamped(product, std::max<std::int64_t>(size, 1));
  return below(product);
}
Values packed(const CallView& call) { // equal lengths: every step holds the same number of rows
  std::int64_t steps = std::max<std::int64_t>(call.elements("batch_sizes"), 1);
  return {Values::Form::Constant, static_cast<double>(call.size("data", 0) / steps), 0, true};
}
Values ascending(double high) { return {Values::Form::Ascending, 0, high, false}; }
Values definite(const CallView&) { return {Values::Form::PositiveDefinite, 0, 1, false}; }

struct Entry {
  std::string_view op; // without "aten::" and without the underscore of an in-place form
  std::string_view parameter;
  Rule rule;
};

constexpr std::array entries = {
    Entry{"embedding", "indices", [](const CallView& c) { return below(c.size("weight", 0)); }},
    Entry{"embedding_bag", "indices", [](const CallView& c) { return below(c.size("weight", 0)); }},
    Entry{"embedding_bag", "offsets", [](const CallView& c) { return ascending(double(c.elements("indices"))); }},
    Entry{"embedding_renorm", "indices", [](const CallView& c) { return below(c.size("self", 0)); }},
    Entry{"gather", "index", alongDim},
    Entry{"scatter", "index", alongDim},
    Entry{"scatter_add", "index", alongDim},
    Entry{"scatter_reduce", "index", alongDim},
    Entry{"index_select", "index", alongDim},
    Entry{"index_add", "index", alongDim},
    Entry{"index_copy", "index", alongDim},
    Entry{"index_fill", "index", alongDim},
    Entry{"index_reduce", "index", alongDim},
    Entry{"take_along_dim", "indices", alongDim},
    Entry{"take", "index", [](const CallView& c) { return below(c.elements("self")); }},
    Entry{"put", "index", [](const CallView& c) { return below(c.elements("self")); }},
    Entry{"index", "indices", subscript},
    Entry{"index_put", "indices", subscript},
    Entry{"_index_put_impl", "indices", subscript},
    Entry{"one_hot", "self", [](const CallView& c) { return below(c.integer("num_classes")); }},
    Entry{"nll_loss", "target", classes},
    Entry{"nll_loss_nd", "target", classes},
    Entry{"nll_loss2d", "target", classes},
    Entry{"nll_loss_forward", "target", classes},
    Entry{"cross_entropy_loss", "target", labels},
    Entry{"multi_margin_loss", "target", classes},
    Entry{"multilabel_margin_loss", "target", classes},
    Entry{"ctc_loss", "targets", [](const CallView& c) { return between(1, double(c.size("log_probs", -1))); }},
    Entry{"max_unpool2d", "indices", spatial},
    Entry{"max_unpool3d", "indices", spatial},
    Entry{"binary_cross_entropy", "self", unitInterval},
    Entry{"binary_cross_entropy", "target", unitInterval},
    Entry{"binary_cross_entropy_with_logits", "target", unitInterval},
    Entry{"kl_div", "target", unitInterval},
    Entry{"poisson_nll_loss", "target", positive},
    Entry{"gaussian_nll_loss", "var", positive},
    Entry{"batch_norm", "running_var", positive},
    Entry{"native_batch_norm", "running_var", positive},
    Entry{"_native_batch_norm_legit_no_training", "running_var", positive},
    Entry{"cudnn_batch_norm", "running_var", positive},
    Entry{"instance_norm", "running_var", positive},
    Entry{"log", "self", positive},
    Entry{"log2", "self", positive},
    Entry{"log10", "self", positive},
    Entry{"log1p", "self", positive},
    Entry{"sqrt", "self", positive},
    Entry{"rsqrt", "self", positive},
    Entry{"pow", "self", positive},
    Entry{"lgamma", "self", positive},
    Entry{"digamma", "self", positive},
    Entry{"normal", "std", positive},
    Entry{"poisson", "self", positive},
    Entry{"xlogy", "other", positive},
    Entry{"bernoulli", "self", unitInterval},
    Entry{"multinomial", "self", unitInterval},
    Entry{"logit", "self", unitInterval},
    Entry{"asin", "self", symmetric},
    Entry{"acos", "self", symmetric},
    Entry{"atanh", "self", symmetric},
    Entry{"erfinv", "self", symmetric},
    Entry{"acosh", "self", [](const CallView&) { return between(1.1, 3); }},
    Entry{"grid_sampler", "grid", symmetric},
    Entry{"grid_sampler_2d", "grid", symmetric},
    Entry{"grid_sampler_3d", "grid", symmetric},
    Entry{"bucketize", "boundaries", [](const CallView&) { return ascending(4); }},
    Entry{"searchsorted", "sorted_sequence", [](const CallView&) { return ascending(4); }},
    Entry{"cholesky", "self", definite},
    Entry{"linalg_cholesky", "self", definite},
    Entry{"linalg_cholesky_ex", "self", definite},
    Entry{"cholesky_inverse", "self", definite},
    Entry{"lstm", "batch_sizes", packed},
    Entry{"gru", "batch_sizes", packed},
    Entry{"rnn_tanh", "batch_sizes", packed},
    Entry{"rnn_relu", "batch_sizes", packed},
    Entry{"_pad_packed_sequence", "batch_sizes", packed},
    Entry{"_pack_padded_sequence", "lengths",
          [](const CallView& c) {
            bool batchFirst = false;
            if (const Argument* a = c.argument("batch_first"))
              if (const bool* value = std::get_if<bool>(a)) batchFirst = *value;
            return Values{Values::Form::Constant, double(c.size("input", batchFirst ? 1 : 0)), 0, true};
          }},
};

std::string_view bareName(const ops::Operator& op) {
  std::string_view name = op.name();
  if (auto colons = name.find("::"); colons != std::string_view::npos) name.remove_prefix(colons + 2);
  if (name.size() > 1 && name.back() == '_') name.remove_suffix(1);
  return name;
}

struct DTypePair {
  DType ours;
  c10::ScalarType theirs;
};
constexpr std::array dtypes = {
    DTypePair{DType::Float32, c10::kFloat},
    DTypePair{DType::Float64, c10::kDouble},
    DTypePair{DType::Float16, c10::kHalf},
    DTypePair{DType::BFloat16, c10::kBFloat16},
    DTypePair{DType::Int64, c10::kLong},
    DTypePair{DType::Int32, c10::kInt},
    DTypePair{DType::Int16, c10::kShort},
    DTypePair{DType::Int8, c10::kChar},
    DTypePair{DType::UInt8, c10::kByte},
    DTypePair{DType::Bool, c10::kBool},
    DTypePair{DType::Complex64, c10::kComplexFloat},
    DTypePair{DType::Complex128, c10::kComplexDouble},
};

/// Random numbers of a dtype, on the CPU: what fills the start of a tensor before it is repeated.
at::Tensor randomBlock(std::int64_t count, c10::ScalarType type, const Values& values, at::Generator& generator) {
  at::Tensor block = at::empty({count}, at::TensorOptions().dtype(type));
  if (type == c10::kBool) return block.bernoulli_(0.5, generator);
  bool uniform = values.form == Values::Form::Uniform;
  if (c10::isIntegralType(type, false)) {
    auto low = static_cast<std::int64_t>(uniform ? values.low : 1), high = static_cast<std::int64_t>(uniform ? values.high : 9);
    std::int64_t most = byteSize(*registryType(type)) == 1 ? 127 : 32767; // what every such dtype holds
    if (byteSize(*registryType(type)) <= 2) high = std::min(high, most);
    return block.random_(std::min(low, high - 1), high, generator);
  }
  return uniform ? block.uniform_(values.low, values.high, generator) : block.normal_(0, 1, generator);
}

} // namespace

c10::ScalarType scalarType(DType dtype) { return std::ranges::find(dtypes, dtype, &DTypePair::ours)->theirs; }

std::optional<DType> registryType(c10::ScalarType type) {
  auto at = std::ranges::find(dtypes, type, &DTypePair::theirs);
  return at == dtypes.end() ? std::nullopt : std::optional(at->ours);
}

Values valuesFor(const ops::Operator& op, std::span<const Argument> arguments, std::size_t parameter, std::size_t item) {
  std::string_view name = bareName(op), argument = op.parameters()[parameter].name;
  for (const Entry& entry : entries)
    if (entry.op == name && entry.parameter == argument) return entry.rule({op, arguments, item});
  return {};
}

at::Tensor filled(const TensorType& type, const Values& values, c10::Device device, at::Generator& generator) {
  if (values.onHost && !device.is_meta()) device = c10::kCPU;
  c10::ScalarType dtype = scalarType(type.dtype);
  at::Tensor tensor = at::empty(type.shape, at::TensorOptions().dtype(dtype).device(device));
  std::int64_t count = tensor.numel();
  if (device.is_meta() || count == 0) return tensor;
  at::Tensor flat = tensor.view(-1);
  switch (values.form) {
  case Values::Form::Constant: flat.fill_(values.low); return tensor;
  case Values::Form::Ascending: {
    double step = (values.high - values.low) / static_cast<double>(count);
    flat.copy_(at::arange(count, at::TensorOptions().dtype(c10::kDouble)).mul_(step).add_(values.low));
    return tensor;
  }
  default: break;
  }
  // Random numbers are slow to make and quick to copy: the tensor repeats its first 2^18 elements.
  std::int64_t made = std::min<std::int64_t>(count, 1 << 18);
  flat.narrow(0, 0, made).copy_(randomBlock(made, dtype, values, generator));
  while (made < count) {
    std::int64_t more = std::min(made, count - made);
    flat.narrow(0, made, more).copy_(flat.narrow(0, 0, more));
    made += more;
  }
  if (values.form == Values::Form::PositiveDefinite && type.rank() >= 2 && type.shape.end()[-1] == type.shape.end()[-2]) {
    std::int64_t n = type.shape.back();
    tensor.copy_(at::matmul(tensor, tensor.mT()).add_(at::eye(n, tensor.options()).mul_(static_cast<double>(n))));
  }
  return tensor;
}

} // namespace cobra::probe
