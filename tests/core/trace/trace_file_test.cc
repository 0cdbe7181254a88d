#include "core/trace/trace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>

#include "core/trace/file_format.h"
#include "core/trace/section_checksum.h"
#include "core/trace/trace_builder.h"
#include "tests/support/mend_checksums.h"
#include "tests/support/random_trace.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::trace {
namespace {

using lockscope::testing::MendChecksums;
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

constexpr FileForm kForms[] = {FileForm::kCompact, FileForm::kPlain};

// Of three blocks.
Trace LongTrace() {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann"), ben = b.Thread("ben");
  const ObjectId lock = b.Mutex("server", "server");
  for (int i = 0; i < 9'000; ++i) {
    b.On(ann, "a.cc", 3).Acquire(lock).Release(lock);
    b.On(ben, "b.cc", 4).Acquire(lock).Release(lock);
  }
  return b.Build();
}

// The layout with a section of events for each thread: what version 1 was, and what a live file is like.
std::vector<std::byte> Threadwise(const Trace& trace, format::State state) {
  std::vector<std::byte> bytes = EncodeTrace(trace);
  size_t at = sizeof(format::FileHeader);
  for (;;) {
    format::SectionHeader section;
    std::memcpy(&section, bytes.data() + at, sizeof section);
    if (section.type == static_cast<uint32_t>(format::SectionType::kThreads)) break;
    at += sizeof section + section.capacity_bytes;
  }
  bytes.resize(at);
  for (const TraceParts::ThreadEvents& log : trace.ToParts().threads) {
    const uint64_t size = log.events.size() * sizeof(Event);
    const format::SectionHeader section{static_cast<uint32_t>(format::SectionType::kEvents), log.thread, size, size, 0};
    const auto header = std::as_bytes(std::span(&section, 1)), events = std::as_bytes(std::span(log.events));
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), events.begin(), events.end());
  }
  format::FileHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.version = 1;
  header.state = static_cast<uint32_t>(state);
  std::memcpy(bytes.data(), &header, sizeof header);
  MendChecksums(bytes);
  return bytes;
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
  EXPECT_THAT(ErrorOf({}), HasSubstr("x.lockscope: the file is empty"));
  for (const FileForm form : kForms) {
    const std::vector<std::byte> bytes = EncodeTrace(SmallTrace(), form);
    for (size_t size = 1; size < bytes.size(); ++size) {
      const std::string error = ErrorOf(std::span(bytes).first(size));
      ASSERT_THAT(error, HasSubstr("at byte " + std::to_string(size))) << size;
    }
  }
}

// The header may say that a shorter file is whole.
TEST(TraceFileTest, EveryTruncationIsFoundThoughTheHeaderSaysThatThisIsAll) {
  for (const FileForm form : kForms) {
    const std::vector<std::byte> bytes = EncodeTrace(SmallTrace(), form);
    for (size_t size = sizeof(format::FileHeader); size < bytes.size(); ++size) {
      std::vector<std::byte> shorter(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
      MendChecksums(shorter);
      const Result<Trace> read = ReadTraceBytes(shorter, "x");
      // Without tables and events it is a trace of nothing, and says so.
      ASSERT_TRUE(!read || read->empty()) << size;
    }
  }
}

TEST(TraceFileTest, EveryFlippedBitIsFound) {
  for (const FileForm form : kForms) {
    const std::vector<std::byte> bytes = EncodeTrace(SmallTrace(), form);
    // Of the plain form one bit a byte: all of its bytes are under the same checksums as those of the other.
    const size_t step = form == FileForm::kCompact ? 1 : 9;
    for (size_t bit = 0; bit < bytes.size() * 8; bit += step) {
      std::vector<std::byte> damaged = bytes;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      const Result<Trace> read = ReadTraceBytes(damaged, "x");
      // Padding between sections is under no checksum and means nothing.
      if (read) {
        ASSERT_EQ(EncodeTrace(*read, form), bytes) << bit;
      }
    }
  }
}

// Behind right checksums anything may stand: reading ends with a trace that can be written again, or with an error.
TEST(TraceFileTest, AnyDamageBehindRightChecksumsIsATraceOrAnError) {
  const uint64_t seed = 20261127;
  std::mt19937_64 random(seed);
  size_t errors = 0;
  for (const FileForm form : kForms) {
    const std::vector<std::byte> whole = EncodeTrace(SmallTrace(), form);
    for (int run = 0; run < 1'500; ++run) {
      std::vector<std::byte> damaged = whole;
      for (int flips = 0; flips <= run % 3; ++flips) {
        damaged[12 + random() % (damaged.size() - 12)] = static_cast<std::byte>(random());
      }
      if (run % 5 == 0) damaged.resize(sizeof(format::FileHeader) + random() % (damaged.size() - 128));
      MendChecksums(damaged);
      const Result<Trace> read = ReadTraceBytes(damaged, "x");
      errors += read ? 0 : 1;
      if (!read) continue;
      const std::vector<std::byte> again = EncodeTrace(*read, form);
      const Result<Trace> twice = ReadTraceBytes(again, "x");
      ASSERT_TRUE(twice) << "seed " << seed << " run " << run << ": " << twice.error().message;
      ASSERT_EQ(EncodeTrace(*twice, form), again) << "seed " << seed << " run " << run;
    }
  }
  EXPECT_GT(errors, 500u) << "seed " << seed;
}

// One field of a whole file is changed, its checksums are right: the error says where and what.
class OneFieldTest : public ::testing::Test {
 protected:
  // The header and the payload of a section.
  static size_t Find(std::span<const std::byte> bytes, format::SectionType type) {
    size_t at = sizeof(format::FileHeader);
    for (;;) {
      format::SectionHeader section;
      std::memcpy(&section, bytes.data() + at, sizeof section);
      if (section.type == static_cast<uint32_t>(type)) return at;
      at += sizeof section + section.capacity_bytes;
    }
  }
  template <typename Value>
  static std::string ErrorWith(format::SectionType type, size_t offset, Value value,
                               FileForm form = FileForm::kCompact) {
    std::vector<std::byte> bytes = EncodeTrace(SmallTrace(), form);
    const size_t at = Find(bytes, type) + sizeof(format::SectionHeader) + offset;
    std::memcpy(bytes.data() + at, &value, sizeof value);
    MendChecksums(bytes);
    const std::string error = ErrorOf(bytes);
    EXPECT_THAT(error, ::testing::StartsWith("x.lockscope: ")) << error;
    return error;
  }
};

TEST_F(OneFieldTest, CountsThatTheFileCannotHoldAreNotBelieved) {
  using format::SectionType;
  const uint32_t absurd = 4'000'000'000;
  for (const SectionType table :
       {SectionType::kMeta, SectionType::kKinds, SectionType::kObjects, SectionType::kSites}) {
    EXPECT_THAT(ErrorWith(table, 0, absurd), HasSubstr("ends in the middle of an entry"));
  }
  EXPECT_THAT(ErrorWith(SectionType::kMeta, 4, absurd), HasSubstr("ends in the middle of an entry"));
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 0, uint64_t{1} << 60), HasSubstr("ends in the middle of an entry"));
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 16, uint64_t{1} << 60),
              HasSubstr("1152921504606846976 events of thread 1"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 0, absurd), HasSubstr("a block of 4000000000 events; 1 to 65536"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 0, uint32_t{60'000}), HasSubstr("60000 events in"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 0, uint32_t{0}), HasSubstr("a block of 0 events"));
}

TEST_F(OneFieldTest, ThreadsThatHaveOtherEventsThanTheySayAreAnError) {
  using format::SectionType;
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 16, uint64_t{3}), HasSubstr("its threads have"));
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 16, uint64_t{0}), HasSubstr("0 events of thread 1"));
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 8, uint32_t{9}),
              HasSubstr("events of thread 9, but there are only 4 objects"));
  EXPECT_THAT(ErrorWith(SectionType::kThreads, 8, uint32_t{2}),
              HasSubstr("events of thread 2 after those of thread 2"));
}

TEST_F(OneFieldTest, ABlockThatIsNoneSaysWhichAndWhere) {
  using format::SectionType;
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 4, uint32_t{7}), HasSubstr("a block in the form 7; 1 or 2 was expected"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 4, uint32_t{1}), HasSubstr("a plain block of 12 events in"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 16, uint32_t{13}), HasSubstr("block 0: 13 facts in 12 events"));
  // In the plain form: the first event's kind, and its thread.
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 24, uint8_t{250}, FileForm::kPlain),
              HasSubstr("event 0 of thread 1: kind 250"));
  EXPECT_THAT(ErrorWith(SectionType::kBlock, 16 + 12 * 16, uint16_t{5}, FileForm::kPlain),
              HasSubstr("event 0 is of log 5"));
}

TEST(TraceFileTest, ABlockThatIsMissingIsFound) {
  std::vector<std::byte> bytes = EncodeTrace(LongTrace());
  // The second block says that it is the third.
  size_t at = sizeof(format::FileHeader);
  for (int blocks = 0;;) {
    format::SectionHeader section;
    std::memcpy(&section, bytes.data() + at, sizeof section);
    if (section.type == static_cast<uint32_t>(format::SectionType::kBlock) && ++blocks == 2) break;
    at += sizeof section + section.capacity_bytes;
  }
  const uint32_t third = 2;
  std::memcpy(bytes.data() + at + 4, &third, sizeof third);
  MendChecksums(bytes);
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("at byte " + std::to_string(at + 4) + ": block 2; 1 was expected"));
}

// In the plain form, the release of a hold and the next acquisition of the lock change places.
TEST(TraceFileTest, AFileWhoseHoldsOverlapIsRefused) {
  TraceBuilder b;
  const ObjectId ann = b.Thread("ann"), ben = b.Thread("ben");
  const ObjectId lock = b.Mutex("server", "server");
  b.At(10).On(ann).Acquire(lock).Release(lock);
  b.At(20).On(ben).Acquire(lock).Release(lock);
  std::vector<std::byte> bytes = EncodeTrace(b.Build(), FileForm::kPlain);
  format::SectionHeader section;
  size_t at = sizeof(format::FileHeader);
  for (;; at += sizeof section + section.capacity_bytes) {
    std::memcpy(&section, bytes.data() + at, sizeof section);
    if (section.type == static_cast<uint32_t>(format::SectionType::kBlock)) break;
  }
  const size_t events = at + sizeof section + 16, threads = events + 6 * 16;
  std::swap_ranges(bytes.data() + events + 3 * 16, bytes.data() + events + 4 * 16, bytes.data() + events + 4 * 16);
  std::swap_ranges(bytes.data() + threads + 3 * 2, bytes.data() + threads + 4 * 2, bytes.data() + threads + 4 * 2);
  MendChecksums(bytes);
  EXPECT_EQ(ErrorOf(bytes), "x.lockscope: at byte " + std::to_string(at + sizeof section) +
                                ": block 0: hold 1 of lock 3 ends only after acquisition 2 of it");
}

TEST(TraceFileTest, RandomTracesComeBackInBothForms) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Trace trace = lockscope::testing::RandomTrace(seed, 500);
    for (const FileForm form : kForms) {
      const Result<Trace> read = ReadTraceBytes(EncodeTrace(trace, form), "x");
      ASSERT_TRUE(read) << "seed " << seed << ": " << read.error().message;
      ASSERT_TRUE(std::ranges::equal(read->events(), trace.events())) << "seed " << seed;
      ASSERT_EQ(read->proof(), trace.proof()) << "seed " << seed;
      ASSERT_EQ(EncodeTrace(*read), EncodeTrace(trace)) << "seed " << seed;
    }
  }
}

TEST(TraceFileTest, ManyBlocksComeBackAndTellOfTheirProgress) {
  const lockscope::testing::TemporaryFolder folder;
  const Trace trace = LongTrace();
  for (const FileForm form : kForms) {
    ASSERT_TRUE(WriteTrace(trace, folder.File("long"), form));
    std::vector<uint64_t> done;
    const Result<Trace> read = ReadTrace(folder.File("long"), [&](uint64_t events, uint64_t total) {
      EXPECT_EQ(total, trace.size());
      done.push_back(events);
      return true;
    });
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(std::ranges::equal(read->events(), trace.events()));
    for (size_t thread = 0; thread < trace.threads().size(); ++thread) {
      ASSERT_TRUE(std::ranges::equal(read->StepsOf(thread), trace.StepsOf(thread)));
    }
    EXPECT_EQ(read->end_ns(), trace.end_ns());
    EXPECT_GT(done.size(), 2u);
    EXPECT_TRUE(std::ranges::is_sorted(done));
    EXPECT_EQ(done.back(), trace.size());
  }
}

TEST(TraceFileTest, ReadingCanBeStopped) {
  const lockscope::testing::TemporaryFolder folder;
  ASSERT_TRUE(WriteTrace(LongTrace(), folder.File("long")));
  const Result<Trace> read = ReadTrace(folder.File("long"), [](uint64_t, uint64_t) { return false; });
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("long: reading was stopped"));
}

TEST(TraceFileTest, MoreThreadsThanSixteenBitsCanTell) {
  constexpr uint32_t kThreads = 70'000;
  TraceParts parts;
  for (uint32_t i = 0; i < kThreads; ++i) {
    parts.objects.push_back({ObjectType::kThread, "t", "", kNoObject});
    parts.threads.push_back({i + 1, {Event::Make(i / 2, EventKind::kThreadStarted, i + 1, 0, 0)}});
  }
  const Result<Trace> trace = Trace::Build(std::move(parts));
  ASSERT_TRUE(trace) << trace.error().message;
  for (const FileForm form : kForms) {
    const Result<Trace> read = ReadTraceBytes(EncodeTrace(*trace, form), "x");
    ASSERT_TRUE(read) << read.error().message;
    size_t wrong = 0;
    for (size_t step = 0; step < kThreads; ++step) wrong += read->thread(step) != read->event(step).object() ? 1 : 0;
    EXPECT_EQ(wrong, 0u);
  }
}

// Whichever version of zstd is there.
TEST(TraceFileTest, AControlledRunsBytesDoNotDependOnALibrary) {
  TraceBuilder b;
  b.Meta("clock", "virtual");
  const ObjectId ann = b.Thread("ann");
  for (int i = 0; i < 1'000; ++i) b.On(ann).Record(EventKind::kLoopEnded);
  const std::vector<std::byte> bytes = EncodeTrace(b.Build());
  EXPECT_GT(bytes.size(), 2'000u) << "two bytes an event at least: not compressed";
  EXPECT_TRUE(ReadTraceBytes(bytes, "x"));
}

TEST(TraceFileTest, FilesOfVersionOneAreStillRead) {
  const Trace trace = SmallTrace();
  std::vector<std::byte> bytes = Threadwise(trace, format::State::kFinished);
  const Result<Trace> read = ReadTraceBytes(bytes, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(EncodeTrace(*read), EncodeTrace(trace));
  bytes[bytes.size() - 3] ^= std::byte{1};
  EXPECT_THAT(ErrorOf(bytes), HasSubstr("the section's checksum is wrong"));
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
  EXPECT_EQ(ErrorOf(bytes), "x.lockscope: at byte 8: version 9 of the format; this program reads versions 1 to 2");
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
  const std::vector<std::byte> whole = Threadwise(SmallTrace(), format::State::kLive);
  size_t errors = 0;
  for (int run = 0; run < 4'000; ++run) {
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

TEST(TraceFileTest, AFileThatIsNoRecordingAndIsNotCalledOneIsLeftAlone) {
  const auto folder = std::filesystem::temp_directory_path() / ("trace file test " + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto path = folder / "a scenario.json";
  const auto is_refused = [&](const char* content) {
    std::ofstream(path) << content;
    const Result<void> written = WriteTrace(SmallTrace(), path);
    EXPECT_EQ(ReadTrace(path).has_value(), written.has_value());
    if (written) return false;
    EXPECT_EQ(written.error().message,
              path.string() +
                  ": is there already, and is no recording; the name of a new file was expected, or one in "
                  ".lockscope");
    return true;
  };
  EXPECT_TRUE(is_refused("{}"));
  EXPECT_TRUE(is_refused("\x89PNG\r\n"));
  EXPECT_FALSE(is_refused("")) << "nothing is lost with an empty one, as mktemp makes them";
  EXPECT_FALSE(is_refused("\x89LSC")) << "one that was cut off";
  ASSERT_TRUE(WriteTrace(SmallTrace(), path)) << "a recording is replaced, whatever it is called";
  std::filesystem::remove_all(folder);
}

TEST(TraceFileTest, WhatIsNoFileIsAClearError) {
  EXPECT_THAT(ReadTrace("/nowhere/x.lockscope").error().message, HasSubstr("cannot be opened: No such file"));
  EXPECT_THAT(ReadTrace("/tmp").error().message, HasSubstr("is a folder"));
  EXPECT_THAT(ReadTrace("/dev/null").error().message, HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace lockscope::trace
