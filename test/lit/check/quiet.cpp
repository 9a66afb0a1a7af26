// Nothing of LibTorch or cuDNN: nothing is parsed and nothing is said.
// RUN: %cobra check --quiet %s -- 2>&1 | FileCheck --allow-empty %s
#include <vector>
this is not even C++
// CHECK-NOT: {{.}}
