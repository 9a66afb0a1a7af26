#pragma once
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "chessnet/network.h"

namespace chessnet {

struct Request {
  torch::Tensor planes;
  std::promise<Output> promise;
};

class BatchEvaluator {
public:
  BatchEvaluator(std::shared_ptr<Network> net, torch::Device device, size_t max_batch)
      : net_(std::move(net)), device_(device), max_batch_(max_batch), stop_(false), worker_([this] { Loop(); }) {}
  ~BatchEvaluator() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    cv_.notify_all();
    worker_.join();
  }
  std::future<Output> Submit(torch::Tensor planes) {
    Request r{std::move(planes), {}};
    auto f = r.promise.get_future();
    {
      std::unique_lock<std::mutex> lock(mutex_);
      queue_.push(std::move(r));
    }
    cv_.notify_one();
    return f;
  }
  std::vector<Output> Evaluate(std::vector<torch::Tensor> batch) {
    torch::NoGradGuard no_grad;
    auto input = torch::stack(batch).to(device_);
    auto out = net_->forward(input);
    std::vector<Output> result(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      result[i].policy = out.policy[i].cpu();
      result[i].value = out.value[i].cpu();
      if (out.moves_left) result[i].moves_left = (*out.moves_left)[i];
    }
    return result;
  }

private:
  void Loop() {
    while (!stop_) {
      std::vector<Request> batch;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        cv_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        while (!queue_.empty() && batch.size() < max_batch_) {
          batch.push_back(std::move(queue_.front()));
          queue_.pop();
        }
      }
      if (batch.empty()) continue;
      std::vector<torch::Tensor> planes;
      for (auto& r : batch) planes.push_back(r.planes);
      auto outs = Evaluate(std::move(planes));
      for (size_t i = 0; i < outs.size(); ++i) batch[i].promise.set_value(std::move(outs[i]));
    }
  }
  std::shared_ptr<Network> net_;
  torch::Device device_;
  size_t max_batch_;
  std::atomic<bool> stop_;
  std::mutex mutex_;
  std::condition_variable cv_;
  std::queue<Request> queue_;
  std::thread worker_;
};

} // namespace chessnet
