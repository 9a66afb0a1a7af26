// -fplugin= alone turns it on; the words are those of `cobra check`.
// REQUIRES: plugin
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %s 2>&1 | FileCheck %s
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin -fplugin-arg-cobra-as=warning -fplugin-arg-cobra-device=k80 %s 2>&1 | FileCheck --check-prefix=WARNING %s
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin -fplugin-arg-cobra-device=nope %s 2>&1 | FileCheck --check-prefix=DEVICE %s
// RUN: not %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin -fplugin-arg-cobra-colour=red %s 2>&1 | FileCheck --check-prefix=OPTION %s
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %s 2>&1 | grep -o 'remark: .*' > %t.plugin
// RUN: %cobra check --quiet %s -- %mock -I %inputs | grep -o 'remark: .*' > %t.check
// RUN: diff %t.plugin %t.check
#include "net.h"

int main() {
  Net net;
  net->forward(torch::randn({64, 16}));
}
// CHECK: net.h:10:21: remark: linear 16->32, 1 call: {{[0-9.]+}} {{ms|us}}{{.*}}% of Net) [cobra-latency]
// CHECK-NEXT: 10 |     x = torch::relu(first->forward(x));
// CHECK-NEXT:    |                     ^~~~~~~~~~~~~~~~~
// CHECK: net.h:9:17: remark: Net::forward on [64,16] float32
// WARNING: warning: linear 16->32, 1 call: {{.*}} [cobra-latency]
// WARNING: warning: Net::forward on [64,16] float32: {{.*}} on k80 (
// DEVICE: warning: cobra: there is no profile for the device 'nope'
// OPTION: error: cobra: 'colour=red' is no option; there are as=remark|warning, device=NAME, profile=FILE
