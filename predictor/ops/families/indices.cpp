#include "predictor/ops/families/indices.h"

#include "predictor/ops/families/pointwise.h"

#include <algorithm>

namespace cobra::ops {
namespace {

bool isMask(const TensorType& index) { return index.dtype == DType::Bool || index.dtype == DType::UInt8; }
bool isIndex(const TensorType& index) { return index.dtype == DType::Int64 || index.dtype == DType::Int32 || isMask(index); }

/// The dimensions that a mask covers must have its sizes.
std::optional<Misuse> maskMisuse(Tensor self, const TensorType& mask, std::size_t dim) {
  for (std::size_t i = 0; i < mask.shape.size(); ++i) {
    if (dim + i < self.shape.size() && mask.shape[i] == self.shape[dim + i]) continue;
    return Misuse{"The shape of the mask " + text(mask.shape) + " at index " + std::to_string(i) +
                  " does not match the shape of the indexed tensor " + text(self.shape) + " at index " + std::to_string(dim + i)};
  }
  return std::nullopt;
}

/// Goes through the indices from the left, each taking one dimension of self, a mask as many as it has.
class IndexWalk {
public:
  IndexWalk(Tensor self, MaybeTensors indices) : self_(self), indices_(indices) {}

  std::variant<Indexed, Misuse> result() {
    if (indices_.size() == 0 || allAbsent()) return Misuse{"at least one index must be provided"};
    for (std::size_t i = 0; i < indices_.size(); ++i)
      if (auto misuse = take(indices_[i])) return *misuse;
    if (dim_ > self_.shape.size())
      return Misuse{"too many indices for tensor of dimension " + std::to_string(self_.rank()) + " (got " + std::to_string(dim_) + ")"};
    if (outOfRange()) return Misuse{"index is out of bounds for dimension with size 0"};
    if (masked_) return Indexed{std::nullopt, bytes_};
    return Indexed{shape(), bytes_};
  }

private:
  std::optional<Misuse> take(const TensorType* index) {
    if (index == nullptr) {
      taken_.push_back(false);
      ++dim_;
      return std::nullopt;
    }
    if (!isIndex(*index)) return Misuse{"tensors used as indices must be long, int, byte or bool tensors"};
    bytes_ = addClamped(bytes_, index->bytes());
    if (isMask(*index)) {
      if (auto misuse = maskMisuse(self_, *index, dim_)) return misuse;
      masked_ = true;
      dim_ += index->shape.size();
      return std::nullopt;
    }
    auto wider = broadcast(common_, index->shape);
    if (std::holds_alternative<Misuse>(wider)) return mismatch();
    common_ = std::get<Shape>(std::move(wider));
    taken_.push_back(true);
    ++dim_;
    return std::nullopt;
  }

  bool allAbsent() const {
    for (std::size_t i = 0; i < indices_.size(); ++i)
      if (indices_[i] != nullptr) return false;
    return true;
  }

  /// Any index into a dimension of size 0 is outside of it.
  bool outOfRange() const {
    if (TensorType{DType::Int64, common_}.elements() == 0) return false;
    for (std::size_t i = 0; i < taken_.size(); ++i)
      if (taken_[i] && self_.shape[i] == 0) return true;
    return false;
  }

  Misuse mismatch() const {
    std::string shapes;
    for (std::size_t i = 0; i < indices_.size(); ++i)
      if (indices_[i] != nullptr) shapes += (shapes.empty() ? "" : ", ") + text(indices_[i]->shape);
    return {"shape mismatch: indexing tensors could not be broadcast together with shapes " + shapes};
  }

  /// The indices' shape stands where they stood if they are neighbours, in front otherwise.
  Shape shape() const {
    const auto first = std::ranges::find(taken_, true);
    const auto last = std::find(taken_.rbegin(), taken_.rend(), true).base();
    const bool neighbours = std::find(first, last, false) == last;
    const auto place = static_cast<std::size_t>(first - taken_.begin());
    Shape result;
    for (std::size_t i = 0; i < self_.shape.size(); ++i)
      if (i >= taken_.size() || !taken_[i]) result.push_back(self_.shape[i]);
    result.insert(result.begin() + static_cast<std::ptrdiff_t>(neighbours ? place : 0), common_.begin(), common_.end());
    return result;
  }

  Tensor self_;
  MaybeTensors indices_;
  std::vector<bool> taken_; // by dimension of self: does an integer tensor index it?
  Shape common_;            // of the integer tensors
  std::size_t dim_ = 0;
  std::int64_t bytes_ = 0;
  bool masked_ = false;
};

} // namespace

std::variant<Indexed, Misuse> indexedShape(Tensor self, MaybeTensors indices) { return IndexWalk(self, indices).result(); }

std::optional<Misuse> gatherMisuse(std::string_view name, Tensor self, Int dim, Tensor index, std::string_view selfName) {
  if (index.elements() == 0) return std::nullopt;
  if (index.dtype != DType::Int64 && index.dtype != DType::Int32)
    return Misuse{std::string(name) + "(): Expected dtype int32/int64 for index"};
  const std::int64_t rank = std::max<std::int64_t>(self.rank(), 1);
  if (std::max<std::int64_t>(index.rank(), 1) != rank)
    return Misuse{"Index tensor must have the same number of dimensions as " + std::string(selfName) + " tensor"};
  if (!self.shape.empty() && self.shape[static_cast<std::size_t>(dim)] == 0)
    return Misuse{"index 0 is out of bounds for dimension " + std::to_string(dim) + " with size 0"};
  for (std::size_t i = 0; i < self.shape.size() && i < index.shape.size(); ++i)
    if (static_cast<Int>(i) != dim && index.shape[i] > self.shape[i])
      return Misuse{"Size does not match at dimension " + std::to_string(i) + " expected index " + text(index.shape) +
                    " to be no larger than self " + text(self.shape) + " apart from dimension " + std::to_string(dim)};
  return std::nullopt;
}

} // namespace cobra::ops
