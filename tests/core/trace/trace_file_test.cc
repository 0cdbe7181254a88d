#include "core/trace/trace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <xxhash.h>

#include <fstream>
#include <random>

#include "core/trace/file_format.h"
#include "core/trace/section_checksum.h"
#include "core/trace/trace_builder.h"

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;

Trace SmallTrace() {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann", Role::kWorker);
  const ObjectId ben = b.Thread("ben");
  const ObjectId lock = b.Mutex("server", "server");
  const ObjectId job = b.Condition("job", lock);
  b.Meta("title", "A title with \"quotes\" and ümlauts");
  b.On(ann, "a.cc", 3).Acquire(lock).BeginWait(job);
  b.On(ben, "b.cc", 4).Acquire(lock).Record(EventKind::kConditionSignalled, job).Release(lock);
  b.On(ann, "a.cc", 3).EndWait(job).Release(lock);
  return b.Build();
}

std::string ErrorOf(std::span<const std::byte> bytes) {
  const Result<Trace> trace = ReadTraceBytes(bytes, "x.lockscope");
  return trace ? "fine" : trace.error().message;
}

TEST(TraceFileTest, ComesBackAsItWas) {
  const Trace trace = SmallTrace();
  const std::vector<std::byte> bytes = EncodeTrace(trace);
  const Result<Trace> read = ReadTraceBytes(bytes, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->info(), trace.info());
  EXPECT_TRUE(std::ranges::equal(read->objects(), trace.objects()));
  EXPECT_TRUE(std::ranges::equal(read->sites(), trace.sites()));
  EXPECT_TRUE(std::ranges::equal(read->events(), trace.events()));
  EXPECT_EQ(EncodeTrace(*read), bytes);
}

TEST(TraceFileTest, AnEmptyTraceIsAFileToo) {
  const Result<Trace> read = ReadTraceBytes(EncodeTrace(Trace()), "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->empty());
}

TEST(TraceFileTest, EveryTruncationIsAnErrorThatSaysWhere) {
  const std::vector<std::byte> bytes = EncodeTrace(SmallTrace());
  EXPECT_THAT(ErrorOf({}), HasSubstr("x.lockscope: the file is empty"));
  for (size_t size = 1; size < bytes.size(); ++size) {
    const std::string error = ErrorOf(std::span(bytes).first(size));
    ASSERT_THAT(error, HasSubstr("at byte " + std::to_string(size))) << size;
  }
}

TEST(TraceFileTest, EveryFlippedBitIsFound) {
  const std::vector<std::byte> bytes = EncodeTrace(SmallTrace());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::vector<std::byte> damaged = bytes;
    damaged[at] ^= std::byte{4};
    const Result<Trace> read = ReadTraceBytes(damaged, "x");
    // Padding between sections is under no checksum and means nothing.
    if (read) {
      ASSERT_EQ(EncodeTrace(*read), bytes) << at;
    }
  }
}

TEST(TraceFileTest, SomethingAfterTheEndIsAnError) {
  std::vector<std::byte> bytes = EncodeTrace(SmallTrace());
  bytes.resize(bytes.size() + 16);
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("followed by something else"));
}

TEST(TraceFileTest, OtherFilesAreToldApart) {
  const auto error_of_text = [](std::string_view text) { return ErrorOf(std::as_bytes(std::span(text))); };
  EXPECT_EQ(error_of_text("{\"title\": 1}"), "x.lockscope: this is JSON, not a lockscope trace");
  EXPECT_THAT(error_of_text("#!/bin/sh\n"), HasSubstr("not a lockscope trace"));
}

TEST(TraceFileTest, AnotherVersionSaysWhich) {
  std::vector<std::byte> bytes = EncodeTrace(SmallTrace());
  bytes[8] = std::byte{9};
  EXPECT_EQ(ErrorOf(bytes), "x.lockscope: at byte 8: version 9 of the format; this program reads version 1");
}

// Appends a section of a type that this program does not know, with its checksum, and mends the header.
TEST(TraceFileTest, ASectionOfALaterVersionIsSkipped) {
  const Trace trace = SmallTrace();
  std::vector<std::byte> bytes = EncodeTrace(trace);
  const std::vector<std::byte> payload(48, std::byte{7});
  format::SectionHeader section{77, 0, 48, 48, 0};
  section.checksum = SectionChecksum(section, payload);
  const auto* raw = reinterpret_cast<const std::byte*>(&section);
  bytes.insert(bytes.end(), raw, raw + sizeof section);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  format::FileHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.file_bytes = bytes.size();
  header.checksum = XXH3_64bits(&header, offsetof(format::FileHeader, checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
  const Result<Trace> read = ReadTraceBytes(bytes, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(std::ranges::equal(read->events(), trace.events()));
}

// A live file has no checksums: whatever stands in it, reading ends with a trace or an error, never with a crash or a
// huge allocation.
TEST(TraceFileTest, ALiveFileWithAnyDamageIsATraceOrAnError) {
  const uint64_t seed = 20261123;
  std::mt19937_64 random(seed);
  std::vector<std::byte> whole = EncodeTrace(SmallTrace());
  format::FileHeader header;
  std::memcpy(&header, whole.data(), sizeof header);
  header.state = static_cast<uint32_t>(format::State::kLive);
  std::memcpy(whole.data(), &header, sizeof header);
  size_t errors = 0;
  for (int run = 0; run < 20'000; ++run) {
    std::vector<std::byte> damaged = whole;
    for (int flips = 0; flips <= run % 4; ++flips) damaged[20 + random() % (damaged.size() - 20)] = std::byte(random());
    if (run % 5 == 0) damaged.resize(random() % damaged.size());
    errors += ReadTraceBytes(damaged, "x").has_value() ? 0 : 1;
  }
  EXPECT_GT(errors, 0u) << "seed " << seed;
}

TEST(TraceFileTest, WritingReplacesTheOldFileOrLeavesIt) {
  const auto folder = std::filesystem::temp_directory_path() / ("trace file test " + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto path = folder / "a b.lockscope";
  std::ofstream(path) << "old";
  ASSERT_TRUE(WriteTrace(SmallTrace(), path));
  EXPECT_TRUE(ReadTrace(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".tmp"));
  const Result<void> nowhere = WriteTrace(SmallTrace(), folder / "none" / "x.lockscope");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("No such file or directory"));
  std::filesystem::remove_all(folder);
}

TEST(TraceFileTest, WhatIsNoFileIsAClearError) {
  EXPECT_THAT(ReadTrace("/nowhere/x.lockscope").error().message, HasSubstr("cannot be opened: No such file"));
  EXPECT_THAT(ReadTrace("/tmp").error().message, HasSubstr("is a folder"));
  EXPECT_THAT(ReadTrace("/dev/null").error().message, HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace lockscope::trace
