// ConditionVariable: a condition with a name, whose waits, wake-ups, signals and broadcasts become events.
//
// A wait may end without a signal: wait in a `while` on a named predicate. Any thread.
#pragma once

#include <string>

#include "core/base/annotations.h"
#include "core/base/source_place.h"
#include "core/sync/mutex.h"
#include "core/sync/native_condition.h"
#include "core/trace/registry.h"

namespace lockscope::sync {

class ConditionVariable {
 public:
  // Every wait uses the same mutex.
  ConditionVariable(std::string name, Mutex& mutex);
  ~ConditionVariable();
  ConditionVariable(const ConditionVariable&) = delete;
  ConditionVariable& operator=(const ConditionVariable&) = delete;

  // Lets the mutex go, sleeps, and holds it again on return. It is the one that the condition was made with: named once
  // more because the compiler, which checks that it is held, cannot know that. R5: the caller holds no other lock.
  void wait(Mutex& mutex, SourcePlace place = SourcePlace::Here()) LS_REQUIRES(mutex);
  // The same, for at most `timeout_ns`. False: that time has passed without a signal.
  bool wait_for(Mutex& mutex, int64_t timeout_ns, SourcePlace place = SourcePlace::Here()) LS_REQUIRES(mutex);
  // Wakes one waiter, if there is one. With any lock or none; but see WakeQueue for what a lock costs then.
  void signal(SourcePlace place = SourcePlace::Here());
  void broadcast(SourcePlace place = SourcePlace::Here());  // Wakes all.

  ObjectId id() const { return object_.id(); }
  const std::string& name() const { return name_; }

 private:
  bool Wait(Mutex& mutex, int64_t timeout_ns, SourcePlace place);

  const std::string name_;
  Mutex& mutex_;
  const trace::RegisteredObject object_;
  NativeCondition native_;
};

}  // namespace lockscope::sync
