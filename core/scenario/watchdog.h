// Watchdog: ends a live run in which nothing happens any more.
//
// A thread of its own, because all the others may hang: the leader waits for the loop, and no wait of theirs has a limit.
// It is begun before the recording and joined behind it, so that it is no part of what it watches: no event is its own, and
// no lane of a picture.
//
//   state      | next
//   idle       | Watch → watching; ~Watchdog → over
//   watching   | Stop → over; nothing has moved for the limit → biting
//   biting     | the thread is in `bite`, which does not return
//
// One thread makes it, calls Watch, Stop and destroys it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "core/sync/thread.h"

namespace lockscope::scenario {

class Watchdog {
 public:
  Watchdog();
  ~Watchdog();  // Joins its thread. Nothing that it watched may be gone before.

  // From here on: whenever `has_moved` says no for `limit_ns`, `bite` is called, once, on the watchdog's thread; it must end
  // the process, as the run's threads cannot be ended.
  void Watch(int64_t limit_ns, std::function<bool()> has_moved, std::function<void()> bite);

  // The run has come to its end. Does not return where the watchdog was first: then the process is about to end.
  void Stop();

 private:
  enum class State : uint8_t { kIdle, kWatching, kBiting, kOver };
  void Run();

  // Constant once the state is no longer idle.
  int64_t limit_ns_ = 0;
  std::function<bool()> has_moved_;
  std::function<void()> bite_;
  // Self-synchronised.
  std::atomic<State> state_{State::kIdle};
  std::atomic<bool> begun_{false};
  sync::Thread thread_;  // Last: it uses the members above.
};

}  // namespace lockscope::scenario
