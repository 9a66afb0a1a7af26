#include "small_model.h"

#include <random>
#include <stdexcept>

namespace cobra::testing {

using namespace cobra::infer;

infer::Model smallModel(std::uint32_t seed, int members) {
  Model model;
  model.title = "a toy";
  model.date = "2026-01-01";
  model.registry = "LibTorch 2.11";
  model.architecture = {.width = 16, .layers = 2, .heads = 2, .inner = 32, .hidden = 16};
  model.vocabulary.parameters = {{.name = "bias", .slots = 1, .categories = {"None", "f32"}},
                                 {.name = "input", .slots = 2, .categories = {"f32"}},
                                 {.name = "output", .slots = 2, .categories = {"f32"}},
                                 {.name = "self", .slots = 1, .categories = {"f32"}},
                                 {.name = "weight", .slots = 2, .categories = {"f32"}}};
  constexpr int kBias = 0, kInput = 1, kOutput = 2, kSelf = 3, kWeight = 4;
  model.vocabulary.operators = {{.name = "aten::linear", .tokens = {kInput, kWeight, kBias, kOutput}},
                                {.name = "aten::relu", .tokens = {kSelf}, .fixed = {{.parameter = kOutput, .sameAs = kSelf}}}};
  model.vocabulary.index();
  const OperatorCoverage linear{.op = 0,
                                .rows = 100,
                                .flops = {0, 1e9},
                                .bytes = {0, 1e9},
                                .numbers = {{{1, 512}, {1, 512}}, {{1, 512}, {1, 512}}, {{1, 512}}, {{1, 512}, {1, 512}}},
                                .bands = {{1e30, 0.9, 1.2}}};
  const OperatorCoverage relu{
      .op = 1, .rows = 100, .flops = {0, 1e9}, .bytes = {0, 1e9}, .numbers = {{{1, 1e6}}}, .bands = {{1e-3, 0.5, 2}, {1e30, 0.8, 1.1}}};
  model.devices = {{.name = "toy", .title = "A toy", .source = "public", .versions = "none", .coverage = {linear, relu}},
                   {.name = "toy2", .title = "Another", .source = "measured", .versions = "none", .coverage = {relu}}};
  model.devices[0].analytic = {.launchMs = 0.01, .msPerFlop = 1e-9, .msPerByte = 1e-8, .low = 0.25, .high = 4};
  std::mt19937 random(seed);
  std::normal_distribution<float> draw(0, 0.2F);
  model.members = members;
  for (int member = 0; member < members; ++member) {
    for (const auto& [name, shape] : tensorShapes(model)) {
      std::int64_t size = 1;
      for (const std::int64_t s : shape) size *= s;
      format::Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(size))};
      for (float& value : tensor.values) value = format::fromHalf(format::toHalf(draw(random)));
      model.tensors.try_emplace(memberTensor(member, name), std::move(tensor));
    }
  }
  return model;
}

std::string smallProfile(std::uint32_t seed) { return printModel(smallModel(seed)); }

std::shared_ptr<const Profile> parsed(const std::string& bytes) {
  auto profile = Profile::parse(bytes, "toy.safetensors");
  if (const auto* error = std::get_if<ProfileError>(&profile)) throw std::runtime_error(error->sentence);
  return std::get<std::shared_ptr<const Profile>>(profile);
}

Call call(std::string_view snippet) {
  auto read = parseSnippet(snippet);
  if (const auto* error = std::get_if<SnippetError>(&read)) throw std::runtime_error(error->sentence);
  return std::get<Call>(std::move(read));
}

Graph graphOf(const std::vector<std::string>& snippets) {
  Graph graph;
  for (const std::string& snippet : snippets) {
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = call(snippet);
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

} // namespace cobra::testing
