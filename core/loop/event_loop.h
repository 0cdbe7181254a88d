// EventLoop: watches handles and timers, and runs their callbacks, one at a time, in one thread.
//
// Handles and timers may be added, changed and removed by any thread and from inside any callback, their own included.
// What is removed runs no more callbacks once RemoveHandle or RemoveTimer has returned to the loop's thread; another
// thread may see one that had begun before. The memory, and what the callback owns, is freed before the next sleep, by the
// loop's thread and with no lock held. Timers that are due in the same turn fire in the order of their times.
//
// The loop's lock is a leaf (R2): each method takes it and lets it go; it is free while the loop sleeps and while a
// callback runs. A caller may hold a client lock. Under it no method takes longer where there is more to watch: what has
// changed is noted, and a turn begins by bringing the list that is polled up to date with that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/handle.h"
#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/loop/poller.h"
#include "core/sync/lock_order.h"
#include "core/sync/mutex.h"

namespace lockscope::loop {

// Names a watch or a timer of one loop; 0 is none. Never reused.
using WatchId = uint64_t;
using TimerId = uint64_t;

class EventLoop {
 public:
  using HandleCallback = std::function<void(uint32_t ready)>;
  using TimerCallback = std::function<void()>;

  explicit EventLoop(Poller& poller);
  virtual ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Any thread. `name` is what the recording calls the watch, `parent` the object it belongs to. While `events` is 0 the
  // handle is not watched at all, not even for a hang-up.
  WatchId AddHandle(std::string name, Handle handle, uint32_t events, HandleCallback callback,
                    ObjectId parent = kNoObject) LS_REQUIRES(!sync::loop_held);
  void UpdateHandle(WatchId id, uint32_t events, SourcePlace place = SourcePlace::Here()) LS_REQUIRES(!sync::loop_held);
  void RemoveHandle(WatchId id) LS_REQUIRES(!sync::loop_held);

  // Any thread. Fires once after `delay_ns`, then, unless `interval_ns` is 0, every `interval_ns`, counted from when it
  // fired. A timer without interval is removed after it fired.
  TimerId AddTimer(std::string name, int64_t delay_ns, int64_t interval_ns, TimerCallback callback)
      LS_REQUIRES(!sync::loop_held);
  void RemoveTimer(TimerId id) LS_REQUIRES(!sync::loop_held);

  // Ends the loop's sleep, or the next one at once, so that its thread looks around. Any thread.
  void WakeUp(SourcePlace place = SourcePlace::Here()) LS_REQUIRES(!sync::loop_held);

  // One turn: sleeps until something is ready, runs its callbacks. Loop thread only; no lock may be held.
  void RunOnce() LS_REQUIRES(sync::on_loop_thread, !sync::server_held, !sync::client_held, !sync::loop_held);

  // Handles that are watched. Any thread.
  size_t watch_count() LS_REQUIRES(!sync::loop_held);

 protected:
  // The steps in which event loops differ (core/daemon/parts.h). Runs one callback, with no lock held (R2).
  virtual void RunCallback(ObjectId watch, const HandleCallback& callback, uint32_t ready)
      LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  // Takes mu_, and lets it go: for every hold but one around a callback.
  virtual void TakeLock(SourcePlace place) LS_ACQUIRE(mu_) LS_REQUIRES(!mu_) { mu_.lock(place); }
  virtual void DropLock(SourcePlace place) LS_RELEASE(mu_) { mu_.unlock(place); }
  sync::Mutex& mu() { return mu_; }

 private:
  struct Watch;
  struct Timer;
  class Lock;  // Holds mu_, and tells the compiler `loop_held`.

  void NoteChange(Watch& watch) LS_REQUIRES(sync::loop_held);
  void WakeFromOutside(SourcePlace place) LS_REQUIRES(sync::loop_held);
  void BringEntriesUpToDate() LS_REQUIRES(sync::loop_held);
  void SetEntry(size_t place, const PollEntry& entry);
  void CloseGaps();
  int64_t TimeoutNs() LS_REQUIRES(sync::loop_held);
  int64_t PrepareSleep(ObjectId thread) LS_REQUIRES(!sync::loop_held);  // The time to sleep.
  std::vector<Timer*> TakeDueTimers() LS_REQUIRES(!sync::loop_held);
  void Retire(TimerId id) LS_REQUIRES(sync::loop_held);
  void RunTimers(const std::vector<Timer*>& due) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  void RunCallbacks(size_t ready_count) LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  Poller& poller_;
  const trace::RegisteredObject object_;
  sync::Mutex mu_;

  // Loop thread only. What is polled, in the order in which it was added; it stays from one turn to the next.
  std::vector<PollEntry> entries_;
  std::vector<Watch*> polled_;  // entries_[i] is of polled_[i]; null: of none any more. Alive until the next turn.
  size_t gaps_ = 0;             // Such places.
  size_t wanted_ = 0;           // Entries that want something.
  bool changed_late_ = false;   // By this thread, after entries_ was filled and before it sleeps.

  std::unordered_map<WatchId, std::unique_ptr<Watch>> watches_ LS_GUARDED_BY(sync::loop_held);
  std::vector<Watch*> changed_ LS_GUARDED_BY(sync::loop_held);  // Since the entries were brought up to date.
  std::unordered_map<TimerId, std::unique_ptr<Timer>> timers_ LS_GUARDED_BY(sync::loop_held);
  std::set<std::pair<int64_t, TimerId>> due_ LS_GUARDED_BY(sync::loop_held);  // When which timer fires.
  // Freed before the next sleep.
  std::vector<std::unique_ptr<Watch>> removed_watches_ LS_GUARDED_BY(sync::loop_held);
  std::vector<std::unique_ptr<Timer>> removed_timers_ LS_GUARDED_BY(sync::loop_held);
  uint64_t last_id_ LS_GUARDED_BY(sync::loop_held) = 0;
  ObjectId thread_ LS_GUARDED_BY(sync::loop_held) = kNoObject;  // The loop's own, once it has run.
  bool stay_awake_ LS_GUARDED_BY(sync::loop_held) = false;      // WakeUp came between two sleeps.
  bool asleep_ LS_GUARDED_BY(sync::loop_held) =
      false;  // In Poll, with an older set of handles, and nobody woke it yet.
};

}  // namespace lockscope::loop
