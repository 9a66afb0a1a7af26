// Futures, atomics, locks and the adapters of containers.
#include <torch/torch.h>

#include <atomic>
#include <future>
#include <mutex>
#include <queue>
#include <stack>

using torch::Tensor;
using torch::nn::Linear;

// ---- asynchronous calls and what they give
struct Futures : torch::nn::Module {
  Linear line{4, 6};
  Tensor forward(Tensor x) {
    auto now = std::async(std::launch::deferred, [this, x] { return line(x); }); // [[2 6]]
    auto wide = now.get();
    std::promise<Tensor> promise;
    auto later = promise.get_future();
    promise.set_value(wide.relu());                                                // [[2 6]]
    std::packaged_task<Tensor(Tensor)> task([](Tensor t) { return t.flatten(); }); // [[12]]
    auto flat = task.get_future();
    task(later.get());
    return flat.get().neg(); // [[12]]
  }
};
// cobra: Futures net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- atomics are worth what they hold
struct Counters : torch::nn::Module {
  std::atomic<int> calls{0};
  std::atomic<bool> ready{false};
  std::mutex mutex;
  std::once_flag once;
  Tensor forward(Tensor x) {
    std::lock_guard<std::mutex> lock(mutex);
    calls++;
    calls.fetch_add(2);
    ++calls;
    ready = true;
    for (int i = 0; i < 2; ++i) std::call_once(once, [&] { x = x.neg(); }); // [[2 4]]
    int four = 4;
    if (ready && calls.compare_exchange_strong(four, 3)) x = x.abs(); // [[2 4]]
    return x.repeat({calls.load(), calls});                           // [[6 12]]
  }
};
// cobra: Counters net; auto x = torch::randn({2, 4}); net.forward(x);

// ---- adapters of containers
struct Adapters : torch::nn::Module {
  Tensor forward(Tensor x) {
    std::queue<std::pair<Tensor, int64_t>> queue;
    queue.emplace(x, 2);
    queue.push({x.neg(), 3}); // [[2 4]]
    std::stack<int64_t> stack;
    stack.emplace(5);
    queue.pop();
    auto [t, n] = queue.front();
    return t.repeat({n, stack.top()}); // [[6 20]]
  }
};
// cobra: Adapters net; auto x = torch::randn({2, 4}); net.forward(x);
