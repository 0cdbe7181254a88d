// `lockscope recover`, and what a person sees of a program that hangs or was killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <latch>

#include "core/sync/guard.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/trace/recorder.h"
#include "core/trace/ring_file.h"
#include "core/trace/trace_follower.h"
#include "tests/support/run_program.h"

namespace lockscope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::Ran;
using ::testing::StartsWith;

Ran Lockscope(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), LOCKSCOPE_PROGRAM);
  return testing::RunProgram(arguments);
}

class RecoverTest : public ::testing::Test {
 protected:
  // Rings lie beside the recordings, as for programs that the tests start.
  static trace::RingOptions Beside() {
    trace::RingOptions options;
    options.folders = {"/nowhere"};
    return options;
  }
  // Two threads that wait for each other for ever.
  [[noreturn]] void Deadlock() const {
    sync::SetGuardPolicy(sync::GuardPolicy::kRecord);
    const auto recorder = trace::Recorder::Start(out_, {}, trace::Recorder::Clock::kReal, Beside());
    if (!recorder) ::_exit(1);
    const sync::NamedThread self("leader");
    sync::Mutex left(sync::kServerLock, "left");
    sync::Mutex right(sync::kServerLock, "right");
    std::latch both(2);
    const auto one_then_other = [&both](sync::Mutex& one, sync::Mutex& other) LS_NO_THREAD_SAFETY_ANALYSIS {
      one.lock();
      both.arrive_and_wait();
      other.lock();
    };
    sync::Thread ann("ann", sync::Role::kNone, [&] { one_then_other(left, right); });
    sync::Thread ben("ben", sync::Role::kNone, [&] { one_then_other(right, left); });
    for (;;) ::pause();
  }
  // Until both have asked for their second lock.
  void AwaitDeadlock() const {
    size_t requests = 0;
    Result<trace::TraceFollower> follower = trace::TraceFollower::Open(out_);
    while (!follower) {
      ::sched_yield();
      follower = trace::TraceFollower::Open(out_);
    }
    while (requests < 2) {
      const Result<trace::TraceFollower::News> news = follower->Poll();
      ASSERT_TRUE(news) << news.error().message;
      for (const auto& log : news->threads) {
        requests +=
            static_cast<size_t>(std::ranges::count(log.events, trace::EventKind::kLockRequested, &trace::Event::kind));
      }
      ::sched_yield();
    }
  }

  const testing::TestFolder folder_;
  const std::string out_ = folder_ / "hangs.lockscope";
};

TEST_F(RecoverTest, AProgramThatHangsIsReadWhileItHangsAndRecoveredWhenItIsKilled) {
  const pid_t hanging = ::fork();
  if (hanging == 0) Deadlock();
  ASSERT_NO_FATAL_FAILURE(AwaitDeadlock());
  const Ran alive = Lockscope({"check", out_});
  EXPECT_EQ(alive.status, 1);
  // Either may have asked first.
  EXPECT_THAT(alive.out, AllOf(StartsWith("Deadlock: "), HasSubstr("ann waits for the server lock, which ben holds"),
                               HasSubstr("ben waits for the server lock, which ann holds"),
                               HasSubstr("was not finished"), Not(HasSubstr("events of each thread are missing"))));
  const std::string folder = std::filesystem::path(out_).parent_path();
  EXPECT_THAT(Lockscope({"recover", "--in", folder}).out,
              HasSubstr("process " + std::to_string(hanging) + " records to '" + out_ + "'"));
  const Ran no_folder = Lockscope({"recover", "--in", folder + "/none"});
  EXPECT_EQ(no_folder.status, 2);
  EXPECT_EQ(no_folder.err, "lockscope: " + folder + "/none: is no folder, and --in wants one\n");
  const Ran too_early = Lockscope({"recover", out_});
  EXPECT_EQ(too_early.status, 2);
  EXPECT_EQ(too_early.err, "lockscope: " + out_ + ": process " + std::to_string(hanging) +
                               " is still recording to it; lockscope check reads it as it is\n");

  ::kill(hanging, SIGKILL);
  ASSERT_EQ(::waitpid(hanging, nullptr, 0), hanging);
  const Ran dead = Lockscope({"check", out_});
  EXPECT_EQ(dead.out, alive.out) << "its death changes nothing of what it had recorded";
  EXPECT_THAT(Lockscope({"recover", "--list", "--in", folder}).out,
              AllOf(HasSubstr(" MiB, process " + std::to_string(hanging) + " is gone, began "),
                    HasSubstr("\n   lockscope recover '" + out_ + "'\n")));
  const Ran recovered = Lockscope({"recover", out_});
  EXPECT_EQ(recovered.status, 0) << recovered.err;
  EXPECT_THAT(recovered.out, MatchesRegex("recovered [0-9]+ events of 3 threads to .*hangs.lockscope\n"));
  EXPECT_EQ(Lockscope({"recover", "--in", folder}).out, "no recording waits to be recovered\n");
  EXPECT_EQ(Lockscope({"check", out_}).out, alive.out);
  EXPECT_THAT(Lockscope({"recover", out_}).err, HasSubstr("there is nothing to recover: it is recovered already"));
}

TEST_F(RecoverTest, WhatIsLeftBehindIsMentionedWhenTheNextRecordingBegins) {
  const pid_t hanging = ::fork();
  if (hanging == 0) Deadlock();
  ASSERT_NO_FATAL_FAILURE(AwaitDeadlock());
  ::kill(hanging, SIGKILL);
  ASSERT_EQ(::waitpid(hanging, nullptr, 0), hanging);
  const std::string folder = std::filesystem::path(out_).parent_path();
  const std::string scenario = folder_ / "live.json";
  testing::WriteWhole(scenario, R"({"title": "Live", "clients": {"alice": {"calls": ["hostname"]}}})");
  const Ran ran = testing::RunProgram({"/usr/bin/env", "LOCKSCOPE_RING_FOLDER=" + folder, LOCKSCOPE_PROGRAM, "run",
                                       scenario, "--live", "-o", folder_ / "next.lockscope"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, MatchesRegex("lockscope: a recording of programs that were killed takes [0-9.]+ MiB of memory; "
                                    "'lockscope recover' lists it\n"));
}

TEST_F(RecoverTest, TheRingsPolicyAndSizeAreChecked) {
  const auto error_of = [this](const std::string& ring) {
    return Lockscope({"serve", "--socket", folder_ / "s", "-o", out_, "--ring", ring}).err;
  };
  EXPECT_THAT(error_of("wait"), HasSubstr("--ring: 'wait' is not known; expected grow, drop-oldest or drop-newest"));
  EXPECT_THAT(error_of("grow:64"), HasSubstr("--ring: '64' is no size; expected 4M to 2G"));
  EXPECT_THAT(error_of("drop-oldest:1M"), HasSubstr("--ring: '1M' is no size; expected 4M to 2G"));
  EXPECT_THAT(error_of("drop-newest:99999999999999999999G"), HasSubstr("is no size"));
  EXPECT_THAT(Lockscope({"serve", "--socket", folder_ / "s", "--ring", "grow"}).err, HasSubstr("-o OUT is missing"));
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(RecoverTest, ALiveRunTakesARing) {
  const std::string scenario = folder_ / "live.json";
  testing::WriteWhole(scenario, R"({"title": "Live", "clients": {"alice": {"calls": ["hostname"]}}})");
  const Ran ran = Lockscope({"run", scenario, "--live", "--ring", "drop-oldest:4M", "-o", out_});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(Lockscope({"check", out_}).out, Not(HasSubstr("missing from the recording")));
  EXPECT_THAT(Lockscope({"run", scenario, "--ring", "grow", "-o", out_}).err, HasSubstr("--ring is for live runs"));
}

TEST_F(RecoverTest, WhatCannotBeRecoveredIsOneLine) {
  const Ran none = Lockscope({"recover", folder_ / "none.lockscope"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, AllOf(StartsWith("lockscope: "), HasSubstr("cannot be opened: No such file or directory\n")));
  testing::WriteWhole(out_, "{}");
  EXPECT_THAT(Lockscope({"recover", out_}).err, HasSubstr("this is JSON, not a lockscope trace"));
  EXPECT_THAT(Lockscope({"recover", "-o", out_}).err, HasSubstr("name the ring"));
}

}  // namespace
}  // namespace lockscope
