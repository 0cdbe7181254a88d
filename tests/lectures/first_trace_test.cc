// The first lecture, held against its recording: what it tells can be seen, its answers and quotations are true.
//
// After a new recording the failures of this file say what has to stand in the lecture.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "core/analysis/rules.h"
#include "core/scenario/live_run.h"
#include "core/scenario/scenario_reader.h"
#include "tests/lectures/first_trace.h"
#include "tests/lectures/lecture_text.h"
#include "tests/project/source_tree.h"
#include "tests/support/run_program.h"

namespace lockscope::lectures {
namespace {

using analysis::Job;
using analysis::LockWait;
using analysis::Timeline;
using project::ThisProject;

const std::string kFolder = "lectures/00-first-trace/";
const std::string kScenario = "scenarios/22-four-clients-three-workers.json";

class FirstTraceTest : public ::testing::Test {
 protected:
  FirstTraceTest() : recording_((ThisProject().root() / kFolder / "four-clients.lockscope").string()) {}

  const trace::Trace& trace() const { return recording_.trace(); }
  const Timeline& timeline() const { return recording_.timeline(); }
  std::string_view WorkerOf(const Job& job) const { return trace().Name(job.worker); }
  const LockWait* WaitOfAlicesWorker() const {
    const Job* call = recording_.Call("alice", "domain_list");
    return call == nullptr ? nullptr : recording_.WaitAtHandoff(*call);
  }

  const FirstTrace recording_;
};

TEST_F(FirstTraceTest, TheRecordingShowsWhatTheLectureTellsOf) {
  EXPECT_TRUE(trace().info().finished);
  EXPECT_EQ(trace().Meta("title"), "Four clients, three workers");

  const Job* alice = recording_.Call("alice", "domain_list");
  const Job* bob = recording_.Call("bob", "hostname");
  const Job* carol = recording_.Call("carol", "domain_list");
  const Job* dave = recording_.Call("dave", "domain_list");
  for (const Job* job : {alice, bob, carol, dave}) ASSERT_NE(job, nullptr);

  // Sections 3 and 4: alice's call finds idle workers, and the one that wakes meets the event loop at her lock.
  EXPECT_EQ(WorkerOf(*alice), "worker-1");
  EXPECT_LT(alice->queued, std::min(bob->queued, carol->queued));
  const LockWait* wait = WaitOfAlicesWorker();
  ASSERT_NE(wait, nullptr) << "worker-1 did not have to wait for alice's lock";
  EXPECT_LT(timeline().LengthNs(*wait), 10'000) << "millionths of a second";
  EXPECT_LE(alice->call_began - alice->packet_read, 20u) << "others come between: too much for one picture";

  // Sections 2 and 5: dave's second call has waited longest, for a worker, and others came and went first.
  const auto longest = analysis::FindLongestWait(timeline());
  ASSERT_TRUE(longest.has_value() && longest->is_job);
  EXPECT_EQ(&timeline().jobs()[longest->index], dave) << longest->text;
  EXPECT_GE(analysis::JobsThatOvertook(timeline(), *dave).size(), 3u);
  EXPECT_EQ(recording_.WorkersInDriverCalls(dave->queued), 3u);
  const auto lock_wait = analysis::FindLongestLockWait(timeline());
  ASSERT_TRUE(lock_wait.has_value());
  EXPECT_GT(longest->length_ns, 1000 * lock_wait->length_ns) << "thousands of times shorter";

  EXPECT_EQ(timeline().jobs().size(), 23u);
  for (const analysis::RuleVerdict& verdict : analysis::CheckRules(timeline()).verdicts) {
    EXPECT_EQ(verdict.verdict, analysis::Verdict::kKept) << "R" << verdict.rule;
  }
}

TEST_F(FirstTraceTest, TheAnswersAreWhatTheRecordingSays) {
  const std::vector<std::string> lines = project::Lines(ThisProject().Read(kFolder + "answers.md"));
  for (const int question : {1, 2, 3}) {
    const std::string answer = recording_.Answer(question);
    EXPECT_NE(std::ranges::find(lines, answer), lines.end()) << "answers.md lacks the line\n" << answer;
  }
}

TEST_F(FirstTraceTest, TheQuotationsAreWhatTheViewerSays) {
  const std::vector<std::string> sentences = recording_.Sentences();
  const LectureText text(ThisProject().Read(kFolder + "README.md"));
  EXPECT_FALSE(text.quotes().empty());
  for (const Quote& quote : text.quotes()) {
    const bool said = std::ranges::any_of(sentences, [&](const std::string& sentence) {
      size_t at = 0;
      return std::ranges::all_of(quote.pieces, [&](const std::string& piece) {
        at = sentence.find(piece, at);
        return at != std::string::npos;
      });
    });
    EXPECT_TRUE(said) << "README.md:" << quote.line << ": the viewer says\n  " << ::testing::PrintToString(sentences);
  }
}

TEST_F(FirstTraceTest, TheStepsOfTheCommandAreThoseOfTheHandoff) {
  const LockWait* wait = WaitOfAlicesWorker();
  ASSERT_NE(wait, nullptr);
  const Job& job = *recording_.Call("alice", "domain_list");
  const std::string text = ThisProject().Read(kFolder + "README.md");
  std::smatch match;
  ASSERT_TRUE(std::regex_search(text, match, std::regex("--from step:([0-9]+) --to step:([0-9]+) --at step:([0-9]+)")));
  EXPECT_EQ(std::stoul(match[3]), wait->from + 1) << "the cursor's, counted from 1";
  EXPECT_EQ(std::stoul(match[1]), job.packet_read + 1 - 9) << "enough for the event loop's locks";
  EXPECT_EQ(std::stoul(match[2]), job.call_began + 1 + 3) << "enough for the driver call's first lock";
}

TEST_F(FirstTraceTest, ThePictureIsOfTheSameHandoff) {
  const std::string text = ThisProject().Read(kFolder + "answers.md");
  std::smatch match;
  ASSERT_TRUE(std::regex_search(text, match, std::regex("--picture lectures\\S+ --job ([0-9]+)")));
  EXPECT_EQ(std::stoul(match[1]), recording_.Call("alice", "domain_list")->number);
}

TEST_F(FirstTraceTest, AnotherRunAnswersTheSameCallsInTheSameOrderOfLocks) {
  const testing::TestFolder folder;
  auto scenario = scenario::ReadScenario((ThisProject().root() / kScenario).string());
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const auto run = scenario::RunLive(*scenario, folder / "mine.lockscope", {});
  ASSERT_TRUE(run.has_value()) << run.error().message;
  const Timeline mine(run->trace);
  EXPECT_EQ(mine.jobs().size(), timeline().jobs().size());
  EXPECT_TRUE(std::ranges::none_of(mine.jobs(), [](const Job& job) { return job.reply_written == Job::kNever; }));
  EXPECT_TRUE(analysis::FindOrderCycle(analysis::LockOrderSeen(mine)).empty());
  for (const analysis::RuleVerdict& verdict : analysis::CheckRules(mine).verdicts) {
    EXPECT_NE(verdict.verdict, analysis::Verdict::kBroken) << "R" << verdict.rule;
  }
}

// answers.md says so, and it is no matter of luck: there are never more than five calls at a time.
TEST_F(FirstTraceTest, WithFiveWorkersNoCallFindsAllOfThemBusy) {
  const testing::TestFolder folder;
  auto scenario = scenario::ReadScenario((ThisProject().root() / kScenario).string());
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  scenario->daemon.workers = 5;
  const auto run = scenario::RunLive(*scenario, folder / "five.lockscope", {});
  ASSERT_TRUE(run.has_value()) << run.error().message;
  const FirstTrace five(folder / "five.lockscope");
  ASSERT_EQ(five.timeline().workers().size(), 5u);
  for (const Job& job : five.timeline().jobs()) {
    EXPECT_LT(five.WorkersInDriverCalls(job.queued), 5u) << five.trace().Name(job.client) << ", job " << job.number;
  }
}

}  // namespace
}  // namespace lockscope::lectures
