// The executed view is that of the LibTorch whose headers were read: 1.13 records slices that take everything, 2.11 passes over them.
// REQUIRES: libtorch, libtorch-1.13
// RUN: %cobra graph --executed --format json %s -- | grep '"snippet":' | FileCheck --check-prefix=NEW %s
// RUN: env LIBTORCH_DIR=%older %cobra graph --executed --format json %s -- -std=c++17 | grep '"snippet":' | FileCheck --check-prefix=OLD %s
#include <torch/torch.h>

using torch::indexing::Slice;

struct Cut : torch::nn::Module {
  torch::Tensor forward(torch::Tensor x) { return x.index({Slice(), Slice(0, 100), Slice(0, 6), 1}); }
};

// cobra: Cut cut; cut.forward(torch::randn({4, 5, 6, 7}));
// NEW-NOT: aten::slice
// NEW: aten::select
// OLD: aten::slice{{.*}}dim=0,start=0,end=9223372036854775807
// OLD-NEXT: aten::slice{{.*}}dim=1,start=0,end=100
// OLD-NEXT: aten::select
