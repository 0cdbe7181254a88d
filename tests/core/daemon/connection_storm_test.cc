// Two thousand connections that are opened and dropped at random while fifty clients work. (Whether the rules are kept is
// looked at in shorter runs: the plain judge would take longer than the storm.)
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/daemon/memory_driver.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"
#include "tests/support/live_daemon.h"
#include "tests/support/raw_socket.h"
#include "tests/support/recorded_run.h"

namespace lockscope::daemon {
namespace {

using rpc::Bytes;
using rpc::NaivePacket;
using rpc::NaiveXdr;
using testing::LiveDaemon;
using testing::RawSocket;
using testing::RecordedRun;
using testing::StepsOfKind;
using trace::EventKind;

constexpr int kWorkers = 5;  // Threads that work, each for ten clients.
constexpr int kClientsEach = 10;
constexpr int kRounds = 20;  // Of calls, spread over the storm.
constexpr int kStormers = 2;
constexpr int kConnectionsEach = 1'000;

// How far the storm is: connections that have come and gone.
class Progress {
 public:
  void Note() {
    ++connections_;
    connections_.notify_all();
  }
  void Await(int connections) {
    for (int now = connections_; now < connections; now = connections_) connections_.wait(now);
  }

 private:
  std::atomic<int> connections_ = 0;
};

// Ten clients call at once, again and again, from the storm's beginning to its end; each call gets its reply.
void Work(LiveDaemon& daemon, Progress& storm) {
  std::deque<rpc::Caller> clients;
  for (int i = 0; i < kClientsEach; ++i) {
    clients.push_back(daemon.Connect("worker"));
    ASSERT_TRUE(clients.back().Open("test:///default"));
  }
  for (int round = 0; round <= kRounds; ++round) {
    storm.Await(round * kStormers * kConnectionsEach / kRounds);
    std::vector<uint32_t> serials;
    for (rpc::Caller& client : clients) {
      const Result<uint32_t> serial = client.Send(LS_CONNECT_HOSTNAME);
      ASSERT_TRUE(serial) << serial.error().message;
      serials.push_back(*serial);
    }
    for (size_t i = 0; i < clients.size(); ++i) {
      const Result<rpc::Message> reply = clients[i].Receive(serials[i]);
      ASSERT_TRUE(reply) << reply.error().message;
      ASSERT_EQ(reply->header().status, rpc::MessageStatus::kOk);
    }
  }
  for (rpc::Caller& client : clients) ASSERT_TRUE(client.Close());
}

// Says something, or a part of it, or nonsense, reads some of the answers, or none, and drops the connection.
void ConnectAndDrop(const std::string& path, std::mt19937& random) {
  RawSocket socket(path);
  Bytes said;
  const auto say = [&](const Bytes& bytes) { said.insert(said.end(), bytes.begin(), bytes.end()); };
  const uint32_t manner = random() % 8;
  if (manner >= 2) say(NaivePacket({.procedure = LS_CONNECT_OPEN}, NaiveXdr().Word(0).Word(0).bytes()));
  const uint32_t calls = manner >= 3 ? random() % 8 : 0;
  for (uint32_t serial = 1; serial <= calls; ++serial) {
    say(NaivePacket({.procedure = serial == 3 ? LS_EVENT_SUBSCRIBE : LS_CONNECT_HOSTNAME, .serial = serial},
                    NaiveXdr().Word(0).Word(0).bytes()));
  }
  if (manner == 4) say(NaiveXdr().Word(random()).bytes());
  if (manner == 5) said.resize(random() % (said.size() + 1));
  if (!said.empty()) static_cast<void>(socket.Send(said));  // It may have been found wrong by now.
  if (manner == 6) socket.HalfClose();
  for (uint32_t replies = random() % (calls + 2); manner == 7 && replies > 0; --replies) {
    static_cast<void>(socket.Receive());
  }
}

TEST(ConnectionStormTest, TwoThousandConnectionsComeAndGoWhileFiftyClientsWork) {
  RecordedRun run;
  MemoryDriver driver({}, sync::SleepFor);
  LiveDaemon daemon(driver, {.workers = 2, .max_workers = 4});
  Progress storm;
  std::deque<sync::Thread> threads;
  for (int i = 0; i < kWorkers; ++i) {
    threads.emplace_back("worker", sync::Role::kClientProgram, [&] { Work(daemon, storm); });
  }
  for (unsigned seed = 1; seed <= kStormers; ++seed) {
    threads.emplace_back("stormer", sync::Role::kClientProgram, [&, seed] {
      SCOPED_TRACE(fmt::format("seed {}", seed));
      std::mt19937 random(seed);
      for (int left = kConnectionsEach; left > 0; --left) {
        ConnectAndDrop(daemon.path(), random);
        storm.Note();
      }
    });
  }
  for (sync::Thread& thread : threads) thread.Join();
  {
    rpc::Caller fresh = daemon.Connect("fresh");
    ASSERT_TRUE(fresh.Open("test:///default"));
    EXPECT_TRUE(fresh.Hostname());
  }
  while (daemon.client_count() > 0) std::this_thread::yield();
  daemon.End();
  const trace::Trace trace = run.Finish();
  constexpr size_t kConnections = kStormers * kConnectionsEach + kWorkers * kClientsEach + 1;
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientAccepted).size(), kConnections);
  EXPECT_EQ(StepsOfKind(trace, EventKind::kClientFreed).size(), kConnections);
}

}  // namespace
}  // namespace lockscope::daemon
