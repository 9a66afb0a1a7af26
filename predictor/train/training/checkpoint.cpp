#include "predictor/train/training/checkpoint.h"

#include "predictor/format/file.h"
#include "predictor/format/safetensors.h"
#include "predictor/train/hash.h"

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>

namespace cobra::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKey = "cobra.checkpoint";
constexpr int kFormat = 1;
constexpr const char* kOrder = "sampler.order";

std::span<const float> valuesOf(const at::Tensor& tensor) { return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())}; }

/// The tensors of a checkpoint by name; the last is there only where training may end early.
std::vector<std::pair<const char*, const at::Tensor*>> tensorsOf(const Checkpoint& c) {
  return {{"weights", &c.weights},
          {"optimizer.first", &c.optimizer.first},
          {"optimizer.second", &c.optimizer.second},
          {"optimizer.averaged", &c.optimizer.averaged},
          {"stop.weights", &c.stop.weights}};
}

at::Tensor tensorOf(const format::Document& document, const char* name) {
  const std::int64_t anySize[] = {-1};
  const format::Tensor* found = document.find(name, anySize);
  return found ? at::tensor(found->values) : at::Tensor();
}

} // namespace

std::string fingerprint(const Dataset& data, const FitOptions& options) {
  Hash hash;
  const auto add = [&](double value) { hash.add(std::bit_cast<std::uint64_t>(value)); };
  const infer::Architecture& a = options.architecture;
  for (const int value : {a.width, a.layers, a.heads, a.inner, a.hidden, options.steps, options.groups, options.rowsPerGroup,
                          options.validateEvery, options.patience}) {
    hash.add(static_cast<std::uint64_t>(value));
  }
  hash.add(options.seed);
  for (const double value : {options.noise, options.rate, options.warmUp, options.decay, options.clip, options.average, options.firstMoment,
                             options.secondMoment}) {
    add(value);
  }
  for (const std::string& name : options.focus) hash.add(name);
  for (const DeviceSource& device : data.devices) hash.add(device.name);
  for (const infer::CallFeatures& call : data.calls) hash.add(shapeOf(call));
  for (const DatasetRow& row : data.rows) {
    hash.add(static_cast<std::uint64_t>(row.part));
    hash.add(static_cast<std::uint64_t>(row.device));
    for (const int call : row.calls) hash.add(static_cast<std::uint64_t>(call));
    add(row.ms);
    add(row.at.value_or(-1));
  }
  return hash.hex();
}

std::optional<std::string> writeCheckpoint(const std::filesystem::path& file, const Checkpoint& c) {
  const Json json{{"format", kFormat},          {"training", c.training},     {"step", c.step},
                  {"recent", c.recent},         {"validation", c.validation}, {"seconds", c.seconds},
                  {"moved", c.optimizer.count}, {"random", c.sampler.random}, {"next", c.sampler.next},
                  {"losses", c.sampler.losses}, {"best", c.stop.best},        {"best_step", c.stop.bestStep},
                  {"waited", c.stop.waited}};
  const std::vector<float> order(c.sampler.order.begin(), c.sampler.order.end());
  std::vector<format::StoredTensor> stored;
  for (const auto& [name, tensor] : tensorsOf(c)) {
    if (tensor->defined()) stored.push_back({name, {tensor->numel()}, valuesOf(*tensor)});
  }
  stored.push_back({kOrder, {static_cast<std::int64_t>(order.size())}, order});
  const std::string bytes = format::printSafetensors({{kKey, json.dump()}}, stored);
  if (bytes.size() > format::kMaxFileBytes) {
    return "'" + file.string() + "' cannot be written: the state of this training is larger than the " +
           std::to_string(format::kMaxFileBytes >> 20) + " MiB of a checkpoint";
  }
  if (auto error = format::writeFileAtomically(file, bytes)) return error->sentence;
  return std::nullopt;
}

std::variant<Checkpoint, std::string> readCheckpoint(const std::filesystem::path& file) {
  auto read = format::readSafetensors(file);
  if (auto* error = std::get_if<format::FormatError>(&read)) return error->sentence;
  const auto& document = std::get<format::Document>(read);
  const std::string name = "'" + file.string() + "' ";
  const auto found = document.metadata.find(kKey);
  const Json json = found == document.metadata.end() ? Json() : Json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return name + "is not the checkpoint of a training";
  Checkpoint c;
  try {
    if (json.at("format").get<int>() != kFormat) return name + "is a checkpoint of another version of this program";
    c.training = json.at("training").get<std::string>();
    c.step = json.at("step").get<int>();
    c.recent = json.at("recent").get<double>();
    c.validation = json.at("validation").get<double>();
    c.seconds = json.at("seconds").get<double>();
    c.optimizer.count = json.at("moved").get<int>();
    c.sampler.random = json.at("random").get<std::string>();
    c.sampler.next = json.at("next").get<std::vector<std::size_t>>();
    c.sampler.losses = json.at("losses").get<std::vector<double>>();
    c.stop.best = json.at("best").get<double>();
    c.stop.bestStep = json.at("best_step").get<int>();
    c.stop.waited = json.at("waited").get<int>();
  } catch (const Json::exception&) {
    return name + "is a checkpoint in which something is missing or of a wrong kind";
  }
  c.weights = tensorOf(document, "weights");
  c.optimizer.first = tensorOf(document, "optimizer.first");
  c.optimizer.second = tensorOf(document, "optimizer.second");
  c.optimizer.averaged = tensorOf(document, "optimizer.averaged");
  c.stop.weights = tensorOf(document, "stop.weights");
  at::Tensor order = tensorOf(document, kOrder);
  for (at::Tensor* tensor : {&c.weights, &c.optimizer.first, &c.optimizer.second, &c.optimizer.averaged, &order}) {
    if (!tensor->defined()) return name + "is a checkpoint in which a tensor is missing";
  }
  for (const float row : valuesOf(order)) c.sampler.order.push_back(static_cast<int>(row));
  return c;
}

} // namespace cobra::train
