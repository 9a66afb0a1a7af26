#include "runtime-probe/cudnn/call.h"

#include "runtime-probe/cuda/inputs.h"
#include "runtime-probe/cuda/lane.h"
#include "runtime-probe/cudnn/api.h"
#include "runtime-probe/cudnn/constants.h"
#include "runtime-probe/cudnn/plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

namespace cobra::probe::cudnn {
namespace {

using cuda::Held;
using Kind = CallFailure::Kind;

constexpr int propagateNaNs = 1; // CUDNN_PROPAGATE_NAN, as LibTorch asks for

int number(const std::string& constant) {
  if (auto known = numberOf(constant)) return *known;
  throw CallFailure{Kind::Argument, "there is no " + constant};
}
int dataType(DType dtype) {
  if (auto known = dataTypeOf(dtype)) return *known;
  throw CallFailure{Kind::Argument, "cuDNN has no tensors of " + std::string(longName(dtype))};
}

/// A descriptor with the memory that it describes.
struct Tensor {
  Held descriptor, memory;
  void* d() const { return descriptor.get(); }
  void* data() const { return memory.get(); }
};

std::size_t bytesOf(const Block& block) {
  std::size_t bytes = static_cast<std::size_t>(byteSize(block.dtype));
  for (int size : block.sizes) bytes *= static_cast<std::size_t>(size);
  return bytes;
}

Held describe(const Api& api, const Block& block) {
  const int rank = static_cast<int>(block.sizes.size());
  if (block.filter) {
    Held made = cuda::hold(api.destroyFilter, [&](void** into) { api.createFilter(into); });
    constexpr int nchw = 0, nhwc = 1;
    api.setFilter(made.get(), dataType(block.dtype), block.channelsLast ? nhwc : nchw, rank, block.sizes.data());
    return made;
  }
  Held made = cuda::hold(api.destroyTensor, [&](void** into) { api.createTensor(into); });
  api.setTensor(made.get(), dataType(block.dtype), rank, block.sizes.data(), block.strides.data());
  return made;
}

/// Factors of a result and of what stood there before: doubles where tensors are, else floats.
struct Factors {
  float oneFloat = 1, zeroFloat = 0;
  double oneDouble = 1, zeroDouble = 0;
  bool doubles = false;
  const void* one() const { return doubles ? static_cast<const void*>(&oneDouble) : &oneFloat; }
  const void* zero() const { return doubles ? static_cast<const void*>(&zeroDouble) : &zeroFloat; }
};

/// Everything that one call needs on the device. It does not move: what runs points into it.
struct Parts {
  Parts(const Call& call, Plan made, const CallSetting& how, cuda::Runtime loaded, void* stream)
      : plan(std::move(made)), api(Api::load()), runtime(std::move(loaded)),
        handleHeld(cuda::hold(api.destroy, [&](void** into) { api.create(into); })), room(how.memoryLimit) {
    factors.doubles = plan.output.dtype == DType::Float64;
    api.setStream(handle(), stream);
    std::vector<Held> filled = cuda::inputsOf(call, how, runtime);
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) inputs.push_back({describe(api, plan.inputs[i]), std::move(filled.at(i))});
    output = {describe(api, plan.output), runtime.allocate(bytesOf(plan.output))};
    for (const Block& block : plan.inputs) room -= static_cast<std::int64_t>(bytesOf(block));
    room -= static_cast<std::int64_t>(bytesOf(plan.output));
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  const Plan plan;
  const Api api;
  const cuda::Runtime runtime;
  Held handleHeld;
  std::vector<Tensor> inputs;
  Tensor output;
  Held setting; // the descriptor of a convolution, a pooling, ...
  Held workspace;
  std::int64_t room; // bytes of the memory limit that tensors leave
  Factors factors;

  void* handle() const { return handleHeld.get(); }
  const void* one() const { return factors.one(); }
  const void* zero() const { return factors.zero(); }
  template <class T> const T& settingAs() const { return std::get<T>(plan.setting); }
  /// The type that cuDNN computes in.
  int sums() const { return dataType(sumOf(plan.output.dtype)); }
};

using Run = std::function<void()>;

// ---- convolutions

struct Convolving {
  Api::Search Api::* search;
  Api::WorkspaceSize Api::* workspace;
  Api::Convolve Api::* run;
};

/// The first of cuDNN's proposals that would work and fits into `room` bytes.
AlgorithmPerf chosen(const Api::Search& search, const Parts& parts, const Tensor& first, const Tensor& second) {
  std::array<AlgorithmPerf, 16> proposals{};
  int count = 0;
  search(parts.handle(), first.d(), second.d(), parts.setting.get(), parts.output.d(), static_cast<int>(proposals.size()), &count,
         proposals.data());
  const auto end = proposals.begin() + std::clamp(count, 0, static_cast<int>(proposals.size()));
  const auto works = std::find_if(proposals.begin(), end, [](const AlgorithmPerf& proposal) { return proposal.status == 0; });
  if (works == end) throw CallFailure{Kind::Refused, "cuDNN proposes no algorithm for this convolution"};
  const auto fits = std::find_if(works, end, [&](const AlgorithmPerf& proposal) {
    return proposal.status == 0 && static_cast<std::int64_t>(proposal.memory) <= parts.room;
  });
  if (fits == end)
    throw CallFailure{Kind::Memory, "no workspace that cuDNN proposes fits the memory limit beside the tensors; the first takes " +
                                        std::to_string(works->memory >> 20) + " MiB"};
  return *fits;
}

Run convolve(Parts& parts, const Convolving& way, std::size_t firstInput, std::size_t secondInput) {
  const Api& api = parts.api;
  const auto& wanted = parts.settingAs<Convolution>();
  parts.setting = cuda::hold(api.destroyConvolution, [&](void** into) { api.createConvolution(into); });
  void* setting = parts.setting.get();
  api.setConvolution(setting, static_cast<int>(wanted.padding.size()), wanted.padding.data(), wanted.stride.data(), wanted.dilation.data(),
                     number(wanted.flipped ? "CUDNN_CONVOLUTION" : "CUDNN_CROSS_CORRELATION"), parts.sums());
  api.setGroups(setting, wanted.groups);
  const Tensor &first = parts.inputs.at(firstInput), &second = parts.inputs.at(secondInput);
  const AlgorithmPerf algorithm = chosen(api.*way.search, parts, first, second);
  api.setMathType(setting, algorithm.mathType);
  std::size_t bytes = 0;
  (api.*way.workspace)(parts.handle(), first.d(), second.d(), setting, parts.output.d(), algorithm.algorithm, &bytes);
  if (bytes > 0) parts.workspace = parts.runtime.allocate(bytes);
  return [&parts, &first, &second, &run = api.*way.run, setting, number = algorithm.algorithm, bytes] {
    run(parts.handle(), parts.one(), first.d(), first.data(), second.d(), second.data(), setting, number, parts.workspace.get(), bytes,
        parts.zero(), parts.output.d(), parts.output.data());
  };
}

Run convolutionForward(Parts& parts) {
  return convolve(parts, {&Api::searchForward, &Api::workspaceForward, &Api::convolutionForward}, 0, 1);
}
Run convolutionBackwardData(Parts& parts) { // the filter first, then the gradient
  return convolve(parts, {&Api::searchBackwardData, &Api::workspaceBackwardData, &Api::convolutionBackwardData}, 1, 0);
}
Run convolutionBackwardFilter(Parts& parts) {
  return convolve(parts, {&Api::searchBackwardFilter, &Api::workspaceBackwardFilter, &Api::convolutionBackwardFilter}, 0, 1);
}

// ---- layers

void setPooling(Parts& parts) {
  const Api& api = parts.api;
  const auto& wanted = parts.settingAs<Pooling>();
  parts.setting = cuda::hold(api.destroyPooling, [&](void** into) { api.createPooling(into); });
  api.setPooling(parts.setting.get(), number(wanted.mode), propagateNaNs, static_cast<int>(wanted.window.size()), wanted.window.data(),
                 wanted.padding.data(), wanted.stride.data());
}
void setActivation(Parts& parts) {
  const Api& api = parts.api;
  const auto& wanted = parts.settingAs<Activation>();
  parts.setting = cuda::hold(api.destroyActivation, [&](void** into) { api.createActivation(into); });
  api.setActivation(parts.setting.get(), number(wanted.mode), propagateNaNs, wanted.coefficient);
}

Run forward(Parts& parts, const Api::Through& run) {
  return [&parts, &run] {
    const Tensor& x = parts.inputs[0];
    run(parts.handle(), parts.setting.get(), parts.one(), x.d(), x.data(), parts.zero(), parts.output.d(), parts.output.data());
  };
}
Run backward(Parts& parts, const Api::Back& run) {
  return [&parts, &run] {
    const Tensor &y = parts.inputs[0], &gradient = parts.inputs[1], &x = parts.inputs[2];
    run(parts.handle(), parts.setting.get(), parts.one(), y.d(), y.data(), gradient.d(), gradient.data(), x.d(), x.data(), parts.zero(),
        parts.output.d(), parts.output.data());
  };
}
Run poolingForward(Parts& parts) { return setPooling(parts), forward(parts, parts.api.poolingForward); }
Run poolingBackward(Parts& parts) { return setPooling(parts), backward(parts, parts.api.poolingBackward); }
Run activationForward(Parts& parts) { return setActivation(parts), forward(parts, parts.api.activationForward); }
Run activationBackward(Parts& parts) { return setActivation(parts), backward(parts, parts.api.activationBackward); }

Run softmaxForward(Parts& parts) {
  const auto& wanted = parts.settingAs<Softmax>();
  return [&parts, algorithm = number(wanted.algorithm), mode = number(wanted.mode)] {
    const Tensor& x = parts.inputs[0];
    parts.api.softmaxForward(parts.handle(), algorithm, mode, parts.one(), x.d(), x.data(), parts.zero(), parts.output.d(),
                             parts.output.data());
  };
}
Run softmaxBackward(Parts& parts) {
  const auto& wanted = parts.settingAs<Softmax>();
  return [&parts, algorithm = number(wanted.algorithm), mode = number(wanted.mode)] {
    const Tensor &y = parts.inputs[0], &gradient = parts.inputs[1];
    parts.api.softmaxBackward(parts.handle(), algorithm, mode, parts.one(), y.d(), y.data(), gradient.d(), gradient.data(), parts.zero(),
                              parts.output.d(), parts.output.data());
  };
}

// ---- tensors

Run convolutionBackwardBias(Parts& parts) {
  return [&parts] {
    const Tensor& gradient = parts.inputs[0];
    parts.api.convolutionBackwardBias(parts.handle(), parts.one(), gradient.d(), gradient.data(), parts.zero(), parts.output.d(),
                                      parts.output.data());
  };
}
/// In place, as cuDNN does it: self = other + self.
Run addTensor(Parts& parts) {
  return [&parts] {
    const Tensor &self = parts.inputs[0], &other = parts.inputs[1];
    parts.api.addTensor(parts.handle(), parts.one(), other.d(), other.data(), parts.one(), self.d(), self.data());
  };
}
Run opTensor(Parts& parts) {
  const Api& api = parts.api;
  parts.setting = cuda::hold(api.destroyOpTensor, [&](void** into) { api.createOpTensor(into); });
  api.setOpTensor(parts.setting.get(), number(parts.settingAs<Elementwise>().op), parts.sums(), propagateNaNs);
  return [&parts] {
    const Tensor &self = parts.inputs[0], &other = parts.inputs[1];
    parts.api.opTensor(parts.handle(), parts.setting.get(), parts.one(), self.d(), self.data(), parts.one(), other.d(), other.data(),
                       parts.zero(), parts.output.d(), parts.output.data());
  };
}

const std::map<std::string_view, Run (*)(Parts&)>& functions() {
  static const std::map<std::string_view, Run (*)(Parts&)> table{
      {"cudnnConvolutionForward", convolutionForward},
      {"cudnnConvolutionBackwardData", convolutionBackwardData},
      {"cudnnConvolutionBackwardFilter", convolutionBackwardFilter},
      {"cudnnConvolutionBackwardBias", convolutionBackwardBias},
      {"cudnnPoolingForward", poolingForward},
      {"cudnnPoolingBackward", poolingBackward},
      {"cudnnActivationForward", activationForward},
      {"cudnnActivationBackward", activationBackward},
      {"cudnnSoftmaxForward", softmaxForward},
      {"cudnnSoftmaxBackward", softmaxBackward},
      {"cudnnAddTensor", addTensor},
      {"cudnnOpTensor", opTensor},
  };
  return table;
}

class CudnnCall final : public Workload {
public:
  explicit CudnnCall(std::unique_ptr<Parts> parts) : parts_(std::move(parts)), run_(functions().at(parts_->plan.function)(*parts_)) {}
  void repeat(std::int64_t count) override {
    for (; count > 0; --count) run_();
  }

private:
  std::unique_ptr<Parts> parts_;
  Run run_;
};

Plan planned(const Call& call, const CallSetting& setting) {
  if (!hasPlan(call.op->name()))
    throw CallFailure{Kind::UnknownOperator, "the probe cannot run " + std::string(call.op->name()) + " through cuDNN"};
  auto plan = planOf(call, setting.channelsLast);
  if (auto* sentence = std::get_if<std::string>(&plan)) throw CallFailure{Kind::Argument, *sentence};
  return std::get<Plan>(std::move(plan));
}

} // namespace

Prepared prepare(const Call& call, const MeasureSetting& setting) {
  Plan plan = planned(call, setting.call);
  cuda::Runtime runtime = cuda::onDevice(call, setting.call);
  auto lane = std::make_unique<cuda::StreamLane>(runtime);
  auto parts = std::make_unique<Parts>(call, std::move(plan), setting.call, std::move(runtime), lane->stream());
  return {std::move(lane), std::make_unique<CudnnCall>(std::move(parts))};
}

std::string version() { return Api::load().version(); }

} // namespace cobra::probe::cudnn
