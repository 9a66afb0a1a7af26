#include "predictor/infer/kernels.h"

#define COBRA_KERNEL_SET avx2
#define COBRA_KERNEL_NAME "avx2"
#define COBRA_KERNEL_ROWS 6
#include "predictor/infer/kernels_body.inc"
