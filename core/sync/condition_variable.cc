#include "core/sync/condition_variable.h"

#include <algorithm>

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
    return native_.Wait(mutex_.native(), timeout_ns);  // The mutex was taken while nobody looked.
  }
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kWait, id())) return true;
  const SiteId site = trace::SiteFor(place);
  CheckWait(self, mutex_, site);
  // The release is recorded before it happens and the acquisition after: inside the lock, like every other.
  self.Record(EventKind::kWaitBegan, id(), mutex_.id(), site);
  mutex_.RecordRelease(self, site);
  const bool in_time = self.runtime() != nullptr ? self.runtime()->Wait(*this, mutex_, timeout_ns)
                                                 : native_.Wait(mutex_.native(), timeout_ns);
  mutex_.RecordAcquire(self, site, true);
  self.Record(EventKind::kWaitEnded, id(), mutex_.id(), site);
  return in_time;
}

void ConditionVariable::signal(SourcePlace place) {
  if (trace::internal::Watching() == 0) return native_.Signal();
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kSignal, id())) return;
  self.Record(EventKind::kConditionSignalled, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Signal(*this);
  native_.Signal();
}

void ConditionVariable::broadcast(SourcePlace place) {
  if (trace::internal::Watching() == 0) return native_.Broadcast();
  ThreadState& self = ThreadState::Current();
  if (!self.Step(Action::kBroadcast, id())) return;
  self.Record(EventKind::kConditionBroadcast, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Broadcast(*this);
  native_.Broadcast();
}

}  // namespace lockscope::sync
