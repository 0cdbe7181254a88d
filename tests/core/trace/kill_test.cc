// A program that records is killed at any moment: nothing that it had recorded is lost.
#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "core/base/race_detector.h"
#include "core/trace/recorder.h"
#include "core/trace/recovery.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"
#include "tests/core/trace/recording_folder.h"

namespace lockscope::trace {
namespace {

#if defined(NDEBUG) && !LS_RACE_DETECTOR
constexpr int kKills = 200;
#else
constexpr int kKills = 30;
#endif
constexpr size_t kThreads = 4;

struct Published {
  std::array<std::atomic<uint64_t>, kThreads> events{};  // By thread: those that are recorded for certain.
};

// Records as fast as it can, in `kThreads` threads: every event has its own number as its argument, but that each fourth one
// begins a hold of the lock that all share. A thread that is far ahead of the one that is watched waits to be killed: on a busy
// machine the others would fill the disk.
class Victim {
 public:
  Victim(Published& published, uint64_t most) : published_(published), most_(most) {}

  void Run() {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kThreads; ++i) threads.emplace_back([this, i] { RunThread(i); });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  void RunThread(size_t i) {
    const RegisteredObject self(ObjectType::kThread, "victim-" + std::to_string(i));
    ThreadLog log(self.id());
    uint32_t n = 0;
    const auto publish = [&] { published_.events[i].store(++n, std::memory_order_release); };
    while (n < most_) {
      if (n % 4 == 0) {
        const std::lock_guard hold(mu_);
        log.Record(EventKind::kLockAcquired, lock_.id(), ++sequence_, SiteFor(SourcePlace::Here()));
        publish();
        log.Record(EventKind::kLockReleased, lock_.id(), sequence_, SiteFor(SourcePlace::Here()));
        publish();
      }
      log.Record(EventKind::kPollEntered, kNoObject, n, kUnknownSite);
      publish();
    }
    for (;;) ::pause();
  }

  Published& published_;
  const uint64_t most_;
  std::mutex mu_;
  uint32_t sequence_ = 0;
  const RegisteredObject lock_{ObjectType::kMutex, "shared", "server"};
};

void ExpectAllThere(const Trace& trace, const std::array<uint64_t, kThreads>& published) {
  EXPECT_FALSE(trace.info().finished);
  EXPECT_EQ(trace.info().dropped_events, 0u);
  EXPECT_EQ(trace.Meta("title"), "killed");
  for (size_t i = 0; i < kThreads; ++i) {
    const std::string name = "victim-" + std::to_string(i);
    size_t found = 0;
    for (size_t thread = 0; thread < trace.threads().size(); ++thread) {
      if (trace.Name(trace.threads()[thread]) != name) continue;
      for (const uint32_t step : trace.StepsOf(thread)) {
        const Event& event = trace.event(step);
        const bool is_poll = event.kind() == EventKind::kPollEntered;
        ASSERT_TRUE(!is_poll || event.arg() == found) << name << ", event " << found << ": " << event.arg();
        ASSERT_TRUE(is_poll || trace.Name(event.object()) == "shared") << name << ", event " << found;
        ++found;
      }
    }
    ASSERT_GE(found, published[i]) << name;
  }
}

TEST(KillTest, EveryTimeTheFileOpensWithEachThreadsLastEventAndIsRecovered) {
  constexpr uint64_t kSeed = 20261126;
  std::mt19937_64 random(kSeed);
  const RecordingFolder folder;
  const std::filesystem::path path = folder / "killed.lockscope";
  uint64_t events = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", kill " + std::to_string(kill));
    const SharedPage<Published> shared;
    // From the first events to many laps of the ring.
    const uint64_t target = uint64_t{1} << random() % 17;
    const size_t watched = random() % kThreads;
    ForkedProcess victim([&] {
      RingOptions ring;
      ring.bytes = kLeastRingBytes;
      const auto recorder = Recorder::Start(path, {{"title", "killed"}}, Recorder::Clock::kReal, ring);
      if (recorder) Victim(*shared.operator->(), 4 * target).Run();
    });
    while (shared->events[watched].load(std::memory_order_acquire) < target) {
      ASSERT_TRUE(victim.Lives());
      ::sched_yield();
    }
    victim.Kill();
    std::array<uint64_t, kThreads> published{};
    for (size_t i = 0; i < kThreads; ++i) published[i] = shared->events[i].load(std::memory_order_acquire);

    const Result<Trace> trace = ReadTrace(path);
    ASSERT_TRUE(trace) << trace.error().message;
    ASSERT_NO_FATAL_FAILURE(ExpectAllThere(*trace, published));
    events += trace->size();
    if (kill % 4 == 3) continue;  // The next one replaces it: its ring must go, too.
    ASSERT_EQ(folder.Rings().size(), 1u);
    const Result<Trace> recovered = Recover(path);
    ASSERT_TRUE(recovered) << recovered.error().message;
    ASSERT_EQ(recovered->size(), trace->size());
    ASSERT_TRUE(folder.Rings().empty());
    const Result<Trace> again = ReadTrace(path);
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_NO_FATAL_FAILURE(ExpectAllThere(*again, published));
  }
  ::testing::Test::RecordProperty("kills", kKills);
  ::testing::Test::RecordProperty("events", std::to_string(events));
}

// From the moment in which the first recording has begun there always is a file that opens, of this recording or of the one
// before it, and the live buffers of at most one recording.
TEST(KillTest, AtTheBeginningAndAtTheEndOfARecordingToo) {
  constexpr uint64_t kSeed = 20261128;
  constexpr uint32_t kEvents = 50;
  std::mt19937_64 random(kSeed);
  const RecordingFolder folder;
  const std::filesystem::path path = folder / "again.lockscope";
  for (int kill = 0; kill < kKills / 2; ++kill) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", kill " + std::to_string(kill));
    const SharedPage<std::atomic<uint64_t>> finished;
    ForkedProcess victim([&] {
      RingOptions beside;
      beside.folders = {"/nowhere"};
      const RegisteredObject self(ObjectType::kThread, "victim");
      ThreadLog log(self.id());
      for (;;) {
        const auto recorder = Recorder::Start(path, {}, Recorder::Clock::kReal, beside);
        ASSERT_TRUE(recorder) << recorder.error().message;
        for (uint32_t n = 0; n < kEvents; ++n) log.Record(EventKind::kPollEntered, kNoObject, n, kUnknownSite);
        ASSERT_TRUE((*recorder)->Finish());
        finished->fetch_add(1);
      }
    });
    const uint64_t target = 1 + random() % 3;
    while (finished->load() < target) {
      ASSERT_TRUE(victim.Lives());
      ::sched_yield();
    }
    for (uint64_t spin = random() % 200'000; spin > 0; --spin) finished->load();
    victim.Kill();

    const std::vector<FoundRing> rings = FindRings({folder.path()});
    ASSERT_LE(rings.size(), 1u);
    const Result<Trace> trace = ReadTrace(path);
    ASSERT_TRUE(trace) << trace.error().message;
    ASSERT_LE(trace->size(), kEvents);
    if (trace->info().finished) {
      ASSERT_EQ(trace->size(), kEvents);
    } else {
      ASSERT_EQ(trace->Meta("ring_missing"), "");
      ASSERT_TRUE(Recover(path)) << Recover(path).error().message;
      ASSERT_TRUE(FindRings({folder.path()}).empty());
    }
    for (const FoundRing& ring : FindRings({folder.path()})) std::filesystem::remove(ring.path);
  }
}

TEST(KillTest, WhatAbortsLeavesTheSame) {
  const RecordingFolder folder;
  const std::filesystem::path path = folder / "aborted.lockscope";
  ForkedProcess victim([&] {
    const auto recorder = Recorder::Start(path, {});
    const RegisteredObject self(ObjectType::kThread, "victim");
    ThreadLog log(self.id());
    for (uint32_t n = 0; n < 1'000; ++n) log.Record(EventKind::kPollEntered, kNoObject, n, kUnknownSite);
    ::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  EXPECT_EQ(victim.Wait(), 128 + SIGABRT);
  const Result<Trace> trace = ReadTrace(path);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 1'000u);
}

}  // namespace
}  // namespace lockscope::trace
