// The whole daemon in memory, turn by turn.
#include "core/daemon/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/sync/guard.h"
#include "tests/support/memory_daemon.h"
#include "tests/support/naive_rules.h"

namespace lockscope::daemon {
namespace {

using testing::ClientCount;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MemoryDaemon;
using testing::NaiveComplaints;
using testing::StepsOfKind;
using testing::Story;
using trace::EventKind;
using trace::Trace;

std::string TextOf(const rpc::Message& reply) {
  const auto value = rpc::DecodeXdr<ls_text_value>(reply.payload());
  return value ? (*value)->value : "no text";
}

std::vector<std::byte> BytesOf(const std::vector<int>& values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

// The steps of one kind that concern one object, by name.
std::vector<size_t> StepsAbout(const Trace& trace, EventKind kind, std::string_view object) {
  std::vector<size_t> steps = StepsOfKind(trace, kind);
  std::erase_if(steps, [&](size_t step) { return trace.Name(trace.event(step).object()) != object; });
  return steps;
}

// The part of a thread's story that begins `before` lines before the last line `from` and has `count` lines. Waiting
// for a lock is a matter of luck and left out.
std::vector<std::string> Part(const Trace& trace, std::string_view thread, const std::string& from, size_t before,
                              size_t count) {
  std::vector<std::string> story = Story(trace, thread);
  std::erase_if(story, [](const std::string& line) { return line.starts_with("lock_requested"); });
  const auto found = std::find(story.rbegin(), story.rend(), from);
  if (found == story.rend()) return {"no " + from};
  const size_t first = static_cast<size_t>(story.rend() - found) - 1 - before;
  return {story.begin() + static_cast<std::ptrdiff_t>(first),
          story.begin() + static_cast<std::ptrdiff_t>(std::min(first + count, story.size()))};
}

TEST(ServerTest, ACallIsAnsweredAndTheRunKeepsTheRules) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  EXPECT_EQ(TextOf(alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME))), "latch");
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kCallBegan, "hostname").size(), 1u);
  EXPECT_EQ(StepsAbout(trace, EventKind::kReplyWritten, "alice").size(), 2u);
}

// The classic order of one call, event by event. The comparison is the point: whoever changes it has changed the model.
TEST(ServerTest, OneCallTakesAndDropsItsLocksInTheClassicOrder) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t serial = alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  daemon.driver().Release("x");  // The loop sleeps: the worker wakes it.
  alice.AwaitReply(serial);
  const Trace trace = daemon.End();

  EXPECT_THAT(Part(trace, "worker-1", "job_taken alice", 2, 16),
              ElementsAre("lock_acquired alice",        // The scan has found a job, and keeps that client's lock;
                          "lock_released server",       // now the server's may go.
                          "job_taken alice",            //
                          "lock_released alice",        // R3: nothing is held …
                          "call_began domain_by_name",  //
                          "call_ended domain_by_name",  // … until here.
                          "lock_acquired server",       // The same order again.
                          "lock_acquired alice",        //
                          "lock_released server",       //
                          "reply_queued alice",         //
                          "lock_acquired loop",         // The loop's lock is a leaf, taken under the client's.
                          "watch_updated alice",        //
                          "loop_woken loop",            //
                          "lock_released loop",         //
                          "lock_released alice",        //
                          "lock_acquired server"));     // And the next scan.

  EXPECT_THAT(Part(trace, "event loop", "packet_read alice", 4, 10),
              ElementsAre("callback_began alice",     //
                          "lock_acquired server",     //
                          "lock_acquired alice",      //
                          "lock_released server",     //
                          "packet_read alice",        //
                          "job_queued alice",         //
                          "condition_signalled job",  // With the client's lock only: see job_scan.h.
                          "lock_acquired loop",       // Nothing changed about the watch.
                          "lock_released loop",       //
                          "lock_released alice"));

  EXPECT_THAT(Part(trace, "event loop", "reply_written alice", 4, 10),
              ElementsAre("callback_began alice",  //
                          "lock_acquired server",  //
                          "lock_acquired alice",   //
                          "lock_released server",  //
                          "reply_written alice",   //
                          "lock_acquired loop",    //
                          "watch_updated alice",   // No reply is left: readable only.
                          "lock_released loop",    //
                          "lock_released alice",   //
                          "callback_ended alice"));
}

TEST(ServerTest, TheFourthClientWaitsInDxUntilAWorkerIsFree) {
  MemoryDaemon daemon({.workers = 3});
  std::vector<MemoryDaemon::Client> clients;
  for (const char* name : {"alice", "bob", "carol", "dave"}) clients.push_back(daemon.ConnectAndOpen(name));
  std::vector<uint32_t> serials;
  for (size_t i = 0; i < 3; ++i) {
    serials.push_back(clients[i].SendLatched(std::to_string(i)));
    daemon.Turn();
    daemon.driver().AwaitCall(std::to_string(i));
  }
  serials.push_back(clients[3].SendLatched("3"));
  daemon.Turn();  // Read, queued, signalled; and nobody is there to take it.
  EXPECT_EQ(daemon.driver().inside(), 3u);
  daemon.driver().Release("1");
  daemon.driver().AwaitCall("3");
  for (const char* name : {"0", "2", "3"}) daemon.driver().Release(name);
  for (size_t i = 0; i < 4; ++i) clients[i].AwaitReply(serials[i]);

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  const size_t queued = StepsAbout(trace, EventKind::kJobQueued, "dave").back();
  const size_t taken = StepsAbout(trace, EventKind::kJobTaken, "dave").back();
  const std::vector<size_t> ended = StepsAbout(trace, EventKind::kCallEnded, "domain_by_name");
  EXPECT_LT(queued, ended.front());
  EXPECT_GT(taken, ended.front());
  EXPECT_EQ(trace.thread(taken), trace.thread(ended.front())) << "the worker whose call ended first takes it";
}

TEST(ServerTest, CallsOfOneClientRunInParallelAndTheirRepliesComeOutOfOrder) {
  MemoryDaemon daemon({.workers = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t slow = alice.SendLatched("slow");
  const uint32_t fast = alice.SendLatched("fast");
  daemon.Turn();
  daemon.driver().AwaitCall("slow");
  daemon.driver().AwaitCall("fast");
  daemon.driver().Release("fast");
  EXPECT_EQ(alice.AwaitReply(fast).header().serial, fast);
  EXPECT_FALSE(alice.HasReply(slow));
  daemon.driver().Release("slow");
  EXPECT_EQ(alice.AwaitReply(slow).header().serial, slow);
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, AClientWithAsManyRequestsAsItMayHaveIsNotReadUntilOneIsAnswered) {
  MemoryDaemon daemon({.workers = 3, .max_client_requests = 2});
  MemoryDaemon::Client greedy = daemon.ConnectAndOpen("greedy");
  std::vector<uint32_t> serials;
  for (const char* name : {"a", "b", "c", "d"}) serials.push_back(greedy.SendLatched(name));
  daemon.Turn();
  daemon.driver().AwaitCall("a");
  daemon.driver().AwaitCall("b");
  daemon.Turn();
  EXPECT_EQ(daemon.driver().inside(), 2u) << "a worker is free, but the third call is not even read";
  daemon.driver().Release("a");
  greedy.AwaitReply(serials[0]);
  daemon.Turn();
  daemon.driver().AwaitCall("c");
  EXPECT_EQ(daemon.driver().inside(), 2u);
  for (const char* name : {"b", "c", "d"}) daemon.driver().Release(name);
  for (size_t i = 1; i < 4; ++i) greedy.AwaitReply(serials[i]);

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  int under_way = 0;
  for (const trace::Event& event : trace.events()) {
    if (event.kind() == EventKind::kPacketRead) ++under_way;
    if (event.kind() == EventKind::kReplyWritten) --under_way;
    EXPECT_LE(under_way, 2);
  }
}

TEST(ServerTest, ASlowReaderIsSlowedDownByItsOwnReplies) {
  MemoryDaemon daemon({.max_client_requests = 2});
  MemoryDaemon::Client slow =
      daemon.Connect("slow", {.write_at_most = 1});  // The daemon gets rid of one byte at a time.
  slow.Open();
  std::vector<uint32_t> serials;
  for (int i = 0; i < 6; ++i) serials.push_back(slow.Send(LS_CONNECT_HOSTNAME));
  for (const uint32_t serial : serials) EXPECT_EQ(TextOf(slow.AwaitReply(serial)), "latch");
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, AMessageMayComeByteByByte) {
  MemoryDaemon daemon;
  MemoryDaemon::Client drip = daemon.Connect("drip", {.read_at_most = 1});
  drip.Open();
  EXPECT_EQ(TextOf(drip.AwaitReply(drip.Send(LS_CONNECT_HOSTNAME))), "latch");
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, AClientThatGoesDuringItsCallIsFreedAfterIt) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  alice.end().Close();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u) << "closed, but its call runs";
  daemon.driver().Release("x");
  daemon.TurnUntil([&] { return ClientCount(daemon) == 0; });  // The worker wakes the loop: there is nothing else.

  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  ASSERT_EQ(StepsAbout(trace, EventKind::kReplyDropped, "alice").size(), 1u);
  const size_t closed = StepsAbout(trace, EventKind::kClientClosed, "alice").at(0);
  const size_t ended = StepsAbout(trace, EventKind::kCallEnded, "domain_by_name").at(0);
  const size_t dropped = StepsAbout(trace, EventKind::kReplyDropped, "alice").at(0);
  const size_t freed = StepsAbout(trace, EventKind::kClientFreed, "alice").at(0);
  EXPECT_LT(closed, ended);
  EXPECT_LT(ended, dropped);
  EXPECT_LT(dropped, freed);
}

TEST(ServerTest, TheQueuedCallsOfAClientThatIsGoneAreDropped) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  for (const char* name : {"x", "y", "z"}) alice.SendLatched(name);
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  alice.end().Close();
  daemon.Turn();
  daemon.driver().Release("x");
  daemon.TurnUntil([&] { return ClientCount(daemon) == 0; });
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kJobDroppedClientDead, "alice").size(), 2u);
  EXPECT_EQ(StepsAbout(trace, EventKind::kCallBegan, "domain_by_name").size(), 1u);
}

TEST(ServerTest, HalfAMessageAndThenTheEndClosesTheConnection) {
  MemoryDaemon daemon;
  MemoryDaemon::Client half = daemon.Connect("half");
  const std::vector<std::byte> bytes = BytesOf({0, 0, 0, 28, 0x20, 0, 0x80});
  ASSERT_EQ(half.end().Write(bytes).bytes, bytes.size());
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  half.end().CloseWriting();
  daemon.TurnUntil([&] { return ClientCount(daemon) == 0; });
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_THAT(StepsOfKind(trace, EventKind::kJobQueued), IsEmpty());
}

TEST(ServerTest, ALengthThatNoMessageHasClosesTheConnection) {
  for (const std::vector<int>& length :
       {std::vector{0, 0, 0, 27}, {2, 0, 0, 5}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}}) {
    MemoryDaemon daemon;
    MemoryDaemon::Client broken = daemon.Connect("broken");
    MemoryDaemon::Client well = daemon.ConnectAndOpen("well");
    const std::vector<std::byte> bytes = BytesOf(length);
    ASSERT_EQ(broken.end().Write(bytes).bytes, bytes.size());
    daemon.TurnUntil([&] { return ClientCount(daemon) == 1; });
    EXPECT_EQ(TextOf(well.AwaitReply(well.Send(LS_CONNECT_HOSTNAME))), "latch") << "the others do not notice";
    EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
  }
}

TEST(ServerTest, AConnectionThatFailsIsClosed) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  alice.end().Close();
  daemon.TurnUntil([&] { return ClientCount(daemon) == 0; });
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, WhatIsNoCallGetsNoReplyAndTakesNoPlace) {
  MemoryDaemon daemon({.max_client_requests = 2});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(alice.caller().SendPacket({.procedure = LS_CONNECT_HOSTNAME, .type = rpc::MessageType::kReply}));
  }
  EXPECT_EQ(TextOf(alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME))), "latch");
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, APingIsAnsweredWhileAllWorkersAreBusy) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.Connect("bob");
  const uint32_t serial = alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  ASSERT_TRUE(bob.caller().SendPacket({.program = rpc::kKeepaliveProgram,
                                       .version = rpc::kKeepaliveVersion,
                                       .procedure = rpc::kKeepalivePing,
                                       .type = rpc::MessageType::kMessage}));
  daemon.Turn();
  std::vector<std::byte> pong(64);
  ASSERT_EQ(bob.end().Read(pong).bytes, 28u);
  EXPECT_EQ(pong[15], static_cast<std::byte>(rpc::kKeepalivePong));
  EXPECT_EQ(daemon.driver().inside(), 1u);
  daemon.driver().Release("x");
  alice.AwaitReply(serial);
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, GoodByeIsAnsweredAndThenTheConnectionEnds) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t serial = alice.Send(LS_CONNECT_CLOSE);
  EXPECT_EQ(alice.AwaitReply(serial).header().status, rpc::MessageStatus::kOk);
  daemon.TurnUntil([&] { return ClientCount(daemon) == 0; });
  std::vector<std::byte> nothing(8);
  EXPECT_EQ(alice.end().Read(nothing).status, rpc::IoStatus::kClosed);
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

TEST(ServerTest, AtTheEndCallsUnderWayAreFinishedAndQueuedOnesDropped) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  const uint32_t serial = alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  bob.SendLatched("y");
  bob.SendLatched("z");
  daemon.Turn();
  daemon.AskToEnd();
  daemon.Await("event loop", EventKind::kJoinBegan);  // The worker is marked: it will take no other call.
  daemon.driver().Release("x");
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kJobDroppedShutdown, "bob").size(), 2u);
  EXPECT_EQ(StepsAbout(trace, EventKind::kReplyWritten, "alice").size(), 2u);
  EXPECT_TRUE(alice.HasReply(serial)) << "the last reply was written";
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), 2u);
  EXPECT_TRUE(daemon.listener().closed());
  // The leader: started, waited, saw the end.
  EXPECT_THAT(Story(trace, "leader"), ElementsAre("thread_started leader", "thread_role leader", "lock_acquired loop",
                                                  "lock_released loop", "daemon_started", "join_began event loop",
                                                  "thread_joined event loop", "loop_ended", "thread_ended leader"));
}

// Reads on until the daemon has ended; how many of these replies have come.
int RepliesUpToTheEnd(MemoryDaemon& daemon, MemoryDaemon::Client& client, const std::vector<uint32_t>& serials) {
  const auto replies = [&] {
    return std::ranges::count_if(serials, [&](uint32_t serial) { return client.HasReply(serial); });
  };
  daemon.poller().AwaitParked();
  do {
    replies();
  } while (daemon.poller().TurnOnce());
  return static_cast<int>(replies());
}

// Her socket has room for one reply: the others are on tx when the daemon is told to end.
TEST(ServerTest, AtTheEndRepliesThatWaitOnTxAreWrittenAsTheClientReads) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.Connect("alice", {.capacity = 40});
  alice.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  std::vector<uint32_t> serials;
  for (int i = 0; i < 3; ++i) serials.push_back(alice.Send(LS_CONNECT_HOSTNAME));
  bob.AwaitTurnOfTheOther();
  daemon.AskToEnd();
  EXPECT_EQ(RepliesUpToTheEnd(daemon, alice, serials), 3);
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kReplyWritten, "alice").size(), 4u);
  EXPECT_THAT(StepsOfKind(trace, EventKind::kReplyDropped), IsEmpty());
  EXPECT_LT(StepsAbout(trace, EventKind::kClientClosed, "bob").at(0),
            StepsAbout(trace, EventKind::kReplyWritten, "alice").back())
      << "who has everything is not kept waiting";
  EXPECT_THAT(StepsOfKind(trace, EventKind::kTimerFired), IsEmpty());
}

TEST(ServerTest, AtTheEndAClientThatDoesNotReadIsWaitedForOnlySoLong) {
  MemoryDaemon daemon({.workers = 1, .last_replies_ns = 5'000'000});
  MemoryDaemon::Client deaf = daemon.Connect("deaf", {.capacity = 40});
  deaf.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  for (int i = 0; i < 3; ++i) deaf.Send(LS_CONNECT_HOSTNAME);
  bob.AwaitTurnOfTheOther();
  daemon.AskToEnd();
  daemon.poller().AwaitParked();
  daemon.poller().Advance(4'999'999);
  EXPECT_TRUE(daemon.poller().Turn());
  daemon.poller().Advance(1);
  EXPECT_FALSE(daemon.poller().Turn()) << "that was it";
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_FALSE(StepsAbout(trace, EventKind::kReplyDropped, "deaf").empty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kReplyWritten, "deaf").size() +
                StepsAbout(trace, EventKind::kReplyDropped, "deaf").size(),
            4u);
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), 2u);
  const std::vector<size_t> awaited = StepsOfKind(trace, EventKind::kLastRepliesAwaited);
  ASSERT_EQ(awaited.size(), 1u);
  EXPECT_EQ(trace.event(awaited[0]).arg(), 1u) << "bob has everything";
  ASSERT_EQ(StepsOfKind(trace, EventKind::kShutdownBegan).size(), 1u);
  EXPECT_LT(StepsOfKind(trace, EventKind::kShutdownBegan)[0], awaited[0]);
}

TEST(ServerTest, WhileTheLastRepliesAreWrittenNobodyIsAcceptedOrReadAndAnotherSignalIsHarmless) {
  MemoryDaemon daemon({.workers = 1, .handle_signals = true});
  MemoryDaemon::Client alice = daemon.Connect("alice", {.capacity = 40});
  alice.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  std::vector<uint32_t> serials;
  for (int i = 0; i < 3; ++i) serials.push_back(alice.Send(LS_CONNECT_HOSTNAME));
  bob.AwaitTurnOfTheOther();
  daemon.poller().Raise(15);
  daemon.poller().Grant();
  daemon.poller().AwaitParked();
  alice.Send(LS_CONNECT_HOSTNAME);
  const auto carol = daemon.listener().Connect("carol");
  daemon.poller().Raise(15);
  EXPECT_EQ(RepliesUpToTheEnd(daemon, alice, serials), 3);
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kPacketRead, "alice").size(), 4u) << "not the fifth";
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientAccepted).size(), 2u);
  EXPECT_EQ(StepsOfKind(trace, EventKind::kLoopEnded).size(), 1u);
}

TEST(ServerTest, AClientThatGoesWhileItsLastRepliesWaitEndsTheWaiting) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.Connect("alice", {.capacity = 40});
  alice.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  for (int i = 0; i < 3; ++i) alice.Send(LS_CONNECT_HOSTNAME);
  bob.AwaitTurnOfTheOther();
  daemon.AskToEnd();
  daemon.poller().AwaitParked();
  alice.end().Close();
  EXPECT_FALSE(daemon.poller().TurnOnce());
  EXPECT_THAT(StepsOfKind(daemon.AwaitEnd(), EventKind::kTimerFired), IsEmpty());
}

TEST(ServerTest, WhatIsSentAfterGoodByeIsNotRead) {
  MemoryDaemon daemon({.workers = 1});
  MemoryDaemon::Client alice = daemon.Connect("alice", {.capacity = 30});
  alice.Open();
  MemoryDaemon::Client bob = daemon.ConnectAndOpen("bob");
  alice.Send(LS_CONNECT_HOSTNAME);  // Its reply fills her socket, and what follows stays on tx.
  const uint32_t good_bye = alice.Send(LS_CONNECT_CLOSE);
  bob.AwaitTurnOfTheOther();
  alice.Send(LS_CONNECT_HOSTNAME);
  alice.AwaitReply(good_bye);
  daemon.TurnUntil([&] { return ClientCount(daemon) == 1; });
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsAbout(trace, EventKind::kPacketRead, "alice").size(), 3u);
}

TEST(ServerTest, ADaemonWithoutClientsEndsToo) {
  MemoryDaemon daemon;
  const Trace trace = daemon.End();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_EQ(StepsOfKind(trace, EventKind::kConditionBroadcast).size(), 1u);
}

TEST(ServerTest, AClientWithoutANameGetsANumber) {
  MemoryDaemon daemon;
  MemoryDaemon::Client first = daemon.ConnectAndOpen("");
  MemoryDaemon::Client second = daemon.ConnectAndOpen("");
  const Trace trace = daemon.End();
  const std::vector<size_t> accepted = StepsOfKind(trace, EventKind::kClientAccepted);
  ASSERT_EQ(accepted.size(), 2u);
  EXPECT_EQ(trace.Name(trace.event(accepted[0]).object()), "client-1");
  EXPECT_EQ(trace.Name(trace.event(accepted[1]).object()), "client-2");
}

TEST(ServerTest, AConnectionThatCannotBeAcceptedIsTriedAgainLaterAndHarmsNobody) {
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  daemon.listener().FailNext();
  const auto bob = daemon.listener().Connect("bob");
  daemon.Turn();
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 1u);
  EXPECT_EQ(TextOf(alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME))), "latch");
  EXPECT_EQ(ClientCount(daemon), 1u) << "the listener is left alone meanwhile: the loop would turn without a rest";
  daemon.poller().Advance(100'000'000);
  daemon.Turn();  // The timer.
  daemon.Turn();
  EXPECT_EQ(ClientCount(daemon), 2u);
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

// A client that never stops sending: its bytes come round again and again, and so fast that no read finds nothing.
class Endless final : public rpc::Transport {
 public:
  static constexpr size_t kFarTooMuch = 4 << 20;
  Endless(std::unique_ptr<rpc::MemoryTransport> end, std::vector<std::byte> bytes, size_t& read)
      : end_(std::move(end)), bytes_(std::move(bytes)), read_(read) {}

  rpc::IoResult Read(std::span<std::byte> into) override {
    if (read_ > kFarTooMuch) return {.status = rpc::IoStatus::kClosed};  // Or the test would not end.
    for (std::byte& byte : into) byte = bytes_[read_++ % bytes_.size()];
    return {.bytes = into.size()};
  }
  rpc::IoResult Write(std::span<const std::byte> from) override { return end_->Write(from); }
  void Close() override { end_->Close(); }
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }

 private:
  const std::unique_ptr<rpc::MemoryTransport> end_;
  const std::vector<std::byte> bytes_;
  size_t& read_;
};

class EndlessClientTest : public ::testing::TestWithParam<std::vector<int>> {};

TEST_P(EndlessClientTest, KeepsTheLoopFromNobody) {
  size_t read = 0;
  MemoryDaemon daemon;
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  daemon.poller().AwaitParked();
  const auto mallory = daemon.listener().Connect("mallory", {}, [&](std::unique_ptr<rpc::MemoryTransport> end) {
    return std::make_unique<Endless>(std::move(end), BytesOf(GetParam()), read);
  });
  ASSERT_EQ(mallory->Write(BytesOf({0})).bytes, 1u);  // It is never read: the handle is readable all the time.
  daemon.TurnUntil([&] { return read > 0; });
  const size_t in_the_first_turn = read;
  EXPECT_LE(in_the_first_turn, 1u << 20) << "others want to be read, too";
  EXPECT_EQ(TextOf(alice.AwaitReply(alice.Send(LS_CONNECT_HOSTNAME))), "latch");
  daemon.TurnUntil([&] { return read > in_the_first_turn; });
  EXPECT_EQ(ClientCount(daemon), 2u);
  mallory->Close();
  EXPECT_THAT(NaiveComplaints(daemon.End()), IsEmpty());
}

const std::vector<int> kPong = {0, 0, 0, 28, 'k', 'e', 'e', 'p', 0, 0, 0, 1, 0, 0,
                                0, 2, 0, 0,  0,   2,   0,   0,   0, 0, 0, 0, 0, 0};
const std::vector<int> kPacketOfThirtyMebibytes = {1, 0xe0, 0, 0};

INSTANTIATE_TEST_SUITE_P(Sends, EndlessClientTest, ::testing::Values(kPong, kPacketOfThirtyMebibytes),
                         [](const auto& test) { return test.index == 0 ? "WhatGetsNoReply" : "PacketsOfMebibytes"; });

TEST(ServerTest, ASignalEndsTheDaemonAndASecondOneIsHarmless) {
  MemoryDaemon daemon({.handle_signals = true});
  MemoryDaemon::Client alice = daemon.ConnectAndOpen("alice");
  const uint32_t serial = alice.SendLatched("x");
  daemon.Turn();
  daemon.driver().AwaitCall("x");
  daemon.poller().Raise(15);
  daemon.poller().Raise(2);
  daemon.poller().Grant();
  daemon.driver().Release("x");
  const Trace trace = daemon.AwaitEnd();
  EXPECT_THAT(NaiveComplaints(trace), IsEmpty());
  EXPECT_TRUE(alice.HasReply(serial));
}

}  // namespace
}  // namespace lockscope::daemon
