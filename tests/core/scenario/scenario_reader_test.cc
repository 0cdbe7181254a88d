#include "core/scenario/scenario_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ErrorOf(std::string_view json) {
  const Result<Scenario> scenario = ParseScenario(json, "s.json");
  return scenario ? "fine" : scenario.error().message;
}
// A whole scenario around one part.
std::string With(const std::string& part) {
  return R"({"title": "t", "clients": {"alice": {"calls": ["hostname"]}}, )" + part + "}";
}

TEST(ScenarioReaderTest, ReadsEverythingThatAScenarioMaySay) {
  const Result<Scenario> s = ParseScenario(R"({
    "title": "A title", "story": "A story.",
    "daemon": {"workers": 2, "max_client_requests": 4},
    "driver": {"hostname": ["40ms", "1.5 s"], "version": "20us"},
    "clients": {"zoe": {"calls": ["hostname", "version"], "pipelined": true}, "alice": {"calls": ["uri"]}}
  })", "s.json");
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ(s->title, "A title");
  EXPECT_EQ(s->story, "A story.");
  EXPECT_EQ(s->daemon.workers, 2);
  EXPECT_EQ(s->daemon.max_client_requests, 4);
  EXPECT_THAT(s->driver.at("hostname"), ElementsAre(DriverStep{40'000'000, ""}, DriverStep{1'500'000'000, ""}));
  EXPECT_THAT(s->driver.at("version"), ElementsAre(DriverStep{20'000, ""}));
  ASSERT_EQ(s->clients.size(), 2u);
  EXPECT_EQ(s->clients[0].name, "zoe") << "clients stand in the order of the file";
  EXPECT_TRUE(s->clients[0].pipelined);
  EXPECT_THAT(s->clients[1].calls, ElementsAre("uri"));
}

TEST(ScenarioReaderTest, SaysWhereItStopsBeingJson) {
  EXPECT_EQ(ErrorOf("{\n  \"title\": \"x\",\n  oops\n}"), "s.json:3:3: this is not JSON from here on");
  EXPECT_EQ(ErrorOf(""), "s.json: the file is empty, not a scenario");
  EXPECT_EQ(ErrorOf(" \n"), "s.json: the file is empty, not a scenario");
}

TEST(ScenarioReaderTest, NamesThePlaceWhatWasFoundAndWhatWasExpected) {
  EXPECT_EQ(ErrorOf("[1]"), "s.json: the document is a list; an object was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": "three"})")),
            "s.json: daemon.workers is the text \"three\"; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": 0})")),
            "s.json: daemon.workers is the number 0; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": 18446744073709551615})")),
            "s.json: daemon.workers is the number 18446744073709551615; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"workers": 2.5})")),
            "s.json: daemon.workers is the number 2.5; a whole number from 1 to 64 was expected");
  EXPECT_EQ(ErrorOf(R"({"title": "t"})"), "s.json: clients is missing; at least one client was expected");
  EXPECT_EQ(ErrorOf(R"({"clients": {"alice": {"calls": ["uri"]}}})"),
            "s.json: title is missing; a line that names the scenario was expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": 40})")),
            "s.json: driver.hostname is the number 40; a duration like \"40ms\" was expected");
  EXPECT_EQ(ErrorOf(With(R"("driver": {"hostname": []})")),
            "s.json: driver.hostname is a list; at least one duration was expected");
  EXPECT_EQ(ErrorOf(R"({"title": "t", "clients": {"alice": {"calls": []}}})"),
            "s.json: clients.alice.calls is a list; a list of 1 to 100000 calls was expected");
  EXPECT_EQ(ErrorOf(R"({"title": "t", "clients": {"alice": {}}})"),
            "s.json: clients.alice.calls is missing; a list of at least one call was expected");
}

TEST(ScenarioReaderTest, SuggestsTheNearestName) {
  EXPECT_EQ(ErrorOf(R"({"title": "t", "clients": {"alice": {"calls": ["hostname", "domain_lst"]}}})"),
            "s.json: clients.alice.calls[1]: unknown call 'domain_lst'; did you mean 'domain_list'?");
  EXPECT_EQ(ErrorOf(With(R"("deamon": {})")), "s.json: the document: unknown field 'deamon'; did you mean 'daemon'?");
  EXPECT_EQ(ErrorOf(With(R"("daemon": {"threads": 3})")),
            "s.json: daemon: unknown field 'threads'; known are workers, max_client_requests");
  EXPECT_THAT(ErrorOf(With(R"("driver": {"reboot": "1ms"})")), HasSubstr("unknown call 'reboot'; known are hostname"));
}

TEST(ScenarioReaderTest, AClientsNameMustBeOneThatCanBePrinted) {
  EXPECT_THAT(ErrorOf(R"({"title": "t", "clients": {"al ice": {"calls": ["uri"]}}})"), HasSubstr("'al ice' is no client's name"));
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

TEST(ScenarioReaderTest, WhatIsNoFileIsAClearError) {
  EXPECT_THAT(ReadScenario("/nowhere/s.json").error().message, HasSubstr("/nowhere/s.json: cannot be opened: No such file"));
  EXPECT_THAT(ReadScenario("/tmp").error().message, HasSubstr("is a folder"));
}

}  // namespace
}  // namespace lockscope::scenario
