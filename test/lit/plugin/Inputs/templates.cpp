#include <torch/torch.h>

template <int Width> struct BlockImpl : torch::nn::Module {
  torch::nn::Linear fc{nullptr};
  explicit BlockImpl(int count) : fc(register_module("fc", torch::nn::Linear(Width, count))) {}
  torch::Tensor forward(torch::Tensor x) { return torch::relu(fc->forward(x)); }
};

struct TowerImpl : torch::nn::Module {
  std::shared_ptr<BlockImpl<8>> block;
  TowerImpl() : block(std::make_shared<BlockImpl<8>>(8)) { register_module("block", block); }
  torch::Tensor forward(torch::Tensor x) { return block->forward(x); }
};
TORCH_MODULE(Tower);

int main() {
  Tower tower;
  tower->forward(torch::randn({4, 8}));
}
