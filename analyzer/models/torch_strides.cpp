#include "analyzer/models/torch_strides.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace cobra::interp::torch_model {

namespace {
/// One operator that has run, as a rule sees it.
struct Ran {
  Evaluator& ev;
  const ops::Operator& op;
  const Values& arguments;
  const Tensor& input; // the first tensor argument, or the first one of a list
  const Tensor& output;
  std::size_t piece; // index in a list of outputs

  std::int64_t integer(llvm::StringRef parameter, std::int64_t otherwise) const {
    int i = op.indexOf({parameter.data(), parameter.size()});
    if (i < 0) return otherwise;
    const Value& v = arguments[static_cast<std::size_t>(i)];
    if (isNothing(v)) {
      auto* d = std::get_if<std::int64_t>(&op.parameters()[static_cast<std::size_t>(i)].defaultValue);
      return d ? *d : otherwise;
    }
    return ev.integer(v).value_or(otherwise);
  }
  /// A dimension of the input, from the front.
  std::size_t dim(llvm::StringRef parameter, std::int64_t otherwise, std::int64_t extra = 0) const {
    std::int64_t rank = input.type.rank() + extra, d = integer(parameter, otherwise);
    if (d < 0) d += rank;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(d, 0, std::max<std::int64_t>(rank - 1, 0)));
  }
  std::optional<Ints> integers(llvm::StringRef parameter) const {
    int i = op.indexOf({parameter.data(), parameter.size()});
    return i < 0 ? std::nullopt : ev.integers(arguments[static_cast<std::size_t>(i)]);
  }
};

using Rule = Shape (*)(const Ran&);

Shape swapped(const Ran& r, std::size_t a, std::size_t b) {
  Shape s = stridesOf(r.input);
  if (a < s.size() && b < s.size()) std::swap(s[a], s[b]);
  return s;
}
Shape transpose(const Ran& r) {
  llvm::StringRef first = r.op.indexOf("dim0") >= 0 ? "dim0" : "axis0", second = r.op.indexOf("dim1") >= 0 ? "dim1" : "axis1";
  return swapped(r, r.dim(first, 0), r.dim(second, 1));
}
Shape turn(const Ran& r) { // t, mT
  std::size_t n = r.input.type.shape.size();
  return n < 2 ? stridesOf(r.input) : swapped(r, n - 2, n - 1);
}
Shape reversed(const Ran& r) { // numpy_T
  Shape s = stridesOf(r.input);
  std::reverse(s.begin(), s.end());
  return s;
}
Shape permute(const Ran& r) {
  Shape from = stridesOf(r.input), to;
  for (std::int64_t d : r.integers("dims").value_or(Ints{})) {
    if (d < 0) d += static_cast<std::int64_t>(from.size());
    if (d < 0 || d >= static_cast<std::int64_t>(from.size())) return {};
    to.push_back(from[static_cast<std::size_t>(d)]);
  }
  return to;
}
Shape movedim(const Ran& r) {
  std::optional<Ints> from = r.integers("source"), to = r.integers("destination");
  if (!from || !to || from->size() != 1 || to->size() != 1) return {};
  Shape s = stridesOf(r.input);
  const auto n = static_cast<std::int64_t>(s.size());
  std::int64_t a = from->front() < 0 ? from->front() + n : from->front(), b = to->front() < 0 ? to->front() + n : to->front();
  if (a < 0 || b < 0 || a >= n || b >= n) return {};
  std::int64_t moved = s[static_cast<std::size_t>(a)];
  s.erase(s.begin() + a);
  s.insert(s.begin() + b, moved);
  return s;
}
Shape unsqueeze(const Ran& r) {
  Shape s = stridesOf(r.input);
  std::size_t d = r.dim("dim", 0, 1);
  s.insert(s.begin() + static_cast<std::ptrdiff_t>(d), d < s.size() ? s[d] * r.input.type.shape[d] : 1);
  return s;
}
Shape squeeze(const Ran& r) { // the sizes that are left, in order
  Shape s = stridesOf(r.input), out;
  const Shape &from = r.input.type.shape, &to = r.output.type.shape;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (out.size() < to.size() && (from[i] != 1 || from.size() - i <= to.size() - out.size())) out.push_back(s[i]);
  return out.size() == to.size() ? out : Shape{};
}
Shape select(const Ran& r) { // also unbind
  Shape s = stridesOf(r.input);
  if (!s.empty()) s.erase(s.begin() + static_cast<std::ptrdiff_t>(r.dim("dim", 0)));
  return s;
}
Shape slice(const Ran& r) {
  Shape s = stridesOf(r.input);
  if (!s.empty()) s[r.dim("dim", 0)] *= std::max<std::int64_t>(r.integer("step", 1), 1);
  return s;
}
Shape piece(const Ran& r) { return stridesOf(r.input); } // narrow, chunk, split: alias, detach
Shape expand(const Ran& r) {
  Shape s = stridesOf(r.input), out(r.output.type.shape.size(), 0);
  for (std::size_t i = 0; i < s.size() && i < out.size(); ++i)
    if (std::size_t o = out.size() - 1 - i, f = s.size() - 1 - i; r.input.type.shape[f] == r.output.type.shape[o]) out[o] = s[f];
  return out;
}
Shape reshape(const Ran& r) { return viewStrides(r.input.type.shape, stridesOf(r.input), r.output.type.shape).value_or(Shape{}); }
Shape unfold(const Ran& r) {
  Shape s = stridesOf(r.input);
  if (s.empty()) return {};
  std::size_t d = r.dim("dimension", 0);
  s.push_back(s[d]);
  s[d] *= r.integer("step", 1);
  return s;
}
Shape diagonal(const Ran& r) {
  Shape s = stridesOf(r.input);
  std::size_t a = r.dim("dim1", 0), b = r.dim("dim2", 1);
  if (a == b || std::max(a, b) >= s.size()) return {};
  std::int64_t sum = s[a] + s[b];
  s.erase(s.begin() + static_cast<std::ptrdiff_t>(std::max(a, b)));
  s.erase(s.begin() + static_cast<std::ptrdiff_t>(std::min(a, b)));
  s.push_back(sum);
  return s;
}
Shape meshgrid(const Ran& r) {
  Shape out(r.output.type.shape.size(), 0);
  std::size_t d = r.piece;
  if (int i = r.op.indexOf("indexing"); i >= 0 && d < 2 && out.size() > 1)
    if (r.ev.text(r.arguments[static_cast<std::size_t>(i)]).value_or("ij") == "xy") d = 1 - d;
  if (d < out.size()) out[d] = 1;
  return out;
}

/// Sums of products of two tensors are one bmm: its dimensions of both, of the first and of the second tensor, put into the order asked
/// for.
Shape einsum(const Ran& r) {
  const int e = r.op.indexOf("equation"), t = r.op.indexOf("tensors");
  auto equation = e < 0 ? std::nullopt : r.ev.text(r.arguments[static_cast<std::size_t>(e)]);
  const Object* list = t < 0 ? nullptr : asObject(r.arguments[static_cast<std::size_t>(t)]);
  if (!equation || !list || list->items.size() != 2) return {};
  std::erase(*equation, ' ');
  const auto [operands, wanted] = llvm::StringRef(*equation).split("->");
  const auto [left, right] = operands.split(',');
  if (equation->find("->") == std::string::npos || operands.contains('.')) return {};
  const auto sizeIn = [&](std::size_t operand, llvm::StringRef labels, char label) -> std::int64_t {
    const Tensor* tensor = tensorOf(list->items[operand]->value());
    const std::size_t at = labels.find(label);
    return tensor && at < tensor->type.shape.size() ? tensor->type.shape[at] : 1;
  };
  const bool sums = llvm::any_of(left, [&](char label) { return right.contains(label) && !wanted.contains(label); });
  if (!sums || wanted.size() != r.output.type.shape.size()) return {};
  std::array<std::vector<std::size_t>, 3> groups; // both, first, second
  for (std::size_t d = 0; d < wanted.size(); ++d) {
    const bool first = sizeIn(0, left, wanted[d]) != 1, second = sizeIn(1, right, wanted[d]) != 1;
    groups[first ? (second ? 0 : 1) : 2].push_back(d);
  }
  // Where all of the second stand before those of the first, LibTorch multiplies the other way round.
  if (!groups[1].empty() && !groups[2].empty() && groups[2].back() < groups[1].front()) std::swap(groups[1], groups[2]);
  Shape out(wanted.size(), 1);
  std::int64_t next = 1;
  for (std::size_t g = groups.size(); g-- > 0;)
    for (std::size_t i = groups[g].size(); i-- > 0;) {
      out[groups[g][i]] = next;
      next = mulClamped(next, r.output.type.shape[groups[g][i]]);
    }
  return out;
}

/// True if the elements fill a block of memory, in some order of the dimensions.
bool isDense(const Shape& shape, const Shape& strides) {
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return strides[a] < strides[b]; });
  std::int64_t next = 1;
  for (std::size_t i : order) {
    if (shape[i] == 1) continue;
    if (strides[i] != next) return false;
    next = mulClamped(next, shape[i]);
  }
  return true;
}
Shape preserved(const Ran& r) { // clone, to: torch.preserve_format
  std::int64_t format = r.integer("memory_format", 1);
  const Shape& n = r.output.type.shape;
  if (format == 2 && n.size() == 4) return {n[1] * n[2] * n[3], 1, n[3] * n[1], n[1]}; // channels_last
  if (format == 0 || r.input.type.shape != n) return {};
  Shape s = stridesOf(r.input);
  return isDense(n, s) ? s : Shape{};
}

/// Strides that TensorIterator gives a fresh output: it keeps the order of the inputs' dimensions (aten/src/ATen/TensorIterator.cpp).
Shape elementwise(const Ran& r) {
  const Shape& shape = r.output.type.shape;
  const std::size_t n = shape.size();
  std::vector<Shape> inputs;
  bool allContiguous = true;
  for (std::size_t i = 0; i < r.arguments.size(); ++i) {
    const Tensor* t = tensorOf(r.arguments[i]);
    if (!t || t->type.shape.size() > n) continue;
    Shape from = stridesOf(*t), s(n, 0);
    for (std::size_t k = 0; k < from.size(); ++k) {
      std::size_t to = n - from.size() + k;
      s[to] = t->type.shape[k] == 1 && shape[to] != 1 ? 0 : from[k];
    }
    allContiguous &= isContiguous(*t);
    inputs.push_back(std::move(s));
  }
  if (allContiguous || n < 2) return {};
  auto order = [&](std::size_t a, std::size_t b) {
    for (const Shape& s : inputs) {
      if (s[a] == 0 || s[b] == 0) continue;
      if (s[a] != s[b]) return s[a] < s[b] ? -1 : 1;
      if (shape[a] > shape[b]) return 1;
    }
    return 0;
  };
  std::vector<std::size_t> fastest(n);
  for (std::size_t i = 0; i < n; ++i) fastest[i] = n - 1 - i;
  for (std::size_t i = 1; i < n; ++i)
    for (std::size_t at = i, before = i; before-- > 0;) {
      int c = order(fastest[before], fastest[at]);
      if (c < 0) break;
      if (c > 0) {
        std::swap(fastest[before], fastest[at]);
        at = before;
      }
    }
  Shape out(n);
  std::int64_t next = 1;
  for (std::size_t d : fastest) {
    out[d] = next;
    next = mulClamped(next, shape[d]);
  }
  return out;
}
Shape imageFormat(const Ran& r) {
  const Shape& n = r.output.type.shape;
  if (n.size() != 4 || isContiguous(r.input) || !isChannelsLast(r.input)) return {};
  return {n[1] * n[2] * n[3], 1, n[3] * n[1], n[1]};
}
Shape recurrent(const Ran& r) { // [B, T, H], made as [T, B, H] and transposed
  const Shape& n = r.output.type.shape;
  if (r.piece != 0 || n.size() != 3 || r.integer("batch_first", 0) == 0) return {};
  return {n[2], n[0] * n[2], 1};
}
Shape identity(const Ran& r) { // dropout in inference gives its input
  return r.integer("train", 0) ? elementwise(r) : stridesOf(r.input);
}

const llvm::StringMap<Rule>& rules() {
  static const llvm::StringMap<Rule> table = [] {
    llvm::StringMap<Rule> t = {{"transpose", transpose},
                               {"swapaxes", transpose},
                               {"swapdims", transpose},
                               {"transpose_", transpose},
                               {"t", turn},
                               {"mT", turn},
                               {"adjoint", turn},
                               {"numpy_T", reversed},
                               {"permute", permute},
                               {"movedim", movedim},
                               {"moveaxis", movedim},
                               {"unsqueeze", unsqueeze},
                               {"squeeze", squeeze},
                               {"select", select},
                               {"unbind", select},
                               {"slice", slice},
                               {"narrow", piece},
                               {"chunk", piece},
                               {"split", piece},
                               {"split_with_sizes", piece},
                               {"tensor_split", piece},
                               {"hsplit", piece},
                               {"vsplit", piece},
                               {"alias", piece},
                               {"detach", piece},
                               {"expand", expand},
                               {"expand_as", expand},
                               {"broadcast_to", expand},
                               {"view", reshape},
                               {"reshape", reshape},
                               {"flatten", reshape},
                               {"unflatten", reshape},
                               {"view_as", reshape},
                               {"reshape_as", reshape},
                               {"ravel", reshape},
                               {"_unsafe_view", reshape},
                               {"unfold", unfold},
                               {"diagonal", diagonal},
                               {"meshgrid", meshgrid},
                               {"einsum", einsum},
                               {"clone", preserved},
                               {"to", preserved},
                               {"type_as", preserved},
                               {"empty_like", preserved},
                               {"zeros_like", preserved},
                               {"ones_like", preserved},
                               {"full_like", preserved},
                               {"rand_like", preserved},
                               {"randn_like", preserved},
                               {"lstm", recurrent},
                               {"gru", recurrent},
                               {"rnn_tanh", recurrent},
                               {"rnn_relu", recurrent},
                               {"dropout", identity},
                               {"feature_dropout", identity},
                               {"alpha_dropout", identity},
                               {"feature_alpha_dropout", identity}};
    for (const char* name :
         {"abs",         "acos",        "add",         "addcdiv",     "addcmul",      "asin",        "atan",      "atan2",
          "bitwise_and", "bitwise_not", "bitwise_or",  "ceil",        "celu",         "clamp",       "clamp_max", "clamp_min",
          "copysign",    "cos",         "cosh",        "div",         "elu",          "eq",          "erf",       "erfc",
          "exp",         "expm1",       "flip",        "floor",       "floor_divide", "fmod",        "frac",      "ge",
          "gelu",        "gt",          "hardshrink",  "hardsigmoid", "hardswish",    "hardtanh",    "isinf",     "isnan",
          "le",          "leaky_relu",  "lerp",        "log",         "log10",        "log1p",       "log2",      "logical_and",
          "logical_not", "logical_or",  "logical_xor", "logit",       "lt",           "masked_fill", "maximum",   "minimum",
          "mish",        "mul",         "ne",          "neg",         "pow",          "reciprocal",  "relu",      "relu6",
          "remainder",   "round",       "rsqrt",       "rsub",        "selu",         "sigmoid",     "sign",      "silu",
          "sin",         "sinh",        "softplus",    "softshrink",  "sqrt",         "square",      "sub",       "tan",
          "tanh",        "threshold",   "true_divide", "trunc",       "where",        "xlogy"})
      t[name] = elementwise;
    for (const char* name : {"conv2d", "conv_transpose2d", "batch_norm", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d",
                             "adaptive_max_pool2d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d", "group_norm"})
      t[name] = imageFormat;
    return t;
  }();
  return table;
}

Tensor* rootOf(Tensor* t) { return t->base ? t->base : t; }

/// What an operator in place changes beside its own tensor: the memory it is a view of.
void noteWrite(Evaluator& ev, Tensor* written) {
  Tensor* root = rootOf(written);
  ++ev.heap.edit(root).version;
  if (root == written) return;
  Tensor& edited = ev.heap.edit(root);
  edited.contents.reset();
  if (written->source.kind == Source::Kind::Step) edited.source = written->source; // later readers of the base see the write
  ev.heap.edit(written).baseVersion = root->version;
}
} // namespace

Shape contiguousStrides(const Shape& shape) {
  Shape s(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) s[i - 1] = mulClamped(s[i], std::max<std::int64_t>(shape[i], 1));
  return s;
}

Shape stridesOf(const Tensor& t) { return t.strides.size() == t.type.shape.size() ? t.strides : contiguousStrides(t.type.shape); }

namespace {
bool liesContiguous(const Shape& shape, const Shape& strides) {
  std::int64_t next = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] == 1) continue;
    if (strides[i] != next) return false;
    next = mulClamped(next, shape[i]);
  }
  return true;
}
} // namespace

bool isContiguous(const Tensor& t) { return t.strides.size() != t.type.shape.size() || liesContiguous(t.type.shape, t.strides); }

bool isChannelsLast(const Tensor& t) {
  if (t.type.rank() != 4) return false;
  Shape s = stridesOf(t);
  std::int64_t next = 1;
  for (std::size_t d : {1u, 3u, 2u, 0u}) {
    if (t.type.shape[d] == 1) continue;
    if (s[d] != next) return false;
    next = mulClamped(next, t.type.shape[d]);
  }
  return true;
}

std::optional<Shape> viewStrides(const Shape& shape, const Shape& strides, const Shape& to) {
  std::int64_t elements = 1;
  for (std::int64_t n : shape) elements = mulClamped(elements, n);
  if (elements == 0 || shape.empty()) return contiguousStrides(to);
  Shape out(to.size(), 0);
  std::ptrdiff_t view = static_cast<std::ptrdiff_t>(to.size()) - 1;
  std::int64_t base = strides.back(), chunk = 1, viewed = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    chunk = mulClamped(chunk, shape[d]);
    if (d != 0 && (shape[d - 1] == 1 || strides[d - 1] == mulClamped(chunk, base))) continue;
    while (view >= 0 && (viewed < chunk || to[static_cast<std::size_t>(view)] == 1)) {
      out[static_cast<std::size_t>(view)] = mulClamped(viewed, base);
      viewed = mulClamped(viewed, to[static_cast<std::size_t>(view)]);
      --view;
    }
    if (viewed != chunk) return std::nullopt;
    if (d > 0) {
      base = strides[d - 1];
      chunk = viewed = 1;
    }
  }
  if (view != -1) return std::nullopt;
  return out;
}

void setStrides(Evaluator& ev, const ops::Operator& op, const Values& arguments, const Values& outputs) {
  Tensor* input = nullptr;
  Tensor* written = nullptr;
  bool view = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ops::Parameter& p = op.parameters()[i];
    Tensor* t = tensorOf(arguments[i]);
    if (Object* list = t || input ? nullptr : asObject(arguments[i]); list && !list->items.empty())
      input = tensorOf(list->items.front()->value());
    if (!t) continue;
    if (!input) input = t;
    if (p.written) written = t;
    view |= p.aliased && !p.written;
  }
  if (written) noteWrite(ev, written);
  llvm::StringRef name(op.name().data(), op.name().size());
  name.consume_front("aten::");
  auto rule = rules().find(name);

  auto set = [&](const Value& v, std::size_t piece, bool isView) {
    Tensor* t = tensorOf(v);
    if (!t || t == written || !input || t == input) return;
    if (isView && name != "contiguous" && t->type.dtype == input->type.dtype) {
      Tensor* root = rootOf(input);
      Tensor& edited = ev.heap.edit(t);
      edited.base = root;
      edited.baseVersion = root->version;
    }
    if (rule == rules().end()) return;
    Shape strides = rule->second({ev, op, arguments, *input, *t, piece});
    if (strides.size() == t->type.shape.size() && !liesContiguous(t->type.shape, strides)) ev.heap.edit(t).strides = std::move(strides);
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool isView = view && i < op.returns().size() && op.returns()[i].aliased;
    if (Object* pieces = asObject(outputs[i])) {
      for (std::size_t k = 0; k < pieces->items.size(); ++k) set(pieces->items[k]->value(), k, isView);
    } else {
      set(outputs[i], i, isView);
    }
  }
}

} // namespace cobra::interp::torch_model
