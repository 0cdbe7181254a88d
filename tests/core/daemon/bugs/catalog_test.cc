#include "core/daemon/bugs/catalog.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace lockscope::daemon {
namespace {

using ::testing::IsEmpty;

const std::filesystem::path kRoot = LOCKSCOPE_PROJECT_ROOT;

// How many definitions of the function begin in the file: lines that begin in the first column and have its name and bracket.
int DefinitionsAt(const CodePlace& place) {
  std::ifstream file(kRoot / place.file);
  int found = 0;
  for (std::string line; std::getline(file, line);) {
    const bool at_start = !line.empty() && line[0] != ' ' && line[0] != '/';
    if (at_start && line.find(fmt::format(" {}(", place.function)) != std::string::npos) ++found;
  }
  return found;
}

TEST(CatalogTest, EveryPlaceInTheCodeIsThereOnce) {
  for (const Bug& bug : AllBugs()) {
    EXPECT_EQ(DefinitionsAt(bug.buggy), 1) << bug.buggy.function << " in " << bug.buggy.file;
    EXPECT_EQ(DefinitionsAt(bug.correct), 1) << bug.correct.function << " in " << bug.correct.file;
    EXPECT_TRUE(bug.buggy.file.starts_with("core/daemon/bugs/")) << bug.buggy.file;
    EXPECT_FALSE(bug.correct.file.starts_with("core/daemon/bugs/")) << bug.correct.file;
  }
}

TEST(CatalogTest, AFunctionThatIsNotThereIsNotFound) {
  EXPECT_EQ(DefinitionsAt({"core/daemon/worker.cc", "Worker::Sleep"}), 0);
  EXPECT_EQ(DefinitionsAt({"core/daemon/worker.cc", "QueueReply"}), 0) << "a call of it is no definition";
  EXPECT_EQ(DefinitionsAt({"core/daemon/no_such_file.cc", "Worker::Reply"}), 0);
}

TEST(CatalogTest, EveryFileOfBugsIsInTheCatalogUnderItsOwnName) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "core/daemon/bugs")) {
    const std::string stem = entry.path().stem().string();
    if (stem != "catalog" && stem != "install") files.insert(stem);
  }
  for (const Bug& bug : AllBugs()) {
    std::string stem(bug.name);
    std::replace(stem.begin(), stem.end(), '-', '_');
    EXPECT_EQ(files.erase(stem), 1u) << bug.name;
    EXPECT_EQ(bug.buggy.file, fmt::format("core/daemon/bugs/{}.cc", stem));
  }
  EXPECT_THAT(files, IsEmpty());
}

TEST(CatalogTest, ABugIsFoundByItsNameAndNothingElseIs) {
  for (const Bug& bug : AllBugs()) EXPECT_EQ(FindBug(bug.name), &bug);
  EXPECT_EQ(FindBug("none"), nullptr);
  EXPECT_EQ(FindBug(""), nullptr);
  EXPECT_EQ(FindBug("reply-locks-client"), nullptr);
}

TEST(CatalogTest, ARuleIsNamedWithItsNumber) {
  for (const Bug& bug : AllBugs()) {
    EXPECT_FALSE(bug.title.empty()) << bug.name;
    if (bug.breaks.empty()) continue;
    EXPECT_EQ(bug.breaks[0], 'R') << bug.name;
    EXPECT_TRUE(bug.breaks[1] >= '1' && bug.breaks[1] <= '8') << bug.name;
    EXPECT_EQ(bug.breaks[2], ' ') << bug.name;
  }
}

TEST(CatalogTest, EveryBugTakesThePlaceOfSomething) {
  for (const Bug& bug : AllBugs()) {
    Parts parts{};
    parts.event_loop = nullptr;
    parts.server = nullptr;
    parts.client = nullptr;
    parts.worker = nullptr;
    parts.memory_driver = nullptr;
    bug.install(parts);
    EXPECT_TRUE(parts.event_loop || parts.server || parts.client || parts.worker || parts.memory_driver) << bug.name;
  }
}

}  // namespace
}  // namespace lockscope::daemon
