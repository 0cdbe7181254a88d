#include "core/trace/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest()
      : folder_(std::filesystem::temp_directory_path() / ("recorder test " + std::to_string(::getpid()))),
        path_(folder_ / "a run.lockscope") {
    std::filesystem::create_directories(folder_);
  }
  ~RecorderTest() override { std::filesystem::remove_all(folder_); }

  static size_t CountOf(const Trace& trace, EventKind kind) {
    return static_cast<size_t>(std::ranges::count(trace.events(), kind, &Event::kind));
  }

  std::filesystem::path folder_, path_;
};

TEST_F(RecorderTest, WritesDownWhatAThreadDidAndItsName) {
  auto recorder = Recorder::Start(path_, {{"title", "A test"}});
  ASSERT_TRUE(recorder) << recorder.error().message;
  const RegisteredObject thread(ObjectType::kThread, "ann");
  const RegisteredObject lock(ObjectType::kMutex, "server", "server");
  ThreadLog log(thread.id());
  const int line = __LINE__ + 1;
  log.Record(EventKind::kLockAcquired, lock.id(), 1, SiteFor(SourcePlace::Here()));
  log.Record(EventKind::kLockReleased, lock.id(), 1, kUnknownSite);
  const Result<Trace> finished = (*recorder)->Finish();
  ASSERT_TRUE(finished) << finished.error().message;

  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->size(), 2u);
  EXPECT_EQ(trace->Name(trace->thread(0)), "ann");
  EXPECT_EQ(trace->Name(trace->event(0).object()), "server");
  EXPECT_EQ(trace->object(trace->event(0).object()).lock_class, "server");
  EXPECT_EQ(trace->Place(0), "tests/core/trace/recorder_test.cc:" + std::to_string(line));
  EXPECT_EQ(trace->Meta("title"), "A test");
  EXPECT_TRUE(trace->info().finished);
  EXPECT_GE(trace->TimeNs(1), trace->TimeNs(0));
}

TEST_F(RecorderTest, ObjectsThatNothingSpeaksOfAreLeftOut) {
  const RegisteredObject older(ObjectType::kMutex, "of another run", "server");
  auto recorder = Recorder::Start({}, {});
  ASSERT_TRUE(recorder);
  const RegisteredObject thread(ObjectType::kThread, "ann");
  const RegisteredObject client(ObjectType::kClient, "alice");
  const RegisteredObject lock(ObjectType::kMutex, "alice", "client", client.id());
  ThreadLog log(thread.id());
  log.Record(EventKind::kLockAcquired, lock.id(), 1, kUnknownSite);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->objects().size(), 3u) << "the thread, the lock, and the client that the lock belongs to";
  EXPECT_EQ(trace->Name(1), "ann");
  EXPECT_EQ(trace->Name(2), "alice");
  EXPECT_EQ(trace->object(3).parent, 2u);
}

TEST_F(RecorderTest, NothingIsRecordedWhileItIsOff) {
  const RegisteredObject thread(ObjectType::kThread, "ann");
  ThreadLog log(thread.id());
  log.Record(EventKind::kDaemonStarted, 0, 0, 0);
  auto recorder = Recorder::Start({}, {});
  ASSERT_TRUE(recorder);
  log.Record(EventKind::kLoopEnded, 0, 0, 0);
  const Result<Trace> trace = (*recorder)->Finish();
  log.Record(EventKind::kDaemonStarted, 0, 0, 0);
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->size(), 1u);
  EXPECT_EQ(trace->event(0).kind(), EventKind::kLoopEnded);
}

TEST_F(RecorderTest, AThreadGoesFromOneRecordingToTheNext) {
  const RegisteredObject thread(ObjectType::kThread, "ann");
  ThreadLog log(thread.id());
  for (int run = 0; run < 3; ++run) {
    auto recorder = Recorder::Start({}, {});
    ASSERT_TRUE(recorder);
    for (int i = 0; i <= run; ++i) log.Record(EventKind::kDaemonStarted, 0, 0, 0);
    const Result<Trace> trace = (*recorder)->Finish();
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->size(), static_cast<size_t>(run + 1));
  }
}

TEST_F(RecorderTest, OnlyOneRecordingIsOnAtATime) {
  auto first = Recorder::Start({}, {});
  ASSERT_TRUE(first);
  auto second = Recorder::Start(path_, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another recording is on"));
}

TEST_F(RecorderTest, KeepsEveryEventOfManyThreadsOverManyChunks) {
  constexpr int kThreads = 8;
  constexpr uint32_t kEvents = 50'000;
  auto recorder = Recorder::Start(path_, {});
  ASSERT_TRUE(recorder);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      const RegisteredObject self(ObjectType::kThread, "t");
      ThreadLog log(self.id());
      for (uint32_t n = 0; n < kEvents; ++n) log.Record(EventKind::kPollEntered, 0, n, 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_EQ(trace->size(), kThreads * kEvents);
  for (size_t thread = 0; thread < kThreads; ++thread) {
    uint32_t n = 0;
    for (const uint32_t step : trace->StepsOf(thread)) ASSERT_EQ(trace->event(step).arg(), n++);
    EXPECT_EQ(n, kEvents);
  }
  EXPECT_EQ(trace->info().dropped_events, 0u);
}

TEST_F(RecorderTest, AThousandShortThreadsMakeASmallFile) {
  auto recorder = Recorder::Start(path_, {});
  ASSERT_TRUE(recorder);
  for (int i = 0; i < 1'000; ++i) {
    const RegisteredObject self(ObjectType::kThread, "short");
    ThreadLog log(self.id());
    log.Record(EventKind::kThreadStarted, self.id(), 0, 0);
  }
  EXPECT_LT(std::filesystem::file_size(path_), 16u << 20);
  const Result<Trace> trace = (*recorder)->Finish();
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->threads().size(), 1'000u);
  EXPECT_LT(std::filesystem::file_size(path_), 200'000u);
}

TEST_F(RecorderTest, AFolderThatIsNotThereIsAClearError) {
  const auto recorder = Recorder::Start(folder_ / "missing" / "x.lockscope", {});
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error().message, HasSubstr("missing/x.lockscope: cannot be created: No such file or directory"));
}

TEST_F(RecorderTest, ADeviceIsNoPlaceForARecording) {
  const auto recorder = Recorder::Start("/dev/full", {});
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error().message, HasSubstr("regular file"));
}

TEST_F(RecorderTest, SitesHaveOneNumberEachFromWhereverTheyAreAsked) {
  const SourcePlace place = SourcePlace::Here();
  std::vector<std::thread> threads;
  std::vector<SiteId> ids(8);
  for (SiteId& id : ids) threads.emplace_back([&id, place] { id = SiteFor(place); });
  for (std::thread& thread : threads) thread.join();
  for (const SiteId id : ids) EXPECT_EQ(id, SiteFor(place));
  EXPECT_NE(SiteFor(SourcePlace::Here()), SiteFor(place));
  EXPECT_EQ(SiteFor(SourcePlace{}), kUnknownSite);
}

}  // namespace
}  // namespace lockscope::trace
