#include "core/trace/packed_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;

struct Block {
  std::vector<Event> events;
  std::vector<uint32_t> logs;
  void Add(uint32_t log, const Event& event) {
    events.push_back(event);
    logs.push_back(log);
  }
};

std::vector<std::byte> Pack(const Block& block, bool with_zstd = true) {
  std::vector<std::byte> bytes;
  PackedBlockWriter(with_zstd).Append(block.events, block.logs, bytes);
  return bytes;
}

// What the bytes unpack to where they should be so many events, or why they do not.
Result<Block> Unpack(std::span<const std::byte> bytes, size_t events) {
  Block block;
  block.events.resize(events);
  block.logs.resize(events);
  static PackedBlockReader reader;  // What it has read before must not matter.
  Result<void> read = reader.Read(bytes.subspan(sizeof(format::BlockHeader)), block.events, block.logs);
  if (!read) return tl::make_unexpected(read.error());
  return block;
}

void ExpectComesBack(const Block& block, const std::string& what) {
  for (const bool with_zstd : {true, false}) {
    const Result<Block> back = Unpack(Pack(block, with_zstd), block.events.size());
    ASSERT_TRUE(back) << what << ": " << back.error().message;
    ASSERT_EQ(back->events, block.events) << what;
    ASSERT_EQ(back->logs, block.logs) << what;
  }
}

// Anything at all: every field takes any value, though often a likely one.
Block AnyEvents(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  const auto below = [&random](uint64_t bound) { return random() % bound; };
  const uint64_t threads = 1 + below(seed % 5 == 0 ? 1000 : 6);
  const uint64_t objects = 1 + below(seed % 7 == 0 ? kMaxObjectId : 20);
  const uint64_t step = seed % 3 == 0 ? 1'000'000'000'000 : 1 + below(5000);
  Block block;
  uint64_t ticks = below(Event::kTickMask);
  std::vector<EventKind> kinds;
  for (const KindInfo& kind : AllKinds()) kinds.push_back(kind.kind);
  for (size_t i = 0; i < count; ++i) {
    ticks = (ticks + below(step) - (below(10) == 0 ? step : 0)) & Event::kTickMask;
    const auto arg = static_cast<uint32_t>(below(4) == 0 ? random() : below(40));
    block.Add(static_cast<uint32_t>(below(threads) * (seed % 4 == 0 ? 70'000 : 1)),
              Event::Make(ticks, kinds[below(kinds.size())], static_cast<ObjectId>(below(objects + 1)), arg,
                          static_cast<SiteId>(below(seed % 2 == 0 ? 4096 : 3))));
  }
  return block;
}

// Threads that take locks in turn.
Block LocksTaken(size_t pairs) {
  Block block;
  for (uint32_t i = 0; i < pairs; ++i) {
    const ObjectId lock = 10 + i % 5;
    block.Add(i % 3, Event::Make(i * 100, EventKind::kLockAcquired, lock, i / 5 + 1, 1));
    block.Add(i % 3, Event::Make(i * 100 + 30, EventKind::kLockReleased, lock, i / 5 + 1, 2));
  }
  return block;
}

TEST(PackedBlockTest, WhateverStandsInEventsComesBack) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    ExpectComesBack(AnyEvents(seed, 1 + seed * 13 % 2000), "seed " + std::to_string(seed));
  }
}

TEST(PackedBlockTest, OneEventAndTheMostEventsComeBack) {
  ExpectComesBack(AnyEvents(3, 1), "one");
  ExpectComesBack(AnyEvents(70, format::kMostBlockEvents), "the most");
  ExpectComesBack(LocksTaken(format::kMostBlockEvents / 2), "locks");
}

TEST(PackedBlockTest, TheEndsOfTimeComeBack) {
  Block block;
  for (const uint64_t ticks :
       {uint64_t{0}, Event::kTickMask, uint64_t{0}, Event::kTickMask, uint64_t{255}, uint64_t{511}, uint64_t{1} << 24,
        uint64_t{0}, (uint64_t{1} << 24) - 1, uint64_t{65'535}}) {
    block.Add(0, Event::Make(ticks, EventKind::kLoopEnded, 0, ~uint32_t{0}, kMaxSiteId));
  }
  ExpectComesBack(block, "the ends");
}

TEST(PackedBlockTest, WhatRepeatsTakesLittle) {
  const Block block = LocksTaken(5000);
  EXPECT_LT(Pack(block, false).size(), 2.6 * static_cast<double>(block.events.size()));
  EXPECT_LT(Pack(block, true).size(), 0.4 * static_cast<double>(block.events.size()));
}

TEST(PackedBlockTest, ABlockNeverHasMoreEventsThanItsBytesAllow) {
  Block block;
  for (uint32_t i = 0; i < 60'000; ++i) block.Add(0, Event::Make(i * uint64_t{10}, EventKind::kLoopEnded, 0, 0, 0));
  EXPECT_EQ(Pack(block).size(), block.events.size() / format::kMostEventsPerByte);
  ExpectComesBack(block, "the same again and again");
}

TEST(PackedBlockTest, TheSameEventsGiveTheSameBytes) {
  EXPECT_EQ(Pack(AnyEvents(9, 500)), Pack(AnyEvents(9, 500)));
  // A writer that has written other blocks before gives them, too.
  PackedBlockWriter writer(true);
  std::vector<std::byte> first, second;
  const Block other = AnyEvents(10, 700), block = AnyEvents(9, 500);
  writer.Append(other.events, other.logs, first);
  writer.Append(block.events, block.logs, second);
  EXPECT_EQ(second, Pack(block));
}

// There is no checksum at this level: whatever the bytes are, unpacking ends with events or an error.
TEST(PackedBlockTest, AnyDamageIsEventsOrAnError) {
  const uint64_t seed = 20261126;
  std::mt19937_64 random(seed);
  size_t errors = 0;
  for (const bool with_zstd : {true, false}) {
    for (const Block& block : {LocksTaken(20), AnyEvents(5, 60), AnyEvents(21, 300)}) {
      const std::vector<std::byte> whole = Pack(block, with_zstd);
      for (int run = 0; run < 2'000; ++run) {
        std::vector<std::byte> damaged = whole;
        for (int flips = 0; flips <= run % 3; ++flips) {
          damaged[sizeof(format::BlockHeader) + random() % (damaged.size() - sizeof(format::BlockHeader))] =
              static_cast<std::byte>(random());
        }
        if (run % 7 == 0) damaged.resize(sizeof(format::BlockHeader) + random() % (damaged.size() - 8));
        const Result<Block> read = Unpack(damaged, block.events.size() + (run % 11 == 0 ? 1 : 0));
        errors += read ? 0 : 1;
      }
    }
  }
  EXPECT_GT(errors, 500u) << "seed " << seed;
}

// A plane that decompresses to far more than it may: refused by what it says, and by what it does.
TEST(PackedBlockTest, APlaneThatGrowsIsRefused) {
  Block block;
  for (uint32_t i = 0; i < 60'000; ++i) block.Add(0, Event::Make(i * uint64_t{10}, EventKind::kLoopEnded, 0, 0, 0));
  const std::vector<std::byte> whole = Pack(block);
  const auto with_plane_of = [&whole](uint32_t bytes) {
    std::vector<std::byte> changed = whole;
    format::PackedHeader header;
    std::memcpy(&header, changed.data() + sizeof(format::BlockHeader), sizeof header);
    header.planes[0].bytes = bytes;
    std::memcpy(changed.data() + sizeof(format::BlockHeader), &header, sizeof header);
    return changed;
  };
  EXPECT_THAT(Unpack(with_plane_of(4'000'000'000), 60'000).error().message,
              HasSubstr("plane 0 has 4000000000 bytes; 60000 are the most"));
  EXPECT_THAT(Unpack(with_plane_of(1'000), 1'000).error().message, HasSubstr("plane 0 cannot be decompressed"));
  EXPECT_THAT(Unpack(with_plane_of(59'999), 60'000).error().message, HasSubstr("plane 0"));
}

TEST(PackedBlockTest, WhatIsCutOffSaysWhere) {
  const Block block = LocksTaken(20);
  const std::vector<std::byte> whole = Pack(block);
  EXPECT_THAT(Unpack(std::span(whole).first(50), 40).error().message, HasSubstr("it ends inside its header"));
  EXPECT_THAT(Unpack(std::span(whole).first(whole.size() - 1), 40).error().message, HasSubstr("are left"));
  EXPECT_THAT(Unpack(whole, 41).error().message, HasSubstr("plane 0 has 40 bytes; 41 were expected"));
}

}  // namespace
}  // namespace lockscope::trace
