// Runtime: how threads block. The seam between our locks and the machine's.
//
// A thread whose state names no runtime (every thread of a live program) blocks natively; that is one predictable test.
// A controlled run gives its threads a Runtime that decides who goes on. Implementations are called by the thread that
// blocks; they make the blocking happen and nothing else: recording, checks and bookkeeping stay in Mutex,
// ConditionVariable and Thread, the same for every runtime.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/ids.h"
#include "core/trace/event.h"

namespace lockscope::sync {

class ConditionVariable;
class Mutex;
class ThreadState;

class Runtime {
 public:
  virtual ~Runtime() = default;

  // The calling thread is about to do `next` to `object`: another one may go first. Called before anything of that action
  // is checked, recorded or done; so where the runtime lets one thread run at a time, each action is whole, and what is
  // recorded is in its true order. kLockRequested stands for every way to ask for a lock.
  virtual void Step(trace::EventKind next, ObjectId object) = 0;

  virtual bool TryLock(Mutex& mutex) = 0;
  virtual void Lock(Mutex& mutex) = 0;
  virtual void Unlock(Mutex& mutex) = 0;

  // Lets the mutex go, waits for a signal (or wakes for no reason), takes the mutex again.
  virtual void Wait(ConditionVariable& condition, Mutex& mutex) = 0;
  virtual void Signal(ConditionVariable& condition) = 0;
  virtual void Broadcast(ConditionVariable& condition) = 0;

  // Starts `body` on a thread of this runtime whose state is `thread`; Join returns after body has.
  virtual void Start(ThreadState& thread, std::function<void()> body) = 0;
  virtual void Join(ThreadState& thread) = 0;

  virtual void SleepFor(int64_t ns) = 0;
  virtual int64_t NowNs() = 0;
};

}  // namespace lockscope::sync
