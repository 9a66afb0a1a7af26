#include "predictor/infer/kernels.h"

#define COBRA_KERNEL_SET avx512
#define COBRA_KERNEL_NAME "avx512"
#define COBRA_KERNEL_ROWS 12
#include "predictor/infer/kernels_body.inc"
