// Sizes that no machine holds, sizes below zero, and operands that do not fit: what LibTorch would say, and no overflow.
// RUN: %cobra check --quiet --entry 'Net net; net->forward(torch::randn({1099511627776, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=HUGE %s
// RUN: %cobra check --quiet --entry 'Net net; net->forward(torch::randn({1099511627776, 1099511627776, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=BEYOND %s
// RUN: %cobra check --quiet --entry 'Net net; net->forward(torch::randn({-2, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=NEGATIVE %s
// RUN: %cobra check --quiet --entry 'Net net; net->forward(torch::randn({2, 17}));' %s -- %mock -I %inputs | FileCheck --check-prefix=MISFIT %s
#include "net.h"
// HUGE: Net::forward on [1099511627776,16] float32: {{.+}}FLOP)
// BEYOND: Net::forward on [1099511627776,1099511627776,16]
// NEGATIVE: warning: LibTorch would throw here: {{.*}}negative
// MISFIT: net.h:10:21: warning: LibTorch would throw here: {{.+}}
