// The `lockscope` program, used as a person uses it: what it prints, where, and its exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/trace/trace_file.h"
#include "tests/support/run_program.h"
#include "tests/support/sample_deadlock.h"
#include "tests/support/sample_trace.h"

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
  ExpectUnusable(Lockscope({"import", Sample(), "-o", folder_ / "y"}), ":1: found what is not JSON");
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

}  // namespace
}  // namespace lockscope
