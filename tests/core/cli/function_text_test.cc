#include "core/cli/function_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/cli/embedded_sources.h"
#include "core/daemon/bugs/catalog.h"

namespace lockscope::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr std::string_view kSource =
    "// What it is.\n"
    "//\n"
    "// And why.\n"
    "\n"
    "// Far::Away( is only spoken of.\n"
    "bool Far::Away(int a);\n"
    "int NotFar::Away(int a) {\n"
    "  return a;\n"
    "}\n"
    "bool Far::Away(int a,\n"
    "               int b) {\n"
    "  if (a == b) {\n"
    "    return Near::By();\n"
    "  }\n"
    "  return false;\n"
    "}\n"
    "void Near::By() { Far::Away(1, 2); }\n"
    "void Last() {\n";

TEST(FunctionTextTest, ADefinitionGoesFromItsNameToTheBracketInTheFirstColumn) {
  const auto found = FindFunction(kSource, "Far::Away");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->line, 10);
  EXPECT_THAT(found->lines, ElementsAre("bool Far::Away(int a,", "               int b) {", "  if (a == b) {",
                                        "    return Near::By();", "  }", "  return false;", "}"));
}

TEST(FunctionTextTest, OneLineCanBeAWholeDefinition) {
  const auto found = FindFunction(kSource, "Near::By");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->line, 17);
  EXPECT_THAT(found->lines, ElementsAre("void Near::By() { Far::Away(1, 2); }"));
}

TEST(FunctionTextTest, WhatIsDeclaredCalledSpokenOfOrNeverEndsIsNoDefinition) {
  EXPECT_FALSE(FindFunction(kSource, "Away"));
  EXPECT_FALSE(FindFunction(kSource, "Far::Awa"));
  EXPECT_FALSE(FindFunction(kSource, "Last"));
  EXPECT_FALSE(FindFunction("int A(int a);\n", "A"));
  EXPECT_FALSE(FindFunction("", "A"));
}

TEST(FunctionTextTest, AFilesFirstCommentIsOneText) {
  EXPECT_EQ(OpeningComment(kSource), "What it is. And why.");
  EXPECT_EQ(OpeningComment("int a;\n// Later.\n"), "");
}

TEST(FunctionTextTest, EveryFunctionOfTheCatalogIsInTheProgram) {
  for (const daemon::Bug& bug : daemon::AllBugs()) {
    for (const daemon::CodePlace& place : {bug.buggy, bug.correct}) {
      bool found = false;
      for (const EmbeddedSource& source : EmbeddedSources()) {
        found |= source.file == place.file && FindFunction(source.text, place.function).has_value();
      }
      EXPECT_TRUE(found) << bug.name << ": " << place.file << ", " << place.function;
    }
  }
  for (const EmbeddedSource& source : EmbeddedSources()) EXPECT_THAT(source.file, StartsWith("core/"));
}

}  // namespace
}  // namespace lockscope::cli
