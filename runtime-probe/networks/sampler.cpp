#include "runtime-probe/networks/sampler.h"

#include "runtime-probe/networks/fbnet.h"
#include "runtime-probe/networks/modern.h"
#include "runtime-probe/networks/nas_bench_201.h"
#include "runtime-probe/networks/resnet_like.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

namespace cobra::probe {
namespace {

/// A space that the limits leave (nearly) empty ends instead of searching for ever.
constexpr int mostTries = 2000;

/// What all samplers share: limits, batch sizes in turn, names.
class Sequence {
public:
  Sequence(std::string_view space, NetworkSetting setting) : space_(space), setting_(std::move(setting)) {}
  const NetworkSetting& setting() const { return setting_; }
  std::int64_t number() const { return number_; }
  std::int64_t batch() const { return setting_.batches[static_cast<std::size_t>(number_) % setting_.batches.size()]; }
  bool fits(const Network& network) const { return setting_.flopLimit <= 0 || network.flops() <= setting_.flopLimit; }
  /// Counts a network and names it.
  Network named(Network network, const std::string& what) {
    network.name = std::string(space_) + " " + std::to_string(number_++) + " of seed " + std::to_string(setting_.seed) +
                   (what.empty() ? "" : ", " + what) + ", batch " + std::to_string(network.input.shape[0]) + ", image " +
                   std::to_string(network.input.shape[2]);
    return network;
  }

private:
  std::string_view space_;
  NetworkSetting setting_;
  std::int64_t number_ = 0;
};

NetworkSampler resnetLike(const NetworkSetting& setting) {
  return [sequence = Sequence("cobra-2022", setting), seen = std::unordered_set<std::uint64_t>(),
          drawn = std::int64_t(0)]() mutable -> std::optional<Network> {
    const std::int64_t image = sequence.setting().image;
    for (int tries = 0; tries < mostTries; ++tries) {
      Random random(generatorFor(sequence.setting().seed, drawn++));
      auto architecture = resnet::pruned(resnet::drawArchitecture(random));
      if (!architecture || seen.contains(resnet::isomorphismHash(*architecture))) continue;
      auto network = resnet::build(*architecture, {DType::Float32, {sequence.batch(), 3, image, image}});
      if (!network || !sequence.fits(*network)) continue;
      seen.insert(resnet::isomorphismHash(*architecture));
      return sequence.named(*std::move(network), "");
    }
    return std::nullopt;
  };
}

NetworkSampler nasBench201(const NetworkSetting& setting) {
  std::vector<std::int64_t> order(nas201::architectures);
  std::iota(order.begin(), order.end(), 0);
  Random random(generatorFor(setting.seed, 0));
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i) - 1))]);
  return
      [sequence = Sequence("nas-bench-201", setting), order = std::move(order), at = std::size_t(0)]() mutable -> std::optional<Network> {
        while (at < order.size()) {
          Network network = nas201::build(nas201::cellOf(order[at++]), sequence.batch());
          std::string cell = network.name;
          if (sequence.fits(network)) return sequence.named(std::move(network), cell);
        }
        return std::nullopt;
      };
}

NetworkSampler fbNet(const NetworkSetting& setting) {
  return [sequence = Sequence("fbnet", setting), seen = std::unordered_set<std::string>(),
          drawn = std::int64_t(0)]() mutable -> std::optional<Network> {
    for (int tries = 0; tries < mostTries; ++tries) {
      Random random(generatorFor(sequence.setting().seed, drawn++));
      fbnet::Blocks blocks{};
      for (int& kind : blocks) kind = static_cast<int>(random.between(0, 8));
      Network network = fbnet::build(blocks, sequence.batch(), sequence.setting().image);
      std::string text = network.name;
      if (sequence.fits(network) && seen.insert(text).second) return sequence.named(std::move(network), text);
    }
    return std::nullopt;
  };
}

NetworkSampler modernBlocks(const NetworkSetting& setting) {
  return [sequence = Sequence("modern", setting), drawn = std::int64_t(0)]() mutable -> std::optional<Network> {
    for (int tries = 0; tries < mostTries; ++tries) {
      Random random(generatorFor(sequence.setting().seed, drawn++));
      const modern::Style& style = modern::styles[static_cast<std::size_t>(sequence.number()) % modern::styles.size()];
      auto network = style.draw(random, sequence.batch(), sequence.setting().image);
      if (network && sequence.fits(*network)) return sequence.named(*std::move(network), std::string(style.name));
    }
    return std::nullopt;
  };
}

NetworkSampler allInTurn(const NetworkSetting& setting) {
  return [samplers = std::vector{resnetLike(setting), nasBench201(setting), fbNet(setting), modernBlocks(setting)},
          turn = std::size_t(0)]() mutable -> std::optional<Network> {
    for (std::size_t tries = 0; tries < samplers.size(); ++tries)
      if (auto network = samplers[turn++ % samplers.size()]()) return network;
    return std::nullopt;
  };
}

constexpr std::array<NetworkSpace, 5> spaces = {{
    {"cobra-2022", "the published method's random ResNet-like networks", resnetLike},
    {"nas-bench-201", "the 15,625 networks of NAS-Bench-201 in random order", nasBench201},
    {"fbnet", "random networks of the FBNet search space", fbNet},
    {"modern", "transformers, mixers, inverted residuals, ConvNeXt blocks, U-Nets", modernBlocks},
    {"networks", "all of these in turn", allInTurn},
}};

} // namespace

std::span<const NetworkSpace> networkSpaces() { return spaces; }

const NetworkSpace* findNetworkSpace(std::string_view name) {
  auto at = std::ranges::find(spaces, name, &NetworkSpace::name);
  return at == spaces.end() ? nullptr : &*at;
}

std::string noNetworkSpace(std::string_view name) {
  std::string sentence = "there is no space of networks '" + std::string(name) + "', but";
  for (const NetworkSpace& space : spaces) sentence += (&space == &spaces.front() ? " " : ", ") + std::string(space.name);
  return sentence;
}

} // namespace cobra::probe
