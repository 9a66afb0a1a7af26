#include "predictor/train/training/peers.h"

// The wheel is built with Gloo and does not say so in a header.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <cstdlib>

namespace cobra::train {
namespace {

constexpr std::chrono::seconds kPatience{60};

/// The first line of an exception of c10d's; the rest is a stack.
std::string firstLine(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> optionsFor(const Launch& launch) {
  auto options = c10d::ProcessGroupGloo::Options::create(kPatience);
  const bool loopback = launch.address == "localhost" || launch.address.starts_with("127.");
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME")) {
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface));
  } else if (loopback) {
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
  } else {
    options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
  }
  return options;
}

class GlooPeers final : public Peers {
public:
  explicit GlooPeers(const Launch& launch) : launch_(launch) {
    c10d::TCPStoreOptions options;
    options.port = launch.port;
    options.isServer = launch.serves;
    options.numWorkers = static_cast<std::size_t>(launch.size);
    options.waitWorkers = false; // the group below waits for all
    options.timeout = kPatience;
    store_ = c10::make_intrusive<c10d::TCPStore>(launch.address, options);
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store_, launch.rank, launch.size, optionsFor(launch));
  }
  /// The process that holds the store ends last, or the others' connections break.
  ~GlooPeers() override {
    try {
      group_->barrier()->wait();
    } catch (const std::exception&) { // somebody is gone already
    }
  }

  int rank() const override { return launch_.rank; }
  int size() const override { return launch_.size; }
  void sum(at::Tensor& values) override {
    std::vector<at::Tensor> tensors{values};
    try {
      group_->allreduce(tensors)->wait();
    } catch (const std::exception& error) {
      throw std::runtime_error(firstLine(error));
    }
  }

private:
  Launch launch_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

} // namespace

std::variant<std::unique_ptr<Peers>, std::string> joinPeers(const Launch& launch) {
  try {
    return std::make_unique<GlooPeers>(launch);
  } catch (const std::exception& error) {
    return "process " + std::to_string(launch.rank) + " of " + std::to_string(launch.size) + " does not find the others at " +
           launch.address + ":" + std::to_string(launch.port) + ": " + firstLine(error);
  }
}

} // namespace cobra::train
