#include "core/loop/event_loop.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/sync/thread_state.h"

namespace lockscope::loop {

using trace::EventKind;
using trace::ObjectType;

// `removed`, `events` and `due_ns` are guarded by the loop's lock; the rest is constant.
struct EventLoop::Watch {
  Watch(WatchId watch_id, std::string name, ObjectId parent, Handle watched, uint32_t wanted, HandleCallback run)
      : object(ObjectType::kWatch, std::move(name), "", parent),
        id(watch_id),
        handle(watched),
        callback(std::move(run)),
        events(wanted) {}
  const trace::RegisteredObject object;
  const WatchId id;
  const Handle handle;
  const HandleCallback callback;
  uint32_t events;
  bool removed = false;
};

struct EventLoop::Timer {
  Timer(TimerId timer_id, std::string name, int64_t due, int64_t interval, TimerCallback run)
      : object(ObjectType::kTimer, std::move(name)),
        id(timer_id),
        interval_ns(interval),
        callback(std::move(run)),
        due_ns(due) {}
  const trace::RegisteredObject object;
  const TimerId id;
  const int64_t interval_ns;
  const TimerCallback callback;
  int64_t due_ns;
  bool removed = false;
};

class LS_SCOPED_CAPABILITY EventLoop::Lock {
 public:
  explicit Lock(EventLoop& loop, SourcePlace place = SourcePlace::Here()) LS_ACQUIRE(sync::loop_held)
      : loop_(loop), place_(place) {
    loop_.TakeLock(place);
  }
  ~Lock() LS_RELEASE() { loop_.DropLock(place_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  EventLoop& loop_;
  const SourcePlace place_;
};

namespace {

template <typename Item>
void MoveRemoved(std::vector<Item>& from, std::vector<Item>& to) {
  for (Item& item : from) {
    if (item->removed) to.push_back(std::move(item));
  }
  std::erase(from, nullptr);
}

}  // namespace

EventLoop::EventLoop(Poller& poller)
    : poller_(poller), object_(ObjectType::kLoop, "loop"), mu_(sync::kLoopLock, "loop") {}
EventLoop::~EventLoop() = default;

WatchId EventLoop::AddHandle(std::string name, Handle handle, uint32_t events, HandleCallback callback,
                             ObjectId parent) {
  LS_CHECK(handle.valid(), "the watch {} has no handle", name);
  const Lock lock(*this);
  watches_.push_back(std::make_unique<Watch>(++last_id_, std::move(name), parent, handle, events, std::move(callback)));
  WakeFromOutside(SourcePlace::Here());
  return last_id_;
}

void EventLoop::UpdateHandle(WatchId id, uint32_t events, SourcePlace place) {
  const Lock lock(*this);
  for (const auto& watch : watches_) {
    if (watch->id != id || watch->removed) continue;
    if (watch->events == events) return;
    watch->events = events;
    sync::ThreadState::Current().Record(EventKind::kWatchUpdated, watch->object.id(), events, trace::SiteFor(place));
    WakeFromOutside(place);
    return;
  }
}

void EventLoop::RemoveHandle(WatchId id) {
  const Lock lock(*this);
  for (const auto& watch : watches_) {
    if (watch->id == id) watch->removed = true;
  }
  WakeFromOutside(SourcePlace::Here());
}

TimerId EventLoop::AddTimer(std::string name, int64_t delay_ns, int64_t interval_ns, TimerCallback callback) {
  const int64_t due_ns = poller_.NowNs() + delay_ns;
  const Lock lock(*this);
  timers_.push_back(std::make_unique<Timer>(++last_id_, std::move(name), due_ns, interval_ns, std::move(callback)));
  WakeFromOutside(SourcePlace::Here());
  return last_id_;
}

void EventLoop::RemoveTimer(TimerId id) {
  const Lock lock(*this);
  for (const auto& timer : timers_) {
    if (timer->id == id) timer->removed = true;
  }
}

void EventLoop::WakeUp(SourcePlace place) {
  const Lock lock(*this);
  // Not yet asleep: what its thread is to look at lies outside, so it may have looked already.
  if (!asleep_) stay_awake_ = true;
  WakeFromOutside(place);
}

size_t EventLoop::watch_count() {
  const Lock lock(*this);
  return static_cast<size_t>(std::ranges::count(watches_, false, &Watch::removed));
}

// The set of handles was taken under the same hold of the lock that set asleep_: a change before it is in the set, a
// change after it finds asleep_ and ends the sleep. The loop's own thread comes here with asleep_ only while it frees what
// was removed. A loop that somebody has woken already needs no waking.
void EventLoop::WakeFromOutside(SourcePlace place) {
  if (!asleep_) return;
  sync::ThreadState& self = sync::ThreadState::Current();
  if (self.id() == thread_) {
    changed_late_ = true;
    return;
  }
  asleep_ = false;
  self.Record(EventKind::kLoopWoken, object_.id(), 0, trace::SiteFor(place));
  poller_.WakeUp();
}

int64_t EventLoop::TimeoutNs() {
  int64_t first_ns = -1;
  for (const auto& timer : timers_) {
    if (!timer->removed && (first_ns < 0 || timer->due_ns < first_ns)) first_ns = timer->due_ns;
  }
  return first_ns < 0 ? -1 : std::max<int64_t>(0, first_ns - poller_.NowNs());
}

void EventLoop::RunOnce() {
  const int64_t timeout_ns = PrepareSleep(sync::ThreadState::Current().id());
  sync::RecordEvent(EventKind::kPollEntered, object_.id(), static_cast<uint32_t>(entries_.size()));
  const size_t ready = poller_.Poll(entries_, timeout_ns);
  sync::RecordEvent(EventKind::kPollReturned, object_.id(), static_cast<uint32_t>(ready));
  RunTimers(TakeDueTimers());
  RunCallbacks();
}

int64_t EventLoop::PrepareSleep(ObjectId thread) {
  // What was removed since the last turn is freed after the lock is gone: what a callback owns may do anything when it
  // goes. Nothing of the turn before refers to it any more.
  std::vector<std::unique_ptr<Watch>> freed_watches;
  std::vector<std::unique_ptr<Timer>> freed_timers;
  int64_t timeout_ns = -1;
  {
    const Lock lock(*this);
    thread_ = thread;
    MoveRemoved(watches_, freed_watches);
    MoveRemoved(timers_, freed_timers);
    entries_.clear();
    polled_.clear();
    for (const auto& watch : watches_) {
      if (watch->events == 0) continue;
      entries_.push_back({watch->handle, watch->events, 0});
      polled_.push_back(watch.get());
    }
    timeout_ns = std::exchange(stay_awake_, false) ? 0 : TimeoutNs();
    asleep_ = true;
  }  // Not held while it sleeps: others may change the handles, and wake it.
  for (const auto& watch : freed_watches) poller_.Forget(watch->handle);
  freed_watches.clear();
  freed_timers.clear();
  return std::exchange(changed_late_, false) ? 0 : timeout_ns;  // 0: the next turn comes at once, and has the change.
}

std::vector<EventLoop::Timer*> EventLoop::TakeDueTimers() {
  const int64_t now_ns = poller_.NowNs();
  std::vector<Timer*> due;
  const Lock lock(*this);
  asleep_ = false;
  for (const auto& timer : timers_) {
    if (!timer->removed && timer->due_ns <= now_ns) due.push_back(timer.get());
  }
  std::ranges::stable_sort(due, {}, &Timer::due_ns);
  return due;
}

void EventLoop::RunTimers(const std::vector<Timer*>& due) {
  for (Timer* timer : due) {
    {
      const Lock lock(*this);
      if (timer->removed) continue;  // By a callback of this turn.
      timer->due_ns = poller_.NowNs() + timer->interval_ns;
      timer->removed = timer->interval_ns == 0;
    }
    sync::RecordEvent(EventKind::kTimerFired, timer->object.id());
    timer->callback();
  }
}

void EventLoop::RunCallbacks() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].ready == 0) continue;
    const Watch& watch = *polled_[i];
    {
      const Lock lock(*this);
      // A callback of this turn may have removed it, or lost interest in what it is ready for.
      if (watch.removed || (entries_[i].ready & (watch.events | kIoHangup)) == 0) continue;
    }
    RunCallback(watch.object.id(), watch.callback, entries_[i].ready);
  }
}

void EventLoop::RunCallback(ObjectId watch, const HandleCallback& callback, uint32_t ready) {
  sync::RecordEvent(EventKind::kCallbackBegan, watch, ready);
  callback(ready);
  sync::RecordEvent(EventKind::kCallbackEnded, watch);
}

}  // namespace lockscope::loop
