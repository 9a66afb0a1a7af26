#include "analyzer/models/torch_contents.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cobra::interp::torch_model {

using Elements = std::vector<double>;

const Elements* contentsOf(const Tensor* t) {
  if (!t || !t->contents) return nullptr;
  if (t->base && t->base->version != t->baseVersion) return nullptr; // its memory was written through another tensor
  return &*t->contents;
}

void setContents(Evaluator& ev, Tensor* t, Elements elements) {
  if (static_cast<std::int64_t>(elements.size()) != t->type.elements() || t->type.elements() > Tensor::maxContents) return;
  if (t->type.dtype == DType::Float32)
    for (double& x : elements) x = static_cast<float>(x);
  ev.heap.edit(t).contents = std::move(elements);
}

std::optional<Value> element(const Tensor* t) {
  const Elements* known = contentsOf(t);
  if (!known || known->size() != 1) return std::nullopt;
  if (isFloating(t->type.dtype)) return Value(known->front());
  return Value(static_cast<std::int64_t>(known->front()));
}

/// What a rule sees.
struct Folding {
  Evaluator& ev;
  const Folder& folder;
  const Tensor& output;

  const Folder::Input* input(std::size_t i) const { return i < folder.inputs_.size() ? &folder.inputs_[i] : nullptr; }
  std::size_t inputs() const { return folder.inputs_.size(); }
  const Elements* elements(std::size_t i) const {
    const Folder::Input* in = input(i);
    return in && in->elements ? &*in->elements : nullptr;
  }
  std::optional<double> number(llvm::StringRef parameter) const {
    int i = folder.op_.indexOf({parameter.data(), parameter.size()});
    if (i < 0) return std::nullopt;
    const Value& v = folder.arguments_[static_cast<std::size_t>(i)];
    if (!isNothing(v)) return ev.number(v);
    const Argument& d = folder.op_.parameters()[static_cast<std::size_t>(i)].defaultValue;
    if (auto* n = std::get_if<std::int64_t>(&d)) return static_cast<double>(*n);
    if (auto* n = std::get_if<double>(&d)) return *n;
    return std::nullopt;
  }
  bool rounds() const { return folder.op_.indexOf("rounding_mode") >= 0; }
  std::int64_t count() const { return output.type.elements(); }
};

namespace {
using Rule = std::optional<Elements> (*)(const Folding&);

std::optional<Elements> filled(const Folding& f, std::optional<double> value) {
  if (!value || f.count() > Tensor::maxContents) return std::nullopt;
  return Elements(static_cast<std::size_t>(f.count()), *value);
}
std::optional<Elements> zeros(const Folding& f) { return filled(f, 0); }
std::optional<Elements> ones(const Folding& f) { return filled(f, 1); }
std::optional<Elements> full(const Folding& f) { return filled(f, f.number("fill_value")); }
std::optional<Elements> fill(const Folding& f) {
  if (std::optional<double> v = f.number("value")) return filled(f, v);
  const Elements* v = f.elements(1);
  return v && v->size() == 1 ? filled(f, v->front()) : std::nullopt;
}
std::optional<Elements> scalarTensor(const Folding& f) { return filled(f, f.number("s")); }
std::optional<Elements> arange(const Folding& f) {
  double start = f.number("start").value_or(0), step = f.number("step").value_or(1);
  if (f.count() > Tensor::maxContents) return std::nullopt;
  Elements out;
  for (std::int64_t i = 0; i < f.count(); ++i) out.push_back(start + step * static_cast<double>(i));
  return out;
}
/// The upper half is counted from the end, in the output's own arithmetic, as LibTorch's kernel does.
template <class T> Elements evenlySpaced(T start, T end, std::int64_t n) {
  const T step = n > 1 ? (end - start) / static_cast<T>(n - 1) : T{0};
  Elements out;
  for (std::int64_t i = 0; i < n; ++i)
    out.push_back(n > 1 && i >= n / 2 ? end - step * static_cast<T>(n - i - 1) : start + step * static_cast<T>(i));
  return out;
}
std::optional<Elements> linspace(const Folding& f) {
  auto start = f.number("start"), end = f.number("end");
  const DType dtype = f.output.type.dtype;
  if (!start || !end || f.count() > Tensor::maxContents) return std::nullopt;
  if (dtype == DType::Float32) return evenlySpaced(static_cast<float>(*start), static_cast<float>(*end), f.count());
  return dtype == DType::Float64 ? std::optional(evenlySpaced(*start, *end, f.count())) : std::nullopt;
}
std::optional<Elements> eye(const Folding& f) {
  if (f.output.type.rank() != 2 || f.count() > Tensor::maxContents) return std::nullopt;
  Elements out(static_cast<std::size_t>(f.count()), 0);
  std::int64_t n = f.output.type.shape[0], m = f.output.type.shape[1];
  for (std::int64_t i = 0; i < std::min(n, m); ++i) out[static_cast<std::size_t>(i * m + i)] = 1;
  return out;
}

std::optional<Elements> same(const Folding& f) { // the same elements, perhaps of another shape or dtype
  const Elements* in = f.elements(0);
  if (!in || static_cast<std::int64_t>(in->size()) != f.count()) return std::nullopt;
  Elements out = *in;
  if (f.output.type.dtype == DType::Bool)
    for (double& x : out) x = x != 0;
  else if (isIntegral(f.output.type.dtype))
    for (double& x : out) x = std::trunc(x);
  return out;
}

/// Index of a broadcast operand's element for element `i` of the output.
std::size_t broadcastIndex(std::size_t i, const Shape& output, const Shape& input) {
  std::size_t at = 0, scale = 1;
  for (std::size_t k = 0; k < output.size(); ++k) {
    std::size_t d = output.size() - 1 - k, position = i % static_cast<std::size_t>(output[d]);
    i /= static_cast<std::size_t>(output[d]);
    if (k >= input.size()) continue;
    std::int64_t n = input[input.size() - 1 - k];
    if (n != 1) at += position * scale;
    scale *= static_cast<std::size_t>(n);
  }
  return at;
}

template <double (*apply)(double, double)> std::optional<Elements> binary(const Folding& f) {
  const Elements* a = f.elements(0);
  const Elements* b = f.elements(1);
  std::optional<double> scalar;
  if (f.inputs() < 2) {
    for (const char* name : {"other", "exponent", "value"})
      if (!scalar) scalar = f.number(name);
  }
  if (!a || (!b && !scalar) || f.rounds() || f.count() > Tensor::maxContents) return std::nullopt;
  const double alpha = f.number("alpha").value_or(1);
  const bool integral = isIntegral(f.output.type.dtype);
  Elements out(static_cast<std::size_t>(f.count()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    double x = (*a)[broadcastIndex(i, f.output.type.shape, f.input(0)->type.shape)];
    double y = scalar ? *scalar : (*b)[broadcastIndex(i, f.output.type.shape, f.input(1)->type.shape)];
    out[i] = apply(x, y * alpha);
    if (!std::isfinite(out[i])) return std::nullopt;
    if (integral) out[i] = std::trunc(out[i]);
  }
  return out;
}
template <double (*apply)(double)> std::optional<Elements> unary(const Folding& f) {
  const Elements* a = f.elements(0);
  if (!a || static_cast<std::int64_t>(a->size()) != f.count()) return std::nullopt;
  Elements out(a->size());
  std::transform(a->begin(), a->end(), out.begin(), apply);
  for (double x : out)
    if (!std::isfinite(x)) return std::nullopt;
  return out;
}

std::optional<Elements> select(const Folding& f) {
  const Elements* in = f.elements(0);
  std::optional<double> dim = f.number("dim"), index = f.number("index");
  if (!in || !dim || !index) return std::nullopt;
  const Shape& shape = f.input(0)->type.shape;
  auto d = static_cast<std::int64_t>(*dim), at = static_cast<std::int64_t>(*index);
  if (d < 0) d += static_cast<std::int64_t>(shape.size());
  if (d < 0 || d >= static_cast<std::int64_t>(shape.size())) return std::nullopt;
  std::int64_t n = shape[static_cast<std::size_t>(d)], inner = 1;
  if (at < 0) at += n;
  if (at < 0 || at >= n) return std::nullopt;
  for (std::size_t k = static_cast<std::size_t>(d) + 1; k < shape.size(); ++k) inner *= shape[k];
  Elements out;
  for (std::int64_t i = 0; i < f.count(); ++i) out.push_back((*in)[static_cast<std::size_t>((i / inner * n + at) * inner + i % inner)]);
  return out;
}

/// Over all elements.
template <double (*combine)(double, double)> std::optional<Elements> reduce(const Folding& f) {
  const Elements* in = f.elements(0);
  if (!in || in->empty() || f.count() != 1) return std::nullopt;
  return Elements{std::accumulate(in->begin() + 1, in->end(), in->front(), combine)};
}
/// Along the first dimension: the lists of tensors one after the other.
std::optional<Elements> joined(const Folding& f) {
  if (f.number("dim").value_or(0) != 0) return std::nullopt;
  Elements out;
  for (std::size_t i = 0; i < f.inputs(); ++i) {
    const Elements* in = f.elements(i);
    if (!in) return std::nullopt;
    out.insert(out.end(), in->begin(), in->end());
  }
  return static_cast<std::int64_t>(out.size()) == f.count() ? std::optional(out) : std::nullopt;
}

double plus(double a, double b) { return a + b; }
double minus(double a, double b) { return a - b; }
double times(double a, double b) { return a * b; }
double over(double a, double b) { return a / b; }
double floorOver(double a, double b) { return std::floor(a / b); }
double power(double a, double b) { return std::pow(a, b); }
double modulo(double a, double b) { return a - b * std::floor(a / b); }
double smaller(double a, double b) { return std::min(a, b); }
double greater(double a, double b) { return std::max(a, b); }
double equal(double a, double b) { return a == b; }
double unequal(double a, double b) { return a != b; }
double less(double a, double b) { return a < b; }
double lessEqual(double a, double b) { return a <= b; }
double more(double a, double b) { return a > b; }
double moreEqual(double a, double b) { return a >= b; }
double both(double a, double b) { return a != 0 && b != 0; }
double either(double a, double b) { return a != 0 || b != 0; }
double negated(double a) { return -a; }
double absolute(double a) { return std::fabs(a); }
double inverted(double a) { return a == 0; }
double root(double a) { return std::sqrt(a); }
double down(double a) { return std::floor(a); }
double up(double a) { return std::ceil(a); }
double nearest(double a) { return std::nearbyint(a); }

const llvm::StringMap<Rule>& rules() {
  static const llvm::StringMap<Rule> table = {{"zeros", zeros},
                                              {"zeros_like", zeros},
                                              {"new_zeros", zeros},
                                              {"zero_", zeros},
                                              {"ones", ones},
                                              {"ones_like", ones},
                                              {"new_ones", ones},
                                              {"full", full},
                                              {"full_like", full},
                                              {"new_full", full},
                                              {"fill_", fill},
                                              {"scalar_tensor", scalarTensor},
                                              {"arange", arange},
                                              {"linspace", linspace},
                                              {"eye", eye},
                                              {"to", same},
                                              {"clone", same},
                                              {"contiguous", same},
                                              {"view", same},
                                              {"reshape", same},
                                              {"flatten", same},
                                              {"unsqueeze", same},
                                              {"squeeze", same},
                                              {"detach", same},
                                              {"alias", same},
                                              {"type_as", same},
                                              {"add", binary<plus>},
                                              {"add_", binary<plus>},
                                              {"sub", binary<minus>},
                                              {"sub_", binary<minus>},
                                              {"mul", binary<times>},
                                              {"mul_", binary<times>},
                                              {"div", binary<over>},
                                              {"div_", binary<over>},
                                              {"floor_divide", binary<floorOver>},
                                              {"pow", binary<power>},
                                              {"remainder", binary<modulo>},
                                              {"minimum", binary<smaller>},
                                              {"maximum", binary<greater>},
                                              {"eq", binary<equal>},
                                              {"ne", binary<unequal>},
                                              {"lt", binary<less>},
                                              {"le", binary<lessEqual>},
                                              {"gt", binary<more>},
                                              {"ge", binary<moreEqual>},
                                              {"logical_and", binary<both>},
                                              {"logical_or", binary<either>},
                                              {"neg", unary<negated>},
                                              {"abs", unary<absolute>},
                                              {"logical_not", unary<inverted>},
                                              {"sqrt", unary<root>},
                                              {"floor", unary<down>},
                                              {"ceil", unary<up>},
                                              {"round", unary<nearest>},
                                              {"select", select},
                                              {"sum", reduce<plus>},
                                              {"prod", reduce<times>},
                                              {"max", reduce<greater>},
                                              {"min", reduce<smaller>},
                                              {"all", reduce<both>},
                                              {"any", reduce<either>},
                                              {"cat", joined},
                                              {"stack", joined}};
  return table;
}
} // namespace

Folder::Folder(const ops::Operator& op, const Values& arguments) : op_(op), arguments_(arguments) {
  auto add = [&](auto&& self, const Value& v) -> void {
    if (Tensor* t = tensorOf(v)) {
      const Elements* known = contentsOf(t);
      inputs_.push_back({t->type, known ? std::optional(*known) : std::nullopt});
    } else if (Object* o = asObject(v)) {
      for (Cell* item : o->items) self(self, item->value());
    }
  };
  for (const Value& v : arguments) add(add, v);
}

void Folder::fold(Evaluator& ev, const Values& outputs) const {
  llvm::StringRef name(op_.name().data(), op_.name().size());
  name.consume_front("aten::");
  auto rule = rules().find(name);
  if (rule == rules().end() || outputs.size() != 1) return;
  Tensor* output = tensorOf(outputs[0]);
  if (!output) return;
  if (std::optional<Elements> elements = rule->second({ev, *this, *output})) setContents(ev, output, std::move(*elements));
}

} // namespace cobra::interp::torch_model
