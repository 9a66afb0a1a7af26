// The short form for models whose constructor needs no arguments.
// RUN: %cobra check --quiet --input 'x=[6,16]:float16' %s -- %mock -I %inputs | FileCheck %s
// RUN: not %cobra check --input 'x=[6,-16]' %s -- %mock 2>&1 | FileCheck --check-prefix=NEGATIVE %s
// RUN: not %cobra check --input 'x=6' %s -- %mock 2>&1 | FileCheck --check-prefix=FORM %s
// RUN: not %cobra check --input 'x=[6]:float17' %s -- %mock 2>&1 | FileCheck --check-prefix=DTYPE %s
#include "net.h"
struct OwnImpl : NetImpl {};
TORCH_MODULE(Own);
// CHECK: Own::forward on [6,16] float16
// NEGATIVE: cobra: 'x=[6,-16]' has a negative size
// FORM: cobra: 'x=6' is not an input; write NAME=[1,3,224,224] or NAME=[1,3,224,224]:float16
// DTYPE: cobra: 'float17' is no dtype
