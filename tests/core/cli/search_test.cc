// `lockscope run --seed 1..1000`: the search as a person uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "core/trace/trace_file.h"
#include "tests/support/background_program.h"
#include "tests/support/run_program.h"

namespace lockscope {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::ReadWhole;
using ::testing::StartsWith;
using testing::WriteWhole;

class SearchTest : public ::testing::Test {
 protected:
  static Ran Lockscope(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LOCKSCOPE_PROGRAM);
    return testing::RunProgram(arguments);
  }
  std::string Scenario(const std::string& bug, int workers = 1) {
    const std::string path = folder_ / "pair 1.json";
    WriteWhole(path, R"({"title": "Two calls", "bug": ")" + bug + R"(", "daemon": {"workers": )" +
                         std::to_string(workers) + R"(},
      "clients": {"alice": {"calls": ["domain_list", "hostname"], "pipelined": true}}})");
    return path;
  }
  void ExpectUnusable(const std::vector<std::string>& options, const std::string& what) {
    std::vector<std::string> arguments = {"run", Scenario("none"), "-o", folder_ / "out.lockscope"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Ran ran = Lockscope(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_THAT(ran.err, AllOf(StartsWith("lockscope: "), HasSubstr(what)));
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }

  testing::TestFolder folder_;
};

TEST_F(SearchTest, ACleanScenarioIsCleanAndNothingIsWritten) {
  const Ran ran = Lockscope({"run", Scenario("none"), "--seed", "1..40", "-o", folder_ / "out.lockscope"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "") << "no progress where nobody watches";
  EXPECT_EQ(ran.out,
            "Two calls\n40 controlled runs, seeds 1 to 40\n\noutcome             runs  first seed\n"
            "clean                 40           1\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.lockscope"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.found.json"));
}

TEST_F(SearchTest, WhatIsFoundIsWrittenAsAScenarioThatRunsAsItStands) {
  const std::string out = folder_ / "out.lockscope";
  const Ran ran = Lockscope(
      {"run", Scenario("reply-locks-client-first"), "--seed", "1..1000", "--until-finding=deadlock", "-o", out});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(ContainsRegex("deadlock +1 +[0-9]+\n"), HasSubstr(": Deadlock: the event loop waits for"),
                             ContainsRegex("Of [0-9]+ choices [1-6] matters?: "), HasSubstr("  loop       until  "),
                             HasSubstr("next   lockscope run '" + (folder_ / "out.found.json") + "'")));

  const std::string again = folder_ / "again.lockscope";
  const Ran rerun = Lockscope({"run", folder_ / "out.found.json", "-o", again});
  EXPECT_EQ(rerun.status, 0) << rerun.err;
  EXPECT_THAT(rerun.out, HasSubstr("Deadlock: "));
  EXPECT_EQ(ReadWhole(again), ReadWhole(folder_ / "out.found.lockscope")) << "the recording is of exactly that script";
  const std::string found = ReadWhole(folder_ / "out.found.json");
  EXPECT_THAT(found, AllOf(HasSubstr(R"("bug": "reply-locks-client-first")"), HasSubstr(R"("outcome": "deadlock")"),
                           HasSubstr(R"("breaks": ["R1"])"), HasSubstr(R"("loop": "client alice")")));
  EXPECT_LE(std::ranges::count(found, '\n'), 40);
}

TEST_F(SearchTest, TheSameSearchWritesTheSameBytes) {
  const std::string scenario = Scenario("signal-at-shutdown", 3);
  for (const char* out : {"one.lockscope", "other.lockscope"}) {
    EXPECT_EQ(Lockscope({"run", scenario, "--seed", "1..20", "-o", folder_ / out}).status, 1);
  }
  EXPECT_EQ(ReadWhole(folder_ / "one.found.json"), ReadWhole(folder_ / "other.found.json"));
}

TEST_F(SearchTest, AnyFindingEndsASearchForOne) {
  const Ran ran = Lockscope({"run", Scenario("reply-locks-client-first"), "--seed", "1..1000", "--until-finding", "-o",
                             folder_ / "out.lockscope"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, Not(HasSubstr("1000 controlled runs")));
}

TEST_F(SearchTest, AFoundScenarioThatCannotBeWrittenIsOneLine) {
  const Ran ran =
      Lockscope({"run", Scenario("signal-at-shutdown", 3), "--seed", "1..3", "-o", "/nowhere/out.lockscope"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "lockscope: /nowhere/out.found.json: cannot be written: No such file or directory\n");
}

// By way of a shell, which has the limit and hears of it as an error.
TEST_F(SearchTest, WhereThereIsNoRoomForAFoundScenarioNothingIsLeftOfIt) {
  const Ran ran = testing::RunProgram({"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\" >/dev/null", "sh",
                                       LOCKSCOPE_PROGRAM, "run", Scenario("signal-at-shutdown", 3), "--seed", "1..3",
                                       "-o", folder_ / "out.lockscope"});
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_EQ(ran.err, "lockscope: " + (folder_ / "out.found.json") + ": cannot be written: File too large\n");
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "")) {
    EXPECT_EQ(entry.path().filename(), "pair 1.json");
  }
}

TEST_F(SearchTest, ASearchThatIsInterruptedSaysInOneLineHowFarItGot) {
  for (const auto& [bug, so_far] : {std::pair("none", "all runs so far were clean"),
                                    std::pair("signal-at-shutdown", "the gravest so far: [a-z -]+ by seed [0-9]+")}) {
    testing::BackgroundProgram search({LOCKSCOPE_PROGRAM, "run", Scenario(bug, 3), "--seed", "1..18446744073709551615",
                                       "-o", folder_ / "out.lockscope"});
    search.AwaitHandler(SIGINT);
    search.Signal(SIGINT);
    std::string printed;
    EXPECT_EQ(search.End(&printed), 128 + SIGINT);
    EXPECT_THAT(printed,
                ::testing::MatchesRegex(std::string("lockscope: stopped after seed [0-9]+ of "
                                                    "1\\.\\.18446744073709551615; (all runs so far were clean|") +
                                        so_far + ")\n"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.found.json"));
}

TEST_F(SearchTest, OneRunIsOne) {
  const Ran ran = Lockscope({"run", Scenario("none"), "--seed", "7", "--until-finding"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("Two calls\n1 controlled run, seed 7\n"));
}

TEST_F(SearchTest, TheOutcomeThatEndsASearchStandsBehindAnEqualsSign) {
  ExpectUnusable({"--seed", "1..3", "--until-finding="},
                 "--until-finding: found nothing behind the '='; an outcome was expected, like deadlock, or any");
  for (const std::string word : {"deadlock", "dedlock", "lost wake-up"}) {
    const std::string quoted = word.find(' ') == std::string::npos ? word : "'" + word + "'";
    const std::string line =
        "lockscope: --until-finding has its outcome behind a '='; --until-finding=" + quoted + " was expected\n";
    EXPECT_EQ(Lockscope({"run", "--seed", "1..3", "--until-finding", word, Scenario("none")}).err, line);
  }
  const Ran before = Lockscope({"run", "--seed", "1..3", "--until-finding", Scenario("none")});
  EXPECT_EQ(before.status, 0) << "a scenario may stand there: " << before.err;
}

TEST_F(SearchTest, SeedsThatAreNoneAreOneLine) {
  ExpectUnusable({"--seed", "1-5"}, "--seed: found '1-5'; a number was expected, or a range of them like 1..1000");
  ExpectUnusable({"--seed", "9..4"}, "4..9 was expected");
  ExpectUnusable({"--until-finding"}, "--until-finding needs the seeds to search, like --seed 1..1000");
  ExpectUnusable({"--seed", "1..5", "--until-finding=dedlock"}, "unknown outcome 'dedlock'; did you mean 'deadlock'?");
  ExpectUnusable({"--seed", "1..5", "--live"}, "--seed is for controlled runs");
  ExpectUnusable({"--seed", "1..5", "--guard", "abort"}, "--guard abort is for one run");
}

// The one that is there may have been gone on with.
TEST_F(SearchTest, WhatWasFoundBeforeIsNotWrittenOver) {
  const std::string scenario = Scenario("signal-at-shutdown", 3);
  const std::string kept = folder_ / "out.found.json";
  WriteWhole(kept, "precious");
  for (int times = 0; times < 2; ++times) {
    const Ran ran = Lockscope({"run", scenario, "--seed", "1..20", "-o", folder_ / "out.lockscope"});
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("out.found-2.json")) << "the same again takes its own place";
  }
  EXPECT_EQ(ReadWhole(kept), "precious");
  ASSERT_EQ(std::filesystem::remove(kept), true);
  ASSERT_EQ(::mkfifo(kept.c_str(), 0600), 0);
  const std::string laid_out = "\n" + ReadWhole(folder_ / "out.found-2.json");
  WriteWhole(folder_ / "out.found-2.json", laid_out);
  EXPECT_EQ(Lockscope({"run", scenario, "--seed", "1..20", "-o", folder_ / "out.lockscope"}).status, 1);
  EXPECT_EQ(ReadWhole(folder_ / "out.found-2.json"), laid_out) << "it says the same";
  EXPECT_TRUE(trace::ReadTrace(folder_ / "out.found-2.lockscope"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.found-3.json"));
}

TEST_F(SearchTest, AnOutcomeThatDidNotComeIsSaidAndNothingElseIsWritten) {
  const std::string scenario = Scenario("signal-at-shutdown", 3);
  const auto search = [&](const std::string& seeds, const std::string& until) {
    return Lockscope({"run", scenario, "--seed", seeds, "--until-finding=" + until, "-o", folder_ / "out.lockscope"});
  };
  const Ran ran = search("1..20", "deadlock");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("hang "), HasSubstr("\nNo run of these was 'deadlock'.\n")));
  const Ran clean = search("1..20", "clean");
  EXPECT_EQ(clean.status, 0) << clean.out;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.found.json"));
  EXPECT_EQ(search("1..20", "hang").status, 1);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out.found.json"));
}

}  // namespace
}  // namespace lockscope
