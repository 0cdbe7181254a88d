#include "core/trace/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "core/trace/recorder.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"
#include "tests/core/trace/recording_folder.h"

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Whole(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
void Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

class RecoveryTest : public ::testing::Test {
 protected:
  // A program that records so many events and is killed.
  void LeaveBehind(const std::filesystem::path& path, uint32_t events) {
    ForkedProcess victim([&] {
      RingOptions small;
      small.bytes = kLeastRingBytes;
      auto recorder = Recorder::Start(path, {{"title", "left behind"}}, Recorder::Clock::kReal, small);
      const RegisteredObject self(ObjectType::kThread, "ann");
      const RegisteredObject lock(ObjectType::kMutex, "server", "server");
      ThreadLog log(self.id());
      for (uint32_t n = 1; n <= events / 2; ++n) {
        log.Record(EventKind::kLockAcquired, lock.id(), n, SiteFor(SourcePlace::Here()));
        log.Record(EventKind::kLockReleased, lock.id(), n, SiteFor(SourcePlace::Here()));
      }
      ::kill(::getpid(), SIGKILL);
    });
    ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  }
  std::filesystem::path RingPath() const { return folder_.Rings().at(0).path; }

  RecordingFolder folder_;
  const std::filesystem::path path_ = folder_ / "left.lockscope";
};

TEST_F(RecoveryTest, FinishesForGoodAndOnlyOnce) {
  LeaveBehind(path_, 1'000);
  const std::vector<FoundRing> rings = folder_.Rings();
  ASSERT_EQ(rings.size(), 1u);
  EXPECT_TRUE(rings[0].readable);
  EXPECT_FALSE(rings[0].writer_lives);
  EXPECT_TRUE(rings[0].out_names_it);
  EXPECT_EQ(rings[0].out, path_);
  EXPECT_GT(rings[0].bytes, 1u << 20);
  const Result<Trace> trace = Recover(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 1'000u);
  EXPECT_EQ(trace->proven_holds(), 499u);
  EXPECT_FALSE(trace->info().finished);
  EXPECT_FALSE(std::filesystem::exists(rings[0].path));
  EXPECT_THAT(Recover(path_).error().message, HasSubstr("there is nothing to recover: it is recovered already"));
}

TEST_F(RecoveryTest, WhatIsStillRecordedIsLeftAlone) {
  auto recorder = Recorder::Start(path_, {});
  ASSERT_TRUE(recorder);
  EXPECT_THAT(Recover(path_).error().message,
              HasSubstr("process " + std::to_string(::getpid()) + " is still recording to it"));
  ASSERT_TRUE((*recorder)->Finish());
  EXPECT_THAT(Recover(path_).error().message, HasSubstr("there is nothing to recover: it is finished"));
  EXPECT_THAT(Recover(folder_ / "none").error().message, HasSubstr("cannot be opened"));
}

TEST_F(RecoveryTest, WithoutItsRingAFileHasWhatWasWrittenOut) {
  LeaveBehind(path_, 400'000);
  std::filesystem::remove(RingPath());
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_THAT(std::string(trace->Meta("ring_missing")), HasSubstr("the ring cannot be opened: No such file"));
  EXPECT_GT(trace->size(), 400'000 - kLeastRingBytes / sizeof(Event));
  EXPECT_LT(trace->size(), 400'000u);
  const Result<Trace> recovered = Recover(path_);
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ(recovered->size(), trace->size());
}

TEST_F(RecoveryTest, AnotherRecordingsRingIsNotTakenForItsOwn) {
  LeaveBehind(path_, 100);
  const std::filesystem::path its_ring = RingPath();
  const std::filesystem::path other = folder_ / "other.lockscope";
  LeaveBehind(other, 200);
  for (const FoundRing& ring : folder_.Rings()) {
    if (ring.out == other) std::filesystem::rename(ring.path, its_ring);
  }
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_THAT(std::string(trace->Meta("ring_missing")), HasSubstr("is the ring "));
  EXPECT_TRUE(trace->empty());
}

TEST_F(RecoveryTest, ARecordingThatWasMovedStillFindsItsRing) {
  LeaveBehind(path_, 100);
  const std::filesystem::path moved = folder_ / "moved.lockscope";
  std::filesystem::rename(path_, moved);
  ASSERT_EQ(folder_.Rings().size(), 1u);
  EXPECT_FALSE(folder_.Rings()[0].out_names_it) << "it knows the old name alone";
  const Result<Trace> trace = Recover(moved);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 100u);
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RecoveryTest, RecordingAnewOverAnAbandonedRecordingTakesItsRingAlong) {
  LeaveBehind(path_, 100);
  const std::filesystem::path old_ring = RingPath();
  auto recorder = Recorder::Start(path_, {});
  ASSERT_TRUE(recorder) << recorder.error().message;
  EXPECT_FALSE(std::filesystem::exists(old_ring));
  EXPECT_TRUE((*recorder)->Finish());
  EXPECT_TRUE(folder_.Rings().empty());
}

TEST_F(RecoveryTest, ARingIsRecoveredByItselfOnlyWhereItsRecordingIsGone) {
  LeaveBehind(path_, 100);
  const std::filesystem::path ring = RingPath();
  EXPECT_THAT(Recover(ring, folder_ / "x.lockscope").error().message, HasSubstr("which is there; recover that"));
  EXPECT_THAT(Recover(path_, folder_ / "x.lockscope").error().message, HasSubstr("is no ring"));
  std::filesystem::remove(path_);
  EXPECT_THAT(Recover(ring).error().message, HasSubstr("say with -o"));
  const Result<Trace> trace = Recover(ring, folder_ / "x.lockscope");
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 100u);
  EXPECT_FALSE(std::filesystem::exists(ring));
  EXPECT_TRUE(ReadTrace(folder_ / "x.lockscope"));
}

// Whatever stands in the two files: a trace or an error of one line, never a crash, a hang or a huge allocation.
TEST_F(RecoveryTest, AnyDamageIsATraceOrAnError) {
  constexpr uint64_t kSeed = 20261127;
  std::mt19937_64 random(kSeed);
  LeaveBehind(path_, 2'000);
  const std::filesystem::path ring = RingPath();
  const std::string good_ring = Whole(ring);
  const std::string good_out = Whole(path_);
  size_t errors = 0;
  for (int run = 0; run < 400; ++run) {
    std::string bytes = good_ring;
    for (int flips = 0; flips <= run % 4; ++flips) {
      // The header, the segments' sizes, the first chunks of both kinds.
      const size_t where = random() % 3 == 0 ? 8192 + format::kSegmentBytes : random() % 2 * 8192;
      bytes[where + random() % 2'200] = static_cast<char>(random());
    }
    if (run % 5 == 0) bytes.resize(random() % bytes.size());
    Write(ring, bytes);
    const Result<Trace> trace = ReadTrace(path_);
    if (!trace) {
      ++errors;
      ASSERT_THAT(trace.error().message, StartsWith(path_.string() + ": ")) << "seed " << kSeed << ", run " << run;
    }
  }
  EXPECT_GT(errors, 50u);
  Write(ring, good_ring);
  for (int run = 0; run < 2'000; ++run) {
    std::string bytes = good_out;
    for (int flips = 0; flips <= run % 4; ++flips)
      bytes[20 + random() % (bytes.size() - 20)] = static_cast<char>(random());
    if (run % 5 == 0) bytes.resize(random() % bytes.size());
    const Result<Trace> trace = ReadTraceBytes(std::as_bytes(std::span(bytes)), "x");
    errors += trace ? 0 : 1;
  }
  for (size_t size = 1; size < good_out.size(); ++size) {
    (void)ReadTraceBytes(std::as_bytes(std::span(good_out)).first(size), "x");
  }
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->size(), 2'000u);
}

// A section that says that it is as long as the file, which has no blocks.
TEST_F(RecoveryTest, ALengthThatIsAbsurdIsAnErrorAndNoAllocation) {
  LeaveBehind(path_, 100);
  std::string bytes = Whole(path_);
  format::SectionHeader section{static_cast<uint32_t>(format::LiveSection::kPiece), 7, uint64_t{1} << 40,
                                uint64_t{1} << 40, 0};
  bytes.append(reinterpret_cast<const char*>(&section), sizeof section);
  Write(path_, bytes);
  std::filesystem::resize_file(path_, uint64_t{2} << 40);
  const Result<Trace> trace = ReadTrace(path_);
  ASSERT_FALSE(trace);
  EXPECT_THAT(trace.error().message, HasSubstr("at byte " + std::to_string(bytes.size() - 32 + 32)));
}

}  // namespace
}  // namespace lockscope::trace
