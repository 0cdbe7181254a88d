#include "core/scenario/scenario_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string ErrorOf(std::string_view json) {
  const Result<Scenario> scenario = ParseScenario(json, "s.json");
  return scenario ? "fine" : scenario.error().message;
}
// A whole scenario around one part, which stands in line 2.
std::string With(const std::string& part) {
  return R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}},)"
         "\n" +
         part + "}";
}
std::string WithClients(const std::string& clients) { return R"({"title": "t", "clients": )" + clients + "}"; }
std::string WithStep(const std::string& step) { return With(R"("schedule": [)" + step + "]"); }

Scenario Read(const std::string& json) {
  Result<Scenario> scenario = ParseScenario(json, "s.json");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario{};
}

TEST(ScenarioReaderTest, ReadsEverythingThatAScenarioMaySay) {
  const Scenario s = Read(R"({
    "$schema": "../somewhere/scenario-1.schema.json",
    "title": "A title", "story": "A story.", "bug": "no-reference", "patience": "5ms",
    "daemon": {"workers": 2, "max_workers": 4, "max_client_requests": 3, "idle_timeout": "2s", "ends_after": "3s"},
    "driver": {"hostname": ["40ms", {"waits_for": "version"}], "version": "20us", "uri": {"waits_for": "hostname"}},
    "clients": {
      "zoe": {"calls": ["hostname", "version x3"], "pipelined": true, "after": "1ms", "hangs_up": "2ms",
              "tls": {"round_trips": 3, "pause": "3ms"}},
      "alice": {"calls": ["uri", "event_subscribe"], "tls": true, "read_only": true, "events": 3}
    },
    "schedule": [
      {"run": "loop", "until": "queues hostname", "times": 2, "say": "Now."},
      {"run": "worker-4", "until": "blocked", "ask": "Who can go on?", "answer": ["loop", "worker-1"]},
      {"run": "zoe", "until": "receives"}
    ],
    "expect": {"outcome": "lost wake-up", "breaks": ["R1", "R6"], "served": 5,
               "blocked": {"worker-1": "condition job", "loop": "client alice", "worker-2": "end of loop", "leader": "poll"}}
  })");
  EXPECT_EQ(s.title, "A title");
  EXPECT_EQ(s.story, "A story.");
  EXPECT_EQ(s.bug, "no-reference");
  EXPECT_EQ(s.patience_ns, 5'000'000);
  EXPECT_EQ(s.daemon.workers, 2);
  EXPECT_EQ(s.daemon.max_workers, 4);
  EXPECT_EQ(s.daemon.max_client_requests, 3);
  EXPECT_EQ(s.daemon.idle_timeout_ns, 2'000'000'000);
  EXPECT_EQ(s.daemon.ends_after_ns, 3'000'000'000);
  EXPECT_THAT(s.driver.at("hostname"), ElementsAre(DriverStep{40'000'000, ""}, DriverStep{0, "version"}));
  EXPECT_THAT(s.driver.at("version"), ElementsAre(DriverStep{20'000, ""}));
  EXPECT_THAT(s.driver.at("uri"), ElementsAre(DriverStep{0, "hostname"}));

  ASSERT_EQ(s.clients.size(), 2u);
  EXPECT_EQ(s.clients[0].name, "zoe") << "clients stand in the order of the file";
  EXPECT_THAT(s.clients[0].calls, ElementsAre("hostname", "version", "version", "version"));
  EXPECT_TRUE(s.clients[0].pipelined);
  EXPECT_EQ(s.clients[0].after_ns, 1'000'000);
  EXPECT_EQ(s.clients[0].hangs_up_ns, 2'000'000);
  EXPECT_FALSE(s.clients[0].read_only);
  EXPECT_TRUE(s.clients[1].read_only);
  EXPECT_EQ(s.clients[0].events, 0);
  EXPECT_EQ(s.clients[1].events, 3);
  EXPECT_EQ(s.clients[0].tls, (HandshakeScript{3, 3'000'000}));
  EXPECT_FALSE(s.clients[1].pipelined);
  EXPECT_EQ(s.clients[1].tls, HandshakeScript{});

  const Script& script = std::get<Script>(s.schedule);
  ASSERT_EQ(script.size(), 3u);
  EXPECT_EQ(script[0].run, "loop");
  EXPECT_EQ(script[0].until, "queues hostname");
  EXPECT_EQ(script[0].times, 2);
  EXPECT_EQ(script[0].say, "Now.");
  EXPECT_EQ(script[0].answer, std::nullopt);
  EXPECT_EQ(script[0].line.number, 12);
  EXPECT_EQ(script[1].ask, "Who can go on?");
  EXPECT_THAT(*script[1].answer, ElementsAre("loop", "worker-1"));
  EXPECT_EQ(script[1].times, 1);
  EXPECT_EQ(script[2].run, "zoe");

  EXPECT_EQ(s.expect.outcome, "lost wake-up");
  EXPECT_THAT(*s.expect.breaks, ElementsAre("R1", "R6"));
  EXPECT_EQ(s.expect.served, 5u);
  EXPECT_THAT(*s.expect.blocked, ElementsAre(Pair("leader", "poll"), Pair("loop", "client alice"),
                                             Pair("worker-1", "condition job"), Pair("worker-2", "end of loop")));
}

TEST(ScenarioReaderTest, WhatIsNotSaidHasItsDefault) {
  const Scenario s = Read(R"({"title": "t", "clients": {"alice": {"calls": ["uri"]}}})");
  EXPECT_EQ(s.bug, "none");
  EXPECT_EQ(s.daemon.workers, 3);
  EXPECT_TRUE(std::holds_alternative<RoundRobin>(s.schedule));
  EXPECT_EQ(s.expect.outcome, "clean");
  EXPECT_EQ(s.expect.breaks, std::nullopt);
  EXPECT_EQ(s.expect.served, std::nullopt);
  EXPECT_EQ(s.expect.blocked, std::nullopt);
  EXPECT_EQ(s.clients[0].tls, std::nullopt);
  EXPECT_EQ(Read(WithClients(R"({"alice": {"calls": ["uri"], "tls": false}})")).clients[0].tls, std::nullopt);
}

TEST(ScenarioReaderTest, AScheduleIsOneOfFour) {
  EXPECT_TRUE(std::holds_alternative<RoundRobin>(Read(With(R"("schedule": "round_robin")")).schedule));
  EXPECT_EQ(std::get<Seed>(Read(With(R"("schedule": {"seed": 18446744073709551615})")).schedule).value, UINT64_MAX);
  EXPECT_THAT(std::get<Replay>(Read(With(R"("schedule": {"replay": [0, 4294967295, 2]})")).schedule),
              ElementsAre(0u, UINT32_MAX, 2u));
  EXPECT_TRUE(std::holds_alternative<Script>(Read(WithStep(R"({"run": "loop", "until": "polls"})")).schedule));

  EXPECT_EQ(ErrorOf(With(R"("schedule": "round_robbin")")),
            "s.json:2: schedule: unknown schedule 'round_robbin'; did you mean 'round_robin'?");
  EXPECT_EQ(
      ErrorOf(With(R"("schedule": 7)")),
      "s.json:2: schedule: found the number 7; \"round_robin\", { \"seed\": 7 }, { \"replay\": [...] } or a list of "
      "steps was expected");
  EXPECT_EQ(ErrorOf(With(R"("schedule": {"seed": 1, "replay": []})")),
            "s.json:2: schedule: found two fields; either 'seed' or 'replay' was expected");
  EXPECT_EQ(ErrorOf(With(R"("schedule": {})")),
            "s.json:2: schedule: no field 'seed'; a seed, or a replay was expected");
  EXPECT_EQ(ErrorOf(With(R"("schedule": [])")),
            "s.json:2: schedule: found an empty list; a list of at least one step was expected");
  EXPECT_EQ(
      ErrorOf(With(R"("schedule": {"replay": [4294967296]})")),
      "s.json:2: schedule.replay[0]: found the number 4294967296; a whole number from 0 to 4294967295 was expected");
}

TEST(ScenarioReaderTest, ACrowdIsWrittenInOneLine) {
  const Scenario s = Read(WithClients(R"({"client-%": {"count": 1000, "calls": ["hostname x60", "uri x40"]}})"));
  ASSERT_EQ(s.clients.size(), 1'000u);
  EXPECT_EQ(s.clients.front().name, "client-1");
  EXPECT_EQ(s.clients.back().name, "client-1000");
  EXPECT_EQ(s.clients.back().calls.size(), 100u);
  EXPECT_EQ(s.clients.back().calls[59], "hostname");
  EXPECT_EQ(s.clients.back().calls[60], "uri");

  EXPECT_EQ(ErrorOf(WithClients(R"({"client-%": {"calls": ["uri"]}})")),
            "s.json:1: clients.client-%: no field 'count'; how many clients '%' stands for was expected");
  EXPECT_EQ(ErrorOf(WithClients(R"({"bob": {"count": 2, "calls": ["uri"]}})")),
            "s.json:1: clients.bob: has a count of 2, but its name has no '%' for the number; as in \"bob-%\"");
  EXPECT_EQ(ErrorOf(WithClients(R"({"c2": {"calls": ["uri"]}, "c%": {"count": 3, "calls": ["uri"]}})")),
            "s.json:1: clients.c%: there is a client 'c2' already");
  EXPECT_THAT(
      ErrorOf(WithClients(R"({"a%": {"count": 600, "calls": ["uri"]}, "b%": {"count": 600, "calls": ["uri"]}})")),
      HasSubstr("clients.b%: with this there are over 1000 clients or over 1000000 calls"));
  EXPECT_THAT(ErrorOf(WithClients(R"({"a%": {"count": 11, "calls": ["uri x100000"]}})")),
              HasSubstr("over 1000000 calls"));
  EXPECT_THAT(ErrorOf(WithClients(R"({"a": {"calls": ["uri x100000", "type"]}})")),
              HasSubstr("clients.a.calls[1]: with this the client makes 100001 calls; at most 100000 were expected"));
  for (const char* wrong : {"uri x0", "uri x", "uri x-1", "uri x+1", "uri x1.5", "uri x99999999999"}) {
    EXPECT_THAT(ErrorOf(WithClients(fmt::format(R"({{"a": {{"calls": ["{}"]}}}})", wrong))),
                HasSubstr("a call's name, or one and a number from 1 to 100000, as in \"hostname x20\" was expected"));
  }
}

TEST(ScenarioReaderTest, SaysWhereItStopsBeingJson) {
  EXPECT_EQ(ErrorOf("{\n  \"title\": \"x\",\n  oops\n}"),
            "s.json:3:3: found 'o'; a field's name in double quotes was expected");
  EXPECT_EQ(ErrorOf(""), "s.json: the file is empty, not a scenario");
  EXPECT_EQ(ErrorOf(" \n"), "s.json: the file is empty, not a scenario");
}

TEST(ScenarioReaderTest, NamesThePlaceWhatWasFoundAndWhatWasExpected) {
  EXPECT_EQ(ErrorOf("[1]"), "s.json:1: the document: found a list; an object was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": "three"})")),
            "s.json:2: daemon.workers: found the text \"three\"; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": 0})")),
            "s.json:2: daemon.workers: found the number 0; a whole number from 1 to 64 was expected");
  EXPECT_EQ(
      ErrorOf(With(R"("daemon": {"workers": 18446744073709551615})")),
      "s.json:2: daemon.workers: found the number 18446744073709551615; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": 2.5})")),
            "s.json:2: daemon.workers: found the number 2.5; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": -1})")),
            "s.json:2: daemon.workers: found the number -1; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(R"({"title": "t"})"),
            "s.json:1: the document: no field 'clients'; an object with at least one client was expected");
  EXPECT_EQ(ErrorOf("\n{\"clients\": {\"alice\": {\"calls\": [\"uri\"]}}}"),
            "s.json:2: the document: no field 'title'; a line that names the scenario was expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": 40})")),
            "s.json:2: driver.hostname: found the number 40; a duration like \"40ms\", or { \"waits_for\": CALL } was "
            "expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": []})")),
            "s.json:2: driver.hostname: found an empty list; a list of at least one duration was expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": {}})")),
            "s.json:2: driver.hostname: no field 'waits_for'; a call's name was expected");
  EXPECT_EQ(ErrorOf(With(R"("patience": "soon\n")")),
            "s.json:2: patience: \"soon\\n\" is no duration; a number and ns, us, ms or s was expected, like \"40ms\"");
  EXPECT_EQ(ErrorOf(WithClients("{}")), "s.json:1: clients: found an object; at least one client was expected");
  EXPECT_EQ(ErrorOf(WithClients(R"({"alice": {"calls": []}})")),
            "s.json:1: clients.alice.calls: found an empty list; a list of at least one call was expected");
  EXPECT_EQ(ErrorOf(WithClients(R"({"alice": {}})")),
            "s.json:1: clients.alice: no field 'calls'; a list of at least one call was expected");
  EXPECT_EQ(ErrorOf(R"({"title": " "})"),
            "s.json:1: title: found the text \" \"; a text that says something was expected");
  EXPECT_EQ(ErrorOf(R"({"title": "a\nb"})"),
            "s.json:1: title: found the text \"a\\nb\"; a text without line breaks, tabs and other control characters "
            "was expected");
  EXPECT_EQ(
      ErrorOf(WithClients(R"({"alice": {"calls": ["uri"], "tls": 1}})")),
      "s.json:1: clients.alice.tls: found the number 1; true, false or { \"round_trips\": 2, \"pause\": \"3ms\" } was "
      "expected");
}

TEST(ScenarioReaderTest, SuggestsTheNearestName) {
  EXPECT_EQ(ErrorOf(WithClients("{\n\"alice\": {\"calls\": [\"hostname\",\n\"domain_lst\"]}}")),
            "s.json:3: clients.alice.calls[1]: unknown call 'domain_lst'; did you mean 'domain_list'?");
  EXPECT_EQ(ErrorOf(With(R"("deamon": {})")), "s.json:2: the document: unknown field 'deamon'; did you mean 'daemon'?");
  EXPECT_EQ(
      ErrorOf(With(R"("daemon": {"threads": 3})")),
      "s.json:2: daemon: unknown field 'threads'; known are workers, max_workers, max_client_requests, idle_timeout, "
      "ends_after");
  EXPECT_THAT(ErrorOf(With(R"("driver": {"reboot": "1ms"})")), HasSubstr("unknown call 'reboot'; known are hostname"));
  EXPECT_EQ(ErrorOf(With(R"("expect": {"outcome": "deadlok"})")),
            "s.json:2: expect.outcome: unknown outcome 'deadlok'; did you mean 'deadlock'?");
  EXPECT_EQ(ErrorOf(With(R"("bug": "no-refrence")")),
            "s.json:2: bug: unknown bug 'no-refrence'; did you mean 'no-reference'?");
  EXPECT_THAT(ErrorOf(With(R"("bug": "R1")")), HasSubstr("unknown bug 'R1'; known are none, reply-locks-client-first"));
  EXPECT_EQ(ErrorOf(With(R"("expect": {"breaks": ["R9"]})")),
            "s.json:2: expect.breaks[0]: unknown rule 'R9'; known are R1, R2, R3, R4, R5, R6, R7, R8");
  EXPECT_EQ(ErrorOf(With(R"("expect": {"breaks": ["R1", "R1"]})")),
            "s.json:2: expect.breaks[1]: 'R1' stands in the list already");
}

TEST(ScenarioReaderTest, WhatEveryClientDoesByItselfIsNoCallOfAScenarios) {
  for (const char* own : {"auth_list", "connect_open", "connect_close"}) {
    EXPECT_EQ(ErrorOf(WithClients(fmt::format(R"({{"alice": {{"calls": ["{} x2"]}}}})", own))),
              fmt::format("s.json:1: clients.alice.calls[0]: '{}' is no call of a scenario's: every client opens its "
                          "connection before its calls, and closes it after them, by itself; another call was expected",
                          own));
    EXPECT_THAT(ErrorOf(With(fmt::format(R"("driver": {{"{}": "1ms"}})", own))),
                HasSubstr(fmt::format("s.json:2: driver.{0}: '{0}' is no call of a scenario's", own)));
  }
}

TEST(ScenarioReaderTest, ATimeThatWouldMeanNothingIsRefused) {
  EXPECT_EQ(ErrorOf(With(R"("patience": "0ms")")),
            "s.json:2: patience: found the text \"0ms\"; a duration longer than nothing was expected");
  EXPECT_THAT(ErrorOf(With(R"("daemon": {"idle_timeout": "0 s"})")), HasSubstr("daemon.idle_timeout: found"));
  EXPECT_THAT(ErrorOf(With(R"("daemon": {"ends_after": "0.0ns"})")), HasSubstr("daemon.ends_after: found"));
  EXPECT_EQ(ErrorOf(WithClients(R"({"alice": {"calls": ["uri"], "after": "0ms", "hangs_up": "0ms"}})")), "fine");
}

TEST(ScenarioReaderTest, AnotherVersionOfTheSchemaIsRefused) {
  EXPECT_EQ(ErrorOf(With(R"("$schema": "scenario-1.schema.json")")), "fine");
  EXPECT_EQ(ErrorOf(With(R"("$schema": "a/scenario-2.schema.json")")),
            "s.json:2: $schema: found the text \"a/scenario-2.schema.json\"; scenario-1.schema.json, the one version "
            "that this "
            "program knows, was expected");
}

TEST(ScenarioReaderTest, AClientsNameMustBeOneThatCanBePrintedAndNoThreadsOfTheDaemon) {
  EXPECT_EQ(ErrorOf(WithClients(R"({"al ice": {"calls": ["uri"]}})")),
            "s.json:1: clients.\"al ice\": \"al ice\" is no client's name; 1 to 32 letters, digits, '_', '.', '-' were "
            "expected");
  EXPECT_EQ(ErrorOf(WithClients(R"({"a%%": {"count": 1, "calls": ["uri"]}})")),
            "s.json:1: clients.a%%: \"a1%\" is no client's name; 1 to 32 letters, digits, '_', '.', '-' were expected");
  for (const char* name : {"loop", "leader", "worker-1", "worker-99"}) {
    EXPECT_THAT(ErrorOf(WithClients(fmt::format(R"({{"{}": {{"calls": ["uri"]}}}})", name))),
                HasSubstr("is the name of a thread of the daemon"));
  }
  EXPECT_EQ(ErrorOf(WithClients(R"({"worker-01": {"calls": ["uri"]}, "worker": {"calls": ["uri"]}})")), "fine");
}

TEST(ScenarioReaderTest, AStepNamesAThreadAndAMomentThatThereAre) {
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "lop", "until": "polls"})")),
            "s.json:2: schedule[0].run: unknown thread 'lop'; did you mean 'loop'?");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "worker-4", "until": "waits"})")),
            "s.json:2: schedule[0].run: unknown thread 'worker-4'; there are worker-1 to worker-3");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "scheduler", "until": "waits"})")),
            "s.json:2: schedule[0].run: unknown thread 'scheduler'; known are leader, loop, worker-1, worker-2, "
            "worker-3, alice");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "hold server"})")),
            "s.json:2: schedule[0].until: 'hold server' begins with no known verb; did you mean 'holds'?");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "holds client alce"})")),
            "s.json:2: schedule[0].until: unknown client 'alce'; did you mean 'alice'?");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "accepts bob"})")),
            "s.json:2: schedule[0].until: unknown client 'bob'; known are alice");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "joins worker-7"})")),
            "s.json:2: schedule[0].until: unknown thread 'worker-7'; there are worker-1 to worker-3");
  EXPECT_EQ(ErrorOf(WithStep(R"({"until": "polls"})")),
            "s.json:2: schedule[0]: no field 'run'; the name of the thread that goes on was expected");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop"})")),
            "s.json:2: schedule[0]: no field 'until'; what it runs to, as in \"holds server\" was expected");
  EXPECT_EQ(
      ErrorOf(WithStep(R"({"run": "loop", "until": "polls", "ask": "Who?"})")),
      "s.json:2: schedule[0]: no field 'answer'; a list of the threads that can go on, to check the question with was "
      "expected");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "polls", "answer": []})")),
            "s.json:2: schedule[0]: no field 'ask'; the question to the answer was expected");
  EXPECT_EQ(ErrorOf(WithStep(R"({"run": "loop", "until": "polls", "ask": "Who?", "answer": ["alice"]})")),
            "s.json:2: schedule[0].answer[0]: 'alice' is a client; a thread of the daemon was expected: leader, loop, "
            "worker-1 …");
}

TEST(ScenarioReaderTest, ThePartsMustFitEachOther) {
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"max_workers": 2})")),
            "s.json:2: daemon.max_workers: found the number 2; at least the 3 workers that the daemon begins with were "
            "expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": {"waits_for": "hostname"}})")),
            "s.json:2: driver.hostname.waits_for: 'hostname' waits for itself; another call was expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": ["1ms", {"waits_for": "uri"}]})")),
            "s.json:2: driver.hostname[1].waits_for: no client makes the call 'uri'; one that is made was expected");
  EXPECT_EQ(ErrorOf(With(R"("expect": {"served": 2})")),
            "s.json:2: expect.served: found the number 2; the clients make 1 call");
  EXPECT_EQ(ErrorOf(With(R"("expect": {"blocked": {"worker-4": "server"}})")),
            "s.json:2: expect.blocked.worker-4: unknown thread 'worker-4'; there are worker-1 to worker-3");
  EXPECT_EQ(ErrorOf(With(R"("expect": {"blocked": {"loop": "client bob"}})")),
            "s.json:2: expect.blocked.loop: unknown client 'bob'; known are alice");
  EXPECT_EQ(ErrorOf(With(R"("expect": {"blocked": {"loop": "client"}})")),
            "s.json:2: expect.blocked.loop: \"client\" is nothing that a thread waits for; server, loop, driver, "
            "client NAME, "
            "condition NAME, end of THREAD or poll was expected");
}

TEST(ScenarioReaderTest, DurationsHaveAUnitAndABound) {
  EXPECT_EQ(ParseDuration("40ms").value(), 40'000'000);
  EXPECT_EQ(ParseDuration("1.5 s").value(), 1'500'000'000);
  EXPECT_EQ(ParseDuration("0ns").value(), 0);
  EXPECT_EQ(ParseDuration("3600s").value(), 3'600'000'000'000);
  for (const char* wrong : {"", "40", "ms", "-1ms", "4 0ms", "1.2.3s", "40m", "40ms ", "1e3ms", "nan s", ".s"}) {
    EXPECT_FALSE(ParseDuration(wrong)) << wrong;
  }
  EXPECT_THAT(ParseDuration("3601s").error().message, HasSubstr("over an hour"));
  EXPECT_THAT(ParseDuration("99999999999999999999s").error().message, HasSubstr("over an hour"));
}

TEST(ScenarioReaderTest, AStreamIsReadLikeAFileAndCalledByItsName) {
  std::istringstream whole(R"({"title": "t", "clients": {"alice": {"calls": ["uri"]}}})");
  EXPECT_TRUE(ReadScenario(whole, "standard input"));
  std::istringstream recording("\x89LSCP");
  EXPECT_EQ(ReadScenario(recording, "standard input").error().message,
            "standard input: this is a recording, not a scenario");
}

TEST(ScenarioReaderTest, WhatIsNoFileIsAClearError) {
  EXPECT_THAT(ReadScenario("/nowhere/s.json").error().message,
              HasSubstr("/nowhere/s.json: cannot be opened: No such file"));
  EXPECT_THAT(ReadScenario("/tmp").error().message, HasSubstr("is a folder"));
  EXPECT_THAT(ReadScenario("/dev/zero").error().message,
              HasSubstr("/dev/zero: is over 16 MiB, too large for a scenario"));
}

}  // namespace
}  // namespace lockscope::scenario
