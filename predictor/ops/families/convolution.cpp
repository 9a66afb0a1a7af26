#include "predictor/ops/convolution.h"

#include "predictor/ops/families.h"

namespace cobra::ops {
namespace {

constexpr auto entries = family(op(
    "aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] "
    "padding=[0, 0], "
    "SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
    [](Tensor input, Tensor weight, MaybeTensor bias, Ints<2> stride, Ints<2> padding, Ints<2> dilation,
       Int groups) -> Answer {
      return convolution({input, weight, bias, stride, padding, dilation, groups});
    },
    "input: [1..8, C:1..512, 7..224, 7..224]  groups: 1|C  weight: [O:1..512, C/groups, K:1|3|5|7, K]  bias: "
    "None|[O]"
    "  stride: 1|2  padding: 0..3"));

} // namespace

constinit const Family families::convolution = {"convolution", entries};

} // namespace cobra::ops
