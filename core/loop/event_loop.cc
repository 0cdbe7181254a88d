#include "core/loop/event_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/sync/thread_state.h"

namespace lockscope::loop {

using trace::EventKind;
using trace::ObjectType;

// `place` is the loop thread's. `removed`, `noted`, `events` and `due_ns` are guarded by the loop's lock; the rest is
// constant.
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
  bool noted = false;           // Is in changed_.
  std::optional<size_t> place;  // Among entries_.
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

EventLoop::EventLoop(Poller& poller)
    : poller_(poller), object_(ObjectType::kLoop, "loop"), mu_(sync::kLoopLock, "loop") {}
EventLoop::~EventLoop() = default;

WatchId EventLoop::AddHandle(std::string name, Handle handle, uint32_t events, HandleCallback callback,
                             ObjectId parent) {
  LS_CHECK(handle.valid(), "the watch {} has no handle", name);
  const Lock lock(*this);
  const WatchId id = ++last_id_;
  auto watch = std::make_unique<Watch>(id, std::move(name), parent, handle, events, std::move(callback));
  NoteChange(*watch);
  watches_.emplace(id, std::move(watch));
  WakeFromOutside(SourcePlace::Here());
  return id;
}

void EventLoop::UpdateHandle(WatchId id, uint32_t events, SourcePlace place) {
  const Lock lock(*this);
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  Watch& watch = *found->second;
  if (watch.events == events) return;
  watch.events = events;
  NoteChange(watch);
  sync::ThreadState::Current().Record(EventKind::kWatchUpdated, watch.object.id(), events, trace::SiteFor(place));
  WakeFromOutside(place);
}

void EventLoop::RemoveHandle(WatchId id) {
  const Lock lock(*this);
  if (const auto found = watches_.find(id); found != watches_.end()) {
    found->second->removed = true;
    NoteChange(*found->second);
    removed_watches_.push_back(std::move(found->second));
    watches_.erase(found);
  }
  WakeFromOutside(SourcePlace::Here());
}

void EventLoop::NoteChange(Watch& watch) {
  if (!std::exchange(watch.noted, true)) changed_.push_back(&watch);
}

TimerId EventLoop::AddTimer(std::string name, int64_t delay_ns, int64_t interval_ns, TimerCallback callback) {
  const int64_t due_ns = poller_.NowNs() + delay_ns;
  const Lock lock(*this);
  const TimerId id = ++last_id_;
  timers_.emplace(id, std::make_unique<Timer>(id, std::move(name), due_ns, interval_ns, std::move(callback)));
  due_.emplace(due_ns, id);
  WakeFromOutside(SourcePlace::Here());
  return id;
}

void EventLoop::RemoveTimer(TimerId id) {
  const Lock lock(*this);
  Retire(id);
}

void EventLoop::Retire(TimerId id) {
  const auto found = timers_.find(id);
  if (found == timers_.end()) return;
  found->second->removed = true;
  due_.erase({found->second->due_ns, id});
  removed_timers_.push_back(std::move(found->second));
  timers_.erase(found);
}

void EventLoop::WakeUp(SourcePlace place) {
  const Lock lock(*this);
  // Not yet asleep: what its thread is to look at lies outside, so it may have looked already.
  if (!asleep_) stay_awake_ = true;
  WakeFromOutside(place);
}

size_t EventLoop::watch_count() {
  const Lock lock(*this);
  return watches_.size();
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
  return due_.empty() ? -1 : std::max<int64_t>(0, due_.begin()->first - poller_.NowNs());
}

void EventLoop::RunOnce() {
  const int64_t timeout_ns = PrepareSleep(sync::ThreadState::Current().id());
  sync::RecordEvent(EventKind::kPollEntered, object_.id(), static_cast<uint32_t>(wanted_));
  const size_t ready = poller_.Poll(entries_, timeout_ns);
  sync::RecordEvent(EventKind::kPollReturned, object_.id(), static_cast<uint32_t>(ready));
  RunTimers(TakeDueTimers());
  RunCallbacks(ready);
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
    BringEntriesUpToDate();
    freed_watches.swap(removed_watches_);
    freed_timers.swap(removed_timers_);
    timeout_ns = std::exchange(stay_awake_, false) ? 0 : TimeoutNs();
    asleep_ = true;
  }  // Not held while it sleeps: others may change the handles, and wake it.
  for (const auto& watch : freed_watches) poller_.Forget(watch->handle);
  freed_watches.clear();
  freed_timers.clear();
  return std::exchange(changed_late_, false) ? 0 : timeout_ns;  // 0: the next turn comes at once, and has the change.
}

// The one pass over what has changed, and over nothing else.
void EventLoop::BringEntriesUpToDate() {
  for (Watch* watch : changed_) {
    watch->noted = false;
    if (!watch->removed) {
      if (!watch->place) {
        watch->place = entries_.size();
        entries_.emplace_back();
        polled_.push_back(watch);
      }
      SetEntry(*watch->place, {watch->handle, watch->events, 0});
    } else if (watch->place) {
      polled_[*watch->place] = nullptr;
      SetEntry(*watch->place, {});
      ++gaps_;
    }
  }
  changed_.clear();
  if (gaps_ > 16 && gaps_ > entries_.size() / 2) CloseGaps();
}

void EventLoop::SetEntry(size_t place, const PollEntry& entry) {
  if (entries_[place].wanted != 0) --wanted_;
  if (entry.wanted != 0) ++wanted_;
  entries_[place] = entry;
  poller_.EntryChanged(place, entry);
}

// Half of the places are gaps, so each has to pay for the move of one entry.
void EventLoop::CloseGaps() {
  size_t next = 0;
  for (size_t place = 0; place < entries_.size(); ++place) {
    if (polled_[place] == nullptr) continue;
    if (place != next) {
      polled_[next] = std::exchange(polled_[place], nullptr);
      polled_[next]->place = next;
      entries_[next] = std::exchange(entries_[place], {});
      poller_.EntryChanged(place, {});
      poller_.EntryChanged(next, entries_[next]);
    }
    ++next;
  }
  entries_.resize(next);
  polled_.resize(next);
  gaps_ = 0;
}

std::vector<EventLoop::Timer*> EventLoop::TakeDueTimers() {
  std::vector<Timer*> due;
  const Lock lock(*this);
  asleep_ = false;
  const int64_t now_ns = due_.empty() ? 0 : poller_.NowNs();
  for (auto next = due_.begin(); next != due_.end() && next->first <= now_ns; ++next) {
    due.push_back(timers_.at(next->second).get());
  }
  return due;
}

void EventLoop::RunTimers(const std::vector<Timer*>& due) {
  for (Timer* timer : due) {
    {
      const Lock lock(*this);
      if (timer->removed) continue;  // By a callback of this turn.
      if (timer->interval_ns == 0) {
        Retire(timer->id);
      } else {
        due_.erase({timer->due_ns, timer->id});
        timer->due_ns = poller_.NowNs() + timer->interval_ns;
        due_.emplace(timer->due_ns, timer->id);
      }
    }
    sync::RecordEvent(EventKind::kTimerFired, timer->object.id());
    timer->callback();
  }
}

void EventLoop::RunCallbacks(size_t ready_count) {
  for (size_t i = 0; ready_count > 0; ++i) {
    const uint32_t ready = std::exchange(entries_[i].ready, 0);
    if (ready == 0) continue;
    --ready_count;
    const Watch& watch = *polled_[i];
    {
      const Lock lock(*this);
      // A callback of this turn may have removed it, or lost interest in what it is ready for.
      if (watch.removed || (ready & (watch.events | kIoHangup)) == 0) continue;
    }
    RunCallback(watch.object.id(), watch.callback, ready);
  }
}

void EventLoop::RunCallback(ObjectId watch, const HandleCallback& callback, uint32_t ready) {
  sync::RecordEvent(EventKind::kCallbackBegan, watch, ready);
  callback(ready);
  sync::RecordEvent(EventKind::kCallbackEnded, watch);
}

}  // namespace lockscope::loop
