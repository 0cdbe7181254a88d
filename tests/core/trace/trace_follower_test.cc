#include "core/trace/trace_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <map>
#include <thread>

#include "core/trace/recorder.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"
#include "tests/core/trace/recording_folder.h"

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;

// Adds up what a follower hands out. Events of a thread have their numbers as arguments.
class Followed {
 public:
  explicit Followed(TraceFollower& follower) : follower_(follower) {}

  void Poll() {
    const Result<TraceFollower::News> news = follower_.Poll();
    ASSERT_TRUE(news) << news.error().message;
    writer_ = news->writer;
    lost_ = news->lost_events;
    for (const auto& [id, object] : news->objects) names_[id] = object.name;
    for (const auto& [key, value] : news->meta) meta_.push_back(key + "=" + value);
    for (const auto& [thread, events] : news->threads) {
      ASSERT_FALSE(names_[thread].empty()) << "its name comes before, or with, its first event";
      uint64_t& next = next_[names_[thread]];
      for (const Event& event : events) {
        if (event.kind() == EventKind::kEventsLost) {
          next += event.arg();
          ++gaps_;
        } else {
          ASSERT_EQ(event.arg(), next++) << names_[thread];
        }
        ++events_;
      }
    }
  }
  TraceFollower::Writer writer() const { return writer_; }
  uint64_t lost() const { return lost_; }
  uint64_t next(const std::string& thread) { return next_[thread]; }
  size_t events() const { return events_; }
  size_t gaps() const { return gaps_; }
  const std::vector<std::string>& meta() const { return meta_; }

 private:
  TraceFollower& follower_;
  TraceFollower::Writer writer_ = TraceFollower::Writer::kRecording;
  uint64_t lost_ = 0;
  std::map<ObjectId, std::string> names_;
  std::map<std::string, uint64_t> next_;
  std::vector<std::string> meta_;
  size_t events_ = 0;
  size_t gaps_ = 0;
};

class TraceFollowerTest : public ::testing::Test {
 protected:
  static void Record(ThreadLog& log, uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; ++n) log.Record(EventKind::kPollEntered, kNoObject, n, kUnknownSite);
  }
  RecordingFolder folder_;
  const std::filesystem::path path_ = folder_ / "followed.lockscope";
};

TEST_F(TraceFollowerTest, FollowsAnotherProcessToItsEnd) {
  int commands[2];
  int answers[2];
  ASSERT_EQ(::pipe(commands), 0);
  ASSERT_EQ(::pipe(answers), 0);
  ForkedProcess writer([&] {
    auto recorder = Recorder::Start(path_, {{"title", "followed"}});
    ASSERT_TRUE(recorder);
    const RegisteredObject ann(ObjectType::kThread, "ann");
    ThreadLog log(ann.id());
    uint32_t n = 0;
    char command = 0;
    do {
      Record(log, n, n + 700);
      n += 700;
      (void)!::write(answers[1], "x", 1);
    } while (::read(commands[0], &command, 1) == 1 && command == 'm');
    const RegisteredObject ben(ObjectType::kThread, "ben");
    ThreadLog late(ben.id());
    Record(late, 0, 5);
    (*recorder)->AddMeta("end", "finished");
    ASSERT_TRUE((*recorder)->Finish());
    (void)!::write(answers[1], "x", 1);
    for (;;) ::pause();
  });
  char answer = 0;
  ASSERT_EQ(::read(answers[0], &answer, 1), 1);
  Result<TraceFollower> follower = TraceFollower::Open(path_);
  ASSERT_TRUE(follower) << follower.error().message;
  Followed followed(*follower);
  for (uint32_t bursts = 1; bursts <= 3; ++bursts) {
    followed.Poll();
    EXPECT_EQ(followed.next("ann"), 700u * bursts) << "what was recorded before we looked";
    EXPECT_EQ(followed.writer(), TraceFollower::Writer::kRecording);
    const size_t before = followed.events();
    followed.Poll();
    EXPECT_EQ(followed.events(), before) << "nothing twice";
    ASSERT_EQ(::write(commands[1], bursts < 3 ? "m" : "e", 1), 1);
    ASSERT_EQ(::read(answers[0], &answer, 1), 1);
  }
  followed.Poll();
  EXPECT_EQ(followed.writer(), TraceFollower::Writer::kEnded);
  EXPECT_EQ(followed.next("ben"), 5u);
  EXPECT_THAT(followed.meta(), ::testing::Contains("title=followed"));
  EXPECT_EQ(followed.meta().back(), "end=finished");
  EXPECT_THAT(TraceFollower::Open(path_).error().message, HasSubstr("is no live recording"));
}

TEST_F(TraceFollowerTest, FollowsAProcessToItsDeath) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  ForkedProcess writer([&] {
    auto recorder = Recorder::Start(path_, {});
    const RegisteredObject ann(ObjectType::kThread, "ann");
    ThreadLog log(ann.id());
    Record(log, 0, 300);
    (void)!::write(told[1], "x", 1);
    for (;;) ::pause();
  });
  char answer = 0;
  ASSERT_EQ(::read(told[0], &answer, 1), 1);
  Result<TraceFollower> follower = TraceFollower::Open(path_);
  ASSERT_TRUE(follower);
  Followed followed(*follower);
  followed.Poll();
  EXPECT_EQ(followed.writer(), TraceFollower::Writer::kRecording);
  writer.Kill();
  followed.Poll();
  EXPECT_EQ(followed.writer(), TraceFollower::Writer::kGone);
  EXPECT_EQ(followed.next("ann"), 300u);
}

// The ring is small and the threads are fast: chunks change hands while they are read.
TEST_F(TraceFollowerTest, HandsOutEachEventOnceHoweverFastTheyAre) {
  constexpr uint32_t kEvents = 300'000;
  RingOptions small;
  small.bytes = kLeastRingBytes;
  auto recorder = Recorder::Start(path_, {}, Recorder::Clock::kReal, small);
  ASSERT_TRUE(recorder);
  Result<TraceFollower> follower = TraceFollower::Open(path_);
  ASSERT_TRUE(follower) << follower.error().message;
  std::thread program([&] {
    const auto body = [](const char* name) {
      const RegisteredObject self(ObjectType::kThread, name);
      ThreadLog log(self.id());
      Record(log, 0, kEvents);
    };
    std::thread ann(body, "ann");
    std::thread ben(body, "ben");
    ann.join();
    ben.join();
    EXPECT_TRUE((*recorder)->Finish());
  });
  Followed followed(*follower);
  do {
    followed.Poll();
  } while (followed.writer() == TraceFollower::Writer::kRecording && !HasFatalFailure());
  program.join();
  EXPECT_EQ(followed.next("ann"), kEvents);
  EXPECT_EQ(followed.next("ben"), kEvents);
  EXPECT_EQ(followed.events(), 2 * kEvents);
  EXPECT_EQ(followed.lost(), 0u);
}

TEST_F(TraceFollowerTest, TellsWhatAFlightRecorderHasDroppedMeanwhile) {
  constexpr uint32_t kEvents = 1'000'000;
  RingOptions small;
  small.bytes = kLeastRingBytes;
  small.when_full = WhenFull::kDropOldest;
  auto recorder = Recorder::Start(path_, {}, Recorder::Clock::kReal, small);
  ASSERT_TRUE(recorder);
  Result<TraceFollower> follower = TraceFollower::Open(path_);
  ASSERT_TRUE(follower);
  std::thread program([&] {
    const RegisteredObject self(ObjectType::kThread, "ann");
    ThreadLog log(self.id());
    Record(log, 0, kEvents);
    EXPECT_TRUE((*recorder)->Finish());
  });
  Followed followed(*follower);
  do {
    followed.Poll();
  } while (followed.writer() == TraceFollower::Writer::kRecording && !HasFatalFailure());
  program.join();
  EXPECT_EQ(followed.next("ann"), kEvents);
  EXPECT_EQ(followed.events() - followed.gaps() + followed.lost(), kEvents);
}

TEST_F(TraceFollowerTest, WhatIsNoLiveRecordingIsAClearError) {
  EXPECT_THAT(TraceFollower::Open("/nowhere/x.lockscope").error().message,
              HasSubstr("cannot be opened: No such file or directory"));
  EXPECT_THAT(TraceFollower::Open("/dev/null").error().message, HasSubstr("is no live recording"));
}

}  // namespace
}  // namespace lockscope::trace
