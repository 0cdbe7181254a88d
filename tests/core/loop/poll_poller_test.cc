// The live Poller: real descriptors, real signals, the real clock.
#include "core/loop/poll_poller.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace lockscope::loop {
namespace {

constexpr int64_t kForEver = -1;

class PollPollerTest : public ::testing::Test {
 protected:
  PollPollerTest() : poller_(std::move(*PollPoller::Create())) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    near_.reset(fds[0]);
    far_.reset(fds[1]);
  }

  // What one handle is ready for.
  uint32_t Look(Handle handle, uint32_t wanted, int64_t timeout_ns = 0) {
    PollEntry entry{handle, wanted, 0};
    poller_->EntryChanged(0, entry);
    const size_t ready = poller_->Poll({&entry, 1}, timeout_ns);
    EXPECT_EQ(ready, entry.ready == 0 ? 0u : 1u);
    return entry.ready;
  }

  std::unique_ptr<PollPoller> poller_;
  unique_fd near_, far_;
};

TEST_F(PollPollerTest, ReportsWhatIsReadyAndWasAskedFor) {
  const Handle handle = poller_->Add(near_.get());
  EXPECT_EQ(Look(handle, kIoReadable), 0u);
  EXPECT_EQ(Look(handle, kIoReadable | kIoWritable), kIoWritable);
  ASSERT_EQ(::write(far_.get(), "x", 1), 1);
  EXPECT_EQ(Look(handle, kIoReadable, kForEver), kIoReadable);
  EXPECT_EQ(Look(handle, kIoReadable | kIoWritable), kIoReadable | kIoWritable);
}

TEST_F(PollPollerTest, APeerThatIsGoneIsAHangUpAndReadable) {
  const Handle handle = poller_->Add(near_.get());
  far_.reset();
  EXPECT_EQ(Look(handle, kIoReadable, kForEver), kIoReadable | kIoHangup);
}

TEST_F(PollPollerTest, APipeBecomesReadable) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  const unique_fd read_end(fds[0]);
  const unique_fd write_end(fds[1]);
  const Handle handle = poller_->Add(read_end.get());
  EXPECT_EQ(Look(handle, kIoReadable), 0u);
  ASSERT_EQ(::write(write_end.get(), "x", 1), 1);
  EXPECT_EQ(Look(handle, kIoReadable, kForEver), kIoReadable);
}

TEST_F(PollPollerTest, APlaceKeepsWhatItWasToldUntilItIsToldOtherwise) {
  PollEntry entries[] = {{}, {poller_->Add(near_.get()), kIoWritable}, {poller_->Add(far_.get()), kIoReadable}};
  for (size_t place = 0; place < 3; ++place) poller_->EntryChanged(place, entries[place]);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(poller_->Poll(entries, 0), 1u);
    EXPECT_EQ(std::exchange(entries[1].ready, 0), kIoWritable);
    EXPECT_EQ(entries[2].ready, 0u);
  }
  ASSERT_EQ(::write(near_.get(), "x", 1), 1);
  entries[1].wanted = 0;
  poller_->EntryChanged(1, entries[1]);
  EXPECT_EQ(poller_->Poll(entries, 0), 1u);
  EXPECT_EQ(entries[1].ready, 0u) << "where nothing is wanted nothing is ready";
  EXPECT_EQ(entries[2].ready, kIoReadable);
  poller_->EntryChanged(2, {});
  EXPECT_EQ(poller_->Poll(std::span(entries).first(2), 0), 0u) << "the list has become shorter";
}

TEST_F(PollPollerTest, HandlesAreNeverReused) {
  const Handle first = poller_->Add(near_.get());
  poller_->Forget(first);
  const Handle second = poller_->Add(near_.get());
  EXPECT_NE(first, second);
  EXPECT_TRUE(first.valid());
}

TEST_F(PollPollerTest, AWakeUpEndsTheSleepOfAnotherThread) {
  std::thread waker([this] { poller_->WakeUp(); });  // Before or during the sleep: both end it.
  EXPECT_EQ(poller_->Poll({}, kForEver), 0u);
  waker.join();
}

TEST_F(PollPollerTest, ManyWakeUpsBeforeASleepEndOne) {
  for (int i = 0; i < 1'000; ++i) poller_->WakeUp();
  EXPECT_EQ(poller_->Poll({}, kForEver), 0u);
  ASSERT_EQ(::write(far_.get(), "x", 1), 1);
  EXPECT_EQ(Look(poller_->Add(near_.get()), kIoReadable, kForEver), kIoReadable) << "and nothing is left of them";
}

// poll(2) counts milliseconds: rounded down, a timer would find that it is too early, and the loop would spin.
TEST_F(PollPollerTest, ATimeoutIsNeverTooShort) {
  for (const int64_t timeout_ns : {int64_t{1}, int64_t{999'999}, int64_t{1'000'001}, int64_t{2'500'000}}) {
    const int64_t before = poller_->NowNs();
    EXPECT_EQ(poller_->Poll({}, timeout_ns), 0u);
    EXPECT_GE(poller_->NowNs() - before, timeout_ns);
  }
}

TEST_F(PollPollerTest, ATimeoutOfMoreThanPollCanCountIsNoError) {
  poller_->WakeUp();
  EXPECT_EQ(poller_->Poll({}, INT64_MAX / 2), 0u);
  poller_->WakeUp();
  EXPECT_EQ(poller_->Poll({}, INT64_MAX), 0u);
}

TEST_F(PollPollerTest, SignalsToEndComeThroughAHandleOneAfterTheOther) {
  const Result<Handle> signals = poller_->WatchSignals();
  ASSERT_TRUE(signals);
  EXPECT_EQ(Look(*signals, kIoReadable), 0u);
  ::raise(SIGTERM);
  ::raise(SIGINT);
  ::raise(SIGTERM);
  EXPECT_EQ(Look(*signals, kIoReadable, kForEver), kIoReadable);
  EXPECT_EQ(poller_->NextSignal(), SIGTERM);
  EXPECT_EQ(poller_->NextSignal(), SIGINT);
  EXPECT_EQ(poller_->NextSignal(), SIGTERM);
  EXPECT_EQ(poller_->NextSignal(), std::nullopt);
  EXPECT_EQ(Look(*signals, kIoReadable), 0u);
}

TEST_F(PollPollerTest, ASignalFromOutsideIsToldFromOneOfTheProcessesOwn) {
  ASSERT_TRUE(poller_->WatchSignals());
  ::raise(SIGTERM);
  ::kill(::getpid(), SIGINT);
  EXPECT_FALSE(poller_->WasSignalledByOthers());
  const pid_t other = ::fork();
  if (other == 0) {
    ::kill(::getppid(), SIGTERM);
    ::_exit(0);
  }
  while (::waitpid(other, nullptr, 0) == -1 && errno == EINTR) {  // The signal ends a wait.
  }
  EXPECT_TRUE(poller_->WasSignalledByOthers());
}

TEST_F(PollPollerTest, ThousandsOfSignalsBlockNobody) {
  const Result<Handle> signals = poller_->WatchSignals();
  ASSERT_TRUE(signals);
  for (int i = 0; i < 100'000; ++i) ::raise(SIGTERM);  // A pipe holds 65,536 bytes.
  EXPECT_EQ(poller_->NextSignal(), SIGTERM);
}

TEST_F(PollPollerTest, ASignalThatInterruptsTheSleepIsSeenInTheNextTurn) {
  const Result<Handle> signals = poller_->WatchSignals();
  ASSERT_TRUE(signals);
  const pthread_t sleeper = ::pthread_self();
  std::thread sender([sleeper] { ::pthread_kill(sleeper, SIGTERM); });
  // Interrupted (nothing ready) or just after the pipe was written (ready): in at most two turns it is there.
  uint32_t ready = Look(*signals, kIoReadable, kForEver);
  if (ready == 0) ready = Look(*signals, kIoReadable, kForEver);
  sender.join();
  EXPECT_EQ(ready, kIoReadable);
  EXPECT_EQ(poller_->NextSignal(), SIGTERM);
}

// poll(2) takes no more entries than the process may have descriptors, whatever it has open.
TEST_F(PollPollerTest, AProcessThatMayHaveFewerDescriptorsThanItHasIsServedAllTheSame) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<unique_fd> more;
  std::vector<PollEntry> entries;
  for (int i = 0; i < 200; ++i) {
    more.emplace_back(::dup(near_.get()));
    entries.push_back({poller_->Add(more.back().get()), kIoReadable, 0});
  }
  entries.back().wanted = kIoWritable;
  for (size_t place = 0; place < entries.size(); ++place) poller_->EntryChanged(place, entries[place]);
  const rlimit fewer{100, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &fewer), 0);
  EXPECT_EQ(poller_->Poll(entries, -1), 1u);
  EXPECT_EQ(entries.back().ready, kIoWritable);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(PollPollerTest, SignalsGoBackToWhoHadThem) {
  static std::atomic<int> received{0};
  struct sigaction own {};
  own.sa_handler = [](int number) { received = number; };
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGTERM, &own, &before), 0);
  ASSERT_TRUE(poller_->WatchSignals());
  ::raise(SIGTERM);
  EXPECT_EQ(received.load(), 0);
  poller_.reset();
  ::raise(SIGTERM);
  EXPECT_EQ(received.load(), SIGTERM);
  ::sigaction(SIGTERM, &before, nullptr);
}

TEST_F(PollPollerTest, PlacesFallEmptyAndAreFilledAgain) {
  const Handle near = poller_->Add(near_.get());
  const Handle far = poller_->Add(far_.get());
  std::vector<PollEntry> entries(3);
  const auto look = [&](const std::vector<std::pair<size_t, PollEntry>>& changes) {
    for (const auto& [place, entry] : changes) {
      entries[place] = entry;
      poller_->EntryChanged(place, entry);
    }
    poller_->Poll(entries, 0);
    std::vector<uint32_t> ready;
    for (PollEntry& entry : entries) ready.push_back(std::exchange(entry.ready, 0));
    return ready;
  };
  using Ready = std::vector<uint32_t>;
  EXPECT_EQ(look({{0, {near, kIoWritable, 0}}, {2, {far, kIoWritable, 0}}}), (Ready{kIoWritable, 0, kIoWritable}));
  EXPECT_EQ(look({{0, {}}}), (Ready{0, 0, kIoWritable}));
  EXPECT_EQ(look({{2, {}}, {1, {far, kIoWritable, 0}}}), (Ready{0, kIoWritable, 0}));
  EXPECT_EQ(look({{2, {near, kIoReadable, 0}}}), (Ready{0, kIoWritable, 0}));
  EXPECT_EQ(look({{1, {}}, {2, {near, kIoReadable | kIoWritable, 0}}}), (Ready{0, 0, kIoWritable}));
  EXPECT_EQ(look({{2, {}}}), (Ready{0, 0, 0}));
}

using PollPollerDeathTest = PollPollerTest;

// Nobody gets a limit back that was taken for good: so in a process of its own.
TEST_F(PollPollerDeathTest, EmptyPlacesDoNotCountAmongTheDescriptorsThatThereMayBe) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto poll_one_of_many = [this] {
    std::vector<PollEntry> entries(200);
    for (size_t place = 0; place < entries.size(); ++place) {
      entries[place] = {poller_->Add(near_.get()), kIoReadable, 0};
      poller_->EntryChanged(place, entries[place]);
      if (place + 1 < entries.size()) poller_->EntryChanged(place, entries[place] = {});
    }
    poller_->EntryChanged(199, entries[199] = {entries[199].handle, kIoWritable, 0});
    const rlimit few{100, 100};
    ::setrlimit(RLIMIT_NOFILE, &few);
    return poller_->Poll(entries, -1) == 1 && entries[199].ready == kIoWritable;
  };
  EXPECT_EXIT(::_exit(poll_one_of_many() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

TEST_F(PollPollerDeathTest, MoreThanThereMayBeAreServedAllTheSame) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto serve_many = [this] {
    std::vector<unique_fd> more;
    std::vector<PollEntry> entries;
    for (size_t place = 0; place < 200; ++place) {
      more.emplace_back(::dup(near_.get()));
      entries.push_back({poller_->Add(more.back().get()), kIoReadable, 0});
      poller_->EntryChanged(place, entries.back());
    }
    const rlimit few{30, 30};
    ::setrlimit(RLIMIT_NOFILE, &few);
    if (poller_->Poll(entries, 0) != 0 || poller_->Poll(entries, 20'000'000) != 0) return 1;
    poller_->WakeUp();
    if (poller_->Poll(entries, kForEver) != 0) return 2;
    poller_->EntryChanged(150, entries[150] = {entries[150].handle, kIoWritable, 0});
    if (poller_->Poll(entries, kForEver) != 1 || entries[150].ready != kIoWritable) return 3;
    poller_->EntryChanged(150, entries[150] = {entries[150].handle, kIoReadable, 0});
    if (::write(far_.get(), "x", 1) != 1) return 4;
    return poller_->Poll(entries, kForEver) == entries.size() ? 0 : 5;  // All of them are the same socket's.
  };
  EXPECT_EXIT(::_exit(serve_many()), ::testing::ExitedWithCode(0), "");
}

TEST_F(PollPollerDeathTest, AHandleThatWasForgottenIsOurOwnBug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Handle handle = poller_->Add(near_.get());
  poller_->Forget(handle);
  EXPECT_DEATH(Look(handle, kIoReadable), "is watched, but no poller's");
}

}  // namespace
}  // namespace lockscope::loop
