// From the graph of ResNet-50 to latencies, and reading a profile: ninja predict_bench && bin/predict_bench
#include "resnet50.h"
#include "small_model.h"

#include "predictor/infer/encoder.h"
#include "predictor/infer/profile.h"

#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

namespace cobra {
namespace {

const Graph& network() {
  static const Graph graph = testing::graphOf(testing::ResNet50Calls(1).calls);
  return graph;
}

std::string bytesOf(const std::string& name) {
  std::ifstream file(std::string(COBRA_SOURCE_DIR) + "/predictor/profiles/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Nothing cached: what one run of the tool pays.
void graphToLatencies(benchmark::State& state, const std::string& profile, const std::string& device) {
  const auto loaded = testing::parsed(bytesOf(profile));
  double total = 0;
  for (auto _ : state) {
    Predictor predictor(loaded, device);
    total = predictor.predict(network()).total.ms;
    benchmark::DoNotOptimize(total);
  }
  state.counters["nodes"] = static_cast<double>(network().nodes.size());
  state.counters["predicted_ms"] = total;
}
BENCHMARK_CAPTURE(graphToLatencies, gpu, "public-gpus.safetensors", "a100-pytorch21")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(graphToLatencies, cpu, "cpu-epyc-avx512.safetensors", "cpu-epyc-avx512")->Unit(benchmark::kMillisecond);

/// The same graph again with the same predictor, as an editor asks.
void graphAgain(benchmark::State& state) {
  Predictor predictor(testing::parsed(bytesOf("cpu-epyc-avx512.safetensors")), "cpu-epyc-avx512");
  for (auto _ : state) benchmark::DoNotOptimize(predictor.predict(network()));
}
BENCHMARK(graphAgain)->Unit(benchmark::kMillisecond);

void loadProfile(benchmark::State& state, const std::string& profile) {
  const std::string bytes = bytesOf(profile);
  for (auto _ : state) benchmark::DoNotOptimize(Profile::parse(bytes, profile));
}
BENCHMARK_CAPTURE(loadProfile, gpu, "public-gpus.safetensors")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(loadProfile, cpu, "cpu-epyc-avx512.safetensors")->Unit(benchmark::kMillisecond);

/// Each instruction set on the products of the encoder: [400, 64] x [64, 192].
void product(benchmark::State& state) {
  int count = 0;
  const auto* const* sets = infer::runnableKernels(count);
  if (state.range(0) >= count) {
    state.SkipWithError("this processor has fewer instruction sets");
    return;
  }
  const infer::Kernels& kernels = *sets[state.range(0)];
  constexpr long rows = 400, k = 64, n = 192;
  const std::vector<float> a(rows * k, 0.5F), w(k * n, 0.25F);
  std::vector<float> out(rows * n);
  for (auto _ : state) {
    kernels.product(a.data(), k, rows, k, w.data(), n, nullptr, out.data(), n);
    benchmark::ClobberMemory();
  }
  state.SetLabel(std::string(kernels.name));
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * rows * k * n, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(product)->Arg(0)->Arg(1)->Arg(2);

} // namespace
} // namespace cobra

BENCHMARK_MAIN();
