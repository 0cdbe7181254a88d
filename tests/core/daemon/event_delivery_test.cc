// Events, in the whole daemon in memory, turn by turn: who is told of them, under which locks, and what becomes of who does
// not read.
#include "core/daemon/event_delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using rpc::NaiveXdr;
using testing::ClientCount;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;
using trace::Trace;

std::vector<size_t> StepsAbout(const Trace& trace, EventKind kind, std::string_view object) {
  std::vector<size_t> steps = StepsOfKind(trace, kind);
  std::erase_if(steps, [&](size_t step) { return trace.Name(trace.event(step).object()) != object; });
  return steps;
}

rpc::Bytes Domain(const std::string& name) {
  return NaiveXdr().Text(name).Raw("0123456789ab" + name.substr(0, 4)).Word(1).bytes();
}

constexpr size_t kEventBytes = 28 + 4 + 8 + 16 + 4 + 8;  // Of an event of a domain whose name has four letters.

// All lifecycle events; or those of one domain.
void Subscribe(MemoryDaemon::Client& client, const std::string& domain = "") {
  rpc::Bytes arguments = NaiveXdr().Word(0).Word(domain.empty() ? 0 : 1).bytes();
  const rpc::Bytes one = Domain(domain.empty() ? "none" : domain);
  if (!domain.empty()) arguments.insert(arguments.end(), one.begin(), one.end());
  const rpc::Message reply = client.AwaitReply(client.Send(LS_EVENT_SUBSCRIBE, arguments));
  ASSERT_EQ(reply.header().status, rpc::MessageStatus::kOk);
}

// Causes an event, and waits for the reply.
void Resume(MemoryDaemon::Client& client, const std::string& domain) {
  client.AwaitReply(client.Send(LS_DOMAIN_RESUME, Domain(domain)));
}

// What the client has been told by now, as "SUBSCRIPTION DOMAIN EVENT".
std::vector<std::string> Heard(MemoryDaemon& daemon, MemoryDaemon::Client& client) {
  daemon.poller().AwaitParked();
  std::vector<std::string> heard;
  while (true) {
    const Result<std::optional<rpc::LifecycleEvent>> event = client.caller().TryNextEvent();
    if (!event || !event->has_value()) return heard;
    heard.push_back(fmt::format("{} {} {}", (*event)->subscription, (*event)->domain.name, (*event)->event));
  }
}

TEST(EventDeliveryTest, WhoAskedIsToldAndNobodyElse) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  Subscribe(bob);
  Subscribe(carol, "test");
  Subscribe(carol);
  Resume(alice, "test");
  Resume(alice, "next");
  daemon.Turn();
  EXPECT_THAT(Heard(daemon, alice), IsEmpty());
  EXPECT_THAT(Heard(daemon, bob), ElementsAre("0 test 4", "0 next 4"));
  EXPECT_THAT(Heard(daemon, carol), ElementsAre("0 test 4", "1 test 4", "1 next 4"));
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kEventQueued).size(), 5u);
  EXPECT_EQ(StepsOfKind(trace, EventKind::kEventWritten).size(), 5u);
}

TEST(EventDeliveryTest, WhoTakesItsSubscriptionBackIsToldNoMore) {
  MemoryDaemon daemon;
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  Subscribe(bob);
  Resume(bob, "test");
  bob.AwaitReply(bob.Send(LS_EVENT_UNSUBSCRIBE, NaiveXdr().Word(0).bytes()));
  Resume(bob, "next");
  daemon.Turn();
  EXPECT_THAT(Heard(daemon, bob), ElementsAre("0 test 4")) << "who causes an event may hear of it, too";
}

// The comparison is the point: between any two clients' locks there is none, and the reply comes last.
TEST(EventDeliveryTest, OneSubscriberAfterTheOtherEachThroughTheServerLock) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  Subscribe(bob);
  Subscribe(carol);
  const uint32_t serial = alice.Send(LS_DOMAIN_SUSPEND, Domain("test"));
  daemon.Turn();
  daemon.driver().AwaitCall("test");
  daemon.driver().Release("test");
  alice.AwaitReply(serial);
  const Trace trace = daemon.End();

  std::vector<std::string> story = Story(trace, "worker-1");
  std::erase_if(story, [](const std::string& line) {
    return line.starts_with("lock_requested") || line.ends_with(" loop") || line.starts_with("watch_updated");
  });
  const auto ended = std::ranges::find(story, "call_ended domain_suspend");
  ASSERT_GE(story.end() - ended, 18);
  EXPECT_THAT(std::vector<std::string>(ended, ended + 18),
              ElementsAre("call_ended domain_suspend",  // No lock is held.
                          "lock_acquired server",       //
                          "lock_acquired alice",        // She did not ask;
                          "lock_released alice",        // the scan goes on, still with the server lock.
                          "lock_acquired bob",          //
                          "lock_released server",       // It is not held while anything is done for bob.
                          "event_queued bob",           //
                          "lock_released bob",          //
                          "lock_acquired server",       //
                          "lock_acquired carol",        //
                          "lock_released server",       //
                          "event_queued carol",         //
                          "lock_released carol",        //
                          "lock_acquired server",       // Nobody is behind carol.
                          "lock_released server",       //
                          "lock_acquired server",       // And only now the reply.
                          "lock_acquired alice",        //
                          "lock_released server"));
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
}

TEST(EventDeliveryTest, WhoGoesDuringTheCallIsMissedAndWhoComesIsTold) {
  MemoryDaemon daemon({.workers = 2});
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  Subscribe(bob);
  const uint32_t serial = alice.Send(LS_DOMAIN_SUSPEND, Domain("test"));
  daemon.Turn();
  daemon.driver().AwaitCall("test");
  bob.end().Close();
  daemon.TurnUntil([&] { return ClientCount(daemon) == 1; });
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  Subscribe(carol);
  daemon.driver().Release("test");
  alice.AwaitReply(serial);
  daemon.Turn();
  EXPECT_THAT(Heard(daemon, carol), ElementsAre("0 test 3"));
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(StepsAbout(trace, EventKind::kEventQueued, "bob"), IsEmpty());
}

// An event answers no request: were it counted as an answer, the count would fall below what is under way, and at last
// below zero, which aborts.
TEST(EventDeliveryTest, AnEventIsNoAnswer) {
  MemoryDaemon daemon({.workers = 3, .max_client_requests = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  Subscribe(bob);
  for (int i = 0; i < 5; ++i) Resume(alice, "test");  // None of bob's requests is under way.
  std::vector<uint32_t> serials;
  for (const char* name : {"x", "y", "z"}) serials.push_back(bob.SendLatched(name));
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  daemon.driver().AwaitCall("y");  // Two may be under way: the third stays in the socket …
  for (int i = 0; i < 5; ++i) Resume(alice, "test");
  daemon.Turn();
  EXPECT_EQ(Heard(daemon, bob).size(), 10u);
  EXPECT_EQ(daemon.driver().inside(), 2u) << "… however many events are written.";
  for (const char* name : {"x", "y", "z"}) daemon.driver().Release(name);
  for (const uint32_t serial : serials) bob.AwaitReply(serial);
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const size_t third = StepsAbout(trace, EventKind::kPacketRead, "bob").back();
  EXPECT_GT(third, StepsAbout(trace, EventKind::kEventWritten, "bob").back());
}

TEST(EventDeliveryTest, WhoDoesNotReadIsDisconnectedByTheLoopAndTheOthersAreTold) {
  std::vector<std::string> log;
  MemoryDaemon daemon({.workers = 1, .max_event_bytes = 3 * kEventBytes, .log = [&log](const std::string& line) {
                         log.push_back(line);
                       }});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client deaf = daemon.Connect("deaf", {.capacity = kEventBytes});
  deaf.Open();
  MemoryDaemon::Client carol = daemon.ConnectAndOpen("carol");
  Subscribe(deaf);
  Subscribe(carol);
  for (int i = 0; i < 4; ++i) Resume(alice, "test");  // One is in the socket then, and three are on tx.
  EXPECT_EQ(ClientCount(daemon), 3u) << "as much may wait";
  for (int i = 0; i < 2; ++i) Resume(alice, "test");
  daemon.TurnUntil([&] { return ClientCount(daemon) == 2; });
  EXPECT_EQ(Heard(daemon, carol).size(), 6u);
  EXPECT_THAT(log, ElementsAre(fmt::format(
                       "deaf is disconnected: it does not read, and more than {} bytes of events wait for it",
                       3 * kEventBytes)));
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty()) << "R7: the loop has closed it";
  const std::vector<size_t> full = StepsAbout(trace, EventKind::kBacklogFull, "deaf");
  ASSERT_EQ(full.size(), 1u);
  EXPECT_EQ(trace.Name(trace.thread(full[0])), "worker-1");
  EXPECT_EQ(trace.event(full[0]).arg(), 3 * kEventBytes);
  EXPECT_EQ(StepsAbout(trace, EventKind::kEventQueued, "deaf").size(), 4u);
  EXPECT_EQ(StepsAbout(trace, EventKind::kEventDropped, "deaf").size(), 4u) << "the fifth, and the three on tx";
  EXPECT_EQ(StepsAbout(trace, EventKind::kEventWritten, "deaf").size(), 1u);
}

TEST(EventDeliveryTest, WhoReadsInTimeIsNeverTooFarBehind) {
  MemoryDaemon daemon({.workers = 1, .max_event_bytes = 2 * kEventBytes});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  Subscribe(bob);
  for (int i = 0; i < 20; ++i) {
    Resume(alice, "test");
    daemon.TurnUntil([&] { return !Heard(daemon, bob).empty(); });
  }
  EXPECT_EQ(ClientCount(daemon), 2u);
  EXPECT_THAT(StepsOfKind(daemon.End(), EventKind::kBacklogFull), IsEmpty());
}

TEST(EventDeliveryTest, WhoHasSaidGoodByeIsToldNothing) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client bob = daemon.Connect("bob", {.capacity = kEventBytes});
  bob.Open();
  Subscribe(bob);
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  Resume(alice, "test");  // Now his socket is full, and what follows stays on tx.
  const uint32_t good_bye = bob.Send(LS_CONNECT_CLOSE);
  alice.AwaitTurnOfTheOther();
  Resume(alice, "test");
  bob.AwaitReply(good_bye);
  daemon.TurnUntil([&] { return ClientCount(daemon) == 1; });
  EXPECT_EQ(StepsAbout(daemon.End(), EventKind::kEventQueued, "bob").size(), 1u);
}

TEST(EventDeliveryTest, WhatIsNotWrittenAtTheEndIsDroppedWithAWord) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.Connect("bob", {.capacity = kEventBytes});
  bob.Open();
  Subscribe(bob);
  for (int i = 0; i < 2; ++i) Resume(alice, "test");
  const Trace trace = daemon.End();
  EXPECT_EQ(StepsAbout(trace, EventKind::kEventWritten, "bob").size(), 1u);
  EXPECT_EQ(StepsAbout(trace, EventKind::kEventDropped, "bob").size(), 1u);
}

}  // namespace
}  // namespace lockscope::daemon
