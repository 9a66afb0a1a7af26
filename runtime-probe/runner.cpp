#include "runtime-probe/runner.h"

#include "runtime-probe/cublas/call.h"
#include "runtime-probe/cuda/runtime.h"
#include "runtime-probe/cudnn/call.h"

#include <algorithm>
#include <array>

namespace cobra::probe {
namespace {

class CallWorkload final : public Workload {
public:
  explicit CallWorkload(BoxedCall call) : call_(std::move(call)) {}
  void repeat(std::int64_t count) override { call_.repeat(count); }
  void prepare() override { call_.restore(); }
  // Changed over and over, values run away to infinity or to denormals, which take another time: start afresh
  // soon.
  std::int64_t mostBatch() const override { return call_.reshapesInputs() ? 1 : call_.changesInputs() ? 8 : 4096; }

private:
  BoxedCall call_;
};

Prepared byLibTorch(const Call& call, const MeasureSetting& setting) {
  Prepared ready{laneOf(setting), nullptr};
  auto made = BoxedCall::make(call, setting.call);
  if (auto* failure = std::get_if<CallFailure>(&made)) throw *failure;
  ready.workload = std::make_unique<CallWorkload>(std::move(std::get<BoxedCall>(made)));
  return ready;
}

struct Space {
  std::string_view prefix;
  Runner runner;
  std::string (*version)();
};
constexpr std::array libraries = {Space{"cudnn::", cudnn::prepare, cudnn::version}, Space{"cublas::", cublas::prepare, cublas::version}};

auto libraryOf(std::string_view op) {
  return std::ranges::find_if(libraries, [&](const Space& space) { return op.starts_with(space.prefix); });
}

} // namespace

Runner runnerOf(std::string_view op) {
  auto library = libraryOf(op);
  return library == libraries.end() ? byLibTorch : library->runner;
}

bool ofLibTorch(std::string_view op) { return libraryOf(op) == libraries.end(); }

bool withoutLibTorch(const std::vector<std::string>& ops) { return !ops.empty() && std::ranges::none_of(ops, ofLibTorch); }

std::string libraryVersions(const std::vector<std::string>& ops) {
  std::string versions = cuda::Runtime::load().version();
  for (const Space& space : libraries)
    if (std::ranges::any_of(ops, [&](std::string_view op) { return op.starts_with(space.prefix); })) versions += ", " + space.version();
  return versions;
}

} // namespace cobra::probe
