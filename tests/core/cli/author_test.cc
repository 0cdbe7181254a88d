// The commands for somebody who writes a scenario: new and bug.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/analysis/text_layout.h"
#include "core/daemon/bugs/catalog.h"
#include "core/scenario/scenario_reader.h"
#include "core/trace/trace_file.h"
#include "tests/support/json_schema.h"
#include "tests/support/run_program.h"

namespace lockscope {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::ReadWhole;
using testing::WriteWhole;

class AuthorTest : public ::testing::Test {
 protected:
  static Ran Lockscope(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LOCKSCOPE_PROGRAM);
    return testing::RunProgram(arguments);
  }
  // In the test's own folder.
  Ran LockscopeThere(const std::vector<std::string>& arguments) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_ / "");
    Ran ran = Lockscope(arguments);
    std::filesystem::current_path(before);
    return ran;
  }
  static void ExpectUnusable(const Ran& ran, const std::string& line) {
    EXPECT_EQ(ran.status, 2) << ran.err;
    EXPECT_EQ(ran.err, "lockscope: " + line + "\n");
    EXPECT_EQ(ran.out, "");
  }

  testing::TestFolder folder_;
};

TEST_F(AuthorTest, ANewScenarioRunsAsItStands) {
  const Ran made = LockscopeThere({"new"});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr("lockscope run my-scenario.json\n"),
                              HasSubstr("lockscope view my-scenario.lockscope\n")));
  const Result<scenario::Scenario> read = scenario::ReadScenario(folder_ / "my-scenario.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->clients.size(), 2u);
  EXPECT_GE(std::get<scenario::Script>(read->schedule).size(), 1u);
  for (const scenario::ScheduleStep& step : std::get<scenario::Script>(read->schedule)) EXPECT_FALSE(step.say.empty());
  testing::JsonSchema schema(*scenario::ParseJson(ReadWhole(LOCKSCOPE_SCENARIOS "/scenario-1.schema.json"), "schema"));
  EXPECT_EQ(schema.Complaint(*scenario::ParseJson(ReadWhole(folder_ / "my-scenario.json"), "new")), "");

  const Ran ran = LockscopeThere({"run", "my-scenario.json"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(trace::ReadTrace(folder_ / "my-scenario.lockscope"));
}

TEST_F(AuthorTest, ANewScenarioIsWrittenWhereItIsWantedAndNeverOverAnother) {
  EXPECT_EQ(LockscopeThere({"new", "it's mine"}).status, 0);
  EXPECT_TRUE(scenario::ReadScenario(folder_ / "it's mine.json"));
  EXPECT_EQ(LockscopeThere({"new", "two.json"}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "two.json"));

  const Ran odd = LockscopeThere({"new", "--", "-x"});
  EXPECT_EQ(odd.status, 0) << odd.err;
  EXPECT_THAT(odd.out, HasSubstr("lockscope run ./-x.json\n"));
  EXPECT_EQ(LockscopeThere({"run", "./-x.json"}).status, 0);

  WriteWhole(folder_ / "taken.json", "mine");
  ExpectUnusable(LockscopeThere({"new", "taken"}),
                 "taken.json: is there already; another name was expected: lockscope new NAME");
  EXPECT_EQ(ReadWhole(folder_ / "taken.json"), "mine");
  ExpectUnusable(LockscopeThere({"new", "no/such/folder"}),
                 "no/such/folder.json: cannot be created: No such file or directory");
  ExpectUnusable(LockscopeThere({"new", "folder/"}), "'folder/': a file's name was expected");
  for (const char* none : {"", ".", "..", "no/."}) {
    ExpectUnusable(LockscopeThere({"new", none}), fmt::format("'{}': a file's name was expected", none));
  }
}

// By way of a shell, which has the limit and hears of it as an error.
TEST_F(AuthorTest, WhereThereIsNoRoomForANewScenarioNothingIsLeft) {
  const std::string path = folder_ / "mine.json";
  const Ran ran = testing::RunProgram(
      {"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh", LOCKSCOPE_PROGRAM, "new", path});
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_EQ(ran.err, fmt::format("lockscope: {}: cannot be written: File too large\n", path));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / ""));
}

TEST_F(AuthorTest, ANewScenarioNamesTheSchemaBesideItOrTheOneOfTheTree) {
  const std::string schema = "scenario-1.schema.json";
  std::filesystem::create_directories(folder_ / "course/week 1");
  std::filesystem::create_directories(folder_ / "course/scenarios");
  WriteWhole(folder_ / "course/scenarios/" + schema, "{}");
  EXPECT_EQ(LockscopeThere({"new", "course/week 1/a"}).status, 0);
  EXPECT_THAT(ReadWhole(folder_ / "course/week 1/a.json"), HasSubstr("\"$schema\": \"../scenarios/" + schema + "\""));
  WriteWhole(folder_ / "course/week 1/" + schema, "{}");
  EXPECT_EQ(LockscopeThere({"new", "course/week 1/b"}).status, 0);
  EXPECT_THAT(ReadWhole(folder_ / "course/week 1/b.json"), HasSubstr("\"$schema\": \"" + schema + "\""));
}

TEST_F(AuthorTest, TheManualsExampleComesOutAsItExpects) {
  const std::string manual = ReadWhole(std::string(LOCKSCOPE_SCENARIOS) + "/SCHEMA.md");
  const size_t begin = manual.find("```json\n") + 8;
  WriteWhole(folder_ / "example.json", manual.substr(begin, manual.find("\n```", begin) - begin));
  const Ran ran = LockscopeThere({"run", "example.json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("Deadlock"));
}

TEST_F(AuthorTest, AWrongScenarioIsOneLineAsTheManualShowsIt) {
  const auto expect_wrong = [&](const std::string& json, const std::string& line) {
    WriteWhole(folder_ / "a.json", json);
    ExpectUnusable(LockscopeThere({"run", "a.json"}), line);
    EXPECT_THAT(ReadWhole(std::string(LOCKSCOPE_SCENARIOS) + "/SCHEMA.md"), HasSubstr("\nlockscope: " + line + "\n"));
  };
  const std::string head = "{\n\"title\": \"t\",\n\n";
  expect_wrong(head + "\n\n\n\"clients\": { \"alice\": { \"calls\": [\n\"hostname\",\n\"domain_lst\"] } } }",
               "a.json:9: clients.alice.calls[1]: unknown call 'domain_lst'; did you mean 'domain_list'?");
  expect_wrong(head + "\"daemon\": { \"workers\": \"three\" } }",
               "a.json:4: daemon.workers: found the text \"three\"; a whole number from 1 to 64 was expected");
  expect_wrong(head +
                   "\"clients\": { \"alice\": { \"calls\": [\"uri\"] } },\n\"schedule\": [\n\n\n\n\n"
                   "{ \"run\": \"loop\", \"until\": \"polls\" },\n\n{ \"run\": \"loop\", \"until\": \"polls\" },\n\n"
                   "{ \"run\": \"worker-4\", \"until\": \"waits\" } ] }",
               "a.json:14: schedule[2].run: unknown thread 'worker-4'; there are worker-1 to worker-3");
  expect_wrong(head + "\"daemon\": {\n\n  \"workers\": 3,\n  } }",
               "a.json:7:3: found '}'; a field's name in double quotes was expected");
}

TEST_F(AuthorTest, BugAloneListsThemAll) {
  const Ran ran = Lockscope({"bug"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const daemon::Bug& bug : daemon::AllBugs()) {
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("\n{} ", bug.name)));
  }
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(analysis::Columns(line), 80u) << line;
}

TEST_F(AuthorTest, ABugIsShownBesideTheCorrectCodeWithFileAndLine) {
  for (const daemon::Bug& bug : daemon::AllBugs()) {
    const Ran ran = Lockscope({"bug", std::string(bug.name)});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr(fmt::format("the bug: {}:", bug.buggy.file)),
                               HasSubstr(fmt::format("the correct code: {}:", bug.correct.file)),
                               HasSubstr(std::string(bug.breaks)), AnyOf(HasSubstr("\n- "), HasSubstr("\n+ ")),
                               Not(HasSubstr("\x1b"))));
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("{}(", bug.buggy.function)));
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("{}(", bug.correct.function)));
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(analysis::Columns(line), 80u) << line;
  }
}

TEST_F(AuthorTest, TheLinesThatAreNamedAreThoseOfTheFunctions) {
  const daemon::Bug& bug = daemon::AllBugs().front();
  const Ran ran = Lockscope({"bug", std::string(bug.name)});
  for (const daemon::CodePlace& place : {bug.buggy, bug.correct}) {
    const size_t at = ran.out.find(fmt::format(": {}:", place.file));
    ASSERT_NE(at, std::string::npos);
    const int number = std::stoi(ran.out.substr(at + place.file.size() + 3));
    std::istringstream source(ReadWhole(std::string(LOCKSCOPE_ROOT) + "/" + std::string(place.file)));
    std::string line;
    for (int i = 0; i < number; ++i) std::getline(source, line);
    EXPECT_THAT(line, HasSubstr(fmt::format("{}(", place.function)));
  }
}

// The lines of `lockscope bug` with a mark, without their indent and comment.
std::vector<std::string> Marked(const std::string& listing) {
  std::vector<std::string> marked;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("- ") && !line.starts_with("+ ")) continue;
    const size_t indent = line.find_first_not_of(' ', 2);
    marked.push_back(line.substr(0, 2) + line.substr(indent, line.find("  //", indent) - indent));
  }
  return marked;
}

TEST_F(AuthorTest, ABugDiffersFromTheCorrectCodeByItsIdeaAlone) {
  const auto differences = [&](const char* bug) { return Marked(Lockscope({"bug", bug}).out); };
  EXPECT_THAT(differences("reply-locks-client-first"), ElementsAre("- const ClientLock client_lock(client_->mu());",
                                                                   "+ const ClientLock client_lock(client_->mu());"));
  EXPECT_THAT(differences("callback-under-loop-lock"),
              ElementsAre("- const sync::MutexLock lock(mu());", "- in_callback_ = true;", "- in_callback_ = false;"));
  EXPECT_THAT(differences("driver-call-under-locks"), ElementsAre("- const ServerLock server_lock(shared_.mu());",
                                                                  "- const ClientLock client_lock(client_->mu());"));
  EXPECT_THAT(differences("client-without-server-lock"),
              ElementsAre("+ ServerLock server_lock(shared_.mu());", "+ server_lock.unlock();"));
  EXPECT_THAT(differences("signal-at-shutdown"), ElementsAre("- shared_.job.signal();", "+ shared_.job.broadcast();"));
  EXPECT_THAT(differences("log-under-client-lock"), ElementsAre("- WriteLogLine();"));
  EXPECT_THAT(differences("no-reference"), ElementsAre("+ scan.client().AddReference();"));
  EXPECT_THAT(differences("watch-not-updated"), ElementsAre("+ UpdateWatch();"));
  EXPECT_THAT(differences("oldest-client-first"), ElementsAre("- shared_.turn = RoundRobin();"));
}

TEST_F(AuthorTest, AScenarioIsNotCalledByControlCharacters) {
  ExpectUnusable(LockscopeThere({"new", "a\nb"}), R"("a\nb": a file's name without control characters was expected)");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / ""));
}

TEST_F(AuthorTest, AWrongNameIsAnsweredWithTheNearestOne) {
  ExpectUnusable(Lockscope({"bug", "reply-lock-client-first"}),
                 "unknown bug 'reply-lock-client-first'; did you mean 'reply-locks-client-first'?");
  ExpectUnusable(Lockscope({"bug", "reply-lock"}),
                 "unknown bug 'reply-lock'; did you mean 'reply-locks-client-first'?");
  ExpectUnusable(Lockscope({"bug", ""}), "unknown bug ''; lockscope bug lists them");
  ExpectUnusable(Lockscope({"bug", "everything"}), "unknown bug 'everything'; lockscope bug lists them");
  ExpectUnusable(Lockscope({"rnu", "x"}), "unknown command 'rnu'; did you mean 'run'?");
  EXPECT_THAT(Lockscope({"dance"}).err,
              HasSubstr("unknown command 'dance'; known are new, run, bug, serve, recover, check"));
}

}  // namespace
}  // namespace lockscope
