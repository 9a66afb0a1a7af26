#include "predictor/infer/kernels.h"

#define COBRA_KERNEL_SET portable
#define COBRA_KERNEL_NAME "portable"
#define COBRA_KERNEL_ROWS 3
#include "predictor/infer/kernels_body.inc"
