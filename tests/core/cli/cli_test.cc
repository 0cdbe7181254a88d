// The `lockscope` program, used as a person uses it: what it prints, where, and its exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <utility>

#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"
#include "tests/support/served.h"

namespace lockscope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Ran;
using testing::ReadWhole;
using ::testing::StartsWith;
using testing::WriteWhole;

class CliTest : public ::testing::Test {
 protected:
  static Ran Lockscope(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LOCKSCOPE_PROGRAM);
    return testing::RunProgram(arguments);
  }
  // One clear line on standard error, exit status 2, nothing else.
  static void ExpectUnusable(const Ran& ran, const std::string& what) {
    EXPECT_EQ(ran.status, 2) << ran.err;
    EXPECT_THAT(ran.err, AllOf(StartsWith("lockscope: "), HasSubstr(what)));
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  std::string Sample() {
    const std::string path = folder_ / "a sample.lockscope";
    EXPECT_TRUE(trace::WriteTrace(testing::FourClientsThreeWorkers(), path));
    return path;
  }

  testing::TestFolder folder_;
};

TEST_F(CliTest, AloneItPrintsFiveExamples) {
  const Ran ran = Lockscope({});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("make   lockscope run"), HasSubstr("look   lockscope view"),
                             HasSubstr("judge  lockscope check")));
}

TEST_F(CliTest, RunReportsInAtMost24LinesOf80Columns) {
  const std::string out = folder_ / "a run.lockscope";
  const Ran ran =
      Lockscope({"run", std::string(LOCKSCOPE_SCENARIOS) + "/22-four-clients-three-workers.json", "-o", out});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  std::istringstream lines(ran.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    // Columns, not bytes: continuation bytes of UTF-8 take none.
    const auto columns =
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    // A command that names a file may be as long as the file's name makes it.
    if (line.find(".lockscope") == std::string::npos) {
      EXPECT_LE(columns, 80) << line;
    }
  }
  EXPECT_LE(count, 24) << ran.out;
  EXPECT_THAT(ran.out, AllOf(StartsWith("Four clients, three workers"), HasSubstr("worker-3"),
                             HasSubstr("R1 server-before-client"), HasSubstr("'" + out + "'")))
      << "the commands to try next can be pasted";
  EXPECT_TRUE(trace::ReadTrace(out));
}

TEST_F(CliTest, WhatIsProposedForTheWrongFileCanBePasted) {
  const std::string recording = Sample();
  ExpectUnusable(Lockscope({"run", recording}), "try: lockscope check '" + recording + "'");
  ExpectUnusable(Lockscope({"import", recording, "-o", folder_ / "out.lockscope"}),
                 ": this is a recording, no exported JSON; try: lockscope check '" + recording + "'");
  const std::string scenario = folder_ / "a day.json";
  WriteWhole(scenario, "{}");
  ExpectUnusable(Lockscope({"check", scenario}), "try: lockscope run '" + scenario + "'");
}

TEST_F(CliTest, RunWithoutOutNamesTheRecordingAfterTheScenario) {
  const std::string scenario = folder_ / "one call.json";
  WriteWhole(scenario, R"({"title": "One call", "clients": {"alice": {"calls": ["hostname"]}}})");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(std::filesystem::path(scenario).parent_path());
  const Ran ran = Lockscope({"run", "one call.json"});
  std::filesystem::current_path(before);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "one call.lockscope"));
}

TEST_F(CliTest, CheckFindsNothingInACorrectRun) {
  const Ran ran = Lockscope({"check", Sample()});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("R1 server-before-client"));
}

TEST_F(CliTest, CheckSaysFirstWhatBecameOfTheRunAndThenWhichRuleWasBroken) {
  const std::string path = folder_ / "deadlock.lockscope";
  ASSERT_TRUE(trace::WriteTrace(testing::ReplyLocksClientFirst(), path));
  const Ran ran = Lockscope({"check", path});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out,
              StartsWith("Deadlock: the event loop waits for alice's lock, which worker-1 holds (taken at "
                         "core/daemon/bugs/reply_locks_client_first.cc:31); worker-1 waits for the server lock"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\n   worker-1 has been waiting"),
                             HasSubstr("\nR1 server-before-client, at core/daemon/bugs/")));
}

TEST_F(CliTest, ExportThenImportGivesTheSameBytes) {
  const std::string sample = Sample(), json = folder_ / "x.jsonl", again = folder_ / "again.lockscope",
                    json2 = folder_ / "y.jsonl";
  EXPECT_EQ(Lockscope({"export", sample, "--to", "json", "-o", json}).status, 0);
  EXPECT_EQ(Lockscope({"import", json, "-o", again}).status, 0);
  EXPECT_EQ(Lockscope({"export", again, "-o", json2}).status, 0);
  EXPECT_TRUE(ReadWhole(sample) == ReadWhole(again));
  EXPECT_TRUE(ReadWhole(json) == ReadWhole(json2));
  const Ran to_stdout = Lockscope({"export", sample, "-o", "-"});
  EXPECT_TRUE(to_stdout.out == ReadWhole(json));
}

TEST_F(CliTest, StatsSaysWhoWaitedForWhichLockAndWhere) {
  const std::string sample = Sample();
  const Ran table = Lockscope({"stats", sample});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(StartsWith("    holds    waits  wait sum"), HasSubstr("alice's lock, core/daemon/")));
  const Ran json = Lockscope({"stats", sample, "--json"});
  EXPECT_EQ(json.status, 0) << json.err;
  EXPECT_THAT(json.out, AllOf(StartsWith("[\n"), HasSubstr("\"wait_p99_ns\": 1800000")));
}

TEST_F(CliTest, ExportsForPerfettoAndAsCsv) {
  const std::string sample = Sample(), perfetto = folder_ / "x.pftrace", csv = folder_ / "x.csv";
  ASSERT_EQ(Lockscope({"export", sample, "--to", "perfetto", "-o", perfetto}).status, 0);
  EXPECT_THAT(ReadWhole(perfetto), AllOf(StartsWith("\n"), HasSubstr("worker-1"), HasSubstr("alice's lock")));
  const Ran to_stdout = Lockscope({"export", sample, "--to", "perfetto", "-o", "-"});
  EXPECT_TRUE(to_stdout.out == ReadWhole(perfetto));
  ASSERT_EQ(Lockscope({"export", sample, "--to", "csv", "-o", csv}).status, 0);
  EXPECT_THAT(ReadWhole(csv), StartsWith("step,ticks,t_ns,thread,"));
}

TEST_F(CliTest, WrongInputIsOneClearLine) {
  ExpectUnusable(Lockscope({"frobnicate"}), "frobnicate");
  ExpectUnusable(Lockscope({"check"}), "TRACE is required");
  ExpectUnusable(Lockscope({"check", folder_ / "none.lockscope"}), "No such file or directory");
  ExpectUnusable(Lockscope({"check", folder_ / ""}), "is a folder");
  ExpectUnusable(Lockscope({"run", folder_ / "none.json"}), "No such file or directory");
  ExpectUnusable(Lockscope({"export", Sample(), "--to", "yaml", "-o", "-"}), "yaml");
  WriteWhole(folder_ / "no.json", "no");
  ExpectUnusable(Lockscope({"import", folder_ / "no.json", "-o", folder_ / "y"}), ":1: found what is not JSON");
  ExpectUnusable(Lockscope({"serve", "--socket", folder_ / std::string(200, 'x')}), "a socket's path has");
  WriteWhole(folder_ / "empty", "");
  ExpectUnusable(Lockscope({"check", folder_ / "empty"}), "the file is empty");
  ExpectUnusable(Lockscope({"run", folder_ / "empty"}), "the file is empty");
}

TEST_F(CliTest, ATruncatedRecordingSaysWhereItEnds) {
  const std::string sample = Sample();
  std::filesystem::resize_file(sample, 300);
  ExpectUnusable(Lockscope({"check", sample}), "at byte 300: the file ends here");
}

TEST_F(CliTest, AScenarioGivenToCheckAndATraceGivenToRunAreRecognised) {
  ExpectUnusable(Lockscope({"check", std::string(LOCKSCOPE_SCENARIOS) + "/22-four-clients-three-workers.json"}),
                 "try: lockscope run");
  ExpectUnusable(Lockscope({"run", Sample()}), "try: lockscope check");
}

TEST_F(CliTest, AFileIsNeverOverwrittenByWhatIsMadeOfIt) {
  const std::string sample = Sample();
  const std::string before = ReadWhole(sample);
  ExpectUnusable(Lockscope({"export", sample, "-o", sample}), "this is the recording itself");
  ExpectUnusable(Lockscope({"import", sample, "-o", sample}), "this is the file to import itself");
  EXPECT_TRUE(ReadWhole(sample) == before);
}

// What is printed is the answer: where it does not get out, there is none. By way of a shell, which redirects.
TEST_F(CliTest, OutputThatCannotBeWrittenIsNoSuccessOfAnyCommand) {
  const std::string scenarios = LOCKSCOPE_SCENARIOS;
  const std::string broken = folder_ / "broken.lockscope";
  ASSERT_EQ(Lockscope({"run", scenarios + "/01-reply-lock-order.broken.json", "-o", broken}).status, 0);
  const std::string out = folder_ / "out.lockscope";
  const std::vector<std::vector<std::string>> commands = {{"run", scenarios + "/21-one-call.json", "-o", out},
                                                          {"check", broken},
                                                          {"stats", broken, "--json"},
                                                          {"--version"}};
  for (const char* redirected : {"\"$@\" >/dev/full", "\"$@\" >&-"}) {
    for (const std::vector<std::string>& command : commands) {
      SCOPED_TRACE(command.front() + " " + redirected);
      std::vector<std::string> arguments = {"/bin/sh", "-c", redirected, "sh", LOCKSCOPE_PROGRAM};
      arguments.insert(arguments.end(), command.begin(), command.end());
      const Ran ran = testing::RunProgram(arguments);
      EXPECT_EQ(ran.status, 2);
      EXPECT_EQ(ran.err, "lockscope: standard output cannot be written\n");
    }
  }
  EXPECT_TRUE(trace::ReadTrace(out)) << "nothing was printed into it";
}

TEST_F(CliTest, ARecordingTakesThePlaceOfAFileAndOfNothingElse) {
  const std::string scenario = std::string(LOCKSCOPE_SCENARIOS) + "/21-one-call.json";
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectUnusable(Lockscope({"run", scenario, "-o", pipe}), "pipe: a recording needs a regular file");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));

  const std::string file = folder_ / "file.lockscope";
  const std::string link = folder_ / "link.lockscope";
  WriteWhole(file, "old");
  std::filesystem::create_symlink("file.lockscope", link);
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--live"}}) {
    std::vector<std::string> arguments = {"run", scenario, "-o", link};
    arguments.insert(arguments.end(), how.begin(), how.end());
    EXPECT_EQ(Lockscope(arguments).status, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_TRUE(trace::ReadTrace(file));
    std::filesystem::remove(file);
    EXPECT_EQ(Lockscope(arguments).status, 0);
    EXPECT_TRUE(trace::ReadTrace(file)) << "the file behind a link need not be there yet";
  }

  std::filesystem::create_symlink("round", folder_ / "round");
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--live"}}) {
    std::vector<std::string> arguments = {"run", scenario, "-o", folder_ / "round"};
    arguments.insert(arguments.end(), how.begin(), how.end());
    ExpectUnusable(Lockscope(arguments), "round: cannot be written: Too many levels of symbolic links");
  }
}

TEST_F(CliTest, ARunThatIsNoneOfTheScenariosLeavesAnEarlierRecordingAlone) {
  const std::string scenario = folder_ / "never.json";
  const std::string out = folder_ / "never.lockscope";
  for (const auto& [schedule, what] :
       {std::pair(R"([{"run": "loop", "until": "takes hostname"}])", ":2: schedule[0] is never reached: "),
        std::pair(R"({"replay": [99]})", ":2: schedule: choice 1 of the replay is 99, ")}) {
    WriteWhole(scenario, std::string(R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}},)") +
                             "\n\"schedule\": " + schedule + "}");
    WriteWhole(out, "an earlier one");
    ExpectUnusable(Lockscope({"run", scenario, "-o", out}), scenario + what);
    EXPECT_EQ(ReadWhole(out), "an earlier one");
  }
}

TEST_F(CliTest, ARunThatLastsLongerThanARecordingCanSayIsUnusable) {
  const std::string scenario = folder_ / "long.json";
  WriteWhole(scenario, R"({"title": "t", "driver": {"hostname": "3600s"},
                           "clients": {"alice": {"calls": ["hostname x1300"]}}})");
  const std::string out = folder_ / "long.lockscope";
  ExpectUnusable(Lockscope({"run", scenario, "-o", out}), "long.json: the run would go on for more than 52 days");
  ExpectUnusable(Lockscope({"run", scenario, "-o", out, "--seed", "7..9"}),
                 "seed 7: the run would go on for more than");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(CliTest, ARecordingThatADaemonIsMakingIsNotWrittenOver) {
  const std::string out = folder_ / "day.lockscope", json = folder_ / "x.jsonl";
  const std::string scenario = std::string(LOCKSCOPE_SCENARIOS) + "/21-one-call.json";
  ASSERT_EQ(Lockscope({"export", Sample(), "-o", json}).status, 0);
  testing::Served served(LOCKSCOPE_PROGRAM, {"--tcp", "0", "-o", out});
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"import", json, "-o", out},
                                                    {"run", scenario, "-o", out},
                                                    {"run", scenario, "--live", "-o", out},
                                                    {"serve", "--tcp", "0", "-o", out}}) {
    ExpectUnusable(Lockscope(arguments), out + ": another process (");
  }
  EXPECT_EQ(served.Stop(SIGTERM), 0);
  const Result<trace::Trace> trace = trace::ReadTrace(out);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->Meta("title"), "lockscope serve");
}

TEST_F(CliTest, AFileThatIsNoRecordingIsNotWrittenOver) {
  const std::string json = folder_ / "x.jsonl", scenario = folder_ / "mine.json";
  ASSERT_EQ(Lockscope({"export", Sample(), "-o", json}).status, 0);
  WriteWhole(scenario, R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}}})");
  const std::string kept = folder_ / "thesis.cc";
  WriteWhole(kept, "precious");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"import", json},
                                                    {"run", scenario},
                                                    {"run", scenario, "--live"},
                                                    {"serve", "--tcp", "0"}}) {
    std::vector<std::string> onto = arguments;
    onto.insert(onto.end(), {"-o", kept});
    ExpectUnusable(Lockscope(onto), kept + ": is there already, and is no recording");
  }
  EXPECT_EQ(ReadWhole(kept), "precious");
}

// By way of a shell, which redirects.
TEST_F(CliTest, ADashIsStandardInputWhereATextIsReadAndRefusedWhereARecordingIs) {
  const std::string sample = Sample(), json = folder_ / "x.jsonl", again = folder_ / "again.lockscope",
                    scenario = folder_ / "mine.json";
  const auto with_input = [](const std::string& input, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"/bin/sh", "-c", "in=$1; shift; exec \"$@\" <\"$in\"", "sh", input, LOCKSCOPE_PROGRAM});
    return testing::RunProgram(arguments);
  };
  ASSERT_EQ(Lockscope({"export", sample, "-o", json}).status, 0);
  EXPECT_EQ(with_input(json, {"import", "-", "-o", again}).err, "");
  EXPECT_TRUE(ReadWhole(sample) == ReadWhole(again));
  ExpectUnusable(with_input(sample, {"import", "-", "-o", again}),
                 "lockscope: standard input: this is a recording, no exported JSON\n");
  ExpectUnusable(with_input("/dev/null", {"import", "-", "-o", again}), "standard input: found an empty file");

  WriteWhole(scenario, R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}}})");
  const Ran run = with_input(scenario, {"run", "-", "-o", again});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(trace::ReadTrace(again)->Meta("title"), "t");
  ExpectUnusable(with_input(scenario, {"run", "-"}), "needs a name for the recording: -o OUT");
  WriteWhole(scenario, "{");
  ExpectUnusable(with_input(scenario, {"run", "-", "-o", again}), "standard input:1:2: the file ends here");

  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"check", "-"},
                                                    {"stats", "-"},
                                                    {"recover", "-"},
                                                    {"export", "-", "-o", "-"},
                                                    {"import", json, "-o", "-"},
                                                    {"run", scenario, "-o", "-"},
                                                    {"serve", "--tcp", "0", "-o", "-"}}) {
    ExpectUnusable(Lockscope(arguments), ": found '-'; a recording is a file, and no stream");
  }
}

TEST_F(CliTest, AWrongAnswerIsNamedWithFileAndLine) {
  const std::string scenario = folder_ / "asks.json";
  WriteWhole(scenario, R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}}, "schedule": [)"
                       "\n"
                       R"({"run": "loop", "until": "polls", "ask": "Who?", "answer": []}]})");
  const Ran ran = Lockscope({"run", scenario, "-o", folder_ / "asks.lockscope"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, StartsWith("lockscope: " + scenario + ":2: schedule[0].answer is [], but "));
}

TEST_F(CliTest, AMessageIsOneLineWhateverANameHasInIt) {
  ExpectUnusable(Lockscope({"check", folder_ / "a\nb\x1b.lockscope"}), "/a?b?.lockscope: cannot be opened");
  ExpectUnusable(Lockscope({"bug", "a\nb"}), "unknown bug 'a?b'");
}

TEST_F(CliTest, AnOptionWithoutAValueIsNotAnOptionThatWasNotGiven) {
  const std::string scenario = std::string(LOCKSCOPE_SCENARIOS) + "/21-one-call.json";
  for (const char* option : {"--seed", "--out", "--ring", "--patience"}) {
    ExpectUnusable(Lockscope({"run", scenario, option, ""}),
                   std::string(option) + ": found nothing; a value was expected");
  }
  ExpectUnusable(Lockscope({"run", scenario, "--patience", "2s"}), "--patience is for live runs");
  ExpectUnusable(Lockscope({"run", scenario, "--live", "--patience", "0ms", "-o", folder_ / "x.lockscope"}),
                 "--patience: found '0ms'; a longer time was expected");
  for (const char* value : {"nan", "-nan", "inf", "0", "soon", ""}) {
    ExpectUnusable(Lockscope({"serve", "--socket", folder_ / "s", "--idle-timeout", value}), "--idle-timeout: ");
  }
}

}  // namespace
}  // namespace lockscope
