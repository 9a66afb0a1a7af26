#include "gate.h"

GateImpl::GateImpl(int inputs, int width)
    : wide(register_module("wide", torch::nn::Linear(inputs, width))), narrow(register_module("narrow", torch::nn::Linear(width, 1))) {}

torch::Tensor GateImpl::forward(torch::Tensor x, torch::Tensor mask) { return narrow->forward(torch::relu(wide->forward(x) + wide->forward(mask))); }
