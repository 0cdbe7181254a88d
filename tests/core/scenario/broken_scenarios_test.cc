// What people do to scenario files by mistake, done to every shipped one: each is answered with one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scenario/scenario_reader.h"
#include "tests/core/scenario/shipped_scenarios.h"

namespace lockscope::scenario {
namespace {

using ::testing::StartsWith;

// One line that begins with the file and a line of it.
void ExpectOneLine(const Result<Scenario>& result, int lines, const std::string& what) {
  ASSERT_FALSE(result) << what;
  const std::string& message = result.error().message;
  EXPECT_THAT(message, StartsWith("f.json:")) << what;
  EXPECT_EQ(message.find('\n'), std::string::npos) << what << ": " << message;
  EXPECT_GT(message.size(), 20u) << what;
  if (message.starts_with("f.json: ")) {
    EXPECT_EQ(message, "f.json: the file is empty, not a scenario") << what;
  } else {
    const int line = std::stoi(message.substr(7));
    EXPECT_GE(line, 1) << message;
    EXPECT_LE(line, lines) << message;
  }
}

TEST(BrokenScenariosTest, AFileThatEndsAnywhereIsAnsweredWithOneLine) {
  for (const auto& [name, text] : ShippedScenarios()) {
    const std::string whole = text.substr(0, text.find_last_not_of(" \n") + 1);
    for (size_t length = 0; length < whole.size(); ++length) {
      const std::string part = whole.substr(0, length);
      const int lines = 1 + static_cast<int>(std::ranges::count(part, '\n'));
      ExpectOneLine(ParseScenario(part, "f.json"), lines, fmt::format("{} cut off after {} bytes", name, length));
    }
    EXPECT_TRUE(ParseScenario(whole, "f.json")) << name;
  }
}

TEST(BrokenScenariosTest, AnyValueOfTheWrongKindIsAnsweredWithOneLine) {
  size_t turn = 0;
  for (const auto& [name, text] : ShippedScenarios()) {
    const Result<JsonNode> tree = ParseJson(text, "f.json");
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_TRUE(ParseScenario(Written(*tree, nullptr, ""), "f.json")) << "written anew as it was: " << name;
    ForEachNode(*tree, [&, &file = name](const JsonNode& node) {
      ++turn;
      for (const std::string& wrong : ByTurns(kNeverRight, turn, 2)) {
        const std::string json = Written(*tree, &node, wrong);
        const int lines = 1 + static_cast<int>(std::ranges::count(json, '\n'));
        ExpectOneLine(ParseScenario(json, "f.json"), lines,
                      fmt::format("{} with {} in line {}", file, wrong, node.line));
      }
      for (const std::string& other : ByTurns(kSometimesRight, turn, 2)) {
        const std::string json = Written(*tree, &node, other);
        const Result<Scenario> scenario = ParseScenario(json, "f.json");
        if (!scenario) {
          EXPECT_EQ(scenario.error().message.find('\n'), std::string::npos) << scenario.error().message;
        }
      }
    });
  }
}

TEST(BrokenScenariosTest, AByteThatIsAnotherIsNoHarm) {
  constexpr std::string_view kOthers("\0\"\\}\n\xff", 6);
  for (const auto& [name, text] : ShippedScenarios()) {
    for (size_t at = 0; at < text.size(); at += 3) {
      std::string json = text;
      json[at] = kOthers[at / 3 % kOthers.size()];
      const Result<Scenario> scenario = ParseScenario(json, "f.json");
      if (!scenario) {
        EXPECT_EQ(scenario.error().message.find('\n'), std::string::npos) << scenario.error().message;
      }
    }
  }
}

}  // namespace
}  // namespace lockscope::scenario
