#include "../gated.h"

GatedImpl::GatedImpl(int64_t width) { line = register_module("line", torch::nn::Linear(width, 99)); }
int main() {}
