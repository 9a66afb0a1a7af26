// An entry is C++: from the command line, from a comment, from the nearest .cobra file, in this order. No line of the source moves.
// RUN: %cobra check --quiet %s -- %mock -I %inputs | FileCheck --check-prefix=COMMENT %s
// RUN: %cobra check --quiet --entry 'Net net(8); net->forward(torch::randn({5, 16}));' %s -- %mock -I %inputs | FileCheck --check-prefix=ENTRY %s
// RUN: %cobra check --quiet --batch 7 --dtype float16 %s -- %mock -I %inputs | FileCheck --check-prefix=BATCH %s
#include "net.h"

// cobra: Net net(64); net->forward(torch::randn({2, 16}));
// COMMENT: net.h:9:17: remark: Net::forward on [2,16] float32: {{.*}}1.7 k parameters
// COMMENT-NOT: Net::forward
// ENTRY: net.h:9:17: remark: Net::forward on [5,16] float32: {{.*}}226 parameters
// ENTRY-NOT: Net::forward
// BATCH: net.h:9:17: remark: Net::forward on [7,16] float16:
