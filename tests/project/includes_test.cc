#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/project/include_rules.h"
#include "tests/project/planted_tree.h"

namespace lockscope::project {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(IncludesTest, FilesIncludeWhatTheyUseOfTheLibrary) {
  const SourceTree tree = ThisProject();
  const Findings findings = IncludeRules(tree.Read("tests/includes.txt"), "tests/includes.txt").Check(tree);
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

constexpr char kList[] =
    "# A comment.\n"
    "string: std::string std::to_*\n"
    "vector: std::vector\n"
    "memory_resource: std::pmr::pool\n"
    "-: std::erase\n";

class IncludeRulesTest : public PlantedTree {
 protected:
  Findings Check() const { return IncludeRules(kList, "list").Check(Tree()); }
};

TEST_F(IncludeRulesTest, AHeaderComesWithTheFileOrWithOneOfOursThatItIncludes) {
  Plant("core/a/a.h", "#include <memory_resource>\n#include <string>\nstd::string A();\nstd::pmr::pool P();\n");
  Plant("core/a/b.h", "#include \"core/a/a.h\"\nsize_t B() { return std::string::npos; }\n");
  Plant("core/a/b.cc",
        "#include \"core/a/b.h\"\n#include <vector>\nstd::vector<int> v; std::to_text(std::erase(v, 1));\n");
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(IncludeRulesTest, WhatIsUsedWithoutBeingIncludedIsFoundOnceAFile) {
  Plant("core/a/a.h",
        "#include <memory_resource>\n#include <vector>\n// std::string\nstd::pmr::pool p; std::erase(p);\n");
  Plant("viewer/b/b.cc", "std::string a;\nstd::string b;\n\nstd::vector<int> c;\n");
  EXPECT_THAT(Check(), ElementsAre("viewer/b/b.cc:1: std::string without #include <string>",
                                   "viewer/b/b.cc:4: std::vector without #include <vector>"));
}

TEST_F(IncludeRulesTest, TheListKnowsEveryNameAndHasNoLineTooMany) {
  Plant("core/a/a.cc", "#include <string>\n#include <vector>\nstd::string a; std::vector<int> b; std::span<int> c;\n");
  EXPECT_THAT(Check(), UnorderedElementsAre("core/a/a.cc:3: std::span: list does not say which header has it",
                                            "list: nothing needs <memory_resource>", "list: nothing needs <->"));
}

TEST_F(IncludeRulesTest, WhatIsWrongWithTheListIsSaid) {
  const Findings findings = IncludeRules("vector std::vector\nset: std::set\nmap: std::set\n", "list").Check(Tree());
  EXPECT_THAT(findings, ElementsAre(HasSubstr("list:1: no colon"), "list:3: std::set stands there twice",
                                    "list: nothing needs <set>"));
}

}  // namespace
}  // namespace lockscope::project
