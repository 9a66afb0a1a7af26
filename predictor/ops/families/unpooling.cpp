// Undoing max pooling with the indices it gave (ATen/native/MaxUnpooling.cpp).
#include "predictor/ops/families.h"
#include "predictor/ops/rules.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cobra::ops {
namespace {

Answer unpooled(std::string_view name, Tensor self, Tensor indices, IntList output, std::int64_t rank) {
  if (indices.dtype != DType::Int64) return Misuse{"elements in indices should be type int64"};
  if (static_cast<std::int64_t>(output.size()) != rank)
    return Misuse{"There should be exactly " +
                  std::string(rank == 2 ? "two elements (height, width)" : "three elements (depth, height, width)") +
                  " in output_size, but got " + std::to_string(output.size()) + " elements."};
  if (self.rank() != rank + 1 && self.rank() != rank + 2)
    return Misuse{"Input to " + std::string(name) + " should be a " + std::to_string(rank + 1) + "d or " + std::to_string(rank + 2) +
                  "d Tensor, but got a tensor with " + std::to_string(self.rank()) + " dims."};
  if (self.shape != indices.shape)
    return Misuse{"Expected shape of indices to be same as that of the input tensor (" + text(self.shape) +
                  ") but got indices tensor with shape: " + text(indices.shape)};
  if (std::any_of(self.shape.begin() + 1, self.shape.end(), [](std::int64_t n) { return n == 0; }))
    return Misuse{std::string(name) + "(): Expected input to have non-zero size for non-batch dimensions, but got " + text(self.shape)};
  Shape shape = self.shape;
  std::copy(output.begin(), output.end(), shape.end() - rank);
  return Effect{{{self.dtype, shape}}, 0};
}

constexpr auto entries =
    family(op(
               "aten::max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor",
               [](Tensor self, Tensor indices, IntList output) -> Answer { return unpooled("max_unpooling2d", self, indices, output, 2); },
               "self: [N:1..8, C:1..128, H:2..32, W:2..32]  indices: i64[N, C, H, W]  output_size: [2*H, 2*W]"),
           op(
               "aten::max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] "
               "padding) "
               "-> Tensor",
               [](Tensor self, Tensor indices, IntList output, IntList stride, IntList padding) -> Answer {
                 for (const auto& [name, list] : {std::pair{"stride", &stride}, std::pair{"padding", &padding}})
                   if (list->size() != 3)
                     return Misuse{"There should be exactly three elements (depth, height, width) in " + std::string(name) +
                                   ", but got: " + std::to_string(list->size()) + " elements."};
                 if (std::any_of(stride.begin(), stride.end(), [](std::int64_t s) { return s <= 0; }))
                   return Misuse{"strides should be greater than zero, but got stride: " + text(stride)};
                 return unpooled("max_unpooling3d", self, indices, output, 3);
               },
               "self: [N:1..4, C:1..32, D:2..8, H:2..16, W:2..16]  indices: i64[N, C, D, H, W]  "
               "output_size: [2*D, 2*H, 2*W]  stride: [2, 2, 2]  padding: [0, 0, 0]"));

} // namespace

constinit const Family families::unpooling = {"unpooling", entries};

} // namespace cobra::ops
