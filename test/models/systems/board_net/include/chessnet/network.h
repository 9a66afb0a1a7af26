#ifndef CHESSNET_NETWORK_H
#define CHESSNET_NETWORK_H
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <torch/torch.h>

namespace chessnet {

/// Configuration of the network, read from key=value pairs.
struct NetworkConfig {
  int input_planes = 112;
  int filters = 32;
  int blocks = 3;
  int se_ratio = 4;
  enum class PolicyType { kClassic, kConvolution, kAttention } policy = PolicyType::kConvolution;
  enum class ValueType { kScalar, kWDL } value = ValueType::kWDL;
  bool moves_left = true;
  static NetworkConfig Parse(const std::string& text);
};

class SEUnit;
class ResidualBlock;

struct Output {
  torch::Tensor policy;
  torch::Tensor value;
  c10::optional<torch::Tensor> moves_left;
};

class Network : public torch::nn::Module {
public:
  explicit Network(const NetworkConfig& config);
  ~Network() override;
  Output forward(const torch::Tensor& planes);
  void InitWeights();
  int64_t CountParameters() const;

private:
  struct Heads;
  NetworkConfig config_;
  torch::nn::Sequential input_{nullptr};
  torch::nn::ModuleList tower_;
  std::unique_ptr<Heads> heads_;
};

} // namespace chessnet
#endif
