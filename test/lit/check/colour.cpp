// RUN: %cobra check --quiet --use-color %s -- %mock -I %inputs | FileCheck %s
// RUN: %cobra check --quiet --use-color=false %s -- %mock -I %inputs | FileCheck --check-prefix=PLAIN %s
#include "net.h"
// cobra: Net net; net->forward(torch::randn({2, 16}));
// CHECK: {{.\[0;1;34m}}remark:
// PLAIN-NOT: {{.\[0;1;34m}}remark:
