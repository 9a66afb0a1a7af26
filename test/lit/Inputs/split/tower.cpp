#include "nets/tower.h"
TowerImpl::TowerImpl() : block(register_module("block", Block())) {}
torch::Tensor TowerImpl::forward(torch::Tensor x) { return torch::relu(block->forward(x)); }
