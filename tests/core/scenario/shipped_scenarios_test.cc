// Every scenario that is shipped can be read, and keeps to the form that scenarios have.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/scenario/scenario_reader.h"

namespace lockscope::scenario {
namespace {

TEST(ShippedScenariosTest, EachCanBeReadAndFitsOnAScreen) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSCOPE_SCENARIOS)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
    ++seen;
    const Result<Scenario> scenario = ReadScenario(entry.path());
    EXPECT_TRUE(scenario) << scenario.error().message;
    std::ifstream file(entry.path());
    int lines = 0;
    for (std::string line; std::getline(file, line); ++lines)
      EXPECT_LE(line.size(), 100u) << entry.path() << ":" << lines + 1;
    EXPECT_LE(lines, 40) << entry.path();
  }
  EXPECT_GE(seen, 1);
}

}  // namespace
}  // namespace lockscope::scenario
