// The text of a finding: place, what is called, how often, how long, share; the source line with carets; the model last.
// RUN: %cobra check %s -- %mock -I %inputs 2>%t.err | FileCheck %s
// RUN: FileCheck --check-prefix=STATISTICS %s < %t.err
// RUN: %cobra check --quiet %s -- %mock -I %inputs 2>&1 >%t.out | FileCheck --allow-empty --check-prefix=NOTHING %s
// STATISTICS: 1 file, 1 model, 3 operators; parsed in {{[0-9.]+}} {{m?s}}
// NOTHING-NOT: {{.}}
#include "net.h"

int main() {
  Net net;
  net->forward(torch::randn({64, 16}));
}
// CHECK:      net.h:10:9: remark: relu [64,32], 1 call: {{[0-9.]+}} {{ms|us}}{{.*}}% of Net) [cobra-latency]
// CHECK-NEXT:    10 |     x = torch::relu(first->forward(x));
// CHECK-NEXT:       |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~{{$}}
// CHECK:      net.h:10:21: remark: linear 16->32, 1 call: {{[0-9.]+}} {{ms|us}}
// CHECK:      net.h:11:12: remark: linear 32->10, 1 call: {{[0-9.]+}} {{ms|us}}
// CHECK:      net.h:9:17: remark: Net::forward on [64,16] float32: {{[0-9.]+}} {{ms|us}} {{.*}}(3 operators, 874 parameters, 111.2 kFLOP) [cobra-latency]
