#include "core/sched/controlled_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/sync/thread.h"
#include "tests/support/controlled_record.h"

namespace lockscope::sched {
namespace {

using loop::kIoReadable;
using loop::kIoWritable;
using rpc::IoResult;
using rpc::IoStatus;
using rpc::MemoryTransport;
using sync::Role;
using testing::ControlledRecord;

constexpr int64_t kMs = 1'000'000;

class ControlledTransportTest : public ::testing::Test {
 protected:
  using Body = std::function<void(ControlledTransport& client, ControlledTransport& daemon, ControlledPoller& poller)>;

  static ControlledRecord Run(const Body& body, const MemoryTransport::Limits& daemon_limits = {}) {
    const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
    return testing::RecordControlled(*strategy, [&](ControlledRuntime& runtime) {
      ControlledPoller poller(runtime);
      ControlledTransport::Pair ends = ControlledTransport::Connect(runtime, poller, "alice", daemon_limits);
      body(*ends.client, *ends.daemon, poller);
    });
  }
  static IoResult Write(ControlledTransport& end, std::string_view text) {
    return end.Write(std::as_bytes(std::span(text.data(), text.size())));
  }
  static void Send(ControlledTransport& end, std::string_view text) { EXPECT_EQ(Write(end, text).bytes, text.size()); }
  static std::string Read(ControlledTransport& end, size_t at_most = 100) {
    std::vector<std::byte> into(at_most);
    const IoResult result = end.Read(into);
    if (result.status == IoStatus::kWouldBlock) return "(would block)";
    if (result.status != IoStatus::kOk) return "(closed)";
    return {reinterpret_cast<const char*>(into.data()), result.bytes};
  }
  static size_t ReadyFor(ControlledPoller& poller, ControlledTransport& daemon, uint32_t wanted) {
    loop::PollEntry entry{daemon.handle(), wanted};
    poller.Poll(std::span(&entry, 1), 0);
    return entry.ready;
  }
};

TEST_F(ControlledTransportTest, TheClientWaitsForBytesAsOnABlockingSocket) {
  const ControlledRecord run = Run([](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller&) {
    std::string got;
    sync::Thread program("program", Role::kClientProgram, [&] { got = Read(client); });
    sync::SleepFor(7 * kMs);
    Send(daemon, "hello");
    program.Join();
    EXPECT_EQ(got, "hello");
    EXPECT_EQ(client.peer_name(), "daemon");
    EXPECT_EQ(daemon.peer_name(), "alice");
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST_F(ControlledTransportTest, AClientThatNobodyAnswersIsWhereTheRunIsStuck) {
  const ControlledRecord run =
      Run([](ControlledTransport& client, ControlledTransport&, ControlledPoller&) { Read(client); });
  EXPECT_EQ(run.end, RunEnd::kStuck);
  EXPECT_EQ(run.threads[0].status, ThreadStatus::kReading);
}

TEST_F(ControlledTransportTest, TheDaemonsEndNeverWaitsAndWakesItsPoller) {
  Run([](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller& poller) {
    EXPECT_EQ(Read(daemon), "(would block)");
    EXPECT_EQ(ReadyFor(poller, daemon, kIoReadable), 0u);
    EXPECT_EQ(ReadyFor(poller, daemon, kIoReadable | kIoWritable), kIoWritable);
    sync::Thread program("program", Role::kClientProgram, [&] {
      sync::SleepFor(3 * kMs);
      Send(client, "call");
    });
    loop::PollEntry entry{daemon.handle(), kIoReadable};
    EXPECT_EQ(poller.Poll(std::span(&entry, 1), -1), 1u);
    EXPECT_GE(poller.NowNs(), 3 * kMs);
    EXPECT_EQ(Read(daemon, 3), "cal") << "what does not fit";
    EXPECT_EQ(ReadyFor(poller, daemon, kIoReadable), kIoReadable) << "stays there";
    EXPECT_EQ(Read(daemon), "l");
    program.Join();
  });
}

TEST_F(ControlledTransportTest, TheDaemonsEndMovesNoMoreThanItsLimits) {
  Run(
      [](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller& poller) {
        EXPECT_EQ(Write(client, "12345").bytes, 5u) << "the client's end has none";
        EXPECT_EQ(Read(daemon), "12");
        EXPECT_EQ(Read(daemon), "34");
        EXPECT_EQ(Read(daemon), "5");
        EXPECT_EQ(Write(daemon, "abcdef").bytes, 3u);
        EXPECT_EQ(Write(daemon, "def").bytes, 1u) << "four are held";
        EXPECT_EQ(Write(daemon, "ef").status, IoStatus::kWouldBlock);
        EXPECT_EQ(ReadyFor(poller, daemon, kIoWritable), 0u);
        sync::Thread program("program", Role::kClientProgram, [&] {
          sync::SleepFor(kMs);
          EXPECT_EQ(Read(client), "abcd");
        });
        loop::PollEntry entry{daemon.handle(), kIoWritable};
        EXPECT_EQ(poller.Poll(std::span(&entry, 1), -1), 1u) << "the reader makes room, and the poller hears of it";
        EXPECT_EQ(Write(daemon, "ef").bytes, 2u);
        program.Join();
      },
      {.read_at_most = 2, .write_at_most = 3, .capacity = 4});
}

TEST_F(ControlledTransportTest, TheClientReadsWhatWasSentBeforeTheEndAndThenTheEnd) {
  Run([](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller&) {
    std::vector<std::string> got;
    sync::Thread program("program", Role::kClientProgram, [&] {
      got.push_back(Read(client, 3));
      sync::SleepFor(2 * kMs);
      got.push_back(Read(client));
      got.push_back(Read(client));
      got.push_back(Read(client));
    });
    Send(daemon, "ans");
    sync::SleepFor(kMs);
    Send(daemon, "wer");
    daemon.Close();
    program.Join();
    EXPECT_THAT(got, ::testing::ElementsAre("ans", "wer", "(closed)", "(closed)"));
    EXPECT_EQ(Write(client, "more").status, IoStatus::kClosed);
  });
}

TEST_F(ControlledTransportTest, ClosingTheDaemonsEndWakesAClientThatReads) {
  const ControlledRecord run = Run([](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller&) {
    sync::Thread program("program", Role::kClientProgram, [&] { EXPECT_EQ(Read(client), "(closed)"); });
    sync::SleepFor(kMs);
    daemon.Close();
    program.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST_F(ControlledTransportTest, DestroyingTheDaemonsEndWakesAClientThatReads) {
  const std::unique_ptr<Strategy> strategy = MakeRoundRobin();
  const ControlledRecord run = testing::RecordControlled(*strategy, [](ControlledRuntime& runtime) {
    ControlledPoller poller(runtime);
    ControlledTransport::Pair ends = ControlledTransport::Connect(runtime, poller, "alice");
    sync::Thread program("program", Role::kClientProgram, [&] { EXPECT_EQ(Read(*ends.client), "(closed)"); });
    sync::SleepFor(kMs);
    ends.daemon.reset();
    program.Join();
  });
  EXPECT_EQ(run.end, RunEnd::kFinished);
}

TEST_F(ControlledTransportTest, AClientThatGoesAwayMakesTheDaemonsEndReadableForTheEnd) {
  Run([](ControlledTransport& client, ControlledTransport& daemon, ControlledPoller& poller) {
    sync::Thread program("program", Role::kClientProgram, [&] {
      sync::SleepFor(kMs);
      Send(client, "last");
      client.Close();
    });
    loop::PollEntry entry{daemon.handle(), kIoReadable};
    EXPECT_EQ(poller.Poll(std::span(&entry, 1), -1), 1u);
    program.Join();
    EXPECT_EQ(Read(daemon), "last");
    EXPECT_EQ(ReadyFor(poller, daemon, kIoReadable), kIoReadable);
    EXPECT_EQ(Read(daemon), "(closed)");
    EXPECT_EQ(Write(daemon, "reply").status, IoStatus::kClosed);
  });
}

// What a schedule is told: both ends touch the connection, another connection is another object.
TEST_F(ControlledTransportTest, TheScheduleSeesWhichConnectionEachReadAndWriteTouches) {
  class Watching final : public Strategy {
   public:
    uint32_t Choose(const Question& question) override {
      for (const ThreadInfo& thread : question.threads) {
        if (thread.status != ThreadStatus::kRunnable) continue;
        if (thread.next == sync::Action::kRead) read.insert(thread.object);
        if (thread.next == sync::Action::kWrite) written.insert(thread.object);
      }
      return 0;
    }
    std::set<ObjectId> read;
    std::set<ObjectId> written;
  };
  Watching strategy;
  testing::RecordControlled(strategy, [](ControlledRuntime& runtime) {
    ControlledPoller poller(runtime);
    const ControlledTransport::Pair one = ControlledTransport::Connect(runtime, poller, "alice");
    const ControlledTransport::Pair two = ControlledTransport::Connect(runtime, poller, "bob");
    Send(*one.client, "x");
    Read(*one.daemon);
    Send(*two.daemon, "y");
    Read(*two.client);
  });
  EXPECT_EQ(strategy.read.size(), 2u);
  EXPECT_EQ(strategy.read, strategy.written);
  EXPECT_FALSE(strategy.read.contains(kNoObject));
}

}  // namespace
}  // namespace lockscope::sched
