// Sources that a CMakeLists.txt names: what the commands say, and any text at all.
#include "analyzer/frontend/cmake_sources.h"

#include "test/unit/support/mutation.h"

#include <gmock/gmock.h>

#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace cobra {
namespace {
namespace fs = std::filesystem;
using testing::ElementsAre;

/// A project in a folder of its own, which goes with it.
class Project {
public:
  Project() {
    std::string name = (fs::temp_directory_path() / "cobra-cmake-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~Project() { fs::remove_all(root_); }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  /// Sources beside a file, relative to the project.
  std::vector<std::string> beside(const std::string& file) const {
    std::vector<std::string> out;
    for (const std::string& source : cmakeSources((root_ / file).string()))
      out.push_back(fs::path(source).lexically_relative(root_).string());
    return out;
  }

private:
  fs::path root_;
};

struct Case {
  std::string lists;
  std::vector<std::string> beside; // of main.cpp
};

const Case cases[] = {
    {"add_executable(app main.cpp a.cpp)", {"a.cpp"}},
    {"ADD_EXECUTABLE ( app\n  main.cpp # b.cpp\n  \"a.cpp\" )", {"a.cpp"}},
    {"#[[ add_executable(app main.cpp b.cpp) ]]\nadd_library(app STATIC main.cpp a.cpp)", {"a.cpp"}},
    {"set(S main.cpp a.cpp)\nlist(APPEND S nets/c.cc)\nadd_executable(app ${S})", {"a.cpp", "nets/c.cc"}},
    {"set(S main.cpp;a.cpp)\ncuda_add_executable(app ${S} k.cu)", {"a.cpp", "k.cu"}},
    {"file(GLOB S nets/*.cc)\nadd_executable(app main.cpp ${S})", {"nets/c.cc"}},
    {"file(GLOB_RECURSE S \"${PROJECT_SOURCE_DIR}/*.cc\")\nadd_executable(app main.cpp ${S})", {"nets/c.cc"}},
    {"add_executable(app)\ntarget_sources(app PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp PUBLIC a.cpp)", {"a.cpp"}},
    {"add_executable(app main.cpp a.cpp)\nadd_executable(other b.cpp)", {"a.cpp"}},
    {"add_library(nets a.cpp)\nadd_library(more nets/c.cc)", {"a.cpp", "nets/c.cc"}}, // main.cpp is in neither
    {"set(S ${S} ${UNKNOWN})\nadd_executable(app main.cpp ${S} a.cpp)", {"a.cpp"}},
    {"add_executable(app main.cpp", {}},
    {"", {}},
};

TEST(CMakeSources, OfTheTargetThatAFileBelongsTo) {
  for (const Case& c : cases) {
    Project project;
    project.write("CMakeLists.txt", c.lists);
    project.write("nets/c.cc", "");
    std::vector<std::string> found = project.beside("main.cpp");
    std::ranges::sort(found);
    EXPECT_EQ(found, c.beside) << c.lists;
  }
}

TEST(CMakeSources, OfTheNearestFoldersFirst) {
  Project project;
  project.write("CMakeLists.txt", "add_executable(all top.cpp)");
  project.write("nets/CMakeLists.txt", "add_library(nets net.cpp)");
  EXPECT_THAT(project.beside("nets/net.h"), ElementsAre("nets/net.cpp", "top.cpp"));
}

TEST(CMakeSources, ListsThatDoubleStaySmall) {
  std::string text = "set(A x.cpp y.cpp)\n";
  for (int i = 0; i < 60; ++i) text += "set(A ${A} ${A})\n";
  for (int i = 0; i < 60; ++i) text += "list(APPEND A ${A})\n";
  text += "add_executable(app main.cpp ";
  for (int i = 0; i < 100; ++i) text += "${A}";
  Project project;
  project.write("CMakeLists.txt", text + " a.cpp)");
  EXPECT_LE(project.beside("main.cpp").size(), 400u);
}

TEST(CMakeSources, AnyTextIsRead) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text = cases[static_cast<std::size_t>(i) % std::size(cases)].lists;
    for (int k = 0; k < 3; ++k) text = test::mutated(std::move(text), random);
    for (const CMakeCommand& command : readCMake(text)) EXPECT_FALSE(command.name.empty());
  }
}

} // namespace
} // namespace cobra
