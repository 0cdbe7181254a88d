#include "core/scenario/scenario_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "core/scenario/known_calls.h"
#include "core/scenario/scenario_reader.h"
#include "tests/support/run_program.h"

namespace lockscope::scenario {
namespace {

using ::testing::HasSubstr;

Scenario OneCall() {
  Scenario scenario;
  scenario.title = "One call";
  scenario.clients = {{.name = "alice", .calls = {"hostname"}}};
  return scenario;
}

Scenario ReadBack(const std::string& text) {
  Result<Scenario> read = ParseScenario(text, "written.json");
  EXPECT_TRUE(read) << read.error().message << "\n" << text;
  return read ? *read : Scenario{};
}

// Scenarios of every kind that a file can say. Repeatable: splitmix64 (Steele, Lea, Flood, 2014).
class Generator {
 public:
  explicit Generator(uint64_t seed) : state_(seed) {}

  Scenario Make() {
    Scenario s;
    s.title = Text();
    if (Chance()) s.story = Text();
    if (Chance()) s.bug = "no-reference";
    s.daemon.workers = 1 + Below(5);
    if (Chance()) s.daemon.max_workers = s.daemon.workers + Below(3);
    if (Chance()) s.daemon.max_client_requests = 1 + Below(9);
    if (Chance()) s.daemon.idle_timeout_ns = Duration();
    if (Chance()) s.daemon.ends_after_ns = Duration();
    if (Chance()) s.patience_ns = Duration();
    MakeClients(s);
    MakeDriver(s);
    MakeSchedule(s);
    MakeExpectation(s);
    return s;
  }

 private:
  int Below(int bound) {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<int>((z ^ (z >> 31)) % static_cast<uint64_t>(bound));
  }
  bool Chance() { return Below(2) == 0; }
  std::string Text() {
    constexpr const char* kWords[] = {"lock", "\"quoted\"", "a\\b", "größer", "→", "waits", "</x>", "100 %", "dx"};
    std::string text = "Text";
    for (int i = Below(12); i > 0; --i) text += std::string(" ") + kWords[Below(std::size(kWords))];
    return text;
  }
  int64_t Duration() {
    constexpr int64_t kUnits[] = {1, 1'000, 1'000'000, 1'000'000'000};
    return (1 + Below(3'000)) * kUnits[Below(4)];
  }
  std::string Call() { return std::string(KnownCalls()[static_cast<size_t>(Below(6))].name); }

  void MakeClients(Scenario& s) {
    const int groups = 1 + Below(3);
    for (int group = 0; group < groups; ++group) {
      ClientScript client;
      for (int i = 1 + Below(4); i > 0; --i) client.calls.insert(client.calls.end(), 1 + Below(4), Call());
      client.pipelined = Chance();
      if (Chance()) client.hangs_up_ns = Chance() ? 0 : Duration();
      if (Chance()) client.after_ns = Duration();
      if (Chance()) client.tls.emplace();
      if (Chance()) client.read_only = true;
      if (Chance()) {
        client.calls.emplace_back("event_subscribe");
        client.events = 1 + Below(5);
      }
      if (client.tls && Chance()) client.tls = HandshakeScript{1 + Below(9), Duration()};
      const char letter = static_cast<char>('a' + group);
      const int count = 1 + Below(6);
      const int first = Below(3);  // Not every row of numbers begins with 1.
      for (int i = 0; i < count; ++i) {
        client.name = count == 1 ? std::string(1, letter) : fmt::format("{}-{}", letter, first + i);
        if (Below(8) == 0) client.pipelined = !client.pipelined;
        s.clients.push_back(client);
      }
    }
  }
  void MakeDriver(Scenario& s) {
    for (int i = Below(3); i > 0; --i) {
      const std::string call = Call();
      std::vector<DriverStep>& steps = s.driver[call];
      const std::string& made = s.clients.front().calls.front();
      for (int k = 1 + Below(3); k > 0; --k) {
        steps.push_back(made != call && Chance() ? DriverStep{0, made} : DriverStep{Duration(), ""});
      }
    }
  }
  std::string Thread(const Scenario& s) {
    switch (Below(3)) {
      case 0:
        return "loop";
      case 1:
        return fmt::format("worker-{}", 1 + Below(s.daemon.workers));
      default:
        return "leader";
    }
  }
  void MakeSchedule(Scenario& s) {
    const int kind = Below(4);
    if (kind == 1) s.schedule = Seed{~uint64_t{0} - static_cast<uint64_t>(Below(100))};
    if (kind == 2) {
      Replay& replay = s.schedule.emplace<Replay>();
      for (int i = Below(200); i > 0; --i) replay.push_back(static_cast<uint32_t>(Below(12)));
    }
    if (kind != 3) return;
    Script& script = s.schedule.emplace<Script>();
    for (int i = 1 + Below(6); i > 0; --i) {
      ScheduleStep& step = script.emplace_back();
      step.run = Chance() ? s.clients.back().name : Thread(s);
      constexpr const char* kUntils[] = {"blocked", "holds server", "queues hostname", "wakes for no reason", "polls"};
      step.until = Chance() ? "holds client " + s.clients.front().name : kUntils[Below(std::size(kUntils))];
      if (Chance()) step.times = 1 + Below(20);
      if (Chance()) step.say = Text();
      if (Chance()) {
        step.ask = Text();
        step.answer.emplace();
        if (Chance()) step.answer->push_back(Thread(s));
      }
    }
  }
  void MakeExpectation(Scenario& s) {
    if (Chance()) s.expect.outcome = Chance() ? "deadlock" : "lost wake-up";
    if (Chance()) s.expect.breaks = Chance() ? std::vector<std::string>{"R1", "R6"} : std::vector<std::string>{};
    if (Chance()) s.expect.served = static_cast<uint64_t>(Below(2));
    if (Chance()) {
      s.expect.blocked.emplace();
      if (Chance()) (*s.expect.blocked)["loop"] = "client " + s.clients.front().name;
      if (Chance()) (*s.expect.blocked)["worker-1"] = "condition call begun";
    }
  }

  uint64_t state_;
};

TEST(ScenarioWriterTest, WhatIsWrittenReadsBackAsTheSameScenario) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    const Scenario scenario = Generator(seed).Make();
    const std::string text = ScenarioText(scenario);
    ASSERT_EQ(ReadBack(text), scenario) << "seed " << seed << "\n" << text;
    ASSERT_EQ(ScenarioText(ReadBack(text)), text) << "seed " << seed;
  }
}

TEST(ScenarioWriterTest, ALineHasAtMost100ColumnsUnlessOneTextIsLonger) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    std::istringstream lines(ScenarioText(Generator(seed).Make()));
    for (std::string line; std::getline(lines, line);) {
      const bool is_one_text = line.find("Text") != std::string::npos;
      EXPECT_TRUE(line.size() <= 100 || is_one_text) << "seed " << seed << ": " << line;
      EXPECT_FALSE(line.ends_with(' ')) << "seed " << seed << ": " << line;
    }
  }
}

TEST(ScenarioWriterTest, TheLayoutIsThatOfTheShippedFiles) {
  Scenario scenario = OneCall();
  scenario.story = "Alice calls.";
  scenario.bug = "reply-locks-client-first";
  scenario.daemon.workers = 1;
  scenario.driver["hostname"] = {{40'000'000, ""}, {60'000'000, ""}};
  scenario.clients.push_back({.name = "bob", .calls = std::vector<std::string>(20, "uri"), .pipelined = true});
  ScheduleStep question{.run = "worker-1", .until = "blocked", .ask = "Which threads can move after that?"};
  question.answer.emplace();
  question.say = "The worker has the lock of alice and wants the server's.";
  scenario.schedule = Script{{.run = "loop", .until = "queues hostname", .times = 2}, question};
  scenario.expect = {.outcome = "deadlock",
                     .breaks = {{"R1"}},
                     .served = 0,
                     .blocked = {{{"worker-1", "server"}, {"loop", "client alice"}, {"worker-2", "condition job"}}}};
  EXPECT_EQ(ScenarioText(scenario, "../scenarios"), R"({
  "$schema": "../scenarios/scenario-1.schema.json",
  "title": "One call",
  "story": "Alice calls.",
  "bug": "reply-locks-client-first",
  "daemon": { "workers": 1 },
  "driver": {
    "hostname": ["40ms", "60ms"]
  },
  "clients": {
    "alice": { "calls": ["hostname"] },
    "bob": { "calls": ["uri x20"], "pipelined": true }
  },
  "schedule": [
    { "run": "loop", "until": "queues hostname", "times": 2 },
    { "run": "worker-1", "until": "blocked",
      "say": "The worker has the lock of alice and wants the server's.",
      "ask": "Which threads can move after that?", "answer": [] }
  ],
  "expect": {
    "outcome": "deadlock", "breaks": ["R1"], "served": 0,
    "blocked": { "loop": "client alice", "worker-1": "server", "worker-2": "condition job" }
  }
}
)");
}

TEST(ScenarioWriterTest, WhatHasItsDefaultIsLeftOut) {
  EXPECT_EQ(ScenarioText(OneCall()), R"({
  "$schema": "scenario-1.schema.json",
  "title": "One call",
  "clients": {
    "alice": { "calls": ["hostname"] }
  }
}
)");
}

TEST(ScenarioWriterTest, AThousandClientsAreOneLine) {
  Scenario scenario = OneCall();
  scenario.clients.clear();
  for (int i = 1; i <= 1'000; ++i) {
    scenario.clients.push_back(
        {.name = fmt::format("client-{}", i), .calls = std::vector<std::string>(100, "hostname")});
  }
  const std::string text = ScenarioText(scenario);
  EXPECT_THAT(text, HasSubstr(R"("client-%": { "count": 1000, "calls": ["hostname x100"] })"));
  EXPECT_EQ(ReadBack(text), scenario);
}

TEST(ScenarioWriterTest, EachShippedScenarioReadsBackAsItself) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSCOPE_SCENARIOS)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
    const Result<Scenario> scenario = ReadScenario(entry.path());
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(ReadBack(ScenarioText(*scenario)), *scenario) << name;
    ++seen;
  }
  EXPECT_GE(seen, 1);
}

TEST(ScenarioWriterTest, ADurationIsSaidInItsLargestUnit) {
  EXPECT_EQ(DurationText(2'000'000'000), "2s");
  EXPECT_EQ(DurationText(40'000'000), "40ms");
  EXPECT_EQ(DurationText(1'500'000), "1500us");
  EXPECT_EQ(DurationText(7), "7ns");
  EXPECT_EQ(DurationText(0), "0s");
}

TEST(ScenarioWriterTest, AFileThatCannotBeWrittenIsAnError) {
  const Result<void> full = WriteScenario(OneCall(), "/dev/full");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().message, "/dev/full: cannot be written: No space left on device");
  const Result<void> written = WriteScenario(OneCall(), "/nowhere/s.json");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "/nowhere/s.json: cannot be written: No such file or directory");
}

}  // namespace
}  // namespace lockscope::scenario
