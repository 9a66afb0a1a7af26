// RUN: %cobra graph --quiet %s -- %mock -I %inputs | FileCheck %s
// RUN: %cobra graph --quiet --format dot %s -- %mock -I %inputs | FileCheck --check-prefix=DOT %s
// RUN: %cobra graph --quiet --format matrix %s -- %mock -I %inputs | FileCheck --check-prefix=MATRIX %s
// RUN: %cobra graph --quiet --executed %s -- %mock -I %inputs | FileCheck --check-prefix=EXECUTED %s
// RUN: %cobra graph --quiet %s -- %mock -I %inputs > %t.json
// RUN: %cobra check --quiet %t.json | FileCheck --check-prefix=AGAIN %s
#include "net.h"
// cobra: Net net; net->forward(torch::randn({2, 16}));
// CHECK: "schema": "cobra.graphs/1"
// CHECK: aten::linear
// CHECK: aten::relu
// CHECK: aten::linear
// DOT: digraph
// MATRIX:      0 1 0
// MATRIX-NEXT: 0 0 1
// MATRIX-NEXT: 0 0 0
// EXECUTED: aten::t(
// EXECUTED: aten::addmm(
// AGAIN: net.h:10:21: remark: linear 16->32, 1 call: {{[0-9.]+}} {{ms|us}}
