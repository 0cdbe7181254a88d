#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/project/planted_tree.h"
#include "tests/project/seam_rules.h"

namespace lockscope::project {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SeamsTest, ClocksSocketsAndThreadsAreUsedBehindSeamsOnly) {
  const SourceTree tree = ThisProject();
  const Findings findings = SeamRules(tree.Read("tests/seams.txt"), "tests/seams.txt").Check(tree);
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

// Everything that belongs to a thread hangs off this one pointer, so that a controlled run can exchange it.
TEST(SeamsTest, CoreHasOneThreadLocalThePointerToTheCurrentThread) {
  const SourceTree tree = ThisProject();
  Findings places;
  for (const std::string& file : tree.Files("core", {".h", ".cc", ".c", ".def"})) {
    int number = 0;
    for (const std::string& line : Lines(WithoutCommentsAndStrings(tree.Read(file)))) {
      ++number;
      for (int i = CountUses(line, "thread_local") + CountUses(line, "__thread"); i > 0; --i) {
        places.push_back(file + ":" + std::to_string(number));
      }
    }
  }
  EXPECT_EQ(places.size(), 1u) << Join(places);
}

TEST(CountUsesTest, FindsWholeIdentifiersOnly) {
  EXPECT_EQ(CountUses("std::mutex a; std::mutex b;", "std::mutex"), 2);
  EXPECT_EQ(CountUses("std::mutex_like a; my_std::mutex b;", "std::mutex"), 0);
  EXPECT_EQ(CountUses("pthread_create(x); my_pthread_y", "pthread_*"), 1);
  EXPECT_EQ(CountUses("#include <mutex>", "<mutex>"), 1);
}

TEST(CountUsesTest, FindsCallsOfTheSystemButNotOfMembers) {
  EXPECT_EQ(CountUses("poll(a); ::poll(a); return ::poll(a); return poll(a); if (poll(a))", "poll("), 5);
  EXPECT_EQ(CountUses("a.poll(b); a->poll(b); Fake::poll(b); epoll(b); poll_it(b);", "poll("), 0);
  EXPECT_EQ(CountUses("std::string poll() const;", "poll("), 0);
}

TEST(WithoutCommentsAndStringsTest, KeepsCodeAndLinesOnly) {
  EXPECT_EQ(WithoutCommentsAndStrings("a; // sleep\n/* b\n*/ c"), "a;         \n    \n   c");
  EXPECT_EQ(WithoutCommentsAndStrings(R"(f("a\"b", 'c', '\''); d)"), R"(f("    ", ' ', '  '); d)");
  EXPECT_EQ(WithoutCommentsAndStrings("x = 1'000'000; y"), "x = 1'000'000; y");
  EXPECT_EQ(WithoutCommentsAndStrings("R\"(poll( \" )\"; z"), "             ; z");
}

constexpr char kOneSeam[] =
    "# A comment.\n"
    "time: clock_gettime( steady_clock\n"
    "  core/base/clock.cc: the one reader of the clock\n";

class PlantedSeamsTest : public PlantedTree {
 protected:
  PlantedSeamsTest() { Plant("core/base/clock.cc", "int x = ::clock_gettime(0, 0);\n"); }
  Findings Check() const { return SeamRules(kOneSeam, "seams.txt").Check(Tree()); }
};

TEST_F(PlantedSeamsTest, AcceptsACallBehindTheSeam) { EXPECT_THAT(Check(), IsEmpty()); }

TEST_F(PlantedSeamsTest, FindsACallOutside) {
  Plant("core/loop/bad.cc", "// steady_clock\nauto t = std::chrono::steady_clock::now();\n");
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("core/loop/bad.cc:2: uses steady_clock outside the seam \"time\"")));
}

TEST_F(PlantedSeamsTest, FindsAnEntryThatIsNoLongerNeeded) {
  Plant("core/base/clock.cc", "// clock_gettime( in a comment\n");
  EXPECT_THAT(Check(), ElementsAre("core/base/clock.cc: listed in the seam \"time\" without using it"));
}

}  // namespace
}  // namespace lockscope::project
