// Entries in comments are compiled behind the unit's end, in a copy of the compiler's process: the same words as the command line, and
// nothing of them in the object file.
// REQUIRES: plugin
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %s 2>&1 | FileCheck %s
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %s 2>&1 | grep -o 'remark: .*' > %t.plugin
// RUN: %cobra check --quiet %s -- %mock -I %inputs | grep -o 'remark: .*' > %t.check
// RUN: diff %t.plugin %t.check
// RUN: %clang %mock -I %inputs -O1 -g -c %s -o %t.without.o
// RUN: %clang %mock -I %inputs -O1 -g -fplugin=%plugin -c %s -o %t.with.o 2> %t.remarks
// RUN: cmp %t.without.o %t.with.o
// RUN: cp %s %t.wrong.cpp
// RUN: echo '// cobra: Net net; net->backward(1);' >> %t.wrong.cpp
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %t.wrong.cpp 2>&1 | FileCheck --check-prefix=WRONG %s
#include "net.h"
int width();
template <class T> T twice(T x) { return x + x; }
// cobra: Net net(twice(6)); net->forward(torch::randn({2, 16}));
/* cobra: auto small = std::make_shared<NetImpl>(4); small->forward(torch::randn({8, 16})); */
// CHECK: remark: linear 16->12, 1 call
// CHECK: remark: Net::forward on [2,16] float32
// CHECK: remark: Net::forward on [8,16] float32
// CHECK-NOT: warning
// WRONG: Net::forward on [2,16] float32
// WRONG: wrong.cpp:{{[0-9]+}}:1: warning: entry 'Net net; net->backward(1);' does not compile: no member named 'backward' in '{{.*}}' [cobra-latency]
