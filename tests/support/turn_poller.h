// TurnPoller: a FakePoller for a loop that has a thread of its own. Poll parks that thread until the test grants a
// turn, so that the test may touch what belongs to the loop's thread (the ends of a connection in memory) between
// turns. Time passes only by Advance().
#pragma once

#include <condition_variable>

#include "tests/support/fake_poller.h"

namespace lockscope::testing {

class TurnPoller final : public FakePoller {
 public:
  // The test's side. Each waits until the loop is parked; false once it has ended.
  bool Turn();      // Then lets it make one turn, and waits until it is parked again.
  bool TurnOnce();  // The same, but not before something is ready or the loop has been woken.
  bool AwaitParked();
  void Grant();         // Lets it make a turn, and does not wait for the end of that.
  void LoopHasEnded();  // No thread will poll any more. By that thread.

  size_t Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) override;

 private:
  void Woken() override { changed_.notify_all(); }

  std::condition_variable changed_;
  std::span<loop::PollEntry> parked_entries_;
  bool parked_ = false;
  bool granted_ = false;
  bool ended_ = false;
};

}  // namespace lockscope::testing
