// A bug and its fixed version are the same story twice: nothing but the bug makes the difference, and every bug has one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/daemon/bugs/catalog.h"
#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;

// The document without the fields in which it may differ from the other one of its pair: at the top the title, the story,
// the bug and what is expected; in the steps the words and the answers.
JsonNode WithoutWords(JsonNode document) {
  const auto drop = [](JsonNode& object, const std::set<std::string_view>& keys) {
    std::erase_if(object.fields, [&](const JsonNode::Field& field) { return keys.contains(field.key); });
  };
  drop(document, {"title", "story", "bug", "expect"});
  for (JsonNode::Field& field : document.fields) {
    if (field.key != "schedule") continue;
    for (JsonNode& step : field.value.items) drop(step, {"say", "ask", "answer"});
  }
  return document;
}

class PairTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::string TextOf(const std::string& file) {
    const std::map<std::string, std::string> texts = ShippedScenarios();
    const Result<JsonNode> tree = ParseJson(texts.at(file), file);
    LS_CHECK(tree.has_value(), "{}", tree.error().message);
    return Written(WithoutWords(*tree), nullptr, "");
  }

  static std::string OutcomeOf(const trace::Trace& trace) {
    const analysis::Timeline timeline(trace);
    return std::string(analysis::OutcomeName(analysis::FindOutcome(timeline, analysis::CheckRules(timeline)).kind));
  }

  const RecordBreaches policy_;
  const std::string broken_file_ = GetParam() + ".broken.json";
  const std::string fixed_file_ = GetParam() + ".fixed.json";
  const Scenario broken_ = Shipped(broken_file_);
  const Scenario fixed_ = Shipped(fixed_file_);
};

TEST_P(PairTest, TheTwoFilesDifferOnlyInTheirWordsTheBugAndWhatIsExpected) {
  EXPECT_EQ(TextOf(broken_file_), TextOf(fixed_file_));
  EXPECT_NE(broken_.title, fixed_.title);
}

TEST_P(PairTest, TheBrokenOneNamesABugOfTheCatalogAndTheFixedOneNone) {
  EXPECT_NE(daemon::FindBug(broken_.bug), nullptr) << broken_.bug;
  EXPECT_EQ(fixed_.bug, "none");
}

TEST_P(PairTest, TheBrokenOneBreaksTheRuleThatTheCatalogSaysItsBugDoes) {
  const std::string_view rule = daemon::FindBug(broken_.bug)->breaks;
  const std::vector<std::string> breaks = broken_.expect.breaks.value_or(std::vector<std::string>());
  if (rule.empty()) {
    EXPECT_THAT(breaks, IsEmpty());
  } else {
    EXPECT_THAT(breaks, ::testing::Contains(std::string(rule.substr(0, rule.find(' ')))));
  }
}

// The script is what shows the bug, and the bug is what the script shows.
TEST_P(PairTest, WithoutItsBugTheBrokenOneIsTheFixedOne) {
  Scenario mended = broken_;
  mended.bug = "none";
  const ControlledRun run = RunOf(mended, broken_file_);
  EXPECT_EQ(run.end, sched::RunEnd::kFinished);
  EXPECT_THAT(DifferencesOf(run.trace, fixed_.expect), IsEmpty());
  for (const ScheduleProblem& problem : run.problems) {
    EXPECT_FALSE(problem.is_unusable) << problem.text;  // Its answers are the bug's.
  }
  EXPECT_EQ(run.choices, RunOf(fixed_, fixed_file_).choices);
}

TEST_P(PairTest, WithTheBugTheFixedOneIsTheBrokenOne) {
  Scenario spoilt = fixed_;
  spoilt.bug = broken_.bug;
  const ControlledRun run = RunOf(spoilt, fixed_file_);
  EXPECT_THAT(DifferencesOf(run.trace, broken_.expect), IsEmpty());
  EXPECT_EQ(run.choices, RunOf(broken_, broken_file_).choices);
}

// What a search of seeds finds is the bug's, never the scenario's.
TEST_P(PairTest, UnderOtherSchedulesTheFixedOneIsCleanAndTheBrokenOneComesToNothingElse) {
  constexpr uint64_t kSeeds = 40;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Scenario other = fixed_;
    other.schedule = Seed{seed};
    EXPECT_THAT(DifferencesOf(RunOf(other, fixed_file_).trace, Expectation()), IsEmpty()) << "seed " << seed;
    other = broken_;
    other.schedule = Seed{seed};
    EXPECT_THAT(OutcomeOf(RunOf(other, broken_file_).trace), AnyOf("clean", "findings", broken_.expect.outcome))
        << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Library, PairTest, ::testing::ValuesIn(PairNames()),
                         [](const auto& test) { return TestName(test.param); });

TEST(PairsTest, EveryBugOfTheCatalogHasAPairAndEveryFileOfAPairItsOther) {
  std::set<std::string_view> without;
  for (const daemon::Bug& bug : daemon::AllBugs()) without.insert(bug.name);
  std::set<std::string> files;
  for (const std::string& pair : PairNames()) {
    EXPECT_EQ(without.erase(Shipped(pair + ".broken.json").bug), 1u) << pair << ": its bug has a pair already";
    files.insert(pair + ".broken.json");
    files.insert(pair + ".fixed.json");
  }
  EXPECT_THAT(without, IsEmpty());
  for (const std::string& name : ShippedNames()) {
    const bool is_of_pair = name.find(".broken.") != std::string::npos || name.find(".fixed.") != std::string::npos;
    EXPECT_EQ(files.contains(name), is_of_pair) << name;
  }
}

}  // namespace
}  // namespace lockscope::scenario
