// Tensor::index and index_put_ with slices, as ATen/TensorIndexing.h takes them apart: selects and slices first, then one `index`
// with the tensors that are left.
#include "analyzer/models/registration.h"
#include "analyzer/models/torch_contents.h"
#include "analyzer/models/torch_dialect.h"
#include "analyzer/models/torch_support.h"

namespace cobra::interp {

using namespace torch_model;

namespace {
// A torch::indexing::TensorIndex is worth: None an absent value, Ellipsis "...", an integer, a slice the tuple (start, stop, step),
// a boolean "true" or "false", a tensor its handle.
bool isText(const Value& v, llvm::StringRef text) {
  auto* t = as<Text>(v);
  return t && t->str() == text;
}
bool isBoolean(const Value& v) { return isText(v, "true") || isText(v, "false"); }

Result tensorIndex(Evaluator& ev, const LibraryCall& call) {
  if (call.size() != 1) return notModelled(ev, call);
  const bool isBool = call.callee->getParamDecl(0)->getType().getNonReferenceType()->isBooleanType();
  if (std::optional<std::int64_t> b = ev.integer(call.value(0)); b && isBool) return Value(Text(*b ? "true" : "false"));
  if (auto* p = as<Pointer>(call.value(0)); p && p->isNull()) return Value(NullOpt{});
  return call.value(0);
}
Result slice(Evaluator& ev, const LibraryCall& call) {
  Values parts;
  const std::int64_t defaults[] = {0, farthestIndex(ev), 1};
  for (std::size_t i = 0; i < 3; ++i) {
    const bool absent = i >= call.size() || std::holds_alternative<NullOpt>(call.value(i)) || isNothing(call.value(i));
    parts.push_back(absent ? integerValue(defaults[i]) : call.value(i));
  }
  if (ev.integer(parts[2]) == 0) ev.raise(call.at, "slice step cannot be zero");
  return Value(ev.heap.tuple(std::move(parts), call.resultType));
}
Result ellipsis(Evaluator&, const LibraryCall&) { return Value(Text("...")); }
Result noIndex(Evaluator&, const LibraryCall&) { return Value(NullOpt{}); }

/// One use of index or index_put_.
class Indexing {
public:
  Indexing(Evaluator& ev, At at, const Value& self) : ev_(ev), at_(at), self_(self), result_(self) {}

  /// Applies slices and selects; false if something was not known (then `open` holds).
  bool apply(const std::vector<Cell*>& indices) {
    if (indices.size() == 1 && applySingle(indices[0]->value())) return true;
    std::int64_t specified = 0;
    for (Cell* c : indices) {
      const Value& v = c->value();
      if (std::holds_alternative<NullOpt>(v) || isText(v, "...") || isBoolean(v)) continue;
      Tensor* t = tensorOf(v);
      specified += t && isMask(*t) ? t->type.rank() : 1;
    }
    if (specified > rankOf(self_)) ev_.raise(at_, "too many indices for tensor of dimension " + std::to_string(rankOf(self_)));
    std::int64_t dim = 0;
    for (Cell* c : indices)
      if (!applyOne(c->value(), dim, specified)) return false;
    if (!writing_ && !anyTensor() && result_ == self_) result_ = torch_model::run(ev_, at_, "aten::alias", {self_});
    return true;
  }
  /// The value of x.index(...).
  Value read() {
    if (!anyTensor()) return result_;
    return torch_model::run(ev_, at_, "aten::index.Tensor", {result_, tensors()});
  }
  /// x.index_put_(..., value)
  void write(const Value& value) {
    if (!anyTensor()) return copyTo(result_, value);
    Value v = as<TensorHandle>(value) ? withoutLeadingOnes(value) : scalarTensor(value);
    torch_model::run(ev_, at_, "aten::index_put_", {result_, tensors(), v});
  }
  /// Before apply(): slices that take everything make no alias there.
  void forWriting() { writing_ = true; }
  const Value& open() const { return open_; }
  const Value& result() const { return result_; }
  bool anyTensor() const {
    for (const Value& v : taken_)
      if (as<TensorHandle>(v)) return true;
    return false;
  }

private:
  static bool isMask(const Tensor& t) { return t.type.dtype == DType::Bool || t.type.dtype == DType::UInt8; }

  bool applySingle(const Value& v) {
    if (as<std::int64_t>(v)) {
      select(0, v);
    } else if (Object* parts = asObject(v); parts && parts->items.size() == 3) {
      cut(0, *parts, /*always=*/!writing_);
    } else if (std::holds_alternative<NullOpt>(v)) {
      result_ = torch_model::run(ev_, at_, "aten::unsqueeze", {result_, integerValue(0)});
    } else if (isText(v, "...")) {
      if (!writing_) result_ = torch_model::run(ev_, at_, "aten::alias", {result_});
    } else if (writing_ && isText(v, "true")) {
      result_ = torch_model::run(ev_, at_, "aten::unsqueeze", {result_, integerValue(0)});
    } else {
      return false;
    }
    return true;
  }

  bool applyOne(const Value& v, std::int64_t& dim, std::int64_t specified) {
    if (isOpen(v)) {
      // An integer that is not known still takes one element.
      select(dim, v);
      return true;
    }
    if (as<std::int64_t>(v)) {
      select(dim, v);
    } else if (Object* parts = asObject(v); parts && parts->items.size() == 3) {
      cut(dim, *parts, /*always=*/false);
      ++dim;
    } else if (isText(v, "...")) {
      dim += rankOf(self_) - specified;
    } else if (std::holds_alternative<NullOpt>(v)) {
      result_ = torch_model::run(ev_, at_, "aten::unsqueeze", {result_, integerValue(dim)});
      ++dim;
    } else if (isBoolean(v)) {
      result_ = torch_model::run(ev_, at_, "aten::unsqueeze", {result_, integerValue(dim)});
      take(dim, truth(isText(v, "true")));
      ++dim;
    } else if (Tensor* t = tensorOf(v)) {
      applyTensor(v, *t, dim);
    } else {
      open_ = ev_.unknown(at_, "an index of a tensor is not followed");
      return false;
    }
    return true;
  }
  void applyTensor(const Value& v, const Tensor& t, std::int64_t& dim) {
    const bool scalar = t.type.rank() == 0 && (isIntegral(t.type.dtype) || t.type.dtype == DType::Bool);
    if (scalar && !isMask(t)) { // reads the number
      std::optional<Value> known = element(&t);
      torch_model::run(ev_, at_, "aten::item", {v});
      select(dim, known ? *known : cobra::interp::open(at_, "the value of an index tensor is only known at run time"));
      return;
    }
    if (scalar) {
      result_ = torch_model::run(ev_, at_, "aten::unsqueeze", {result_, integerValue(dim)});
      std::optional<Value> known = element(&t);
      torch_model::run(ev_, at_, "aten::item", {v});
      take(dim, truth(!known || ev_.number(*known).value_or(1) != 0));
    } else {
      take(dim, v);
    }
    ++dim;
  }

  void select(std::int64_t dim, const Value& index) {
    Tensor* t = tensorOf(result_);
    std::optional<std::int64_t> i = ev_.integer(index);
    if (t && i) {
      if (t->type.rank() == 0)
        ev_.raise(at_, "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
                       "tensor to a number");
      std::int64_t n = dim < t->type.rank() ? t->type.shape[static_cast<std::size_t>(dim)] : 0;
      if (*i >= n || *i < -n)
        ev_.raise(at_, "index " + std::to_string(*i) + " is out of bounds for dimension " + std::to_string(dim) + " with size " +
                           std::to_string(n));
    }
    result_ = torch_model::run(ev_, at_, "aten::select.int", {result_, integerValue(dim), index});
  }
  void cut(std::int64_t dim, const Object& parts, bool always) {
    const Value &start = parts.items[0]->value(), &stop = parts.items[1]->value(), &step = parts.items[2]->value();
    if (std::optional<std::int64_t> s = ev_.integer(step); s && *s <= 0) ev_.raise(at_, "step must be greater than zero");
    std::optional<std::int64_t> length = sizeOf(result_, dim), first = ev_.integer(start), last = ev_.integer(stop);
    const bool whole = length && first == 0 && last && *last >= *length && ev_.integer(step) == 1;
    if (!always && whole && (*last == *length || passesOverLongSlices(ev_))) return;
    result_ = torch_model::run(ev_, at_, "aten::slice.Tensor", {result_, integerValue(dim), start, stop, step});
  }
  /// boolToIndexingTensor: [0] or an empty index.
  Value truth(bool value) {
    Value index = torch_model::run(ev_, at_, "aten::empty.memory_format", {list(ev_, {value ? 1 : 0}), integerValue(4)});
    if (value) torch_model::run(ev_, at_, "aten::fill_.Scalar", {index, 0.0});
    return index;
  }
  void take(std::int64_t dim, Value index) {
    while (static_cast<std::int64_t>(taken_.size()) <= dim) taken_.push_back(none());
    taken_[static_cast<std::size_t>(dim)] = std::move(index);
  }
  Value tensors() { return ev_.heap.sequence(taken_); }

  /// at::indexing::copy_to
  void copyTo(const Value& to, const Value& from) {
    Tensor *x = tensorOf(to), *y = tensorOf(from);
    if (!as<TensorHandle>(from) && !isOpen(from)) {
      if (x && x->type.rank() == 0) { // a scalar becomes a 0-dim tensor of the same sizes
        torch_model::run(ev_, at_, "aten::copy_", {to, scalarTensor(from)});
        return;
      }
      torch_model::run(ev_, at_, "aten::fill_.Tensor", {to, scalarTensor(from)});
    } else if (x && y && x->type.shape != y->type.shape) {
      if (y->type.rank() == 0) {
        torch_model::run(ev_, at_, "aten::fill_.Tensor", {to, from});
        return;
      }
      Value viewed = torch_model::run(ev_, at_, "aten::view", {from, list(ev_, prefixCut(y->type.shape))});
      if (Tensor* z = tensorOf(viewed); z && z->type.shape != x->type.shape)
        viewed = torch_model::run(ev_, at_, "aten::expand", {viewed, list(ev_, x->type.shape)});
      torch_model::run(ev_, at_, "aten::copy_", {to, viewed});
    } else {
      torch_model::run(ev_, at_, "aten::copy_", {to, from});
    }
  }
  static Ints prefixCut(const Shape& shape) {
    auto first = std::find_if(shape.begin(), shape.end(), [](std::int64_t n) { return n != 1; });
    return Ints(first, shape.end());
  }
  Value withoutLeadingOnes(const Value& v) {
    Tensor* t = tensorOf(v);
    if (!t || prefixCut(t->type.shape) == t->type.shape) return v;
    return torch_model::run(ev_, at_, "aten::view", {v, list(ev_, prefixCut(t->type.shape))});
  }
  /// LibTorch makes it without the dispatcher, so no operator is recorded.
  Value scalarTensor(const Value& v) {
    Tensor* x = tensorOf(self_);
    Value made = ev_.makeTensor({x ? x->type.dtype : DType::Float32, {}});
    if (std::optional<double> number = ev_.number(v)) setContents(ev_, tensorOf(made), {*number});
    return made;
  }

  Evaluator& ev_;
  At at_;
  Value self_, result_, open_;
  Values taken_; // for `index`: a tensor for each dimension that has one
  bool writing_ = false;
};

std::optional<std::vector<Cell*>> indicesOf(const Value& v) {
  Object* o = asObject(v);
  if (!o || o->kind != Object::Kind::Sequence) return std::nullopt;
  return o->items;
}

Result index(Evaluator& ev, const LibraryCall& call) {
  const Value self = call.self->value();
  std::optional<std::vector<Cell*>> indices = indicesOf(call.value(0));
  if (!indices || !isDefined(self)) return ev.unknown(call.at, "the indices of a tensor are not known", reason(call.value(0)));
  if (indices->empty()) ev.raise(call.at, "Passing an empty index list to Tensor::index() is not valid syntax");
  Indexing indexing(ev, call.at, self);
  return indexing.apply(*indices) ? Result(indexing.read()) : Result(indexing.open());
}

Result indexPut(Evaluator& ev, const LibraryCall& call) {
  const Value self = call.self->value(), value = call.value(1);
  std::optional<std::vector<Cell*>> indices = indicesOf(call.value(0));
  if (!indices || !isDefined(self)) {
    ev.unknown(call.at, "the indices of a tensor are not known", reason(call.value(0)));
    return call.self;
  }
  if (indices->empty()) ev.raise(call.at, "Passing an empty index list to Tensor::index_put_() is not valid syntax");
  if (indices->size() == 1 && isText((*indices)[0]->value(), "false")) return call.self; // nothing is written
  Indexing indexing(ev, call.at, self);
  indexing.forWriting();
  if (indexing.apply(*indices)) indexing.write(value);
  return call.self;
}
} // namespace

void registerTorchIndex(Library& library) {
  library.constructor("at::indexing::TensorIndex", tensorIndex);
  library.constructor("at::indexing::Slice", slice);
  library.constructor("at::indexing::EllipsisIndexType", ellipsis);
  library.variable("at::indexing::None", noIndex);
  library.variable("at::indexing::Ellipsis", ellipsis);
  library.function("at::Tensor::index", index);
  library.function("at::Tensor::index_put_", indexPut);
}

} // namespace cobra::interp
