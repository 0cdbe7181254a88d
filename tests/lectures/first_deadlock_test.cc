// The second lecture, held against the pair of scenarios that it walks through.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/lectures/lecture_text.h"
#include "tests/project/source_tree.h"
#include "tests/support/run_program.h"

namespace lockscope::lectures {
namespace {

using project::ThisProject;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kPair = "scenarios/01-reply-lock-order";

std::string OnOneLine(const std::string& text) { return fmt::format("{}", fmt::join(project::Words(text), " ")); }

class FirstDeadlockTest : public ::testing::Test {
 protected:
  testing::Ran Run(const std::string& version, std::vector<std::string> options = {}) const {
    std::vector<std::string> argv = {LOCKSCOPE_PROGRAM, "run", (ThisProject().root() / (kPair + version)).string(),
                                     "-o", folder_ / "run.lockscope"};
    argv.insert(argv.end(), options.begin(), options.end());
    return testing::RunProgram(argv);
  }

  const testing::TestFolder folder_;
};

TEST_F(FirstDeadlockTest, QuotationsAreCaptionsOrWhatTheReportsSay) {
  const std::vector<std::string> said = {
      OnOneLine(Run(".broken.json").out), OnOneLine(Run(".broken.json", {"--seed", "1"}).out),
      ThisProject().Read(kPair + ".broken.json"), ThisProject().Read(kPair + ".fixed.json")};
  const LectureText text(ThisProject().Read("lectures/01-first-deadlock/README.md"));
  EXPECT_FALSE(text.quotes().empty());
  for (const Quote& quote : text.quotes()) {
    EXPECT_TRUE(std::ranges::any_of(said,
                                    [&](const std::string& source) {
                                      size_t at = 0;
                                      return std::ranges::all_of(quote.pieces, [&](const std::string& piece) {
                                        at = source.find(piece, at);
                                        return at != std::string::npos;
                                      });
                                    }))
        << "README.md:" << quote.line << ": nothing says so";
  }
}

TEST_F(FirstDeadlockTest, TheRuleIsBrokenUnderEverySeedAndTheDeadlockNeedsLuck) {
  const testing::Ran lucky = Run(".broken.json", {"--seed", "1"});
  EXPECT_THAT(lucky.out, HasSubstr("\nR1 server-before-client is broken"));
  EXPECT_THAT(lucky.out, Not(HasSubstr("\nDeadlock: ")));
  EXPECT_THAT(lucky.out, HasSubstr("\ncalls    5 answered")) << "all of alice's, and three to connect and say good-bye";
  EXPECT_THAT(Run(".broken.json", {"--seed", "4"}).out, HasSubstr("\nDeadlock: "));

  const std::string many = Run(".broken.json", {"--seed", "1..100"}).out;
  EXPECT_THAT(many, AllOf(HasSubstr("\nfindings "), HasSubstr("\ndeadlock ")));
  EXPECT_THAT(many, Not(HasSubstr("\nclean "))) << "the rule is broken in every run";
}

}  // namespace
}  // namespace lockscope::lectures
