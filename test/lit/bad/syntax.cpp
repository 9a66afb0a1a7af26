// Never demand a clean parse: errors are told, and what the AST holds is analysed. The exit code says that it does not compile.
// RUN: not %cobra check --quiet %s -- %mock -I %inputs > %t
// RUN: FileCheck %s < %t
#include "net.h"
#include "no/such/header.h"

struct Broken : torch::nn::Module {
  no_such_type field;
};

int main() {
  Net net;
  net->forward(torch::randn({2, 16}));
}
// CHECK: syntax.cpp:5:10: error: does not compile: 'no/such/header.h' file not found
// CHECK: syntax.cpp:8:3: error: does not compile: unknown type name 'no_such_type'
// CHECK-NEXT:    8 |   no_such_type field;
// CHECK-NEXT:      |   ^
// CHECK: Net::forward on [2,16] float32: {{[0-9.]+}}

// An entry that does not compile says which.
// RUN: not %cobra check --quiet --entry 'NoNet net;' %s -- %mock -I %inputs | FileCheck --check-prefix=ENTRY %s
// ENTRY: error: does not compile: entry 'NoNet net;': unknown type name 'NoNet'
