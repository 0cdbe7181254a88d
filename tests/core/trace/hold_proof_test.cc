#include "core/trace/hold_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockscope::trace {
namespace {

using ::testing::HasSubstr;

constexpr ObjectId kLock = 5;

// Events one after another, each of the thread that is said.
class HoldProofTest : public ::testing::Test {
 public:
  HoldProofTest& Acquire(uint32_t thread, uint64_t ticks, uint32_t sequence, ObjectId lock = kLock) {
    return Add(thread, Event::Make(ticks, EventKind::kLockAcquired, lock, sequence, 0));
  }
  HoldProofTest& Release(uint32_t thread, uint64_t ticks, uint32_t sequence, ObjectId lock = kLock) {
    return Add(thread, Event::Make(ticks, EventKind::kLockReleased, lock, sequence, 0));
  }
  HoldProofTest& Add(uint32_t thread, const Event& event) {
    if (result_) result_ = proof_.Add(std::span(&event, 1), std::span(&thread, 1));
    return *this;
  }
  OrderProof Proved() const {
    EXPECT_TRUE(result_) << result_.error().message;
    return proof_.proof();
  }
  std::string Error() const { return result_ ? "fine" : result_.error().message; }

  HoldProof proof_{9};
  Result<void> result_;
};

TEST_F(HoldProofTest, CountsWhatFollowsARelease) {
  Acquire(0, 10, 1).Release(0, 20, 1).Acquire(1, 30, 2).Release(1, 40, 2).Acquire(1, 50, 3);
  EXPECT_EQ(Proved(), (OrderProof{.acquisitions = 3, .holds = 2, .missing = 0, .clock_error_ticks = 0}));
}

TEST_F(HoldProofTest, SaysByHowMuchTheClocksContradictTheOrder) {
  Acquire(0, 10, 1).Release(0, 20, 1).Acquire(1, 13, 2).Release(1, 40, 2).Acquire(0, 38, 3);
  EXPECT_EQ(Proved().clock_error_ticks, 7u);
}

TEST_F(HoldProofTest, ARecordingMayBeginAtAnyNumber) {
  Acquire(0, 10, 4'000'000'000).Release(0, 20, 4'000'000'000).Acquire(1, 30, 4'000'000'001);
  EXPECT_EQ(Proved(), (OrderProof{.acquisitions = 2, .holds = 1, .missing = 0, .clock_error_ticks = 0}));
}

TEST_F(HoldProofTest, AcquisitionsThatAreNotThereAreCounted) {
  Acquire(0, 10, 1).Release(0, 20, 1).Acquire(1, 30, 9);
  EXPECT_EQ(Proved(), (OrderProof{.acquisitions = 2, .holds = 1, .missing = 7, .clock_error_ticks = 0}));
}

TEST_F(HoldProofTest, AHoldWithoutItsReleaseProvesNothing) {
  Acquire(0, 10, 1).Acquire(1, 30, 2).Release(1, 40, 2).Acquire(0, 50, 3);
  EXPECT_EQ(Proved().acquisitions, 3u);
  EXPECT_EQ(Proved().holds, 1u);
}

TEST_F(HoldProofTest, AReleaseWhoseAcquisitionIsLostProvesNothing) {
  Release(0, 5, 7).Acquire(1, 10, 8).Release(0, 15, 7).Release(1, 20, 8).Release(1, 21, 8).Acquire(0, 30, 9);
  EXPECT_EQ(Proved(), (OrderProof{.acquisitions = 2, .holds = 1, .missing = 0, .clock_error_ticks = 0}));
}

TEST_F(HoldProofTest, HoldsThatOverlapAreAnError) {
  Acquire(0, 10, 1).Acquire(1, 20, 2).Release(0, 30, 1);
  EXPECT_THAT(Error(), HasSubstr("hold 1 of lock 5 ends only after acquisition 2 of it"));
}

TEST_F(HoldProofTest, ANumberThatDoesNotGrowIsAnError) {
  Acquire(0, 10, 3).Release(0, 20, 3).Acquire(1, 30, 2);
  EXPECT_THAT(Error(), HasSubstr("acquisition 2 of lock 5 comes after acquisition 3 of it"));
}

TEST_F(HoldProofTest, ANumberThatRepeatsIsAnError) {
  Acquire(0, 10, 3).Release(0, 20, 3).Acquire(1, 30, 3);
  EXPECT_THAT(Error(), HasSubstr("lock 5 is acquired twice with the sequence number 3"));
}

TEST_F(HoldProofTest, LocksDoNotDisturbOneAnotherNorDoOtherEvents) {
  Acquire(0, 10, 1, 5).Acquire(1, 11, 1, 6).Add(0, Event::Make(12, EventKind::kCallBegan, 5, 1, 0));
  Release(1, 13, 1, 6).Acquire(0, 14, 2, 6).Release(0, 15, 1, 5).Acquire(1, 16, 2, 5);
  EXPECT_EQ(Proved().holds, 2u);
}

TEST_F(HoldProofTest, OfLocksWhoseNameIsLostNothingIsSaid) {
  Acquire(0, 10, 1, kNoObject).Acquire(1, 11, 1, kNoObject);
  EXPECT_EQ(Proved(), OrderProof());
}

}  // namespace
}  // namespace lockscope::trace
