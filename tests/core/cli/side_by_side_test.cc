#include "core/cli/side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "core/analysis/text_layout.h"

namespace lockscope::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const CodeColumn kLeft{"left", {"f() {", "  a();", "  b();", "}"}};
const CodeColumn kRight{"right", {"f() {", "  b();", "  c();", "}"}};

TEST(SideBySideTest, EqualLinesStandBesideEachOtherAndOthersAreMarked) {
  EXPECT_THAT(SideBySide(kLeft, kRight, 30, false), ElementsAre(                     //
                                                        "  left            right",   //
                                                        "  f() {           f() {",   //
                                                        "-   a();",                  //
                                                        "    b();            b();",  //
                                                        "                +   c();",  //
                                                        "  }               }"));
}

TEST(SideBySideTest, WhereItIsTooNarrowTheyStandBelowEachOther) {
  EXPECT_THAT(SideBySide(kLeft, kRight, 15, false),
              ElementsAre("left", "  f() {", "-   a();", "    b();", "  }", "",  //
                          "right", "  f() {", "    b();", "+   c();", "  }"));
}

TEST(SideBySideTest, ColourIsAnAdditionAndChangesNoWord) {
  std::string plain, coloured;
  for (const std::string& line : SideBySide(kLeft, kRight, 15, false)) plain += line + "\n";
  for (const std::string& line : SideBySide(kLeft, kRight, 15, true)) coloured += line + "\n";
  EXPECT_THAT(coloured, HasSubstr("\x1b[31m-   a();\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[32m+   c();\x1b[0m"));
  for (const char* code : {"\x1b[31m", "\x1b[32m", "\x1b[0m"}) {
    for (size_t at = 0; (at = coloured.find(code)) != std::string::npos;) coloured.erase(at, std::string(code).size());
  }
  EXPECT_EQ(coloured, plain);
}

TEST(SideBySideTest, WhatDoesNotRunIsNoDifference) {
  const CodeColumn left{"left",
                        {"void Bad::F(int a)", "    LS_NO_THREAD_SAFETY_ANALYSIS {", "  // Why.", "  a();  // One.",
                         "  Say(\"//1\");", "}"},
                        "Bad::"};
  const CodeColumn right{
      "right", {"void F(int a) {", "  a();", "  // Why not.", "  // And more.", "  Say(\"//2\");", "}"}, ""};
  EXPECT_THAT(SideBySide(left, right, 41, false), ElementsAre("left",                                  //
                                                              "  void Bad::F(int a)",                  //
                                                              "      LS_NO_THREAD_SAFETY_ANALYSIS {",  //
                                                              "    // Why.",                           //
                                                              "    a();  // One.",                     //
                                                              "-   Say(\"//1\");",                     //
                                                              "  }",                                   //
                                                              "",                                      //
                                                              "right",                                 //
                                                              "  void F(int a) {",                     //
                                                              "    a();",                              //
                                                              "    // Why not.",                       //
                                                              "    // And more.",                      //
                                                              "+   Say(\"//2\");",                     //
                                                              "  }"));
}

TEST(SideBySideTest, WhatGoesOnOfACommentIsAComment) {
  const CodeColumn left{"left", {"  // One two three four five six.", "  a_long_name();  // Seven."}},
      right{"right", {}};
  EXPECT_THAT(SideBySide(left, right, 26, false), ElementsAre("left", "    // One two three", "    // four five six.",
                                                              "-   a_long_name();", "-       // Seven.", "", "right"));
}

TEST(SideBySideTest, ALongLineIsWrappedAndItsIndentKept) {
  const std::string words = "    const Something something = MakeSomething(first_argument, second_argument, third);";
  const CodeColumn left{"left", {words}}, right{"right", {"x"}};
  for (const size_t width : {40u, 60u, 120u, 130u, 200u}) {
    size_t found = 0;
    for (const std::string& line : SideBySide(left, right, width, false)) {
      EXPECT_LE(analysis::Columns(line), width) << line;
      found += line.find("third);") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(found, 1u);
  }
  EXPECT_THAT(SideBySide(left, right, 60, false)[1], HasSubstr("-     const Something"));
  EXPECT_THAT(SideBySide(left, right, 60, false)[2], HasSubstr("-         "));
}

// All ways to match two short texts line by line, by trial: the best one.
size_t MostInCommon(const std::vector<std::string>& left, const std::vector<std::string>& right, size_t i = 0,
                    size_t j = 0) {
  if (i == left.size() || j == right.size()) return 0;
  size_t best = std::max(MostInCommon(left, right, i + 1, j), MostInCommon(left, right, i, j + 1));
  if (left[i] == right[j]) best = std::max(best, 1 + MostInCommon(left, right, i + 1, j + 1));
  return best;
}

TEST(SideBySideTest, TheAlignmentHasEveryLineOnceInOrderAndAsFewChangesAsCanBe) {
  uint32_t state = 1;
  const auto next = [&](uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> left(next(7)), right(next(7));
    for (std::vector<std::string>* side : {&left, &right}) {
      for (std::string& line : *side) line = std::string(1, static_cast<char>('a' + next(3)));
    }
    int i = 0, j = 0;
    size_t common = 0;
    for (const auto& [first, second] : Align(left, right)) {
      if (first >= 0) {
        EXPECT_EQ(first, i++);
      }
      if (second >= 0) {
        EXPECT_EQ(second, j++);
      }
      if (first >= 0 && second >= 0) {
        EXPECT_EQ(left[static_cast<size_t>(first)], right[static_cast<size_t>(second)]);
        ++common;
      }
    }
    EXPECT_EQ(static_cast<size_t>(i), left.size());
    EXPECT_EQ(static_cast<size_t>(j), right.size());
    EXPECT_EQ(common, MostInCommon(left, right));
  }
}

}  // namespace
}  // namespace lockscope::cli
