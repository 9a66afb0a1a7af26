// Profiles: what a good one says, and one sentence for each way to be a bad one.
#include "small_model.h"

#include "predictor/infer/profile.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include <unistd.h>

namespace cobra {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// The small profile with its metadata or tensors changed.
std::string changed(const std::function<void(Json&, std::map<std::string, format::Tensor>&)>& change) {
  auto document = std::get<format::Document>(format::parseSafetensors(testing::smallProfile(), "toy"));
  Json json = Json::parse(document.metadata.at("cobra.profile"));
  change(json, document.tensors);
  std::vector<format::StoredTensor> stored;
  for (const auto& [name, tensor] : document.tensors) stored.push_back({name, tensor.shape, tensor.values, format::Storage::Float32});
  return format::printSafetensors({{"cobra.profile", json.dump()}}, stored);
}

struct BadProfile {
  const char* what;
  std::function<void(Json&, std::map<std::string, format::Tensor>&)> change;
  const char* sentence;
};

class BadProfiles : public ::testing::TestWithParam<BadProfile> {};

TEST_P(BadProfiles, IsOneSentenceThatNamesTheFile) {
  const auto profile = Profile::parse(changed(GetParam().change), "bad.safetensors");
  const auto* error = std::get_if<ProfileError>(&profile);
  ASSERT_NE(error, nullptr) << GetParam().what;
  EXPECT_THAT(error->sentence, AllOf(HasSubstr("'bad.safetensors'"), HasSubstr(GetParam().sentence)));
}

using Tensors = std::map<std::string, format::Tensor>;
const BadProfile kBadProfiles[] = {
    {"a newer format", [](Json& j, Tensors&) { j["format"] = 99; }, "has format 99; this program reads up to 4"},
    {"members whose tensors are not there", [](Json& j, Tensors&) { j["members"] = 2; }, "has no tensor 'member1."},
    {"a thousand members", [](Json& j, Tensors&) { j["members"] = 1000; }, "missing or of a wrong kind"},
    {"no format", [](Json& j, Tensors&) { j.erase("format"); }, "does not say which format"},
    {"another variant", [](Json& j, Tensors&) { j["variant"] = "cobra-2022"; }, "'cobra-2022'"},
    {"no devices", [](Json& j, Tensors&) { j["devices"] = Json::array(); }, "names no device"},
    {"no vocabulary", [](Json& j, Tensors&) { j.erase("vocabulary"); }, "missing or of a wrong kind"},
    {"a title that is a number", [](Json& j, Tensors&) { j["title"] = 3; }, "missing or of a wrong kind"},
    {"a million layers", [](Json& j, Tensors&) { j["architecture"]["layers"] = 1000000; }, "missing or of a wrong kind"},
    {"a width of 17", [](Json& j, Tensors&) { j["architecture"]["width"] = 17; }, "don't divide"},
    {"heads that don't divide", [](Json& j, Tensors&) { j["architecture"]["heads"] = 3; }, "don't divide"},
    {"a token of an unknown parameter", [](Json& j, Tensors&) { j["vocabulary"]["operators"][0]["tokens"][0] = 77; }, "indices or names"},
    {"the same operator twice", [](Json& j, Tensors&) { j["vocabulary"]["operators"][1]["name"] = "aten::linear"; }, "indices or names"},
    {"65 slots", [](Json& j, Tensors&) { j["vocabulary"]["parameters"][0]["slots"] = 65; }, "missing or of a wrong kind"},
    {"a device of no speed", [](Json& j, Tensors&) { j["devices"][0]["spec"]["gflops"] = 0; }, "make no sense"},
    {"a band upside down", [](Json& j, Tensors&) { j["devices"][0]["coverage"][0]["bands"][0] = {1, 2, 0.5}; }, "don't fit"},
    {"ranges of other tokens", [](Json& j, Tensors&) { j["devices"][0]["coverage"][0]["numbers"] = Json::array(); }, "don't fit"},
    {"coverage of an operator that isn't there", [](Json& j, Tensors&) { j["devices"][0]["coverage"][0]["op"] = 2; }, "wrong kind"},
    {"a tensor is missing", [](Json&, Tensors& t) { t.erase("slot.weight"); }, "'slot.weight'"},
    {"a tensor of another shape", [](Json&, Tensors& t) { t["norm.bias"].shape = {4, 4}; }, "'norm.bias'"},
    {"a weight that is NaN", [](Json&, Tensors& t) { t["norm.bias"].values[1] = std::numeric_limits<float>::quiet_NaN(); }, "not finite"},
    {"an infinite weight", [](Json&, Tensors& t) { t["slot.weight"].values[0] = std::numeric_limits<float>::infinity(); }, "not finite"},
};
INSTANTIATE_TEST_SUITE_P(Predict, BadProfiles, ::testing::ValuesIn(kBadProfiles));

TEST(Profiles, AreWhatTheySay) {
  const auto profile = testing::parsed(testing::smallProfile());
  EXPECT_THAT(profile->devices(), ElementsAre("toy", "toy2"));
  EXPECT_EQ(profile->info().title, "A toy");
  EXPECT_EQ(profile->info().source, "public");
  EXPECT_EQ(profile->info().date, "2026-01-01");
  EXPECT_EQ(profile->info().variant, "cobra-numbers-1");
}

TEST(Profiles, WithoutMetadataAreNoProfiles) {
  const auto profile = Profile::parse(format::printSafetensors({}, {}), "plain.safetensors");
  EXPECT_THAT(std::get<ProfileError>(profile).sentence, HasSubstr("'cobra.profile'"));
}

TEST(Profiles, OperatorsThisRegistryHasNotAreKeptAndNotUsed) {
  const auto bytes = changed([](Json& j, Tensors&) { j["vocabulary"]["operators"][1]["name"] = "aten::zz_from_the_future"; });
  Predictor predictor(testing::parsed(bytes), "toy");
  EXPECT_FALSE(predictor.predict(testing::call("aten::relu(self=f32[4])")).covered);
}

TEST(Profiles, OfAnotherRegistryAnswerForTheRestAndNameWhatTheyDoNotKnow) {
  const auto bytes = changed([](Json& j, Tensors&) {
    j["registry"] = "LibTorch 9.99";
    j["vocabulary"]["operators"][0]["name"] = "aten::zz_from_the_future"; // it was linear
  });
  const Graph graph = testing::graphOf({"aten::relu(self=f32[4,8])", "aten::linear(input=f32[4,8],weight=f32[16,8],bias=None)"});
  const auto now = Predictor(testing::parsed(testing::smallProfile()), "toy").predict(graph);
  const auto latency = Predictor(testing::parsed(bytes), "toy").predict(graph);
  EXPECT_EQ(latency.nodes[0].ms, now.nodes[0].ms);
  EXPECT_TRUE(latency.nodes[0].covered);
  EXPECT_FALSE(latency.nodes[1].covered);
  EXPECT_THAT(latency.notes, Contains(AllOf(HasSubstr("1 of 2 operators were never measured on toy"), HasSubstr("aten::linear"))));
}

TEST(Profiles, HugeWeightsStillGiveFiniteLatencies) {
  const auto bytes = changed([](Json&, Tensors& t) {
    for (auto& [name, tensor] : t) std::ranges::fill(tensor.values, std::numeric_limits<float>::max());
  });
  Predictor predictor(testing::parsed(bytes), "toy");
  const Latency latency = predictor.predict(testing::call("aten::relu(self=f32[4])"));
  EXPECT_TRUE(std::isfinite(latency.ms));
  EXPECT_GT(latency.ms, 0);
}

class ProfileFolder : public ::testing::Test {
protected:
  ProfileFolder() : folder(std::filesystem::temp_directory_path() / ("cobra-profiles-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(folder);
  }
  ~ProfileFolder() override { std::filesystem::remove_all(folder); }
  void put(const char* name, const std::string& bytes) const { std::ofstream(folder / name, std::ios::binary) << bytes; }
  std::vector<std::filesystem::path> folders() const { return {folder}; }

  std::filesystem::path folder;
};

TEST_F(ProfileFolder, DevicesAreFoundByNameAndBrokenFilesAreListed) {
  put("toy.safetensors", testing::smallProfile());
  put("broken.safetensors", "nothing");
  put("readme.txt", "not a profile");
  std::vector<ProfileError> errors;
  const auto devices = listDevices(folders(), errors);
  EXPECT_THAT(devices, Contains(::testing::Field(&DeviceEntry::device, "toy2")));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].sentence, HasSubstr("broken.safetensors"));
  EXPECT_TRUE(std::holds_alternative<std::shared_ptr<const Profile>>(findDevice("toy2", folders())));
}

TEST_F(ProfileFolder, AnUnknownDeviceIsToldWhichThereAre) {
  put("toy.safetensors", testing::smallProfile());
  const auto found = findDevice("gtx-9999", folders());
  EXPECT_THAT(std::get<ProfileError>(found).sentence, AllOf(HasSubstr("'gtx-9999'"), HasSubstr("toy, toy2")));
}

TEST_F(ProfileFolder, AFolderThatIsNotThereIsAnErrorNotACrash) {
  const std::vector<std::filesystem::path> nowhere{folder / "nowhere"};
  std::vector<ProfileError> errors;
  listDevices(nowhere, errors);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].sentence, HasSubstr("nowhere"));
}

} // namespace
} // namespace cobra
