#include "core/sync/condition_variable.h"

#include "core/base/check.h"
#include "core/sync/guard.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::sync {

using trace::EventKind;

ConditionVariable::ConditionVariable(std::string name, Mutex& mutex)
    : name_(std::move(name)), mutex_(mutex), object_(trace::ObjectType::kCondition, name_, "", mutex.id()) {}

ConditionVariable::~ConditionVariable() = default;

void ConditionVariable::wait(Mutex& mutex, SourcePlace place) {
  LS_CHECK(&mutex == &mutex_, "{} is waited on with {}, but belongs to {}", name(), mutex.name(), mutex_.name());
  ThreadState& self = ThreadState::Current();
  self.Step(EventKind::kWaitBegan, id());
  const SiteId site = trace::SiteFor(place);
  CheckWait(self, mutex_, site);
  // The release is recorded before it happens and the acquisition after: inside the lock, like every other.
  self.Record(EventKind::kWaitBegan, id(), mutex_.id(), site);
  mutex_.RecordRelease(self, site);
  if (self.runtime() != nullptr) [[unlikely]] {
    self.runtime()->Wait(*this, mutex_);
  } else {
    std::unique_lock<std::mutex> native(mutex_.native(), std::adopt_lock);
    native_.wait(native);
    native.release();
  }
  mutex_.RecordAcquire(self, site);
  self.Record(EventKind::kWaitEnded, id(), mutex_.id(), site);
}

void ConditionVariable::signal(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  self.Step(EventKind::kConditionSignalled, id());
  self.Record(EventKind::kConditionSignalled, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Signal(*this);
  native_.notify_one();
}

void ConditionVariable::broadcast(SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  self.Step(EventKind::kConditionBroadcast, id());
  self.Record(EventKind::kConditionBroadcast, id(), 0, trace::SiteFor(place));
  if (self.runtime() != nullptr) [[unlikely]]
    return self.runtime()->Broadcast(*this);
  native_.notify_all();
}

}  // namespace lockscope::sync
