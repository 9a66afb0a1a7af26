// The registry against LibTorch: schema strings, shapes and dtypes of drawn samples, misuse both ways, and
// the tables.
#include "test/ops/differences.h"
#include "test/ops/draw.h"
#include "test/ops/mutate.h"
#include "test/ops/table.h"
#include "test/ops/torch_run.h"

#include "predictor/encode/snippet.h"
#include "runtime-probe/boxed_call.h"

#include <ATen/Parallel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iostream>
#include <set>

namespace cobra::test {
namespace {

constexpr int samplesPerOperator = 50;
constexpr int mutatedSamples = 25;

const Differences& differences() {
  static const Differences list(COBRA_OPS_DIFFERENCES);
  return list;
}

/// What a real kernel may take in a test.
struct Limits {
  std::int64_t elements, flops;
};
constexpr Limits forMutations = {1'000'000, 100'000'000};
constexpr Limits forTables = {50'000'000, 1'000'000'000};

bool smallEnough(std::span<const Argument> arguments, const ops::Answer& answer, Limits limits = forMutations) {
  std::int64_t elements = 0;
  const auto count = [&](const TensorType& type) { elements = addClamped(elements, type.elements()); };
  forEachTensor(arguments, count);
  const auto* effect = std::get_if<ops::Effect>(&answer);
  if (effect != nullptr)
    for (const auto& type : effect->outputs) count(type);
  return elements <= limits.elements && (effect == nullptr || effect->flops <= limits.flops);
}

/// The exception says that this device has no kernel, or none for this dtype. That is no misuse of the
/// operator.
bool deviceOnly(const TorchResult& torch) {
  constexpr std::array sentences = {"Could not run 'aten::", "not implemented for", "attempted to run this operator with Meta"};
  return torch.threw &&
         std::ranges::any_of(sentences, [&](const char* sentence) { return torch.message.find(sentence) != std::string::npos; });
}

std::string snippet(const ops::Operator& op, std::span<const Argument> arguments) {
  return printSnippet({&op, {arguments.begin(), arguments.end()}});
}

class Operator : public testing::TestWithParam<const ops::Operator*> {
protected:
  const ops::Operator& op() const { return *GetParam(); }
};

TEST_P(Operator, SchemaIsTheDispatchers) { EXPECT_EQ(op().schema(), probe::dispatcherSchema(op().fullName())); }

TEST_P(Operator, SamplesGiveLibTorchsOutputs) {
  // What depends on data has no space; the tables show that it is never known.
  if (op().space().empty()) {
    for (const auto& line : readTables(COBRA_OPS_TABLES))
      if (line.op == &op()) {
        EXPECT_FALSE(std::holds_alternative<ExpectedEffect>(line.expected)) << line.text;
      }
    return;
  }
  const auto samples = drawSamples(op(), samplesPerOperator);
  ASSERT_EQ(samples.size(), samplesPerOperator) << "the sampling space gives too few calls";
  const auto small = smallestSamples(op(), samplesPerOperator);
  bool onMeta = true;
  for (std::size_t i = 0; i < samples.size() && !HasFailure(); ++i) {
    const auto* arguments = &samples[i];
    TorchResult torch;
    if (onMeta) torch = runTorch(op(), *arguments, Where::Meta);
    onMeta = onMeta && !torch.threw;
    if (!onMeta) {
      arguments = &small[i];
      ASSERT_TRUE(smallEnough(*arguments, ops::evaluate(op(), *arguments)))
          << "no meta kernel (" << torch.message << "), and too big for the CPU: " << snippet(op(), *arguments);
      torch = runTorch(op(), *arguments, Where::Cpu);
    }
    const ops::Answer answer = ops::evaluate(op(), *arguments);
    SCOPED_TRACE(snippet(op(), *arguments));
    ASSERT_FALSE(torch.threw) << "LibTorch: " << torch.message << "\nours: " << describe(answer);
    ASSERT_FALSE(std::holds_alternative<ops::Misuse>(answer)) << describe(answer);
    if (std::holds_alternative<ops::Effect>(answer)) {
      EXPECT_EQ(describe(answer), describe(torch.outputs));
    }
  }
}

/// How rule and LibTorch differ on a call: "accepts", "rejects", "shape", or empty where they agree or the
/// rule cannot know.
std::string disagreement(const ops::Operator& op, std::span<const Argument> arguments, const ops::Answer& answer, TorchResult& torch) {
  if (std::holds_alternative<ops::Unknown>(answer)) return "";
  torch = runTorch(op, arguments, smallEnough(arguments, answer) ? Where::Cpu : Where::Meta);
  if (std::holds_alternative<ops::Misuse>(answer)) return torch.threw ? "" : "rejects";
  if (deviceOnly(torch)) torch = runTorch(op, arguments, Where::Meta);
  if (deviceOnly(torch)) return "";
  if (torch.threw) return "accepts";
  return describe(answer) == describe(torch.outputs) ? "" : "shape";
}

/// A mutation without its numbers: one failure of each kind is enough to read.
std::string kindOf(std::string what) {
  std::erase_if(what, [](unsigned char c) { return std::isdigit(c) != 0 || c == '-'; });
  return what;
}

TEST_P(Operator, MisuseIsLibTorchsException) {
  std::set<std::string> shown;
  const auto allowed = [&](std::string_view kind, const Mutation& mutation, std::string_view message) {
    return differences().allows(op().fullName(), kind, mutation.what, message) != nullptr;
  };
  for (const auto& arguments : smallestSamples(op(), mutatedSamples)) {
    for (const auto& mutation : mutations(op(), arguments)) {
      if (allowed("crashes", mutation, "")) continue;
      const ops::Answer answer = ops::evaluate(op(), mutation.arguments);
      TorchResult torch;
      const std::string kind = disagreement(op(), mutation.arguments, answer, torch);
      if (kind.empty() || allowed(kind, mutation, torch.message) || !shown.insert(kind + kindOf(mutation.what)).second) continue;
      ADD_FAILURE() << op().fullName() << " " << kind << " \"" << mutation.what << "\"\n  " << snippet(op(), mutation.arguments)
                    << "\n  ours: " << describe(answer) << "\n  LibTorch: " << (torch.threw ? torch.message : describe(torch.outputs));
    }
  }
}

std::vector<const ops::Operator*> everyTorchOperator() {
  std::vector<const ops::Operator*> result;
  for (const auto& op : ops::all())
    if (op.name().starts_with("aten::")) result.push_back(&op);
  return result;
}

std::string identifier(std::string_view text) {
  std::string name(text);
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, Operator, testing::ValuesIn(everyTorchOperator()), [](const auto& info) {
  return identifier(info.param->family()) + "_" + identifier(info.param->fullName().substr(6));
});

TEST(Tables, AgreeWithLibTorch) {
  for (const auto& line : readTables(COBRA_OPS_TABLES)) {
    if (line.op == nullptr || !line.mistake.empty() || !line.op->name().starts_with("aten::")) continue; // ops_tables reports mistakes
    const bool open =
        std::any_of(line.arguments.begin(), line.arguments.end(), [](const Argument& a) { return std::holds_alternative<Open>(a); });
    if (open) continue;
    SCOPED_TRACE("tables/" + line.file + ":" + std::to_string(line.line) + ": " + line.text);
    const ops::Answer answer = ops::evaluate(*line.op, line.arguments);
    TorchResult torch = runTorch(*line.op, line.arguments, smallEnough(line.arguments, answer, forTables) ? Where::Cpu : Where::Meta);
    if (std::holds_alternative<ExpectedUnknown>(line.expected)) {
      EXPECT_FALSE(torch.threw) << torch.message;
    } else if (const auto* effect = std::get_if<ExpectedEffect>(&line.expected)) {
      EXPECT_EQ(torch.message, "");
      EXPECT_EQ(describe(torch.outputs), describe(effect->outputs));
    } else {
      EXPECT_TRUE(torch.threw) << "LibTorch gives " << describe(torch.outputs);
    }
  }
}

/// Prints the documented differences, and fails for one that no test has come across: it would hide a later
/// mistake.
class DifferencesReport : public testing::Environment {
public:
  void SetUp() override {
    reportCrashes();
    at::set_num_threads(1); // the calls are small
  }
  void TearDown() override {
    if (testing::GTEST_FLAG(filter) != "*") return;
    for (const auto& difference : differences().all()) {
      std::cout << "[ differs  ] " << difference.op << " " << difference.kind << " (" << difference.met << " calls): " << difference.reason
                << "\n";
      EXPECT_GT(difference.met, 0) << difference.op << " " << difference.kind << " \"" << difference.part
                                   << "\" in differences.txt fits no call";
    }
  }
};

const auto* const report = testing::AddGlobalTestEnvironment(new DifferencesReport);

} // namespace
} // namespace cobra::test
