// scenarios/README.md against the tree: every scenario is listed, and what its tables say of it is so.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/daemon/bugs/catalog.h"
#include "core/scenario/scenario_reader.h"
#include "tests/core/scenario/shipped_scenarios.h"

namespace lockscope::scenario {
namespace {

using ::testing::IsSupersetOf;

const std::string kFolder = LOCKSCOPE_SCENARIOS;
constexpr size_t kPairColumns = 5;      // pair, breaks, outcome, what it shows, what to look at
constexpr size_t kFunctionColumns = 4;  // pair, bug, the buggy function, the correct one
constexpr size_t kDayColumns = 3;       // file, what it shows, what to look at

using Row = std::vector<std::string>;

// Rows of the tables with so many columns; headings, which do not begin with a name of a file, are none.
std::vector<Row> Rows(size_t columns) {
  std::vector<Row> rows;
  std::istringstream text(testing::ReadWhole(kFolder + "/README.md"));
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("| `")) continue;
    Row row;
    for (size_t at = 2; at < line.size();) {
      const size_t end = line.find(" |", at);
      if (end == std::string::npos) break;
      row.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    if (row.size() == columns) rows.push_back(row);
  }
  return rows;
}

std::string WithoutQuotes(const std::string& cell) { return cell.size() < 2 ? "" : cell.substr(1, cell.size() - 2); }

Scenario Read(const std::string& name) {
  Result<Scenario> scenario = ReadScenario(kFolder + "/" + name);
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario();
}

std::string Link(const daemon::CodePlace& place) { return fmt::format("[`{}`](../{})", place.function, place.file); }

TEST(ScenariosReadmeTest, ListsEveryScenarioOnceAndNoOther) {
  std::multiset<std::string> listed;
  for (const Row& row : Rows(kPairColumns)) {
    listed.insert(WithoutQuotes(row[0]) + ".broken.json");
    listed.insert(WithoutQuotes(row[0]) + ".fixed.json");
  }
  for (const Row& row : Rows(kDayColumns)) listed.insert(WithoutQuotes(row[0]));
  std::multiset<std::string> shipped;
  for (const auto& [name, text] : ShippedScenarios()) shipped.insert(name);
  EXPECT_EQ(listed, shipped);
}

TEST(ScenariosReadmeTest, OutcomesAndRulesAreThoseOfTheFiles) {
  ASSERT_FALSE(Rows(kPairColumns).empty());
  for (const Row& row : Rows(kPairColumns)) {
    SCOPED_TRACE(row[0]);
    const Expectation broken = Read(WithoutQuotes(row[0]) + ".broken.json").expect;
    const std::vector<std::string> breaks = broken.breaks.value_or(std::vector<std::string>());
    EXPECT_EQ(row[1], breaks.empty() ? "–" : fmt::format("{}", fmt::join(breaks, ", ")));
    EXPECT_EQ(row[2], broken.outcome);
    EXPECT_EQ(Read(WithoutQuotes(row[0]) + ".fixed.json").expect.outcome, "clean") << "as the text says of all";
  }
  for (const Row& row : Rows(kDayColumns)) {
    EXPECT_EQ(Read(WithoutQuotes(row[0])).expect.outcome, "clean") << row[0];
    EXPECT_EQ(Read(WithoutQuotes(row[0])).bug, "none") << row[0];
  }
}

TEST(ScenariosReadmeTest, EveryBugIsNamedWithItsTwoFunctions) {
  std::set<std::string> named;
  for (const Row& row : Rows(kFunctionColumns)) {
    SCOPED_TRACE(row[0]);
    const std::string name = WithoutQuotes(row[1]);
    EXPECT_EQ(Read(WithoutQuotes(row[0]) + ".broken.json").bug, name);
    const daemon::Bug* bug = daemon::FindBug(name);
    ASSERT_NE(bug, nullptr) << name;
    EXPECT_EQ(row[2], Link(bug->buggy));
    EXPECT_EQ(row[3], Link(bug->correct));
    named.insert(name);
  }
  std::set<std::string> all;
  for (const daemon::Bug& bug : daemon::AllBugs()) all.insert(std::string(bug.name));
  EXPECT_EQ(named, all);
}

TEST(ScenariosReadmeTest, TheRulesOfABugsTitleAreAmongThoseThatItsScenarioBreaks) {
  for (const Row& row : Rows(kFunctionColumns)) {
    const daemon::Bug* bug = daemon::FindBug(WithoutQuotes(row[1]));
    if (bug == nullptr || bug->breaks.empty()) continue;
    const auto breaks = Read(WithoutQuotes(row[0]) + ".broken.json").expect.breaks;
    ASSERT_TRUE(breaks.has_value()) << row[0];
    EXPECT_THAT(*breaks, IsSupersetOf({std::string(bug->breaks.substr(0, 2))})) << row[0];
  }
}

}  // namespace
}  // namespace lockscope::scenario
