#include "core/rpc/memory_transport.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/core/rpc/bytes.h"

namespace lockscope::rpc {
namespace {

constexpr IoResult kWouldBlock{IoStatus::kWouldBlock, 0, 0};
constexpr IoResult kClosed{IoStatus::kClosed, 0, 0};
constexpr IoResult Moved(size_t bytes) { return {IoStatus::kOk, bytes, 0}; }

class MemoryTransportTest : public testing::Test {
 protected:
  MemoryTransport& client() { return *ends_.first; }
  MemoryTransport& daemon() { return *ends_.second; }

  MemoryTransport::Pair ends_ = MemoryTransport::MakePair("alice", "daemon", Handle{1}, Handle{2});
  Bytes ten_ = NaiveXdr().Raw("0123456789").bytes();
  Bytes buffer_ = Bytes(16);
};

TEST_F(MemoryTransportTest, WhatOneEndWritesTheOtherReads) {
  EXPECT_EQ(client().Write(ten_), Moved(10));
  EXPECT_EQ(daemon().Read(buffer_), Moved(10));
  EXPECT_TRUE(std::equal(ten_.begin(), ten_.end(), buffer_.begin()));
  EXPECT_EQ(daemon().Read(buffer_), kWouldBlock);
  EXPECT_EQ(client().Read(buffer_), kWouldBlock);
}

TEST_F(MemoryTransportTest, EachEndKnowsItsHandleAndTheOthersName) {
  EXPECT_EQ(daemon().peer_name(), "alice");
  EXPECT_EQ(client().peer_name(), "daemon");
  EXPECT_EQ(daemon().handle(), Handle{2});
}

TEST_F(MemoryTransportTest, LimitsCutWhatACallMoves) {
  client().SetLimits({.write_at_most = 4});
  daemon().SetLimits({.read_at_most = 3});
  EXPECT_EQ(client().Write(ten_), Moved(4));
  EXPECT_EQ(daemon().Read(buffer_), Moved(3));
  EXPECT_EQ(daemon().Read(buffer_), Moved(1));
}

TEST_F(MemoryTransportTest, AFullPipeTakesNoMoreUntilThePeerReads) {
  daemon().SetLimits({.capacity = 6});
  EXPECT_EQ(daemon().Write(ten_), Moved(6));
  EXPECT_FALSE(daemon().writable());
  EXPECT_EQ(daemon().Write(ten_), kWouldBlock);
  EXPECT_EQ(client().Read(std::span(buffer_).first(2)), Moved(2));
  EXPECT_TRUE(daemon().writable());
  EXPECT_EQ(daemon().Write(ten_), Moved(2));
}

TEST_F(MemoryTransportTest, AHalfCloseLetsTheOtherDirectionLive) {
  EXPECT_EQ(client().Write(ten_), Moved(10));
  client().CloseWriting();
  EXPECT_EQ(client().Write(ten_), kClosed);
  EXPECT_EQ(daemon().Read(buffer_), Moved(10));
  EXPECT_EQ(daemon().Read(buffer_), kClosed);
  EXPECT_EQ(daemon().Write(ten_), Moved(10));
  EXPECT_EQ(client().Read(buffer_), Moved(10));
}

TEST_F(MemoryTransportTest, AfterACloseNothingMoves) {
  client().Close();
  client().Close();
  EXPECT_EQ(client().Read(buffer_), kClosed);
  EXPECT_EQ(daemon().Read(buffer_), kClosed);
  EXPECT_EQ(daemon().Write(ten_), kClosed);
}

TEST_F(MemoryTransportTest, DestroyingAnEndClosesIt) {
  EXPECT_EQ(client().Write(ten_), Moved(10));
  ends_.first.reset();
  EXPECT_EQ(daemon().Read(buffer_), Moved(10));
  EXPECT_EQ(daemon().Read(buffer_), kClosed);
  EXPECT_EQ(daemon().Write(ten_), kClosed);
}

TEST_F(MemoryTransportTest, AFaultIsReportedAtBothCalls) {
  daemon().FailWith(EIO);
  EXPECT_TRUE(daemon().readable());
  EXPECT_EQ(daemon().Read(buffer_), (IoResult{IoStatus::kError, 0, EIO}));
  EXPECT_EQ(daemon().Write(ten_), (IoResult{IoStatus::kError, 0, EIO}));
}

TEST_F(MemoryTransportTest, TheObserverSeesEveryChangeOfReadinessComplete) {
  int calls = 0;
  bool readable = false;
  bool writable = true;
  daemon().SetObserver([&] {
    ++calls;
    readable = daemon().readable();
    writable = daemon().writable();
  });
  EXPECT_EQ(client().Write(ten_), Moved(10));
  EXPECT_TRUE(readable);

  daemon().SetLimits({.read_at_most = 0, .capacity = 1});
  EXPECT_FALSE(readable);
  EXPECT_EQ(daemon().Read(buffer_), kWouldBlock);
  EXPECT_EQ(daemon().Write(ten_), Moved(1));
  EXPECT_FALSE(daemon().writable());

  writable = false;
  EXPECT_EQ(client().Read(buffer_), Moved(1));
  EXPECT_TRUE(writable);

  daemon().SetLimits({});
  EXPECT_EQ(daemon().Read(buffer_), Moved(10));
  const int before = calls;
  readable = false;
  client().Close();
  EXPECT_GT(calls, before);
  EXPECT_TRUE(readable);
}

}  // namespace
}  // namespace lockscope::rpc
