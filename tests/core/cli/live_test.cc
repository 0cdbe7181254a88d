// `lockscope run --live` with bugs, `--guard abort`, and a crowd: what a person sees, and the exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "core/trace/trace_file.h"
#include "core/trace/trace_follower.h"
#include "tests/support/background_program.h"
#include "tests/support/run_program.h"

namespace lockscope {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using ::testing::StartsWith;
using testing::WriteWhole;

class LiveTest : public ::testing::Test {
 protected:
  static Ran Lockscope(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LOCKSCOPE_PROGRAM);
    return testing::RunProgram(arguments);
  }
  std::string Scenario(const std::string& rest) {
    const std::string path = folder_ / "live.json";
    WriteWhole(path, R"({"title": "Live", "daemon": {"workers": 1}, "clients": {"alice": {"calls": ["hostname"]}})" +
                         rest + "}");
    return path;
  }
  // Until the recording that is being made has so many.
  void AwaitEvents(trace::EventKind kind, size_t count) const {
    Result<trace::TraceFollower> follower = trace::TraceFollower::Open(out_);
    for (; !follower; follower = trace::TraceFollower::Open(out_)) ::sched_yield();
    for (size_t seen = 0; seen < count; ::sched_yield()) {
      const Result<trace::TraceFollower::News> news = follower->Poll();
      ASSERT_TRUE(news) << news.error().message;
      for (const auto& log : news->threads) {
        seen += static_cast<size_t>(std::ranges::count(log.events, kind, &trace::Event::kind));
      }
    }
  }
  static std::string Shipped(const std::string& name) { return std::string(LOCKSCOPE_SCENARIOS) + "/" + name; }

  testing::TestFolder folder_;
  const std::string out_ = folder_ / "live.lockscope";
};

TEST_F(LiveTest, AHangThatIsExpectedIsEndedWithItsSentence) {
  const std::string scenario = Scenario(R"(, "bug": "watch-not-updated", "expect": {"outcome": "stuck reply"})");
  const Ran ran = Lockscope({"run", scenario, "--live", "--patience", "200ms", "-o", out_});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("Stuck reply: worker-1 has queued the reply"),
                             HasSubstr("live     real threads make their own schedule")));
  const Ran check = Lockscope({"check", out_});
  EXPECT_EQ(check.status, 1);
  EXPECT_THAT(check.out, StartsWith("Stuck reply: "));
}

TEST_F(LiveTest, AHangThatIsNotTheExpectedOneIsAFailure) {
  const std::string scenario = Scenario(R"(, "bug": "watch-not-updated", "expect": {"outcome": "deadlock"})");
  const Ran ran = Lockscope({"run", scenario, "--live", "--patience", "200ms", "-o", out_});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("outcome: deadlock was expected, stuck reply came"));
}

// Whether it deadlocks is for the machine to say; that it ends, and says what came, is not.
TEST_F(LiveTest, TheBrokenReplyEndsByItselfWhateverTheMachineDoes) {
  const Ran ran =
      Lockscope({"run", Shipped("01-reply-lock-order.broken.json"), "--live", "--patience", "300ms", "-o", out_});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AnyOf(HasSubstr("Deadlock: "), HasSubstr("R1 server-before-client is broken")));
  EXPECT_TRUE(trace::ReadTrace(out_));
}

TEST_F(LiveTest, WithoutABugTheExpectationIsChecked) {
  const Ran kept = Lockscope({"run", Scenario(R"(, "expect": {"served": 1})"), "--live", "-o", out_});
  EXPECT_EQ(kept.status, 0) << kept.err;
  EXPECT_THAT(kept.out, Not(HasSubstr("real threads make their own schedule")));
  const Ran missed = Lockscope({"run", Scenario(R"(, "expect": {"served": 0})"), "--live", "-o", out_});
  EXPECT_EQ(missed.status, 1);
  EXPECT_THAT(missed.err, HasSubstr("served: 0 was expected, 1 came"));
}

TEST_F(LiveTest, APauseOfTheDriverIsNoHang) {
  const std::string scenario = Scenario(R"(, "driver": {"hostname": "300ms"})");
  const Ran ran = Lockscope({"run", scenario, "--live", "--patience", "200ms", "-o", out_});
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(LiveTest, UnderTheGuardAbortABreachEndsTheProgramAndTheRecordingIsThere) {
  for (const bool live : {false, true}) {
    const std::string scenario = Scenario(R"(, "bug": "reply-locks-client-first")");
    std::vector<std::string> arguments = {"run", scenario, "--guard", "abort", "-o", out_};
    if (live) arguments.emplace_back("--live");
    const Ran ran = Lockscope(arguments);
    EXPECT_EQ(ran.status, 128 + SIGABRT) << ran.err;
    EXPECT_THAT(ran.err,
                StartsWith("lockscope: rule R1 server-before-client is broken: worker-1 asks for the client lock"));
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    const trace::Trace trace = trace::ReadTrace(out_).value_or(trace::Trace());
    EXPECT_GT(trace.size(), 20u) << "live: " << live;
    EXPECT_FALSE(trace.info().finished);
    const Ran check = Lockscope({"check", out_});
    EXPECT_EQ(check.status, 1) << check.err;
    EXPECT_THAT(check.out, ContainsRegex("R1 server-before-client +BROKEN")) << "what ended it is its last event";
    std::filesystem::remove(out_);
  }
}

// A shell's usual limit of open files is far below what a crowd needs.
TEST_F(LiveTest, ForACrowdTheLimitOfOpenFilesIsRaisedOrNamed) {
  const std::string scenario = folder_ / "crowd.json";
  WriteWhole(scenario, R"({"title": "A crowd", "daemon": {"workers": 4},
    "clients": {"client-%": {"count": 200, "calls": ["hostname"]}}, "expect": {"served": 200}})");
  const auto under = [&](const std::string& limit) {
    return testing::RunProgram({"/bin/sh", "-c", "ulimit " + limit + " && exec \"$0\" \"$@\"", LOCKSCOPE_PROGRAM, "run",
                                scenario, "--live", "--patience", "20s", "-o", out_});
  };
  const Ran raised = under("-Sn 128");
  EXPECT_EQ(raised.status, 0) << raised.err;
  EXPECT_THAT(raised.out, HasSubstr("200 client programs"));
  const Ran named = under("-n 128");
  EXPECT_EQ(named.status, 2);
  EXPECT_EQ(named.err,
            "lockscope: 200 clients need 464 open files, but this process may have 128; try: ulimit -n 464\n");
}

// Each client has a long way to go, and would have its own complaint.
TEST_F(LiveTest, ARunThatIsInterruptedSaysInOneLineHowManyClientsWereCutOff) {
  const std::string scenario = folder_ / "day.json";
  WriteWhole(scenario, R"({"title": "A day", "driver": {"hostname": "2ms"},
    "clients": {"client-%": {"count": 8, "calls": ["hostname x100000"]}}, "expect": {"served": 800000}})");
  testing::BackgroundProgram run({LOCKSCOPE_PROGRAM, "run", scenario, "--live", "-o", out_});
  AwaitEvents(trace::EventKind::kReplyReceived, 20);
  run.Signal(SIGINT);
  std::string printed;
  EXPECT_EQ(run.End(&printed), 1);
  EXPECT_THAT(printed, ContainsRegex("\nlockscope: .*day.json: told to end before the clients were through: [1-8] of 8 "
                                     "were cut off\n$"));
  EXPECT_EQ(printed.find("lockscope: "), printed.rfind("lockscope: ")) << printed;
  EXPECT_TRUE(trace::ReadTrace(out_)->info().finished);
}

TEST_F(LiveTest, APatienceThatIsNoDurationIsOneLine) {
  const Ran ran = Lockscope({"run", Scenario(""), "--live", "--patience", "long", "-o", out_});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, StartsWith("lockscope: --patience: \"long\" is no duration"));
}

}  // namespace
}  // namespace lockscope
