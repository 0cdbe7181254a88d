// Every scenario that is shipped can be read, and keeps to the form that scenarios have.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <variant>

#include "core/scenario/scenario_reader.h"
#include "tests/core/scenario/shipped_scenarios.h"

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

// What an editor, a viewer and a reader of the file need.
TEST(ShippedScenariosTest, EachNamesItsSchemaTellsItsStoryAndSaysWhatIsToCome) {
  for (const auto& [name, text] : ShippedScenarios()) {
    SCOPED_TRACE(name);
    const Result<JsonNode> tree = ParseJson(text, name);
    ASSERT_TRUE(tree) << tree.error().message;
    const JsonNode::Field* const schema = tree->FindField("$schema");
    ASSERT_NE(schema, nullptr);
    EXPECT_EQ(schema->value.text, "scenario-1.schema.json");
    EXPECT_NE(tree->FindField("story"), nullptr);
    const JsonNode::Field* const expect = tree->FindField("expect");
    ASSERT_NE(expect, nullptr);
    for (const char* const what : {"outcome", "breaks", "served"}) EXPECT_NE(expect->value.FindField(what), nullptr);
    const Result<Scenario> scenario = ReadScenario(std::filesystem::path(LOCKSCOPE_SCENARIOS) / name);
    const Script* const script = scenario ? std::get_if<Script>(&scenario->schedule) : nullptr;
    ASSERT_NE(script, nullptr) << "it has no captions";
    EXPECT_TRUE(std::ranges::any_of(*script, [](const ScheduleStep& step) { return !step.say.empty(); }));
  }
}

}  // namespace
}  // namespace lockscope::scenario
