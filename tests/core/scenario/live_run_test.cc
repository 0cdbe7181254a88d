#include "core/scenario/live_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"
#include "core/sync/guard.h"
#include "core/trace/trace_file.h"
#include "tests/support/signal_storm.h"

namespace lockscope::scenario {
namespace {

using trace::EventKind;

class LiveRunTest : public ::testing::Test {
 protected:
  LiveRunTest()
      : out_(std::filesystem::temp_directory_path() / ("live run " + std::to_string(::getpid()) + ".lockscope")) {}
  ~LiveRunTest() override { std::filesystem::remove(out_); }

  static size_t CountOf(const trace::Trace& trace, EventKind kind) {
    return static_cast<size_t>(std::ranges::count(trace.events(), kind, &trace::Event::kind));
  }

  std::filesystem::path out_;
};

TEST_F(LiveRunTest, EveryCallOfEveryClientIsAnswered) {
  Scenario scenario;
  scenario.title = "test";
  scenario.daemon.workers = 2;
  scenario.clients = {{"alice", {"hostname", "domain_list"}, false}, {"bob", {"version", "uri", "type"}, true}};
  const Result<LiveRun> run = RunLive(scenario, out_, {{"title", "test"}});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->complaints, ::testing::IsEmpty());
  EXPECT_EQ(run->answered, 5u);
  // Each client also asks for the authentication list, opens and closes.
  EXPECT_EQ(CountOf(run->trace, EventKind::kJobTaken), 5u + 2 * 3);
  EXPECT_EQ(CountOf(run->trace, EventKind::kJobQueued), CountOf(run->trace, EventKind::kJobTaken));
  EXPECT_EQ(CountOf(run->trace, EventKind::kClientFreed), 2u);
  EXPECT_EQ(CountOf(run->trace, EventKind::kDaemonStarted), 1u);
  EXPECT_EQ(CountOf(run->trace, EventKind::kLoopEnded), 1u);
  EXPECT_TRUE(run->trace.info().finished);

  const Result<trace::Trace> read = trace::ReadTrace(out_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size(), run->trace.size());
}

// Handshakes, records and calls over TLS, while every system call may be interrupted.
TEST_F(LiveRunTest, InterruptedSystemCallsDoNothingToClientsWithTls) {
  Scenario scenario;
  scenario.title = "test";
  scenario.daemon.workers = 2;
  for (const char* const name : {"alice", "bob", "carol"}) {
    scenario.clients.push_back({name, std::vector<std::string>(300, "domain_list"), name[0] == 'b'});
    scenario.clients.back().tls = HandshakeScript{.round_trips = 2, .pause_ns = 1'000'000};
  }
  const testing::SignalStorm storm;
  for (int round = 0; round < 3 || storm.count() < 1'000; ++round) {
    const Result<LiveRun> run = RunLive(scenario, out_, {{"title", "test"}});
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_THAT(run->complaints, ::testing::IsEmpty());
    EXPECT_EQ(run->answered, 900u);
    EXPECT_EQ(CountOf(run->trace, EventKind::kHandshakeEnded), 3u);
    EXPECT_EQ(CountOf(run->trace, EventKind::kClientFreed), 3u);
    EXPECT_EQ(CountOf(run->trace, EventKind::kReplyDropped), 0u);
  }
}

// It is TLS: the loop decrypts bob's packets, each before the job that it becomes, and nobody else's.
TEST_F(LiveRunTest, AClientWithTlsHasRealTls) {
  Scenario scenario;
  scenario.title = "test";
  scenario.clients = {{"alice", {"hostname"}, false}, {"bob", {"version"}, false}};
  scenario.clients[1].tls = HandshakeScript{.round_trips = 2, .pause_ns = 1'000'000};
  const Result<LiveRun> run = RunLive(scenario, out_, {{"title", "test"}});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->complaints, ::testing::IsEmpty());
  EXPECT_EQ(run->answered, 2u);
  std::vector<std::string> of_bob;
  for (const trace::Event& event : run->trace.events()) {
    if (event.kind() == EventKind::kPacketDecrypted) {
      EXPECT_EQ(run->trace.Name(event.object()), "bob");
      of_bob.emplace_back("decrypted");
    } else if (event.kind() == EventKind::kJobQueued && run->trace.Name(event.object()) == "bob") {
      of_bob.emplace_back("queued");
    }
  }
  // The authentication list, open, version, close.
  EXPECT_THAT(of_bob, ::testing::ElementsAre("decrypted", "queued", "decrypted", "queued", "decrypted", "queued",
                                             "decrypted", "queued"));
}

TEST_F(LiveRunTest, ACorrectDaemonBreaksNoRule) {
  Scenario scenario;
  scenario.title = "test";
  scenario.daemon.workers = 3;
  scenario.driver["hostname"] = {{1'000'000, ""}};
  for (const char* name : {"alice", "bob", "carol", "dave"}) {
    scenario.clients.push_back({name, std::vector<std::string>(20, "hostname"), true});
  }
  const Result<LiveRun> run = RunLive(scenario, out_, {});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->answered, 80u);
  const analysis::Timeline timeline(run->trace);
  for (const analysis::Finding& finding : analysis::CheckRules(timeline).findings) {
    EXPECT_TRUE(finding.advisory) << "R" << finding.rule << ": " << finding.text;
  }
  EXPECT_EQ(CountOf(run->trace, EventKind::kRuleBroken), 0u);
}

TEST_F(LiveRunTest, NoCallIsMadeWhereTheRecordingCannotBeWritten) {
  Scenario scenario;
  scenario.title = "test";
  scenario.clients = {{"alice", {"hostname"}, false}};
  const Result<LiveRun> run = RunLive(scenario, "/nowhere/x.lockscope", {});
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, ::testing::HasSubstr("/nowhere/x.lockscope: cannot be created"));
}

}  // namespace
}  // namespace lockscope::scenario
