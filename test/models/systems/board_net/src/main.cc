#include "batcher.h"
#include <iostream>

int main(int argc, char** argv) {
  try {
    const auto config = chessnet::NetworkConfig::Parse(argc > 1 ? argv[1] : "filters=64;blocks=6;policy=attention;wdl=1");
    auto net = std::make_shared<chessnet::Network>(config);
    net->eval();
    std::cout << "parameters: " << net->CountParameters() << std::endl;
    torch::Device device = torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
    net->to(device);
    chessnet::BatchEvaluator evaluator(net, device, 16);
    std::vector<std::future<chessnet::Output>> futures;
    for (int i = 0; i < 64; ++i) futures.push_back(evaluator.Submit(torch::zeros({112, 8, 8})));
    for (auto& f : futures) std::cout << f.get().value << "\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    return 1;
  }
}
