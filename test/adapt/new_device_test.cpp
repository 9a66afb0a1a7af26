// Profiles of adapted devices: written, read back, and used like any other.
#include "predictor/adapt/choose_basis.h"
#include "predictor/infer/profile.h"
#include "test/predict/small_model.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>

namespace cobra::adapt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// Calls that take `factor` times what the toy model says of them on its first device.
CallSamples measuredAt(double factor) {
  Predictor predictor(testing::parsed(testing::smallProfile()), "toy");
  CallSamples samples{"mine", "A processor", "none", "2026-01-02", {}, {}};
  for (int size = 1; size <= 24; ++size) {
    const Call call = testing::call("aten::relu(self=f32[" + std::to_string(size * 100) + "])");
    samples.calls.push_back({call, factor * predictor.predict(call).ms});
  }
  return samples;
}

std::string adaptedProfile(double factor = 3) {
  return infer::printModel(std::get<Adaptation>(adaptModel(testing::smallModel(), measuredAt(factor), "mine")).model);
}

TEST(NewDevice, IsTheOnlyOneItsProfileLists) {
  const auto profile = testing::parsed(adaptedProfile());
  EXPECT_THAT(profile->devices(), ElementsAre("mine"));
  EXPECT_EQ(profile->info().source, "adapted");
  EXPECT_THAT(profile->info().title, HasSubstr("24 measured calls"));
}

TEST(NewDevice, TakesTheMeasuredFactorOfWhatItFollowsFrom) {
  Predictor toy(testing::parsed(testing::smallProfile()), "toy"), mine(testing::parsed(adaptedProfile()), "mine");
  const Call relu = testing::call("aten::relu(self=f32[1234])");
  EXPECT_NEAR(mine.predict(relu).ms / toy.predict(relu).ms, 3, 0.1);
  EXPECT_TRUE(mine.predict(relu).covered);
  EXPECT_FALSE(mine.predict(relu).extrapolated);
}

TEST(NewDevice, IsLessSureOfWhatWasNotMeasured) {
  // toy2 knows relu alone, so only toy is asked for calls of linear too.
  CallSamples samples = measuredAt(3);
  const Call linear = testing::call("aten::linear(input=f32[8,32],weight=f32[16,32],bias=f32[16])");
  Predictor toy(testing::parsed(testing::smallProfile()), "toy");
  samples.calls.push_back({linear, 3 * toy.predict(linear).ms});
  const auto with = std::get<Adaptation>(adaptModel(testing::smallModel(), samples, "mine"));
  EXPECT_THAT(with.basis, ElementsAre("toy"));
  Predictor mine(testing::parsed(infer::printModel(with.model)), "mine");
  const Latency known = mine.predict(linear), base = toy.predict(linear);
  EXPECT_LE(known.lowMs / known.ms, base.lowMs / base.ms + 1e-9);
  EXPECT_GE(known.highMs / known.ms, base.highMs / base.ms - 1e-9);

  infer::Model only = testing::smallModel();
  only.devices[1].coverage.clear();
  const auto without = std::get<Adaptation>(adaptModel(only, measuredAt(3), "mine"));
  Predictor unsure(testing::parsed(infer::printModel(without.model)), "mine");
  const Latency guessed = unsure.predict(linear);
  EXPECT_GT(guessed.highMs / guessed.ms, known.highMs / known.ms);
  EXPECT_NEAR(guessed.ms / base.ms, 3, 1);
}

TEST(NewDevice, AnswersFromSeveralMembersToo) {
  const auto done = std::get<Adaptation>(adaptModel(testing::smallModel(1, 3), measuredAt(2), "mine"));
  Predictor mine(testing::parsed(infer::printModel(done.model)), "mine");
  EXPECT_GT(mine.predict(testing::call("aten::relu(self=f32[500])")).ms, 0);
}

TEST(NewDevice, SaysWhatItWillBeOffBy) {
  const auto done = std::get<Adaptation>(adaptModel(testing::smallModel(), measuredAt(3), "mine"));
  EXPECT_GT(done.before.median, 50);
  EXPECT_LT(done.after.median, 2);
  EXPECT_EQ(done.used, 24U);
}

TEST(NewDevice, NeedsSamplesThatTheProfileKnows) {
  CallSamples samples{"mine", "", "", "", {{testing::call("aten::tanh(self=f32[4])"), 1.0}}, {}};
  EXPECT_THAT(std::get<std::string>(adaptModel(testing::smallModel(), samples, "mine")), HasSubstr("0 of the 1 measured calls"));
}

TEST(NewDevice, CannotTakeANameThatIsTaken) {
  EXPECT_THAT(whyNoName({"a100-pytorch21", "", {}}), HasSubstr("already, built in"));
  for (const char* name : {"", "..", "a/b", "-x", "a b"}) EXPECT_THAT(whyNoName({name, "", {}}), HasSubstr("is no device name")) << name;
  EXPECT_EQ(whyNoName({"mine", "", {}}), "");
}

/// The adapted profile with its metadata changed.
std::string damaged(const std::function<void(Json&)>& change) {
  auto document = std::get<format::Document>(format::parseSafetensors(adaptedProfile(), "mine"));
  Json json = Json::parse(document.metadata.at("cobra.profile"));
  change(json);
  std::vector<format::StoredTensor> stored;
  for (const auto& [name, tensor] : document.tensors) stored.push_back({name, tensor.shape, tensor.values, format::Storage::Float32});
  return format::printSafetensors({{"cobra.profile", json.dump()}}, stored);
}

struct Damage {
  const char* what;
  std::function<void(Json& transfer, Json& all)> change;
  const char* sentence;
};
class DamagedTransfers : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedTransfers, AreOneSentence) {
  const auto profile = Profile::parse(damaged([](Json& all) {
                                        Json& mine = all["devices"].back();
                                        GetParam().change(mine["coverage"][0]["transfer"], all);
                                      }),
                                      "bad.safetensors");
  const auto* error = std::get_if<ProfileError>(&profile);
  ASSERT_NE(error, nullptr) << GetParam().what;
  EXPECT_THAT(error->sentence, HasSubstr("'bad.safetensors'"));
  EXPECT_THAT(error->sentence, HasSubstr(GetParam().sentence)) << GetParam().what;
}

const Damage kDamages[] = {
    {"a device that isn't there", [](Json& t, Json&) { t["devices"] = {{99, 1.0}}; }, "follow from others that cannot answer"},
    {"itself", [](Json& t, Json& all) { t["devices"] = {{all["devices"].size() - 1, 1.0}}; }, "follow from others that cannot answer"},
    {"nobody", [](Json& t, Json&) { t["devices"] = Json::array(); }, "follow from others that cannot answer"},
    {"a huge weight", [](Json& t, Json&) { t["devices"] = {{0, 1e9}}; }, "follow from others that cannot answer"},
    {"a huge offset", [](Json& t, Json&) { t["offset"] = 1e6; }, "follow from others that cannot answer"},
    {"an offset that is not finite", [](Json& t, Json&) { t["offset"] = nullptr; }, "missing or of a wrong kind"},
    {"no offset", [](Json& t, Json&) { t.erase("offset"); }, "missing or of a wrong kind"},
    {"weights alone", [](Json& t, Json&) { t["devices"] = {1.0}; }, "missing or of a wrong kind"},
    {"a list", [](Json& t, Json&) { t = {1, 2}; }, "missing or of a wrong kind"},
    {"a basis that is a number", [](Json&, Json& all) { all["devices"][0]["basis"] = 1; }, "missing or of a wrong kind"},
    {"only a basis", [](Json&, Json& all) { all["devices"].back()["basis"] = true; }, "names no device"},
};
INSTANTIATE_TEST_SUITE_P(Adapt, DamagedTransfers, ::testing::ValuesIn(kDamages));

TEST(NewDevice, HugeButAllowedFiguresStayFinite) {
  const auto bytes = damaged([](Json& all) {
    for (Json& coverage : all["devices"].back()["coverage"]) coverage["transfer"] = {{"offset", 60}, {"devices", {{0, 8}}}};
  });
  Predictor predictor(testing::parsed(bytes), "mine");
  const Latency latency = predictor.predict(testing::call("aten::relu(self=f32[1000])"));
  EXPECT_TRUE(std::isfinite(latency.ms));
  EXPECT_GT(latency.ms, 0);
}

TEST(NewDevice, FilesOfProgramsBeforeStayAsTheyAre) {
  const std::string bytes = testing::smallProfile();
  EXPECT_EQ(bytes.find("transfer"), bytes.npos);
  EXPECT_NE(bytes.find("\\\"format\\\":1"), bytes.npos);
}

} // namespace
} // namespace cobra::adapt
