// What the launchers put into the environment, and what is wrong with it.
#include "predictor/train/launch.h"

#include <gmock/gmock.h>

#include <map>

namespace cobra::train {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

std::variant<Launch, std::string> launched(const Variables& variables) {
  return launchOf([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}
Launch good(const Variables& variables) {
  const auto launch = launched(variables);
  if (const auto* why = std::get_if<std::string>(&launch)) ADD_FAILURE() << *why;
  return std::holds_alternative<Launch>(launch) ? std::get<Launch>(launch) : Launch{};
}

TEST(Launches, ByTorchrun) {
  const Launch launch = good({{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "ten"}, {"MASTER_PORT", "1234"}});
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.size, 4);
  EXPECT_EQ(launch.address, "ten");
  EXPECT_EQ(launch.port, 1234);
  EXPECT_FALSE(launch.serves);
}

TEST(Launches, OnlyTheFirstProcessServesAndNotWhereTorchrunsAgentDoes) {
  Variables first{{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "ten"}};
  EXPECT_TRUE(good(first).serves);
  first["TORCHELASTIC_USE_AGENT_STORE"] = "True";
  EXPECT_FALSE(good(first).serves);
}

TEST(Launches, BySrun) {
  const Launch launch = good({{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "8"}, {"SLURM_STEP_NODELIST", "gpu[07-09,12],login"}});
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.size, 8);
  EXPECT_EQ(launch.address, "gpu07");
}

TEST(Launches, ByMpirunOnOneMachine) {
  Variables local{{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  EXPECT_EQ(good(local).address, "127.0.0.1");
  local["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
  EXPECT_THAT(std::get<std::string>(launched(local)), HasSubstr("MASTER_ADDR"));
}

TEST(Launches, HostListsOfSlurm) {
  EXPECT_EQ(firstHost("a"), "a");
  EXPECT_EQ(firstHost("a,b[1-2]"), "a");
  EXPECT_EQ(firstHost("rack1-n[3,5-7]"), "rack1-n3");
}

TEST(Launches, WrongOnesAreSentences) {
  EXPECT_THAT(std::get<std::string>(launched({})), HasSubstr("no launcher started this process"));
  EXPECT_THAT(std::get<std::string>(launched({{"RANK", "4"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "a"}})), HasSubstr("RANK=4"));
  EXPECT_THAT(std::get<std::string>(launched({{"RANK", "x"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "a"}})), HasSubstr("RANK=x"));
  EXPECT_THAT(std::get<std::string>(launched({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}})),
              HasSubstr("70000"));
}

} // namespace
} // namespace cobra::train
