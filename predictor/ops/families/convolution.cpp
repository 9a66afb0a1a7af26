#include "predictor/ops/convolution.h"

#include "predictor/ops/families.h"

namespace cobra::ops {
namespace {

constexpr auto entries =
    family(op(
               "aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] "
               "padding=[0], "
               "SymInt[1] dilation=[1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<1> stride, Ints<1> padding, Ints<1> dilation, Int groups) -> Answer {
                 return convolution({input, weight, bias, stride, padding, dilation, groups});
               },
               "input: [1..32, C:1..512, 8..2048] | [C:1..512, 8..2048]  groups: G:1|1|1|2|C  weight: [G*(1..128), "
               "C/G, 1|3|5|7|9]  "
               "bias: None|[size(weight, 0)]  stride: [1|1|2]  padding: [0..4]  dilation: [1|1|2]"),
           op(
               "aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], str "
               "padding=\"valid\", "
               "SymInt[1] dilation=[1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<1> stride, String padding, Ints<1> dilation, Int groups) -> Answer {
                 return namedPaddingConvolution({input, weight, bias, stride, {}, dilation, groups}, padding);
               },
               "input: [1..32, C:1..512, 8..2048]  weight: [O:1..512, C, 1|3|5|7]  bias: None|[O]  padding: "
               "'same'|'valid'"),
           op(
               "aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] "
               "padding=[0, 0], "
               "SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<2> stride, Ints<2> padding, Ints<2> dilation, Int groups) -> Answer {
                 return convolution({input, weight, bias, stride, padding, dilation, groups});
               },
               "input: [1..16, C:1..1024, 4..256, 4..256]  groups: G:1|1|1|1|2|4|C|C  weight: "
               "[G*(1..16)|G*(1..1024), C/G, K:1|1|3|3|3|5|7, K]  "
               "bias: None|[size(weight, 0)]  stride: [S:1|1|2, S]  padding: [P:0..3, P]  dilation: [D:1|1|1|2, D]"),
           op(
               "aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], str "
               "padding=\"valid\", "
               "SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<2> stride, String padding, Ints<2> dilation, Int groups) -> Answer {
                 return namedPaddingConvolution({input, weight, bias, stride, {}, dilation, groups}, padding);
               },
               "input: [1..16, C:1..512, 7..128, 7..128]  weight: [O:1..512, C, K:1|3|5|7, K]  bias: None|[O]  "
               "padding: 'same'|'valid'"),
           op(
               "aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] "
               "padding=[0, 0, 0], "
               "SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<3> stride, Ints<3> padding, Ints<3> dilation, Int groups) -> Answer {
                 return convolution({input, weight, bias, stride, padding, dilation, groups});
               },
               "input: [1..4, C:1..128, 3..32, 3..64, 3..64]  groups: G:1|1|1|C  weight: [G*(1..64), C/G, K:1|3, K, "
               "K]  "
               "bias: None|[size(weight, 0)]  stride: [S:1|1|2, S, S]  padding: [P:0..1, P, P]"),
           op(
               "aten::conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], "
               "str "
               "padding=\"valid\", SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<3> stride, String padding, Ints<3> dilation, Int groups) -> Answer {
                 return namedPaddingConvolution({input, weight, bias, stride, {}, dilation, groups}, padding);
               },
               "input: [1..4, C:1..128, 3..32, 3..64, 3..64]  weight: [O:1..128, C, K:1|3, K, K]  bias: None|[O]  "
               "padding: 'same'|'valid'"),
           op(
               "aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], "
               "SymInt[1] padding=[0], "
               "SymInt[1] output_padding=[0], SymInt groups=1, SymInt[1] dilation=[1]) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<1> stride, Ints<1> padding, Ints<1> outputPadding, Int groups,
                  Ints<1> dilation) -> Answer {
                 return transposedConvolution({input, weight, bias, stride, padding, dilation, groups}, outputPadding);
               },
               "input: [1..16, C:1..512, 4..1024]  weight: [C, O:1..256, 2|3|4|5]  bias: None|[O]  stride: [1|2|4]  "
               "padding: [0..2]  "
               "output_padding: [0|0|1]"),
           op(
               "aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, "
               "1], SymInt[2] "
               "padding=[0, 0], SymInt[2] output_padding=[0, 0], SymInt groups=1, SymInt[2] dilation=[1, 1]) -> "
               "Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<2> stride, Ints<2> padding, Ints<2> outputPadding, Int groups,
                  Ints<2> dilation) -> Answer {
                 return transposedConvolution({input, weight, bias, stride, padding, dilation, groups}, outputPadding);
               },
               "input: [1..16, C:1..512, 1..64, 1..64]  groups: G:1|1|1|C  weight: [C, O:1..256, K:2|3|4|5, K]  "
               "bias: None|[G*O]  "
               "stride: [S:1|2|2|4, S]  padding: [P:0..2, P]  output_padding: [A:0|0|1, A]"),
           op(
               "aten::conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, "
               "1, 1], SymInt[3] "
               "padding=[0, 0, 0], SymInt[3] output_padding=[0, 0, 0], SymInt groups=1, SymInt[3] dilation=[1, 1, "
               "1]) -> Tensor",
               [](Tensor input, Tensor weight, MaybeTensor bias, Ints<3> stride, Ints<3> padding, Ints<3> outputPadding, Int groups,
                  Ints<3> dilation) -> Answer {
                 return transposedConvolution({input, weight, bias, stride, padding, dilation, groups}, outputPadding);
               },
               "input: [1..4, C:1..64, 1..16, 1..32, 1..32]  weight: [C, O:1..64, K:2|3|4, K, K]  bias: None|[O]  "
               "stride: [S:1|2, S, S]  padding: [P:0..1, P, P]"));

} // namespace

constinit const Family families::convolution = {"convolution", entries};

} // namespace cobra::ops
