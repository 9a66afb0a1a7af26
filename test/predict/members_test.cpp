#include "small_model.h"

#include "predictor/train/members.h"
#include "predictor/train/subset.h"

#include <gmock/gmock.h>

namespace cobra::train {
namespace {

using ::testing::HasSubstr;

std::string whyNot(const infer::Model& a, const infer::Model& b) {
  const auto joined = joinMembers(std::vector{a, b});
  return std::holds_alternative<std::string>(joined) ? std::get<std::string>(joined) : "joined";
}

/// The toy of another seed, as if trained on the same rows.
infer::Model sibling(std::uint32_t seed) {
  infer::Model model = testing::smallModel(seed);
  for (const char* name : {"facts.mean", "facts.scale"}) model.tensors[name] = testing::smallModel(1).tensors.at(name);
  return model;
}

TEST(Members, KeepTheirWeightsAndTheOrder) {
  const std::vector models{sibling(1), sibling(2), sibling(3)};
  const auto joined = std::get<infer::Model>(joinMembers(models));
  EXPECT_EQ(joined.members, 3);
  EXPECT_EQ(joined.tensors.at("norm.weight").values, models[0].tensors.at("norm.weight").values);
  EXPECT_EQ(joined.tensors.at("member2.norm.weight").values, models[2].tensors.at("norm.weight").values);
  EXPECT_FALSE(joined.tensors.contains("member1.facts.mean"));
  for (int member = 0; member < 3; ++member) {
    const infer::Model alone = memberOf(joined, member);
    EXPECT_EQ(alone.members, 1);
    EXPECT_EQ(alone.tensors.at("norm.weight").values, models[static_cast<std::size_t>(member)].tensors.at("norm.weight").values);
  }
}

TEST(Members, AJoinedModelCanBeJoinedAgain) {
  const auto two = std::get<infer::Model>(joinMembers(std::vector{sibling(1), sibling(2)}));
  const auto three = std::get<infer::Model>(joinMembers(std::vector{sibling(3), two}));
  EXPECT_EQ(three.members, 3);
  EXPECT_EQ(three.tensors.at("member2.norm.weight").values, sibling(2).tensors.at("norm.weight").values);
}

TEST(Members, OfDifferentTrainingsAreRefused) {
  infer::Model wider = sibling(2), renamed = sibling(2), retrained = sibling(2), device = sibling(2);
  wider.architecture.hidden = 32;
  renamed.vocabulary.operators[0].name = "aten::mm";
  retrained.tensors.at("facts.mean").values[0] += 1;
  device.devices[0].name = "other";
  EXPECT_THAT(whyNot(sibling(1), wider), HasSubstr("the architecture"));
  EXPECT_THAT(whyNot(sibling(1), renamed), HasSubstr("the vocabulary"));
  EXPECT_THAT(whyNot(sibling(1), retrained), HasSubstr("'facts.mean'"));
  EXPECT_THAT(whyNot(sibling(1), device), HasSubstr("the devices"));
}

TEST(Members, NoModelIsAnError) { EXPECT_THAT(std::get<std::string>(joinMembers({})), HasSubstr("no model")); }

TEST(Subset, AnswersForItsDevicesAsBefore) {
  const infer::Model both = testing::smallModel(4, 2);
  const std::vector<std::string> kept{"toy2"};
  const auto one = std::get<infer::Model>(onlyDevices(both, kept));
  EXPECT_EQ(one.devices.size(), 1U);
  const auto ms = [](const infer::Model& model) {
    return Predictor(testing::parsed(printModel(model)), "toy2").predict(testing::call("aten::relu(self=f32[4,8])")).ms;
  };
  EXPECT_DOUBLE_EQ(ms(one), ms(both));
}

TEST(Subset, OfAnUnknownDeviceIsRefused) {
  const std::vector<std::string> wanted{"toy", "h900"};
  EXPECT_THAT(std::get<std::string>(onlyDevices(testing::smallModel(), wanted)), HasSubstr("no device 'h900'"));
}

} // namespace
} // namespace cobra::train
