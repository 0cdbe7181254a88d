#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/project/planted_tree.h"
#include "tests/project/text_rules.h"

namespace lockscope::project {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TextTest, NothingIsPromisedForLater) {
  const Findings findings = FindNotesToSelf(ThisProject());
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

TEST(TextTest, NoFileNamesAPathOfOneMachine) {
  const Findings findings = FindMachinePaths(ThisProject());
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

TEST(TextTest, EveryLocalLinkLeadsToAFile) {
  const Findings findings = FindDeadLinks(ThisProject());
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

TEST(TextTest, EveryDevCommandInProseExists) {
  const Findings findings = FindUnknownDevCommands(ThisProject());
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

TEST(TextTest, TheTopLevelHoldsNothingBeyondItsPlan) {
  const std::set<std::string> planned = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "core", "dev",
                                         "lectures",       "scenarios",         "tests",   "viewer"};
  for (const std::string& name : TopLevelNames(ThisProject())) {
    EXPECT_TRUE(name.starts_with('.') || planned.contains(name)) << name << " stands at the top level";
  }
}

using PlantedTextTest = PlantedTree;

TEST_F(PlantedTextTest, FindsANoteToSelf) {
  Plant("core/a.cc",
        "int x;\n// TO"
        "DO: later\n");
  EXPECT_THAT(FindNotesToSelf(Tree()), ElementsAre("core/a.cc:2: a note to self: TO"
                                                   "DO"));
}

TEST_F(PlantedTextTest, FindsAMachinePath) {
  Plant("tests/a.cc",
        "\"/ho"
        "me/ada/trace\"\n");
  Plant("tests/b.cc",
        "#include \"ui/ho"
        "me/x.h\"\n");
  EXPECT_THAT(FindMachinePaths(Tree()), ElementsAre("tests/a.cc:1: a path of one machine: /ho"
                                                    "me/ada/trace\""));
}

TEST_F(PlantedTextTest, FindsADeadLink) {
  Plant("core/here.md", "");
  Plant("README.md", "[a](core/here.md#part) [b](https://example.org)\n<img src=\"gone.png\">\n[c](#part)\n");
  EXPECT_THAT(FindDeadLinks(Tree()), ElementsAre("README.md:2: a link to gone.png, which is not there"));
}

TEST_F(PlantedTextTest, FindsACommandThatDevLacks) {
  Plant("dev", "cmd_demo() {\n}\n");
  Plant("README.md", "`./dev demo`\n`./dev dance`\n");
  EXPECT_THAT(FindUnknownDevCommands(Tree()), ElementsAre("README.md:2: ./dev dance, which is no command of dev"));
}

TEST_F(PlantedTextTest, PassesOverBuildsAndBinaries) {
  Plant("build/a.cc",
        "// TO"
        "DO\n");
  Plant("core/picture.png", std::string("TO"
                                        "DO\0",
                                        5));
  EXPECT_THAT(FindNotesToSelf(Tree()), IsEmpty());
}

}  // namespace
}  // namespace lockscope::project
