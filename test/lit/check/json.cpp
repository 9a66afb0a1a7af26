// The same findings as a document. An identity does not change from run to run, nor with the device's figures.
// RUN: %cobra check --format json --quiet %s -- %mock -I %inputs | FileCheck %s
// RUN: %cobra check --format json --quiet %s -- %mock -I %inputs | grep '"id"' > %t.first
// RUN: %cobra check --format json --quiet --device k80 %s -- %mock -I %inputs | grep '"id"' > %t.second
// RUN: diff %t.first %t.second
// RUN: %cobra check --format json %s -- %mock -I %inputs 2>&1 | FileCheck --check-prefix=ORDER %s
#include "net.h"

int main() {
  Net net;
  net->forward(torch::randn({64, 16}));
}
// CHECK:      "schemaVersion": 1,
// CHECK-NEXT: "device": "{{.+}}",
// CHECK:      "errorCount": 0,
// CHECK:      "kind": "op",
// CHECK-NEXT: "file": "{{.*}}net.h",
// CHECK-NEXT: "line": 10,
// CHECK-NEXT: "column": 9,
// CHECK:      "latency": {{[0-9.e-]+}},
// CHECK-NEXT: "low": {{[0-9.e-]+}},
// CHECK-NEXT: "high": {{[0-9.e-]+}},
// CHECK:      "calls": 1,
// CHECK:      "share": 0.{{[0-9]+}},
// CHECK-NEXT: "snippet": "aten::relu(self=f32[64,32])",
// CHECK:      "kind": "model",
// CHECK:      "calls": 3,
// ORDER-NOT: operators; parsed
// ORDER: {{^}$}}
// ORDER-NEXT: 1 file, 1 model, 3 operators; parsed
