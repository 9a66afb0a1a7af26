// parse(print(call)) == call and print(parse(text)) == text, for random arguments of every operator of the
// registry.
#include "test/unit/support/print.h"
#include "test/unit/support/random_call.h"

#include <gtest/gtest.h>

namespace cobra {
namespace {

constexpr int callsPerOperator = 60;

TEST(SnippetRoundTrip, everyOperatorWithRandomArguments) {
  test::Random random(20220211);
  ASSERT_FALSE(ops::all().empty());
  for (const ops::Operator& op : ops::all()) {
    for (int i = 0; i < callsPerOperator; ++i) {
      const Call call = test::randomCall(op, random);
      const std::string text = printSnippet(call);
      const auto parsed = parseSnippet(text);
      const auto* error = std::get_if<SnippetError>(&parsed);
      ASSERT_FALSE(error) << text << "\n" << error->sentence << ", at byte " << error->offset;
      ASSERT_EQ(std::get<Call>(parsed), call) << text;
      ASSERT_EQ(printSnippet(std::get<Call>(parsed)), text);
      ASSERT_EQ(normalized(call), call) << "what the parser gives is normalized already: " << text;
    }
  }
}

TEST(SnippetRoundTrip, defaultsOfEverySchemaFitTheirParameters) {
  test::Random random(7);
  for (const ops::Operator& op : ops::all()) {
    Call call = test::randomCall(op, random);
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
      if (op.parameters()[i].hasDefault) call.arguments[i] = op.parameters()[i].defaultValue;
    const std::string text = printSnippet(normalized(call));
    const auto parsed = parseSnippet(text);
    const auto* error = std::get_if<SnippetError>(&parsed);
    ASSERT_FALSE(error) << text << "\n" << error->sentence << ", at byte " << error->offset;
    EXPECT_EQ(std::get<Call>(parsed), normalized(call)) << text;
  }
}

} // namespace
} // namespace cobra
