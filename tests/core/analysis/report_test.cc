#include "core/analysis/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/analysis/text_layout.h"
#include "tests/core/analysis/small_daemon.h"
#include "tests/support/random_trace.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using trace::Trace;

std::vector<std::string> Report(const Trace& trace, const std::vector<std::string>& next = {}) {
  const Timeline timeline(trace);
  const RuleReport rules = CheckRules(timeline);
  return WriteReport(timeline, rules, FindOutcome(timeline, rules), next);
}

TEST(ReportTest, OfTheSampleFillsAScreenAndNoMore) {
  EXPECT_THAT(Report(testing::FourClientsThreeWorkers(),
                     {"lockscope view first.lockscope", "lockscope check first.lockscope", "lockscope new"}),
              ElementsAre("Four clients, three workers (lockscope run scenarios/first-trace.json --live)",  //
                          "", "threads  leader, event loop, 3 workers, 4 client programs; 357 events, 70.0 ms",
                          "calls    4 answered in 40.1 ms to 60.0 ms (median 48.0 ms); up to 34.9 ms in dx",
                          "locks                holds     waits     longest wait     longest hold",
                          "  server                38         0                -          1.80 ms",
                          "  client (4)            32         1          1.80 ms          1.82 ms",
                          "  loop                  12         0                -          2.00 us",  //
                          "", "The longest wait: dave's call hostname waited 34.9 ms in dave's dx queue (dx:",
                          "calls waiting): all 3 workers were in driver calls (worker-1: hostname,",
                          "worker-2: domain_list, worker-3: hostname).",  //
                          "", "order    server before client 32x, client before loop 8x, server before loop 4x",
                          "proof    82 acquisitions, no holds overlap; clocks within 0 ns, steps of 1 ns",
                          "R1 server-before-client     kept 70x    R2 loop-lock-is-a-leaf      kept 12x",
                          "R3 no-lock-across-a-call    kept 4x     R4 short-holds              advice 2x",
                          "R5 wait-with-own-mutex-only kept 6x     R6 every-job-taken-once     kept 4x",
                          "R7 only-the-loop-does-I/O   kept 32x    R8 leader-only-waits        kept 3x",  //
                          "", "next     lockscope view first.lockscope", "         lockscope check first.lockscope",
                          "         lockscope new"));
}

TEST(ReportTest, ShowsTitleAndFileWholeIfNeedBeInTwoLines) {
  const auto heading = [](const std::string& title, const std::string& file) {
    trace::TraceParts parts = testing::SmallDaemon().b.Build().ToParts();
    parts.info.meta = {{"title", title}, {"scenario", file}};
    std::vector<std::string> report = Report(std::move(*Trace::Build(std::move(parts))));
    report.resize(static_cast<size_t>(std::ranges::find(report, "") - report.begin()));
    return report;
  };
  EXPECT_THAT(heading("One call", "21-one-call.json"), ElementsAre("One call (21-one-call.json)"));
  const char* const title = "All workers wait for a call that nobody can make";
  const char* const file = "09-pool-exhaustion.broken.json";
  const char* const in_brackets = "(09-pool-exhaustion.broken.json)";
  EXPECT_THAT(heading(title, file), ElementsAre(title, in_brackets));
  EXPECT_THAT(heading(std::string(90, 'x'), file), ElementsAre(std::string(77, 'x').append("..."), in_brackets));
}

TEST(ReportTest, ShowsABrokenRuleWithItsFirstFinding) {
  testing::SmallDaemon d;
  d.Worker1(4).Acquire(d.alice_lock).Acquire(d.server);
  const std::vector<std::string> report = Report(d.b.Build());
  EXPECT_THAT(report, Contains(HasSubstr("R1 server-before-client     BROKEN 2x")));
  EXPECT_EQ(report[2], "R1 server-before-client is broken at worker.cc:4: worker-1 acquires alice's lock")
      << "what is wrong is said first";
}

TEST(ReportTest, SaysADeadlockFirstAndThenNotOnceMoreAsTheLongestWait) {
  testing::SmallDaemon d;
  d.Loop(30).Acquire(d.server);
  d.Worker1(40).Acquire(d.alice_lock);
  d.Loop(31).Request(d.alice_lock);
  d.Worker1(41).Request(d.server);
  const std::vector<std::string> report = Report(d.b.Build(), {"lockscope view it.lockscope"});
  EXPECT_THAT(std::vector<std::string>(report.begin(), report.begin() + 5),
              ElementsAre("A recording without a title", "",
                          "Deadlock: the event loop waits for alice's lock, which worker-1 holds (taken at",
                          "worker.cc:40); worker-1 waits for the server lock, which the event loop holds",
                          "(taken at loop.cc:30). None of them can go on."));
  EXPECT_THAT(report, Contains(HasSubstr("R1 at worker.cc:40: worker-1")));
  EXPECT_THAT(report, Not(Contains(HasSubstr("The longest wait"))));
  EXPECT_LE(report.size(), kReportLines);
}

TEST(ReportTest, SaysThatTheLockOrderContradictsItself) {
  testing::SmallDaemon d;
  d.Worker1().Acquire(d.alice_lock).Acquire(d.server).Release(d.alice_lock).Acquire(d.alice_lock);
  EXPECT_THAT(Report(d.b.Build()), Contains("order    CONTRADICTS ITSELF: client before server before client"));
}

TEST(ReportTest, LeavesOutRulesThatWereNotChecked) {
  trace::TraceBuilder b;
  b.Thread("main");
  const std::vector<std::string> report = Report(b.Build());
  EXPECT_THAT(report, Contains("No rule could be checked on this recording."));
  EXPECT_THAT(report, Contains("Nobody waited for a lock, and no job for a worker."));
  EXPECT_EQ(report.front(), "A recording without a title");
  EXPECT_THAT(Report(Trace()), Contains("threads  none; 0 events, 0 ns"));
}

TEST(ReportTest, FitsTheScreenWhateverHappened) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    trace::TraceParts parts = testing::RandomTrace(seed, 400).ToParts();
    parts.info.meta = {{"title", std::string(30 * (seed % 5), 'x')},
                       {"command", "lockscope run a-long-name.json"},
                       {"end", seed % 2 == 0 ? "stuck" : "step limit"}};
    if (seed % 3 == 0) {
      for (trace::Object& object : parts.objects)
        object.name += " with a name that is much longer than any name should be";
    }
    const std::vector<std::string> report =
        Report(std::move(*Trace::Build(std::move(parts))), {"one", "two", "three", "four"});
    EXPECT_LE(report.size(), kReportLines);
    for (const std::string& line : report) EXPECT_LE(Columns(line), kReportColumns) << line;
    EXPECT_EQ(report.back(), "         three");
  }
}

TEST(ReportTest, KeepsItsColumnsWithLargeNumbers) {
  testing::SmallDaemon d;
  for (int i = 0; i < 1500; ++i) {
    d.Worker1(4).Acquire(d.server).Acquire(d.alice_lock).Release(d.server).Release(d.alice_lock);
    d.Worker1(5).Acquire(d.loop_lock).Acquire(d.driver_lock).Release(d.driver_lock).Release(d.loop_lock);
  }
  EXPECT_THAT(Report(d.b.Build()),
              Contains("R1 server-before-client     kept 3kx    R2 loop-lock-is-a-leaf      BROKEN 1kx"));
}

TEST(TextLayoutTest, WrapsAtSpacesAndBreaksOnlyWhatIsLongerThanALine) {
  EXPECT_THAT(Wrap("", 5), ElementsAre(""));
  EXPECT_THAT(Wrap("a bc d", 4), ElementsAre("a bc", "d"));
  EXPECT_THAT(Wrap("abcdefg h", 3), ElementsAre("abc", "def", "g h"));
  EXPECT_THAT(Wrap("abcdef", 3), ElementsAre("abc", "def"));
  EXPECT_THAT(Wrap("x  y", 10), ElementsAre("x y"));
}

TEST(TextLayoutTest, CountsCodePointsAndNeverCutsOneInTwo) {
  EXPECT_EQ(Columns("äöü"), 3u);
  EXPECT_EQ(Cut("äöüäöü", 6), "äöüäöü");
  EXPECT_EQ(Cut("äöüäöü", 5), "äö...");
  EXPECT_EQ(Cut("abc", 2), "...");
  EXPECT_THAT(Wrap("äöüä", 2), ElementsAre("äö", "üä"));
}

}  // namespace
}  // namespace lockscope::analysis
