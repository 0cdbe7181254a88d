// The front page and the manual of scenarios: a command that stands there is one that the program has, with its options.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>

#include "core/analysis/rules.h"
#include "tests/project/source_tree.h"
#include "tests/support/run_program.h"

namespace lockscope::lectures {
namespace {

using project::ThisProject;
using ::testing::HasSubstr;

const std::vector<std::string> kFiles = {"README.md", "core/sync/USING.md", "scenarios/README.md",
                                         "scenarios/SCHEMA.md"};

std::string HelpOf(const std::string& command) {
  static std::map<std::string, std::string> known;
  const auto [it, is_new] = known.try_emplace(command);
  if (is_new) {
    const testing::Ran ran = testing::RunProgram({LOCKSCOPE_PROGRAM, command, "--help"});
    it->second = ran.status == 0 ? ran.out : "";
  }
  return it->second;
}

// In `lockscope …` of prose, and in lines of blocks that begin so.
std::vector<std::string> CommandLines(const std::string& file) {
  static const std::regex pattern("(?:`|^)lockscope ([a-z][^`]*)");
  std::vector<std::string> found;
  for (const std::string& line : project::Lines(ThisProject().Read(file))) {
    for (std::sregex_iterator it(line.begin(), line.end(), pattern); it != std::sregex_iterator(); ++it) {
      found.push_back((*it)[1]);
    }
  }
  return found;
}

TEST(ManualTest, EveryCommandIsOneOfTheProgramWithOptionsThatItHas) {
  static const std::regex option("--[a-z][a-z-]*");
  for (const std::string& file : kFiles) {
    const std::vector<std::string> lines = CommandLines(file);
    EXPECT_FALSE(lines.empty()) << file;
    for (const std::string& line : lines) {
      SCOPED_TRACE(file + ": lockscope " + line);
      const std::string command = project::Words(line)[0];
      if (command == "view" && !LOCKSCOPE_HAS_VIEWER) continue;
      const std::string help = HelpOf(command);
      EXPECT_NE(help, "") << "no such command";
      for (std::sregex_iterator it(line.begin(), line.end(), option); it != std::sregex_iterator(); ++it) {
        EXPECT_THAT(help, HasSubstr(it->str()));
      }
    }
  }
}

TEST(ManualTest, TheHelpOfViewListsTheOptionsOfTheViewer) {
  if (!LOCKSCOPE_HAS_VIEWER) GTEST_SKIP() << "there is no viewer to ask";
  for (const char* option : {"--at", "--picture", "--screenshot", "--size"}) {
    EXPECT_THAT(HelpOf("view"), HasSubstr(option));
  }
}

TEST(ManualTest, TheOptionsOfRunThatTheFrontPageListsAreThere) {
  static const std::regex row(R"(^\| … `(--[a-z]+)[^`]*` \|)");
  int rows = 0;
  for (const std::string& line : project::Lines(ThisProject().Read("README.md"))) {
    std::smatch match;
    if (!std::regex_search(line, match, row)) continue;
    ++rows;
    EXPECT_THAT(HelpOf("run"), HasSubstr(match[1].str()));
  }
  EXPECT_GT(rows, 0);
}

TEST(ManualTest, TheRulesHaveTheNamesThatCheckGivesThem) {
  const std::string text = ThisProject().Read("core/daemon/THREADING.md");
  for (const analysis::RuleInfo& rule : analysis::AllRules()) {
    EXPECT_THAT(text, HasSubstr(fmt::format("| R{} {} |", rule.number, rule.name)));
  }
}

TEST(ManualTest, EveryScenarioThatIsNamedIsThere) {
  static const std::regex name(R"(scenarios/[0-9][\w.-]*\.json)");
  for (const char* file :
       {"README.md", "scenarios/README.md", "core/daemon/THREADING.md", "dev", "core/cli/command_line.cc"}) {
    int named = 0;
    for (const std::string& line : project::Lines(ThisProject().Read(file))) {
      for (std::sregex_iterator it(line.begin(), line.end(), name); it != std::sregex_iterator(); ++it) {
        ++named;
        EXPECT_TRUE(ThisProject().Exists(it->str())) << file << ": " << it->str();
      }
    }
    EXPECT_GT(named, 0) << file;
  }
}

}  // namespace
}  // namespace lockscope::lectures
