// Whatever happens to the bytes of a profile, reading it ends in a profile that answers or in one sentence.
#include "small_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cobra {
namespace {

/// A profile that is accepted must answer.
void readAndAsk(const std::string& bytes) {
  const auto profile = Profile::parse(bytes, "mutated");
  if (const auto* error = std::get_if<ProfileError>(&profile)) {
    EXPECT_FALSE(error->sentence.empty());
    return;
  }
  const auto& good = std::get<std::shared_ptr<const Profile>>(profile);
  for (const std::string& device : good->devices()) {
    Predictor predictor(good, device);
    const Latency latency = predictor.predict(testing::call("aten::linear(input=f32[4,8],weight=f32[16,8],bias=f32[16])"));
    EXPECT_TRUE(std::isfinite(latency.ms));
    EXPECT_GE(latency.ms, 0);
    EXPECT_LE(latency.lowMs, latency.ms);
    EXPECT_GE(latency.highMs, latency.ms);
  }
}

TEST(MutatedProfiles, CutAnywhereAreSentences) {
  const std::string whole = testing::smallProfile();
  for (std::size_t length = 0; length < whole.size(); length += 1 + length / 50) {
    const auto profile = Profile::parse(std::string_view(whole).substr(0, length), "cut");
    ASSERT_TRUE(std::holds_alternative<ProfileError>(profile)) << length;
  }
}

TEST(MutatedProfiles, WithChangedBytesNeverCrash) {
  const std::string whole = testing::smallProfile();
  std::mt19937 random(7);
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = whole;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i) {
      // Two thirds of the changes hit the header, where the structure is.
      const std::size_t range = random() % 3 ? std::min<std::size_t>(bytes.size(), 6000) : bytes.size();
      bytes[random() % range] = static_cast<char>(random() % 256);
    }
    readAndAsk(bytes);
  }
}

TEST(MutatedProfiles, WithChangedNumbersNeverCrash) {
  const std::string whole = testing::smallProfile();
  std::mt19937 random(11);
  constexpr std::string_view kDigits = "0123456789-.e";
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 3; ++i) {
      const std::size_t from = 8 + random() % 6000;
      const std::size_t at = bytes.find_first_of("0123456789", from);
      if (at != std::string::npos) bytes[at] = kDigits[random() % kDigits.size()];
    }
    readAndAsk(bytes);
  }
}

} // namespace
} // namespace cobra
