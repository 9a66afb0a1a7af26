#include "predictor/infer/predictor.h"

#include "predictor/infer/likeness.h"
#include "predictor/infer/profile.h"
#include "predictor/infer/transfer.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

namespace cobra {
namespace {

using infer::CallFeatures;
using infer::Context;
using infer::DeviceEntryInfo;
using infer::EncodedCall;
using infer::OperatorCoverage;

/// How much wider the band of an extrapolated figure is taken, as a factor each way: nothing was measured out
/// there to calibrate it.
constexpr double kExtrapolated = 1.5;
/// Band of a call that was measured only as part of longer sequences.
constexpr double kUncalibrated = 2.0;

/// Operators that hand back their input when they don't train.
constexpr std::string_view kIdleOutsideTraining[] = {"aten::dropout", "aten::feature_dropout", "aten::alpha_dropout",
                                                     "aten::feature_alpha_dropout"};

bool isIdle(const Call& call) {
  if (std::ranges::find(kIdleOutsideTraining, call.op->name()) == std::end(kIdleOutsideTraining)) return false;
  const int at = call.op->indexOf("train");
  const auto* train = at < 0 ? nullptr : std::get_if<bool>(&call.arguments[static_cast<std::size_t>(at)]);
  return train && !*train;
}

double bytesOf(const infer::Work& work) { return work.inputBytes + work.weightBytes + work.outputBytes; }

/// True if every number lies where the profile has measured.
bool inRange(const OperatorCoverage& coverage, const CallFeatures& features, const EncodedCall& encoded) {
  if (encoded.unseen || !coverage.flops.holds(features.work.flops) || !coverage.bytes.holds(bytesOf(features.work))) return false;
  for (std::size_t t = 0; t < encoded.tokens.size(); ++t) {
    const auto& ranges = coverage.numbers[t];
    const infer::EncodedToken& token = encoded.tokens[t];
    if (static_cast<std::size_t>(token.count) > ranges.size()) return false;
    for (int i = 0; i < token.count; ++i) {
      const auto value = encoded.numbers[static_cast<std::size_t>(token.first + i)].value;
      if (!ranges[static_cast<std::size_t>(i)].holds(static_cast<double>(value))) return false;
    }
  }
  return true;
}

/// False where the members are further apart than they were on measured calls.
bool agrees(const OperatorCoverage& coverage, const infer::Estimate& estimate) {
  return coverage.spread <= 0 || estimate.spread <= coverage.spread;
}

Latency banded(double ms, const OperatorCoverage& coverage, bool inside, bool extrapolated) {
  double low = 1 / kUncalibrated, high = kUncalibrated;
  if (const auto& bands = coverage.bandsFor(inside); !bands.empty()) {
    auto band = std::ranges::find_if(bands, [&](const infer::Band& b) { return ms <= b.upToMs; });
    if (band == bands.end()) band = std::prev(band);
    low = band->low;
    high = band->high;
  }
  if (extrapolated) {
    low /= kExtrapolated;
    high *= kExtrapolated;
  }
  return {.ms = ms, .lowMs = ms * std::min(low, 1.0), .highMs = ms * std::max(high, 1.0), .extrapolated = extrapolated};
}

Latency estimated(const CallFeatures& features, const DeviceEntryInfo& device) {
  const infer::Analytic& a = device.analytic;
  const double ms = a.launchMs + features.work.flops * a.msPerFlop + bytesOf(features.work) * a.msPerByte;
  return {.ms = ms, .lowMs = ms * std::min(a.low, 1.0), .highMs = ms * std::max(a.high, 1.0), .extrapolated = true, .covered = false};
}

/// A view moves no data; operators that copy only when they must (reshape, contiguous) may still do so.
Latency viewed(const CallFeatures& features, const DeviceEntryInfo& device) {
  Latency latency;
  if (features.op->name() == "aten::reshape" || features.op->name() == "aten::contiguous" || features.op->name() == "aten::flatten") {
    latency.highMs = estimated(features, device).highMs;
  }
  return latency;
}

/// Calls alone have an empty one.
std::string keyOf(const Context& context) {
  std::string key;
  if (context == Context{}) return key;
  for (const float value : context) key += ' ' + std::to_string(value);
  return key;
}

/// Sums bands: errors of one snippet repeat exactly, those of different snippets are correlated by `shared`.
class TotalBand {
public:
  void add(double up, double down) {
    up_ += up;
    down_ += down;
    upSquares_ += up * up;
    downSquares_ += down * down;
  }
  double up(double shared) const { return std::sqrt((1 - shared) * upSquares_ + shared * up_ * up_); }
  double down(double shared) const { return std::sqrt((1 - shared) * downSquares_ + shared * down_ * down_); }

private:
  double up_ = 0, down_ = 0, upSquares_ = 0, downSquares_ = 0;
};

std::string joined(const std::set<std::string, std::less<>>& names) {
  constexpr std::size_t kShown = 6;
  std::string text;
  std::size_t count = 0;
  for (const auto& name : names) {
    if (count == kShown) return text + " and " + std::to_string(names.size() - kShown) + " more";
    text += (count++ ? ", " : "") + name;
  }
  return text;
}

} // namespace

struct Predictor::State {
  struct Answer {
    Latency latency;
    std::string refused; // not empty: shapes can't be told
    std::string like;    // the measured operator that it was taken for
  };
  struct Miss {
    Answer* answer;
    CallFeatures features;
    EncodedCall encoded;
    const OperatorCoverage* coverage;
    Context context = {};
  };

  std::shared_ptr<const Profile> profile;
  const infer::Model* model = nullptr;
  int device = 0;
  std::optional<infer::DeviceAnswers> trained;
  std::unordered_map<std::string, Answer> answers;            // by snippet, and where it runs
  std::unordered_map<std::string, infer::Surroundings> alone; // what a call adds to its network, by snippet
  std::vector<Miss> misses;
  std::vector<infer::EncoderInput> batch;
  std::vector<const OperatorCoverage*> coverage;
  std::vector<infer::Estimate> estimates;

  const DeviceEntryInfo& info() const { return model->devices[static_cast<std::size_t>(device)]; }

  /// What one pass through the graph does; nothing where the model can't use it.
  Context around(const Graph& graph);
  Answer* lookUp(const Call& call, const Context& context);
  void likenTo(Miss& miss, const Call& call) const;
  void settle();
};

/// Where an operator was not measured, but one that runs the same kernels was, that one answers.
void Predictor::State::likenTo(Miss& miss, const Call& call) const {
  const auto like = infer::likeness(call);
  if (!like) return;
  auto features = infer::featuresOf(*like);
  auto* known = std::get_if<CallFeatures>(&features);
  EncodedCall encoded;
  if (!known || !model->vocabulary.encode(*known, encoded)) return;
  miss.coverage = info().find(encoded.op);
  if (!miss.coverage) return;
  miss.features = std::move(*known);
  miss.encoded = std::move(encoded);
  miss.answer->like = like->op->fullName();
}

Context Predictor::State::around(const Graph& graph) {
  if (!model->context || graph.nodes.size() < 2) return {};
  infer::Surroundings sum;
  for (const Node& node : graph.nodes) {
    const auto [slot, isNew] = alone.try_emplace(printSnippet(node.call));
    if (isNew) {
      const auto features = infer::featuresOf(node.call);
      if (const auto* known = std::get_if<CallFeatures>(&features)) slot->second.add(*known);
    }
    sum.bytes += slot->second.bytes;
    sum.ms += slot->second.ms;
  }
  return infer::contextOf(sum);
}

/// The cached answer, or a new one that settle() fills.
Predictor::State::Answer* Predictor::State::lookUp(const Call& call, const Context& context) {
  constexpr std::size_t kMaxAnswers = 1 << 16;
  if (answers.size() > kMaxAnswers && misses.empty()) answers.clear();
  if (alone.size() > kMaxAnswers) alone.clear();
  const auto [slot, isNew] = answers.try_emplace(printSnippet(call) + keyOf(context));
  Answer* answer = &slot->second;
  if (!isNew) return answer;
  auto features = infer::featuresOf(call);
  if (auto* why = std::get_if<std::string>(&features)) {
    answer->refused = *why;
    answer->latency.covered = false;
    return answer;
  }
  Miss miss{answer, std::get<CallFeatures>(std::move(features)), {}, nullptr, context};
  if (isIdle(call)) return answer;
  if (model->vocabulary.encode(miss.features, miss.encoded)) miss.coverage = info().find(miss.encoded.op);
  if (!miss.coverage) likenTo(miss, call);
  if (miss.coverage) {
    misses.push_back(std::move(miss));
  } else {
    answer->latency = infer::isView(*call.op) ? viewed(miss.features, info()) : estimated(miss.features, info());
  }
  return answer;
}

void Predictor::State::settle() {
  batch.clear();
  coverage.clear();
  for (const Miss& miss : misses) {
    batch.push_back({&miss.features, &miss.encoded, miss.context});
    coverage.push_back(miss.coverage);
  }
  estimates.resize(batch.size());
  trained->run(batch, coverage, device, estimates);
  for (std::size_t i = 0; i < misses.size(); ++i) {
    const Miss& miss = misses[i];
    const bool like = !miss.answer->like.empty();
    const bool known = inRange(*miss.coverage, miss.features, miss.encoded) && agrees(*miss.coverage, estimates[i]);
    miss.answer->latency = banded(estimates[i].ms, *miss.coverage, miss.context != Context{}, like || !known);
    miss.answer->latency.covered = !like;
  }
  misses.clear();
}

Predictor::Predictor(std::shared_ptr<const Profile> profile, std::string device) : state_(std::make_unique<State>()) {
  state_->profile = std::move(profile);
  state_->model = &static_cast<const infer::ModelProfile&>(*state_->profile).model();
  state_->device = std::max(0, state_->model->deviceIndex(device));
  state_->trained.emplace(*state_->model);
}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

Latency Predictor::predict(const Call& call) {
  const State::Answer* answer = state_->lookUp(call, {});
  state_->settle();
  return answer->latency;
}

GraphLatency Predictor::predict(const Graph& graph) {
  GraphLatency result;
  std::vector<State::Answer*> answers;
  answers.reserve(graph.nodes.size());
  const Context context = state_->around(graph);
  for (const Node& node : graph.nodes) answers.push_back(state_->lookUp(node.call, context));
  state_->settle();

  // In the order of the graph: sums in the order of addresses would differ in their last digit from one run to the next.
  std::vector<std::pair<const State::Answer*, int>> counts;
  std::unordered_map<const State::Answer*, std::size_t> placeOf; // in `counts`
  std::set<std::string, std::less<>> estimated, likened, outside;
  std::size_t estimatedNodes = 0, likenedNodes = 0, outsideNodes = 0;
  const std::string& device = state_->info().name;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const State::Answer& answer = *answers[i];
    const std::string name{graph.nodes[i].call.op->fullName()};
    if (!answer.refused.empty()) {
      result.notes.push_back("the latency of " + name + " is not known: " + answer.refused);
    } else if (!answer.like.empty()) {
      likened.insert(name + " as " + answer.like);
      ++likenedNodes;
    } else if (!answer.latency.covered) {
      estimated.insert(name);
      ++estimatedNodes;
    } else if (answer.latency.extrapolated) {
      outside.insert(name);
      ++outsideNodes;
    }
    result.nodes.push_back(answer.latency);
    result.total.ms += answer.latency.ms;
    result.total.covered = result.total.covered && answer.latency.covered;
    result.total.extrapolated = result.total.extrapolated || answer.latency.extrapolated;
    const auto [place, isNew] = placeOf.try_emplace(&answer, counts.size());
    if (isNew) counts.emplace_back(&answer, 0);
    ++counts[place->second].second;
  }
  TotalBand band;
  for (const auto& [answer, count] : counts) {
    band.add(count * (answer->latency.highMs - answer->latency.ms), count * (answer->latency.ms - answer->latency.lowMs));
  }
  const auto& totals = state_->info().totals;
  const double shared = totals ? totals->shared : state_->model->shared;
  result.total.highMs = result.total.ms + band.up(shared);
  result.total.lowMs = std::max(0.0, result.total.ms - band.down(shared));
  const std::string of = " of " + std::to_string(graph.nodes.size()) + " operators ";
  if (estimatedNodes > 0) {
    result.notes.push_back(std::to_string(estimatedNodes) + of + "were never measured on " + device +
                           " and are estimated from their FLOPs and bytes: " + joined(estimated));
  }
  if (likenedNodes > 0) {
    result.notes.push_back(std::to_string(likenedNodes) + of + "were never measured on " + device +
                           " and are estimated as those of LibTorch that run the same kernels: " + joined(likened));
  }
  if (outsideNodes > 0) {
    result.notes.push_back(std::to_string(outsideNodes) + of + "lie outside what was measured on " + device +
                           " and are extrapolated: " + joined(outside));
  }
  return result;
}

} // namespace cobra
