// Threads: what another one does is read where it starts, or where the program waits for it. Only read: a recording is of one thread.
#include <torch/torch.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;

// ---- threads that write into what they share
struct Threads : torch::nn::Module {
  Linear line{4, 6};
  void part(Tensor x, Tensor& out) { out = line(x); } // [[1 6]] [[1 6]]
  Tensor forward(Tensor x) {
    std::vector<Tensor> parts(2);
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back(&Threads::part, this, x[i].unsqueeze(0), std::ref(parts[i])); // [[4]] [[1 4]] [[4]] [[1 4]]
      threads.back().join();
    }
    return torch::cat(parts); // [[2 6]]
  }
};
// cobra: Threads net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- a worker that waits for jobs: it is read again when the program waits for it
class Worker {
public:
  Worker() : thread_([this] { loop(); }) {}
  ~Worker() { stop(); }
  std::future<Tensor> submit(Tensor x) {
    Job job{std::move(x), {}};
    auto result = job.result.get_future();
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push(std::move(job));
    ready_.notify_one();
    return result;
  }
  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    ready_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

private:
  struct Job {
    Tensor x;
    std::promise<Tensor> result;
  };
  void loop() {
    for (;;) {
      Job job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        ready_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop();
      }
      job.result.set_value(job.x.sin()); // [[2 4]] [[3 4]]
    }
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::queue<Job> jobs_;
  bool ended_ = false;
  std::thread thread_;
};
struct Served : torch::nn::Module {
  Tensor forward(Tensor x) {
    Worker worker;
    auto one = worker.submit(x), two = worker.submit(x.repeat({3, 1}).slice(0, 0, 3)); // [[6 4]] [[3 4]]
    worker.stop();
    return torch::cat({one.get(), two.get()}); // [[5 4]]
  }
};
// cobra: Served net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- a thread that looks for work now and then, and one that never ends: what comes after them is read
struct Pollers : torch::nn::Module {
  Tensor forward(Tensor x) {
    bool ended = false;
    std::vector<Tensor> jobs;
    std::thread sleeper([&] {
      while (!ended) {
        if (jobs.empty()) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          continue;
        }
        x = x + jobs.back();
        jobs.pop_back();
      }
    });
    ended = true;
    sleeper.join();
    return x.neg(); // [[2 4]]
  }
};
// cobra: Pollers net; auto x = torch::randn({2, 4}); net.forward(x);

struct Spinner : torch::nn::Module {
  Tensor forward(Tensor x) {
    int64_t turns = 0;
    auto spin = [&turns] {
      for (;;) ++turns;
    };
    std::thread spinner(spin); // open: the thread is followed no further: a loop of another thread turns more than 10000 times
    spinner.detach();
    return x.neg(); // [[2 4]]
  }
};
// cobra: Spinner net; auto x = torch::randn({2, 4}); net.forward(x);
