// The correct daemon does with real threads, in real time, what it does under a schedule: every fixed version and every day
// without a fault, live.
//
// Left out, of what a file says: two things that only virtual time can promise. How long somebody may have to wait (`patience`) is a matter of the machine's load here, and an idle timeout is
// cut to a moment: it is the same timer, and nobody learns anything in ten seconds of silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/scenario/live_run.h"
#include "tests/core/scenario/library_run.h"

namespace lockscope::scenario {
namespace {

using ::testing::IsEmpty;

constexpr int64_t kIdleMomentNs = 50'000'000;

std::vector<std::string> LiveNames() {
  std::vector<std::string> names;
  for (const std::string& name : ShippedNames()) {
    if (Shipped(name).bug == "none") names.push_back(name);
  }
  return names;
}

class LiveLibraryTest : public ::testing::TestWithParam<std::string> {
 protected:
  LiveLibraryTest()
      : out_(std::filesystem::temp_directory_path() / fmt::format("live-library-{}.lockscope", ::getpid())) {}
  ~LiveLibraryTest() override { std::filesystem::remove(out_); }

  const std::filesystem::path out_;
};

TEST_P(LiveLibraryTest, ComesOutCleanAndServesAllCalls) {
  Scenario scenario = Shipped(GetParam());
  scenario.patience_ns = 0;
  if (scenario.daemon.idle_timeout_ns > 0) scenario.daemon.idle_timeout_ns = kIdleMomentNs;
  const Result<LiveRun> run = RunLive(scenario, out_, MetaFor(scenario, "live", GetParam()));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->complaints, IsEmpty());
  EXPECT_THAT(DifferencesOf(run->trace, scenario.expect), IsEmpty());
  const bool may_give_up = std::ranges::any_of(scenario.driver, [](const auto& call) {
    return std::ranges::any_of(call.second, [](const DriverStep& step) { return !step.waits_for.empty(); });
  });
  if (!may_give_up) {
    EXPECT_EQ(run->refused, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Library, LiveLibraryTest, ::testing::ValuesIn(LiveNames()),
                         [](const auto& test) { return TestName(test.param); });

TEST(LiveLibraryNamesTest, AllWithoutABugAreRun) {
  EXPECT_EQ(LiveNames().size() + PairNames().size(), ShippedNames().size());
}

}  // namespace
}  // namespace lockscope::scenario
