// What the recorder writes down, on calls whose executed operators are known.
#include "recorder.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <torch/csrc/autograd/generated/variable_factories.h>

#include <functional>
#include <thread>

namespace cobra::parity {
namespace {

using at::Tensor;
using nlohmann::json;

json record(const std::function<void()>& program) {
  c10::InferenceMode guard;
  Recorder recorder;
  program();
  return json::parse(recorder.finish())["operators"];
}

/// "add_(0,-1) to(1)*": every operator with the producers of its tensors, a star if it passes its argument
/// on.
std::string flow(const json& operators) {
  std::string text;
  for (const auto& op : operators) {
    std::string from = op["from"].dump();
    from.front() = '(';
    from.back() = ')';
    text += (text.empty() ? "" : " ") + op["op"].get<std::string>().substr(6) + from;
    if (op["passes"]) text += '*';
  }
  return text;
}

struct Case {
  const char* what;
  std::function<void(Tensor x)> program; // x: float32 [2,3], made before
  const char* flow;
};

const std::vector<Case> cases = {
    {"each operator once, however many run inside", [](Tensor x) { at::linear(x, x, {}).std(0); }, "linear(-1,-1) std(0)"},
    {"views count", [](Tensor x) { x.t().contiguous().view({6}); }, "t(-1) contiguous(0) view(1)"},
    {"in place: the latest writer is the producer",
     [](Tensor x) {
       auto y = x.mul(x);
       y.add_(x);
       y.neg();
     },
     "mul(-1,-1) add_(0,-1) neg(1)"},
    {"an input that was written has a producer",
     [](Tensor x) {
       auto y = x.clone();
       y.relu_();
       x.add(y);
     },
     "clone(-1) relu_(0) add(-1,1)"},
    {"a call that hands its argument back produces nothing", [](Tensor x) { x.to(at::kFloat).neg(); }, "to(-1)* neg(-1)"},
    {"scalars are not recorded", [](Tensor x) { (x * 2).add(1); }, "mul(-1) add(0)"},
    {"lists",
     [](Tensor x) {
       auto parts = at::split(x, 1);
       at::cat({parts[1], x, parts[0]});
     },
     "split(-1) cat(0,-1,0)"},
    {"several results",
     [](Tensor x) {
       auto [values, places] = x.max(0);
       values.gather(0, places);
     },
     "max(-1) gather(0,0)"},
    {"addresses that are used again are not mistaken",
     [](Tensor x) {
       for (int i = 0; i < 3; ++i) x.neg();
       x.exp().neg();
     },
     "neg(-1) neg(-1) neg(-1) exp(-1) neg(3)"},
    {"torch:: factories take over the tensor of at::", [](Tensor) { torch::arange(3).neg(); }, "arange() neg(0)"},
    {"a range that the program marks is no operator",
     [](Tensor x) {
       RECORD_FUNCTION("step", std::vector<c10::IValue>());
       x.neg();
     },
     "neg(-1)"},
    {"other threads are not this model",
     [](Tensor x) {
       std::thread([&] { x.exp(); }).join();
       x.neg();
     },
     "neg(-1)"},
    {"an operator that throws has not run, and does not swallow the next",
     [](Tensor x) {
       EXPECT_THROW(x.view({7}), c10::Error);
       x.neg();
     },
     "neg(-1)"},
    {"a new handle of a known storage reads the same each time",
     [](Tensor) {
       const Tensor t = torch::arange(3);
       t.neg();
       t.exp();
     },
     "arange() neg(0) exp(0)"},
};

TEST(Recorder, Flow) {
  for (const auto& [what, program, expected] : cases) {
    const Tensor x = at::ones({2, 3});
    EXPECT_EQ(flow(record([&] { program(x); })), expected) << what;
  }
}

TEST(Recorder, ShapesInSchemaOrder) {
  const Tensor x = at::ones({1, 2, 5, 5}), w = at::ones({4, 2, 3, 3});
  const auto operators = record([&] { at::conv2d(x, w, {}); });
  ASSERT_EQ(operators.size(), 1u);
  EXPECT_EQ(operators[0]["op"], "aten::conv2d");
  EXPECT_EQ(operators[0]["inputs"], json::parse(R"([{"shape":[1,2,5,5],"dtype":"float32"},
                                                    {"shape":[4,2,3,3],"dtype":"float32"}, null])"));
  EXPECT_EQ(operators[0]["outputs"], json::parse(R"([{"shape":[1,4,3,3],"dtype":"float32"}])"));
}

TEST(Recorder, ListsAreNestedInInputsAndFlatInOutputs) {
  const Tensor x = at::ones({2, 3}, at::kLong);
  const auto operators = record([&] { at::cat(at::split(x, 1)); });
  const auto half = json::parse(R"({"shape":[1,3],"dtype":"int64"})");
  EXPECT_EQ(operators[0]["outputs"], json({half, half}));
  EXPECT_EQ(operators[1]["inputs"], json::array({{half, half}}));
}

TEST(Recorder, OverloadName) {
  EXPECT_EQ(record([] { at::ones({2}).sum(0); })[1]["overload"], "dim_IntList");
}

TEST(Recorder, StopsWhenFinished) {
  const Tensor x = at::ones({2});
  Recorder recorder;
  x.neg();
  const auto text = recorder.finish();
  x.exp();
  EXPECT_EQ(recorder.finish(), text);
  EXPECT_EQ(flow(json::parse(text)["operators"]), "neg(-1)");
}

TEST(Recorder, OneAtATime) {
  Recorder first;
  EXPECT_THROW(Recorder(), std::logic_error);
  first.finish();
  EXPECT_NO_THROW(Recorder());
}

} // namespace
} // namespace cobra::parity
