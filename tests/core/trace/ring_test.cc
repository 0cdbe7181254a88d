// What happens to a recording when its ring, the disk, the memory or its folder have no room, and when the program forks,
// becomes another one, or has many short threads.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "core/base/race_detector.h"
#include "core/trace/recorder.h"
#include "core/trace/recovery.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"
#include "tests/core/trace/recording_folder.h"

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RingTest : public ::testing::Test {
 protected:
  static RingOptions Small(WhenFull when_full) {
    RingOptions options;
    options.when_full = when_full;
    options.bytes = kLeastRingBytes;
    return options;
  }
  Result<std::unique_ptr<Recorder>> Start(const RingOptions& options) {
    return Recorder::Start(path_, {}, Recorder::Clock::kReal, options);
  }
  // Numbered from `from` on.
  static void Record(ThreadLog& log, uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; ++n) log.Record(EventKind::kPollEntered, kNoObject, n, kUnknownSite);
  }
  static void LimitFileSize(uint64_t bytes) {
    const rlimit limit{bytes, bytes};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    ::signal(SIGXFSZ, SIG_IGN);  // Then it is an error, like a full disk.
  }

  RecordingFolder folder_;
  const std::filesystem::path path_ = folder_ / "a run.lockscope";
};

// More than the ring can take: enough for several laps of it.
constexpr uint32_t kMany = 400'000;

TEST_F(RingTest, AFullRingGoesToTheFileAndLosesNothing) {
  auto recorder = Start(Small(WhenFull::kGrow));
  ASSERT_TRUE(recorder) << recorder.error().message;
  const RegisteredObject self(ObjectType::kThread, "ann");
  ThreadLog log(self.id());
  Record(log, 0, kMany);
  EXPECT_GT(std::filesystem::file_size(path_), kMany * sizeof(Event) - kLeastRingBytes);
  ASSERT_EQ(folder_.Rings().size(), 1u);
  EXPECT_LE(folder_.Rings()[0].bytes, kLeastRingBytes);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->size(), kMany);
  for (uint32_t n = 0; n < kMany; ++n) ASSERT_EQ(trace->event(n).arg(), n);
  EXPECT_EQ(trace->info().dropped_events, 0u);
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RingTest, AFlightRecorderKeepsWhatCameLastAndCountsTheRest) {
  auto recorder = Start(Small(WhenFull::kDropOldest));
  ASSERT_TRUE(recorder);
  const RegisteredObject self(ObjectType::kThread, "ann");
  const RegisteredObject quiet(ObjectType::kThread, "ben");
  ThreadLog quiet_log(quiet.id());
  Record(quiet_log, 0, 3);
  ThreadLog log(self.id());
  Record(log, 0, kMany);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->threads().size(), 2u);
  EXPECT_EQ(trace->StepsOf(1).size(), 3u) << "the last events of a thread that waits are not given away";
  const std::span<const uint32_t> steps = trace->StepsOf(0);
  constexpr uint32_t kBeginning = 252;
  for (uint32_t n = 0; n < kBeginning; ++n) ASSERT_EQ(trace->event(steps[n]).arg(), n) << "how it began is kept";
  const Event& lost = trace->event(steps[kBeginning]);
  EXPECT_EQ(lost.kind(), EventKind::kEventsLost);
  EXPECT_EQ(trace->Name(lost.object()), "ann");
  EXPECT_EQ(lost.arg(), trace->info().dropped_events);
  EXPECT_EQ(steps.size() - 1 + lost.arg(), kMany);
  for (size_t i = kBeginning + 1; i < steps.size(); ++i) ASSERT_EQ(trace->event(steps[i]).arg(), lost.arg() + i - 1);
  EXPECT_GT(steps.size() * sizeof(Event), kLeastRingBytes / 2);
}

// There are more threads than may keep their beginnings, and each has more than that.
TEST_F(RingTest, AFlightRecorderOfManyThreadsStillHasRoomForWhatCameLast) {
  auto recorder = Start(Small(WhenFull::kDropOldest));
  ASSERT_TRUE(recorder);
  for (uint32_t i = 0; i < 1'000; ++i) {
    const RegisteredObject self(ObjectType::kThread, "thread-" + std::to_string(i));
    ThreadLog log(self.id());
    Record(log, 0, 700);
  }
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  const size_t last = trace->threads().size() - 1;
  EXPECT_EQ(trace->Name(trace->threads()[last]), "thread-999");
  EXPECT_EQ(trace->StepsOf(last).size(), 700u);
  EXPECT_GT(trace->info().dropped_events, 0u);
  const auto gaps = static_cast<size_t>(std::ranges::count(trace->events(), EventKind::kEventsLost, &Event::kind));
  EXPECT_EQ(trace->size() - gaps + trace->info().dropped_events, 700'000u) << "also those of threads that left nothing";
}

TEST_F(RingTest, DroppingTheNewestKeepsWhatCameFirstAndCountsTheRest) {
  auto recorder = Start(Small(WhenFull::kDropNewest));
  ASSERT_TRUE(recorder);
  const RegisteredObject self(ObjectType::kThread, "ann");
  ThreadLog log(self.id());
  Record(log, 0, kMany);
  const RegisteredObject late(ObjectType::kThread, "never had room");
  ThreadLog late_log(late.id());
  Record(late_log, 0, 500);
  EXPECT_TRUE((*recorder)->HasMoved());
  Record(late_log, 500, 501);
  EXPECT_TRUE((*recorder)->HasMoved()) << "a thread that loses its events is not one that hangs";
  EXPECT_FALSE((*recorder)->HasMoved());
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  const size_t kept = trace->StepsOf(0).size() - 1;
  for (uint32_t n = 0; n < kept; ++n) ASSERT_EQ(trace->event(trace->StepsOf(0)[n]).arg(), n);
  const Event& lost = trace->event(trace->StepsOf(0)[kept]);
  EXPECT_EQ(lost.kind(), EventKind::kEventsLost);
  EXPECT_EQ(lost.arg(), kMany - kept);
  const size_t kept_late = trace->threads().size() == 2 ? trace->StepsOf(1).size() - 1 : 0;
  EXPECT_EQ(trace->info().dropped_events, kMany - kept + 501 - kept_late);
  EXPECT_GT(kept * sizeof(Event), kLeastRingBytes / 2);
}

TEST_F(RingTest, SteadyRecordingTakesNoPageFaults) {
  auto recorder = Start(Small(WhenFull::kDropOldest));  // Which takes all the memory it may have before it drops any.
  ASSERT_TRUE(recorder);
  const RegisteredObject self(ObjectType::kThread, "ann");
  ThreadLog log(self.id());
  Record(log, 0, kMany);
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_THREAD, &before);
  Record(log, kMany, 2 * kMany);
  ::getrusage(RUSAGE_THREAD, &after);
  EXPECT_LT(after.ru_minflt - before.ru_minflt, 100) << "for " << kMany << " events";
}

TEST_F(RingTest, TheThreadThatWritesOutTakesNoProcessorFromTheOthers) {
  auto recorder = Start({});
  ASSERT_TRUE(recorder);
  std::vector<int> policies;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream name(thread.path() / "comm");
    std::string line;
    std::getline(name, line);
    if (line == "lockscope drain") policies.push_back(::sched_getscheduler(std::stoi(thread.path().filename())));
  }
  EXPECT_EQ(policies, (std::vector<int>{SCHED_BATCH}));
}

TEST_F(RingTest, ThreadsThatComeAndGoLeaveAllTheirEvents) {
  auto recorder = Start(Small(WhenFull::kGrow));
  ASSERT_TRUE(recorder);
  std::atomic<bool> stop{false};
  uint32_t busy_events = 0;
  std::thread busy([&] {
    const RegisteredObject self(ObjectType::kThread, "busy");
    ThreadLog log(self.id());
    while (busy_events < kMany && !stop.load(std::memory_order_relaxed)) {
      Record(log, busy_events, busy_events + 1);
      ++busy_events;
    }
  });
  for (uint32_t i = 0; i < 1'000; ++i) {
    std::thread([i] {
      const RegisteredObject self(ObjectType::kThread, "short-" + std::to_string(i));
      ThreadLog log(self.id());
      Record(log, 0, i % 300);
    }).join();
  }
  ASSERT_EQ(folder_.Rings().size(), 1u);
  EXPECT_LE(folder_.Rings()[0].bytes, kLeastRingBytes);
  stop = true;
  busy.join();
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  size_t shorts = 0;
  for (size_t thread = 0; thread < trace->threads().size(); ++thread) {
    const std::string name(trace->Name(trace->threads()[thread]));
    const size_t events = trace->StepsOf(thread).size();
    if (name == "busy") {
      EXPECT_EQ(events, busy_events);
      continue;
    }
    ++shorts;
    EXPECT_EQ(events, static_cast<size_t>(std::stoi(name.substr(6)) % 300));
  }
  EXPECT_EQ(shorts, 996u) << "four of them recorded nothing";
}

TEST_F(RingTest, AForkedChildDoesNotRecordAndTheParentLosesNothing) {
  auto recorder = Start({});
  ASSERT_TRUE(recorder);
  const RegisteredObject self(ObjectType::kThread, "ann");
  ThreadLog log(self.id());
  Record(log, 0, 10);
  ForkedProcess child([&] {
    EXPECT_FALSE(IsRecording());
    Record(log, 1'000, 1'010);
    const RegisteredObject of_the_child(ObjectType::kMutex, "the child's", "server");
    (*recorder)->AddMeta("from", "the child");
    EXPECT_FALSE((*recorder)->HasMoved());
    const Result<Trace> finished = (*recorder)->Finish();
    EXPECT_FALSE(finished);
    EXPECT_THAT(finished.error().message, HasSubstr("belongs to the process that began it"));
#if !LS_RACE_DETECTOR  // Which ends a forked child that begins a thread.
    auto of_its_own = Recorder::Start(folder_ / "child.lockscope", {});
    ASSERT_TRUE(of_its_own) << of_its_own.error().message;
    Record(log, 2'000, 2'005);
    const Result<Trace> trace = (*of_its_own)->Finish();
    ASSERT_TRUE(trace) << trace.error().message;
    EXPECT_EQ(trace->size(), 5u);
#endif
    recorder->reset();
  });
  Record(log, 10, 20);
  ASSERT_EQ(child.Wait(), 0);
  Record(log, 20, 30);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->size(), 30u);
  for (uint32_t n = 0; n < 30; ++n) EXPECT_EQ(trace->event(n).arg(), n);
  EXPECT_EQ(trace->Meta("from"), "");
}

// A child that is forked while threads record, and lives on after its parent was killed: it does not keep the recording alive.
TEST_F(RingTest, AChildThatOutlivesItsParentDoesNotHoldTheRecording) {
  int child_lives[2];
  ASSERT_EQ(::pipe(child_lives), 0);
  ForkedProcess parent([&] {
    auto recorder = Start({});
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, 10);
    if (::fork() == 0) {
      const pid_t self_pid = ::getpid();
      (void)!::write(child_lives[1], &self_pid, sizeof self_pid);
      for (;;) ::pause();
    }
    for (;;) ::pause();
  });
  pid_t child = 0;
  ASSERT_EQ(::read(child_lives[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  parent.Kill();
  const std::vector<FoundRing> rings = folder_.Rings();
  ASSERT_EQ(rings.size(), 1u);
  EXPECT_FALSE(rings[0].writer_lives);
  const Result<Trace> trace = Recover(path_);
  EXPECT_EQ(::kill(child, SIGKILL), 0) << "it lived all the while";
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 10u);
}

TEST_F(RingTest, AProgramThatBecomesAnotherOneLeavesWhatAKilledOneDoes) {
  int input[2];
  int gone[2];
  ASSERT_EQ(::pipe(input), 0);
  ASSERT_EQ(::pipe2(gone, O_CLOEXEC), 0);
  ForkedProcess program([&] {
    auto recorder = Start({});
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, 1'000);
    ::dup2(input[0], 0);
    ::close(input[1]);
    ::execl("/bin/cat", "cat", nullptr);
  });
  ::close(gone[1]);
  char byte = 0;
  ASSERT_EQ(::read(gone[0], &byte, 1), 0) << "the end of its descriptors: it is cat by now, and waits for its input";
  ASSERT_EQ(folder_.Rings().size(), 1u);
  EXPECT_FALSE(folder_.Rings()[0].writer_lives);
  const Result<Trace> trace = Recover(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 1'000u);
  EXPECT_TRUE(folder_.Rings().empty());
  ::close(input[1]);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(RingTest, WithoutTmpfsTheRingLiesBesideTheFile) {
  const std::filesystem::path beside = folder_.path();
  ForkedProcess victim([&] {
    RingOptions options = Small(WhenFull::kGrow);
    options.folders = {"/proc", "/nowhere"};
    auto recorder = Start(options);
    ASSERT_TRUE(recorder) << recorder.error().message;
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, kMany);
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  ASSERT_EQ(folder_.Rings().size(), 1u);
  EXPECT_EQ(folder_.Rings()[0].path.parent_path(), beside);
  EXPECT_THAT(folder_.Rings()[0].path.filename().string(), StartsWith("a run.lockscope.lockscope-"));
  const Result<Trace> trace = Recover(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), kMany);
  EXPECT_NE(trace->Meta("ring"), "");
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RingTest, AFullDiskLosesWhatTheRingCannotTakeAndCountsIt) {
  ForkedProcess victim([&] {
    auto recorder = Start(Small(WhenFull::kGrow));
    ASSERT_TRUE(recorder) << recorder.error().message;
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    LimitFileSize(5u << 20);
    Record(log, 0, 2 * kMany);
    const RegisteredObject late(ObjectType::kThread, "ben");
    ThreadLog late_log(late.id());
    Record(late_log, 0, 7);
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  EXPECT_LE(std::filesystem::file_size(path_), 5u << 20);
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  const size_t kept = trace->StepsOf(0).size() - 1;
  EXPECT_GT(kept * sizeof(Event), 8u << 20) << "five megabytes in the file, and four in the ring";
  for (uint32_t n = 0; n < kept; ++n) ASSERT_EQ(trace->event(trace->StepsOf(0)[n]).arg(), n);
  EXPECT_EQ(trace->event(trace->StepsOf(0)[kept]).kind(), EventKind::kEventsLost);
  EXPECT_GE(trace->info().dropped_events, 2 * kMany - kept);
  EXPECT_LE(trace->info().dropped_events, 2 * kMany - kept + 7);
}

TEST_F(RingTest, ADiskThatHasRoomAgainIsUsedAgain) {
  auto recorder = Start(Small(WhenFull::kGrow));
  ASSERT_TRUE(recorder);
  const RegisteredObject self(ObjectType::kThread, "ann");
  ThreadLog log(self.id());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 5u << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  Record(log, 0, kMany + 200'000);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  Record(log, kMany + 200'000, kMany + 300'000);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_GT(trace->info().dropped_events, 0u);
  EXPECT_EQ(trace->events().back().arg(), kMany + 300'000 - 1);
  EXPECT_EQ(std::ranges::count(trace->events(), EventKind::kEventsLost, &Event::kind), 1);
  EXPECT_EQ(trace->size() - 1 + trace->info().dropped_events, kMany + 300'000);
}

TEST_F(RingTest, WhoWantsToKnowIsToldOnceThatTheFileTakesNoMore) {
  ForkedProcess child([&] {
    RingOptions options = Small(WhenFull::kGrow);
    std::promise<std::string> told;
    options.complain = [&told](const std::string& line) { told.set_value(line); };  // A second one would throw.
    auto recorder = Start(options);
    ASSERT_TRUE(recorder) << recorder.error().message;
    LimitFileSize(5u << 20);
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, kMany + 200'000);
    EXPECT_EQ(told.get_future().get(), path_.string() +
                                           ": cannot be written: File too large; until there is room, what is recorded "
                                           "stays in memory, and is lost where that is full");
    Record(log, kMany + 200'000, kMany + 400'000);
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(RingTest, AFullTmpfsStopsTheRingFromGrowingAndTheFileTakesIt) {
  ForkedProcess victim([&] {
    auto recorder = Start(Small(WhenFull::kGrow));
    ASSERT_TRUE(recorder) << recorder.error().message;
    LimitFileSize(2u << 20);  // What the ring has already.
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, 120'000);
    ::kill(::getpid(), SIGKILL);
  });
  ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  EXPECT_GT(std::filesystem::file_size(path_), 0u);
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 120'000u);
  EXPECT_EQ(trace->info().dropped_events, 0u);
}

TEST_F(RingTest, WhereNothingHasRoomForTheRingStartingFails) {
  ForkedProcess program([&] {
    LimitFileSize(1u << 20);
    const auto recorder = Start({});
    ASSERT_FALSE(recorder);
    EXPECT_THAT(recorder.error().message, HasSubstr("no room for its live buffers, neither on tmpfs nor beside it"));
  });
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RingTest, AFolderThatIsRemovedMeanwhileIsAnErrorAtTheEndAndTheRingIsKept) {
  {
    auto recorder = Start({});
    ASSERT_TRUE(recorder);
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, 100);
    std::filesystem::remove_all(folder_.path());
    Record(log, 100, 200);
    const Result<Trace> trace = (*recorder)->Finish();
    ASSERT_FALSE(trace);
    EXPECT_THAT(trace.error().message, HasSubstr("a run.lockscope: cannot be written: No such file or directory"));
  }
  std::filesystem::create_directory(folder_.path());
  ASSERT_EQ(folder_.Rings().size(), 1u);
  const std::filesystem::path ring = folder_.Rings()[0].path;
  EXPECT_THAT(Recover(ring).error().message, HasSubstr("its recording " + path_.string() + " is gone or another"));
  const Result<Trace> trace = Recover(ring, folder_ / "elsewhere.lockscope");
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 200u);
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RingTest, ARecordingThatNobodyFinishesIsWholeWithoutItsRing) {
  {
    auto recorder = Start({});
    ASSERT_TRUE(recorder);
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, 100);
  }
  EXPECT_TRUE(folder_.Rings().empty());
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 100u);
  EXPECT_FALSE(trace->info().finished);
  EXPECT_EQ(trace->Meta("ring_missing"), "");
}

// A file system that has nothing to give ahead has nothing to take back.
TEST_F(RingTest, RoomAskedForAheadOfWhatIsWrittenIsGivenBack) {
  {
    auto recorder = Start(Small(WhenFull::kGrow));
    ASSERT_TRUE(recorder);
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, kMany);
  }
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_GT(status.st_size, 4 << 20);
  constexpr int64_t kBlock = 512;  // What stat counts in.
  EXPECT_LT(status.st_blocks * kBlock, status.st_size + (256 << 10));
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), kMany);
}

TEST_F(RingTest, TwoProcessesDoNotRecordToOneFile) {
  auto recorder = Start({});
  ASSERT_TRUE(recorder);
  ForkedProcess other([&] {
    const auto second = Start({});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message,
                HasSubstr("another process (" + std::to_string(::getppid()) + ") is recording"));
  });
  EXPECT_EQ(other.Wait(), 0);
  EXPECT_TRUE((*recorder)->Finish());
}

TEST_F(RingTest, AWholeRecordingDoesNotTakeThePlaceOfOneThatIsBeingMade) {
  auto recorder = Start({});
  ASSERT_TRUE(recorder);
  ForkedProcess other([&] {
    const Result<void> written = WriteTrace(Trace(), path_);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message,
              path_.string() + ": another process (" + std::to_string(::getppid()) + ") is recording to it");
  });
  EXPECT_EQ(other.Wait(), 0);
  EXPECT_TRUE((*recorder)->Finish());
}

TEST_F(RingTest, AWholeRecordingTakesThePlaceOfAKilledProgramsAndOfItsRing) {
  ForkedProcess other([&] {
    const auto recorder = Start({});
    ::kill(::getpid(), SIGKILL);
  });
  other.Wait();
  ASSERT_EQ(folder_.Rings().size(), 1u);
  ASSERT_TRUE(WriteTrace(Trace(), path_));
  EXPECT_TRUE(ReadTrace(path_));
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RingTest, ANameThatIsLongerThanAChunkIsKept) {
  const std::string story(300'000, 's');
  auto recorder = Recorder::Start(path_, {{"before", "1"}, {"story", story}, {"after", "2"}});
  ASSERT_TRUE(recorder);
  for (int i = 0; i < 5'000; ++i) (*recorder)->AddMeta("n", std::to_string(i));
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->Meta("before"), "1");
  EXPECT_EQ(trace->Meta("story"), story);
  EXPECT_EQ(trace->Meta("after"), "2");
  EXPECT_EQ(trace->info().meta.back().second, "4999");
  EXPECT_EQ(std::ranges::count(trace->info().meta, "n", &std::pair<std::string, std::string>::first), 5'000);
}

}  // namespace
}  // namespace lockscope::trace
