#include "test/unit/support/sample_graphs.h"

#include <algorithm>

namespace cobra::test {
namespace {

constexpr std::string_view conv = "aten::conv2d(input=f32[1,64,56,56],weight=f32[64,64,3,3],bias=None,stride=[1,1],padding=[1,1],"
                                  "dilation=[1,1],groups=1)",
                           norm = "aten::batch_norm(input=f32[1,64,56,56],weight=f32[64],bias=f32[64],running_mean=f32[64],"
                                  "running_var=f32[64],training=False,momentum=0.1,eps=1e-05,cudnn_enabled=True)",
                           relu = "aten::relu(self=f32[1,64,56,56])",
                           add = "aten::add.Tensor(self=f32[1,64,56,56],other=f32[1,64,56,56],alpha=1)";

} // namespace

GraphMaker::GraphMaker(std::string name) { graph_.model = {name, name + "Impl::forward", "net.cpp", 20, 17}; }

int GraphMaker::add(std::string_view snippet, std::initializer_list<int> from) {
  auto parsed = parseSnippet(snippet);
  if (const auto* error = std::get_if<SnippetError>(&parsed)) throw std::runtime_error(std::string(snippet) + ": " + error->sentence);
  Node node;
  node.id = static_cast<int>(graph_.nodes.size());
  node.call = std::get<Call>(std::move(parsed));
  auto answer = ops::evaluate(*node.call.op, node.call.arguments);
  if (const auto* misuse = std::get_if<ops::Misuse>(&answer)) throw std::runtime_error(std::string(snippet) + ": " + misuse->sentence);
  if (auto* effect = std::get_if<ops::Effect>(&answer)) {
    node.outputs = std::move(effect->outputs);
    node.flops = effect->flops;
    node.bytes = effect->bytes;
  }
  for (const int source : from) graph_.edges.emplace_back(source, node.id);
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().id;
}

Graph GraphMaker::take() {
  std::sort(graph_.edges.begin(), graph_.edges.end());
  return std::move(graph_);
}

Graph residualBlock() {
  GraphMaker maker("Block");
  maker.graph().inputs = {{"x", {DType::Float32, {1, 64, 56, 56}}, "entry"}};
  const int first = maker.add(conv), batch = maker.add(norm, {first}), act = maker.add(relu, {batch});
  const int second = maker.add(conv, {act});
  const int sum = maker.add(add, {second, act});
  for (const int node : {first, second}) {
    maker[node].module = node == first ? "conv1" : "conv2";
    maker[node].declared = SourceRange{"net.h", 9, 5, 9, 60};
    maker[node].parameters = 64 * 64 * 3 * 3;
  }
  maker[batch].module = "bn1";
  maker[batch].parameters = 128;
  for (int node = first; node <= sum; ++node) {
    const auto line = static_cast<unsigned>(22 + node);
    maker[node].at = {"net.cpp", line, 9, line, 31};
    maker[node].calls = {{"BlockImpl::forward", "net.cpp", line}};
  }
  maker.graph().parameters = 2 * 64 * 64 * 3 * 3 + 128;
  return maker.take();
}

Graph measuredBlock() {
  Graph graph = residualBlock();
  for (Node& node : graph.nodes) node.latencyMs = 0.125 * (node.id + 1);
  graph.measured = {1.9, 1.85, 2.25, 120, "cpu", "libtorch 2.11.0"};
  return graph;
}

Graph openGraph() {
  GraphMaker maker("Reader");
  maker.graph().inputs = {{"words", {DType::Int64, {1, 12}}, "comment"}};
  maker.add("aten::embedding(weight=f32[1000,16],indices=i64[1,12],padding_idx=-1,scale_grad_by_freq=False,"
            "sparse=False)");
  auto& open = maker.graph().open;
  open.resize(2);
  open[0].at = {"net.cpp", 31, 5, 0, 0};
  open[0].why = "the loop runs while a tensor's value is below 1, which is only known at run time";
  open[0].because = {"'err' comes from item()", "item() reads what the network computed"};
  open[1].at = {"net.cpp", 40, 9, 40, 30};
  open[1].why = "mat1 and mat2 shapes cannot be multiplied (1x16 and 8x4)";
  open[1].wrong = true;
  return maker.take();
}

Graph executedGraph() {
  GraphMaker maker("Pair");
  maker.graph().executed = true;
  const int cat = maker.add("aten::cat(tensors=[f32[2,3],f32[2,5]],dim=1)");
  const int index = maker.add("aten::index.Tensor(self=f32[2,8],indices=[None,i64[4]])", {cat});
  maker.add("aten::dropout(input=f32[2,4],p=0.5,train=?)", {index});
  return maker.take();
}

Graph deepGraph(int nodes) {
  GraphMaker maker("Deep");
  int last = maker.add(conv);
  while (last + 1 < nodes) {
    const int skip = last;
    for (const std::string_view snippet : {norm, relu, conv})
      if (last + 1 < nodes) last = maker.add(snippet, {last});
    if (last + 1 < nodes) last = maker.add(add, {skip, last});
  }
  return maker.take();
}

} // namespace cobra::test
