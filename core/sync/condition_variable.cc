#include "core/sync/condition_variable.h"

#include <algorithm>
#include <chrono>

#include "core/base/check.h"
#include "core/sync/guard.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

using trace::EventKind;

ConditionVariable::ConditionVariable(std::string name, Mutex& mutex)
    : name_(std::move(name)), mutex_(mutex), object_(trace::ObjectType::kCondition, name_, "", mutex.id()) {}

ConditionVariable::~ConditionVariable() = default;

void ConditionVariable::wait(Mutex& mutex, SourcePlace place) { Wait(mutex, Runtime::kForEver, place); }

bool ConditionVariable::wait_for(Mutex& mutex, int64_t timeout_ns, SourcePlace place) {
  return Wait(mutex, std::max<int64_t>(timeout_ns, 0), place);
}

bool ConditionVariable::Wait(Mutex& mutex, int64_t timeout_ns, SourcePlace place) {
  LS_CHECK(&mutex == &mutex_, "{} is waited on with {}, but belongs to {}", name(), mutex.name(), mutex_.name());
  if (!mutex_.owner().held && trace::internal::was_unwatched.load(std::memory_order_relaxed)) {
    return WaitNative(timeout_ns);  // The mutex was taken while nobody looked.
  }
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kWait, id())) return true;
  const SiteId site = trace::SiteFor(place);
  CheckWait(self, mutex_, site);
  // The release is recorded before it happens and the acquisition after: inside the lock, like every other.
  self.Record(EventKind::kWaitBegan, id(), mutex_.id(), site);
  mutex_.RecordRelease(self, site);
  const bool in_time =
      self.runtime() != nullptr ? self.runtime()->Wait(*this, mutex_, timeout_ns) : WaitNative(timeout_ns);
  mutex_.RecordAcquire(self, site, true);
  self.Record(EventKind::kWaitEnded, id(), mutex_.id(), site);
  return in_time;
}

bool ConditionVariable::WaitNative(int64_t timeout_ns) {
  std::unique_lock<std::mutex> native(mutex_.native(), std::adopt_lock);
  bool in_time = true;
  if (timeout_ns < 0) {
    native_.wait(native);
  } else {
    in_time = native_.wait_for(native, std::chrono::nanoseconds(timeout_ns)) == std::cv_status::no_timeout;
  }
  native.release();
  return in_time;
}

void ConditionVariable::signal(SourcePlace place) {
  if (trace::internal::Watching() == 0) return native_.notify_one();
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kSignal, id())) return;
  self.Record(EventKind::kConditionSignalled, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Signal(*this);
  native_.notify_one();
}

void ConditionVariable::broadcast(SourcePlace place) {
  if (trace::internal::Watching() == 0) return native_.notify_all();
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kBroadcast, id())) return;
  self.Record(EventKind::kConditionBroadcast, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Broadcast(*this);
  native_.notify_all();
}

}  // namespace lockscope::sync
