#include "runtime-probe/graph_run.h"

#include "predictor/format/network_record.h"
#include "runtime-probe/marks.h"
#include "runtime-probe/runner.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>

namespace cobra::probe {
namespace {

/// One place in a call where a tensor goes in.
struct Slot {
  std::size_t parameter, item;
  TensorType type;
  bool inList, taken = false;
};

std::vector<Slot> slotsOf(const Call& call) {
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (const auto* type = std::get_if<TensorType>(&call.arguments[i])) slots.push_back({i, 0, *type, false});
    if (const auto* list = std::get_if<TensorList>(&call.arguments[i]))
      for (std::size_t item = 0; item < list->size(); ++item)
        if ((*list)[item]) slots.push_back({i, item, *(*list)[item], true});
  }
  return slots;
}

/// Wires one output of `from` that is not used up yet to the first slot it fits.
bool wireOne(const Graph& graph, std::size_t from, std::size_t to, std::vector<Slot>& slots, bool listsOnly, std::vector<Wire>& wires) {
  const auto& outputs = graph.nodes[from].outputs;
  for (Slot& slot : slots) {
    if (slot.taken || (listsOnly && !slot.inList)) continue;
    for (std::size_t output = 0; output < outputs.size(); ++output) {
      bool used = std::ranges::any_of(wires, [&](const Wire& w) { return w.to == to && w.from == from && w.output == output; });
      if (used || outputs[output] != slot.type) continue;
      slot.taken = true;
      wires.push_back({from, output, to, slot.parameter, slot.item});
      return true;
    }
  }
  return false;
}

/// Throws CallFailure, from its constructor as well.
class ForwardPass final : public Workload {
public:
  ForwardPass(const Graph& graph, const CallSetting& setting, Lane& lane)
      : graph_(graph), setting_(setting), lane_(lane), values_(graph.nodes.size()), shares_(graph.nodes.size(), StoppingRule({})),
        marks_(Marks::on(setting.device, graph.nodes.size() + 1)) {
    std::vector<Wire> all = wires(graph);
    std::int64_t room = setting.memoryLimit;
    auto next = all.begin();
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      Step step;
      for (; next != all.end() && next->to == i; ++next) step.in.push_back(*next);
      room -= madeBytes(graph.nodes[i].call, step.in);
      if (room < 0)
        throw CallFailure{CallFailure::Kind::Memory,
                          "inputs and weights take more than " + std::to_string(setting.memoryLimit >> 20) + " MiB"};
      step.call = std::make_unique<BoxedCall>(make(graph.nodes[i], step.in, setting));
      steps_.push_back(std::move(step));
    }
    std::vector<std::size_t> lastUse(steps_.size(), 0);
    for (const Wire& wire : all) lastUse[wire.from] = std::max(lastUse[wire.from], wire.to);
    for (std::size_t i = 0; i < steps_.size(); ++i) steps_[std::max(lastUse[i], i)].done.push_back(i);
  }

  void repeat(std::int64_t count) override {
    for (; count > 0; --count)
      for (std::size_t i = 0; i < steps_.size(); ++i) run(i);
  }
  void prepare() override {
    for (Step& step : steps_)
      if (step.call->changesInputs()) step.call->restore();
  }
  std::int64_t mostBatch() const override { return 16; }

  /// One pass with a mark before each node and after the last: each node's share, in the same moments as the whole.
  void afterSample() override {
    prepare();
    lane_.wait();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      marks_->set(i);
      run(i);
    }
    marks_->set(steps_.size());
    lane_.wait();
    for (std::size_t i = 0; i < steps_.size(); ++i) shares_[i].add(marks_->seconds(i));
  }
  std::vector<Summary> shares() const {
    std::vector<Summary> summaries;
    for (const StoppingRule& share : shares_) summaries.push_back(share.summary());
    return summaries;
  }

private:
  struct Step {
    std::unique_ptr<BoxedCall> call;
    std::vector<Wire> in;
    std::vector<std::size_t> done; // nodes whose outputs nobody needs after this one
  };

  static std::int64_t madeBytes(const Call& call, const std::vector<Wire>& in) {
    std::int64_t sum = 0;
    for (const Slot& slot : slotsOf(call)) {
      bool wired = std::ranges::any_of(in, [&](const Wire& w) { return w.parameter == slot.parameter && w.item == slot.item; });
      if (!wired) sum = addClamped(sum, slot.type.bytes());
    }
    return sum;
  }

  static BoxedCall make(const Node& node, const std::vector<Wire>& in, const CallSetting& setting) {
    if (!ofLibTorch(node.call.op->fullName()))
      throw named(node, {CallFailure::Kind::UnknownOperator,
                         "networks are run through LibTorch, which has no such operator; 'layers --calls' measures the calls one by one"});
    std::vector<BoxedCall::Given> later;
    for (const Wire& wire : in) later.push_back({wire.parameter, wire.item, {}});
    auto made = BoxedCall::make(*node.call.op, node.call.arguments, setting, later);
    if (auto* failure = std::get_if<CallFailure>(&made)) throw named(node, *failure);
    return std::move(std::get<BoxedCall>(made));
  }

  static CallFailure named(const Node& node, const CallFailure& failure) {
    return {failure.kind, "node " + std::to_string(node.id) + " (" + std::string(node.call.op->fullName()) + "): " + failure.sentence};
  }

  void run(std::size_t at) {
    Step& step = steps_[at];
    for (const Wire& wire : step.in) step.call->give({wire.parameter, wire.item, values_[wire.from].at(wire.output)});
    try {
      step.call->execute();
    } catch (...) {
      throw named(graph_.nodes[at], failureOfException());
    }
    values_[at] = step.call->takeOutputs();
    for (const Wire& wire : step.in) step.call->give({wire.parameter, wire.item, {}});
    for (std::size_t finished : step.done) values_[finished].clear();
  }

  const Graph& graph_;
  CallSetting setting_;
  Lane& lane_;
  std::vector<Step> steps_;
  std::vector<std::vector<at::Tensor>> values_; // outputs that are still needed, by node
  std::vector<StoppingRule> shares_;
  std::unique_ptr<Marks> marks_;
};

} // namespace

std::vector<Wire> wires(const Graph& graph) {
  std::vector<std::vector<std::size_t>> producers(graph.nodes.size());
  for (auto [from, to] : graph.edges) producers[static_cast<std::size_t>(to)].push_back(static_cast<std::size_t>(from));
  std::vector<Wire> all;
  for (std::size_t to = 0; to < graph.nodes.size(); ++to) {
    std::vector<Slot> slots = slotsOf(graph.nodes[to].call);
    for (std::size_t from : producers[to]) wireOne(graph, from, to, slots, false, all);
    // One edge may stand for several items of a list: cat(chunk(x)).
    for (std::size_t from : producers[to])
      while (wireOne(graph, from, to, slots, true, all)) {
      }
  }
  return all;
}

std::variant<GraphTiming, CallFailure> measureGraph(const Graph& graph, const MeasureSetting& setting) {
  if (graph.nodes.empty()) return CallFailure{CallFailure::Kind::Argument, "the graph has no nodes"};
  try {
    c10::InferenceMode inference;
    auto lane = laneOf(setting);
    ForwardPass pass(graph, setting.call, *lane);
    GraphTiming timing;
    timing.total = timeRuns(pass, *lane, setting);
    timing.nodes = pass.shares();
    if (timing.total.seconds.count == 0)
      return CallFailure{CallFailure::Kind::Preempted, "the kernel gave the core to another thread during every forward pass"};
    return timing;
  } catch (...) {
    return failureOfException();
  }
}

Record measureNetwork(const std::string& network, const Graph& graph, const MeasureSetting& setting, double* spent) {
  Record record;
  auto measured = measureGraph(graph, setting);
  if (auto* failure = std::get_if<CallFailure>(&measured)) {
    record = refused("", *failure);
  } else {
    const GraphTiming& timing = std::get<GraphTiming>(measured);
    write(record, timing.total);
    std::vector<double> milliseconds;
    for (const Summary& node : timing.nodes) milliseconds.push_back(node.median * 1e3);
    record.nodes = nodesOf(graph, milliseconds);
    if (spent) *spent += timing.total.spent;
  }
  record.network = network;
  return record;
}

} // namespace cobra::probe
