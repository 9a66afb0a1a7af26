#include "../gated.h"

torch::Tensor doubled(torch::Tensor x) { return torch::relu(x); }
