// The samplers of networks: that they draw what they say, and that their networks are those of the papers.

#include "runtime-probe/networks/fbnet.h"
#include "runtime-probe/networks/nas_bench_201.h"
#include "runtime-probe/networks/resnet_like.h"
#include "runtime-probe/networks/sampler.h"

#include "predictor/graph/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace cobra::probe {
namespace {

using ::testing::HasSubstr;

/// Multiply-adds of convolutions and matrix products, biases of the latter counted, in millions: how both papers
/// count.
double megaMacs(const Network& network) {
  double sum = 0;
  for (const Network::Step& step : network.steps) {
    std::string_view op = step.call.op->name();
    if (op == "aten::conv2d" || op == "aten::addmm") sum += static_cast<double>(step.flops) / 2e6;
    if (op == "aten::addmm") sum += static_cast<double>(step.outputs[0].elements()) / 2e6;
  }
  return sum;
}

/// Every count lies within five standard deviations of what a fair draw gives.
void expectShares(const std::map<std::int64_t, int>& counts, const std::map<std::int64_t, double>& shares) {
  double total = 0;
  for (auto [value, count] : counts) {
    total += count;
    EXPECT_TRUE(shares.contains(value)) << value;
  }
  for (auto [value, share] : shares) {
    double expected = total * share, deviation = std::sqrt(total * share * (1 - share));
    int count = counts.contains(value) ? counts.at(value) : 0;
    EXPECT_NEAR(count, expected, 5 * deviation) << value << " of " << total;
  }
}
std::map<std::int64_t, double> evenly(std::initializer_list<std::int64_t> values) {
  std::map<std::int64_t, double> shares;
  for (std::int64_t value : values) shares[value] = 1.0 / static_cast<double>(values.size());
  return shares;
}

TEST(ResnetLike, DrawsEdgesKindsAndSizesAsThePaperSays) {
  std::map<std::int64_t, int> edges, kinds, channels, kernels, strides;
  for (std::int64_t i = 0; i < 3000; ++i) {
    Random random(generatorFor(5, i));
    resnet::Architecture drawn = resnet::drawArchitecture(random);
    auto nodes = static_cast<std::int64_t>(drawn.nodes.size());
    ASSERT_GE(nodes, resnet::fewestNodes);
    ASSERT_LE(nodes, resnet::mostNodes);
    edges[1] += static_cast<int>(drawn.edges.size());
    edges[0] += static_cast<int>(nodes * (nodes - 1) / 2) - static_cast<int>(drawn.edges.size());
    for (auto [from, to] : drawn.edges) ASSERT_LT(from, to);
    for (const resnet::NodeLabel& label : drawn.nodes) {
      ++kinds[static_cast<std::int64_t>(label.kind)];
      if (label.channels == 0) continue;
      ++channels[label.channels];
      ++kernels[label.kernel];
      ++strides[label.stride];
    }
  }
  expectShares(edges, {{0, 0.6}, {1, 0.4}});
  expectShares(kinds, evenly({0, 1, 2, 3}));
  expectShares(channels, evenly({32, 64, 128, 256, 512}));
  expectShares(kernels, evenly({3, 5, 7}));
  expectShares(strides, evenly({1, 2, 4}));
}

TEST(ResnetLike, KeepsTheNodesThatLieOnAPathAndNoOther) {
  using resnet::Architecture;
  Architecture drawn{std::vector<resnet::NodeLabel>(6), {{0, 1}, {0, 3}, {1, 5}, {2, 5}, {3, 4}}};
  for (std::size_t i = 0; i < 6; ++i) drawn.nodes[i].channels = static_cast<std::int64_t>(i);
  auto kept = resnet::pruned(drawn); // 2 is reached by nothing, 3 and 4 lead nowhere
  ASSERT_TRUE(kept);
  std::vector<std::int64_t> which;
  for (const resnet::NodeLabel& label : kept->nodes) which.push_back(label.channels);
  EXPECT_EQ(which, (std::vector<std::int64_t>{0, 1, 5}));
  EXPECT_EQ(kept->edges, (std::vector<std::pair<int, int>>{{0, 1}, {1, 2}}));
  drawn.edges = {{0, 1}, {2, 5}};
  EXPECT_FALSE(resnet::pruned(drawn)) << "the output is not reached";
}

/// The same architecture with its nodes in another order that the edges allow.
resnet::Architecture relabelled(const resnet::Architecture& one, Random& random) {
  auto count = static_cast<int>(one.nodes.size());
  std::vector<int> place(one.nodes.size(), -1); // old node, its new number
  for (int next = 0; next < count;) {
    auto node = static_cast<std::size_t>(random.between(0, count - 1));
    bool ready =
        place[node] < 0 &&
        std::ranges::all_of(
            one.edges,
            [&](auto edge) { return static_cast<std::size_t>(edge.second) != node || place[static_cast<std::size_t>(edge.first)] >= 0; });
    if (ready) place[node] = next++;
  }
  resnet::Architecture other{std::vector<resnet::NodeLabel>(one.nodes.size()), {}};
  for (std::size_t i = 0; i < one.nodes.size(); ++i) other.nodes[static_cast<std::size_t>(place[i])] = one.nodes[i];
  for (auto [from, to] : one.edges) other.edges.emplace_back(place[static_cast<std::size_t>(from)], place[static_cast<std::size_t>(to)]);
  std::ranges::sort(other.edges);
  return other;
}

TEST(ResnetLike, TellsIsomorphicNetworksFromOthers) {
  std::set<std::uint64_t> hashes;
  int reordered = 0, drawn = 0;
  for (std::int64_t i = 0; i < 500; ++i) {
    Random random(generatorFor(9, i));
    auto one = resnet::pruned(resnet::drawArchitecture(random));
    if (!one || one->nodes.size() < 5) continue; // small ones do repeat
    ++drawn;
    resnet::Architecture other = relabelled(*one, random);
    reordered += other.edges != one->edges || other.nodes != one->nodes;
    EXPECT_EQ(resnet::isomorphismHash(*one), resnet::isomorphismHash(other));
    hashes.insert(resnet::isomorphismHash(*one));
    resnet::Architecture changed = *one;
    changed.nodes[2].channels += 1;
    EXPECT_NE(resnet::isomorphismHash(*one), resnet::isomorphismHash(changed));
    changed = *one;
    changed.edges.erase(changed.edges.begin());
    EXPECT_NE(resnet::isomorphismHash(*one), resnet::isomorphismHash(changed));
  }
  EXPECT_EQ(hashes.size(), static_cast<std::size_t>(drawn)) << "random networks of this size differ";
  EXPECT_GT(reordered, 100);
}

TEST(ResnetLike, BringsSummandsToTheGreatestCommonDivisor) {
  using resnet::NodeKind;
  // Two convolutions of one image: 96 channels of 32 x 32, 64 of 8 x 8; then they meet.
  resnet::Architecture architecture{
      {{NodeKind::Convolution, 96, 3, 1}, {NodeKind::Convolution, 64, 3, 4}, {NodeKind::Convolution, 32, 3, 1}}, {{0, 1}, {0, 2}, {1, 2}}};
  auto network = resnet::build(architecture, {DType::Float32, {2, 3, 32, 32}});
  ASSERT_TRUE(network);
  auto sum = std::ranges::find_if(network->steps, [](const Network::Step& step) { return step.call.op->fullName() == "aten::add.Tensor"; });
  ASSERT_NE(sum, network->steps.end());
  EXPECT_EQ(sum->outputs[0].shape, (Shape{2, 32, 8, 8}));
  for (int from : sum->from) EXPECT_EQ(network->steps[static_cast<std::size_t>(from)].call.op->name(), "aten::relu");
  EXPECT_EQ(network->steps.size(), 3u * 3 + 2 * 3 + 1) << "each side through a convolution of its own";
}

TEST(NasBench201, HasThePublishedParametersAndFlops) {
  struct Published {
    const char* cell;
    std::int64_t parameters;
    double megaFlops;
  };
  // What the benchmark's own files say for CIFAR-10 (its issues 36 and 24 quote them).
  for (const Published& published : {
           Published{"|skip_connect~0|+|none~0|nor_conv_3x3~1|+|avg_pool_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|", 802'426, 113.95137},
           Published{"|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|"
                     "skip_connect~2|",
                     129'306, 15.64737},
       }) {
    auto cell = nas201::parse(published.cell);
    ASSERT_TRUE(cell);
    Network network = nas201::build(*cell, 1);
    EXPECT_EQ(network.learned(), published.parameters) << published.cell;
    EXPECT_NEAR(megaMacs(network), published.megaFlops, 1e-5) << published.cell;
  }
}

TEST(NasBench201, ReadsWhatItWritesForEveryCell) {
  std::set<std::string> all;
  for (std::int64_t i = 0; i < nas201::architectures; ++i) {
    std::string text = nas201::print(nas201::cellOf(i));
    ASSERT_EQ(nas201::parse(text), nas201::cellOf(i)) << text;
    all.insert(text);
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(nas201::architectures));
  for (const char* text : {"", "|", "|none~0|", "none none none none none none", "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_5x5~2|",
                           "|none~1|+|none~0|none~1|+|none~0|none~1|none~2|"})
    EXPECT_FALSE(nas201::parse(text)) << text;
}

TEST(FBNet, HasThePublishedParametersAndFlops) {
  struct Published {
    const char* blocks;
    std::int64_t head;
    double megaParameters, megaFlops; // the authors' model zoo; parameters are cut off after one digit there
  };
  for (const Published& published : {Published{"8 2 0 8 8 7 2 4 2 7 6 5 7 3 5 6 1 7 7 6 7 7", 1504, 4.3, 244.5},
                                     Published{"0 3 4 0 0 7 6 3 7 7 7 8 6 7 0 4 6 7 4 7 7 3", 1984, 4.8, 291.1},
                                     Published{"0 3 8 0 0 7 6 7 3 7 6 7 7 7 7 7 6 7 7 7 7 3", 1984, 5.5, 378.2}}) {
    auto blocks = fbnet::parse(published.blocks);
    ASSERT_TRUE(blocks);
    EXPECT_EQ(fbnet::print(*blocks), published.blocks);
    Network network = fbnet::build(*blocks, 1, 224, published.head);
    EXPECT_EQ(std::floor(static_cast<double>(network.learned()) / 1e5) / 10, published.megaParameters);
    EXPECT_NEAR(megaMacs(network), published.megaFlops, 0.1);
  }
  for (const char* text : {"", "1", "8 2 0 8 8 7 2 4 2 7 6 5 7 3 5 6 1 7 7 6 7 9", "8 2 0 8 8 7 2 4 2 7 6 5 7 3 5 6 1 7 7 6 7 7 7", "a b"})
    EXPECT_FALSE(fbnet::parse(text)) << text;
}

class EverySpace : public ::testing::TestWithParam<NetworkSpace> {};

TEST_P(EverySpace, GivesSoundGraphsInASequenceThatFollowsFromTheSeed) {
  NetworkSetting setting{.seed = 3, .batches = {1, 4}, .image = 64};
  NetworkSampler first = GetParam().sampler(setting), again = GetParam().sampler(setting);
  setting.seed = 4;
  NetworkSampler other = GetParam().sampler(setting);
  std::set<std::string> sources;
  int differ = 0;
  for (int i = 0; i < 40; ++i) {
    auto one = first(), same = again(), different = other();
    ASSERT_TRUE(one && same && different);
    auto mistake = checkGraph(graphOf(*one));
    EXPECT_FALSE(mistake) << one->name << ": " << mistake->sentence;
    EXPECT_LE(one->steps.size(), 1000u);
    EXPECT_GE(one->steps.size(), 1u);
    EXPECT_EQ(one->name, same->name);
    EXPECT_EQ(sourceOf(*one), sourceOf(*same));
    std::string source = sourceOf(*one), elsewhere = sourceOf(*different);
    differ += source.substr(source.find('\n')) != elsewhere.substr(elsewhere.find('\n'));
    EXPECT_TRUE(sources.insert(source.substr(source.find('\n'))).second) << "twice: " << one->name;
    EXPECT_THAT(one->name, HasSubstr(" of seed 3"));
  }
  EXPECT_GT(differ, 30);
}

TEST_P(EverySpace, StaysUnderItsLimit) {
  NetworkSampler sampler = GetParam().sampler({.seed = 2, .batches = {1}, .image = 32, .flopLimit = 100'000'000});
  for (int i = 0; i < 12; ++i) {
    auto network = sampler();
    ASSERT_TRUE(network);
    EXPECT_LE(network->flops(), 100'000'000) << network->name;
  }
  NetworkSampler nothing = GetParam().sampler({.seed = 2, .batches = {1}, .image = 32, .flopLimit = 1});
  EXPECT_FALSE(nothing()) << "a limit that nothing meets ends the sequence";
}

INSTANTIATE_TEST_SUITE_P(Networks, EverySpace, ::testing::ValuesIn(networkSpaces().begin(), networkSpaces().end()), [](const auto& space) {
  std::string name(space.param.name);
  std::erase(name, '-');
  return name;
});

TEST(NetworkSpaces, KeepLayersWithinThePapersBound) {
  NetworkSampler sampler = findNetworkSpace("cobra-2022")->sampler({.seed = 8, .image = 224});
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) most = std::max(most, sampler()->steps.size());
  EXPECT_LE(most, resnet::mostLayers);
  EXPECT_GT(most, resnet::mostLayers / 2) << "large ones are there as well";
}

} // namespace
} // namespace cobra::probe
