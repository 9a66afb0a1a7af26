// The compiler never compiles an entry, since its templates would land in the object file; it says who can show it.
// REQUIRES: plugin
// RUN: %clang %mock -I %inputs -fsyntax-only -fplugin=%plugin %s 2>&1 | FileCheck %s
#include "net.h"
int width();
// cobra: Net net(3 * 4); net->forward(torch::randn({2, 16}));
// CHECK: entry.cpp:[[@LINE-1]]:1: remark: this entry needs Clang to compile it: `cobra check` shows its latency [cobra-latency]
