#include "runtime-probe/networks/network.h"

#include <algorithm>

namespace cobra::probe {

std::int64_t Network::learned() const {
  std::int64_t sum = 0;
  for (const Member& member : members) sum += member.learned;
  return sum;
}

std::int64_t Network::flops() const {
  std::int64_t sum = 0;
  for (const Step& step : steps) sum = addClamped(sum, step.flops);
  return sum;
}

Graph graphOf(const Network& network) {
  Graph graph;
  graph.model.name = "Net";
  graph.model.entry = "NetImpl::forward";
  graph.inputs.push_back({"x", network.input, "main"});
  graph.executed = true;
  graph.parameters = network.learned();
  for (const Network::Step& step : network.steps) {
    Node node;
    node.id = static_cast<int>(graph.nodes.size());
    node.call = step.call;
    node.outputs = step.outputs;
    node.flops = step.flops;
    node.bytes = step.bytes;
    node.parameters = step.parameters;
    for (int from : step.from) graph.edges.emplace_back(from, node.id);
    graph.nodes.push_back(std::move(node));
  }
  std::ranges::sort(graph.edges);
  return graph;
}

std::string sourceOf(const Network& network) {
  std::string sizes, members, made, statements;
  for (std::int64_t size : network.input.shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  for (const Network::Member& member : network.members) {
    members += "  " + member.type + " " + member.name + "{nullptr};\n";
    made += "    " + member.name + " = register_module(\"" + member.name + "\", " + member.made + ");\n";
  }
  for (const std::string& statement : network.statements) statements += "    " + statement + "\n";
  return "// " + network.name +
         "\n"
         "#include <torch/torch.h>\n\n"
         "#include <iostream>\n\n"
         "struct NetImpl : torch::nn::Module {\n" +
         members + "\n  NetImpl() {\n" + made + "  }\n\n  torch::Tensor forward(torch::Tensor x) {\n" + statements +
         "  }\n"
         "};\n"
         "TORCH_MODULE(Net);\n\n"
         "int main() {\n"
         "  torch::InferenceMode guard;\n"
         "  Net net;\n"
         "  net->eval();\n"
         "  std::cout << net->forward(torch::randn({" +
         sizes +
         "})).sizes() << \"\\n\";\n"
         "}\n";
}

} // namespace cobra::probe
