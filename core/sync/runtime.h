// Runtime: how threads block. The seam between our locks and the machine's.
//
// A thread whose state names no runtime (every thread of a live program) blocks natively; that is one predictable test.
// A controlled run gives its threads a Runtime that decides who goes on. Implementations are called by the thread that
// blocks; they make the blocking happen. Recording, checks and bookkeeping are the same for every runtime: ConditionVariable
// and Thread do them, and for a lock LockSteps has them, which Lock and Unlock call around what they do.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/ids.h"
#include "core/base/source_place.h"

namespace lockscope::sync {

class ConditionVariable;
class Mutex;
class ThreadState;

// What a thread is about to do to an object that other threads can see.
enum class Action : uint8_t {
  kBegin,      // Its first step; the object is the thread itself, also for kEnd.
  kLock,       // The mutex.
  kTryLock,    // The mutex.
  kUnlock,     // The mutex.
  kWait,       // The condition.
  kSignal,     // The condition.
  kBroadcast,  // The condition.
  kStart,      // The thread that it starts.
  kJoin,       // The thread whose end it waits for.
  kEnd,
  kSleep,
  kPoll,  // No object, like the rest: it is the loop's own world of handles.
  kWakePoll,
  kConnect,
  kAccept,
  kRead,
  kWrite,
};

class Runtime {
 public:
  static constexpr int64_t kForEver = -1;

  virtual ~Runtime() = default;

  // The calling thread is about to do `next` to `object`: another one may go first. Called before anything of that action
  // is checked, recorded or done; so where the runtime lets one thread run at a time, each action is whole, and what is
  // recorded is in its true order.
  //
  // False: the run is over and this thread is being taken down; the action is to be left out, in silence. (Where that
  // cannot be said by a value the runtime throws, but never from an unlock, a signal, a broadcast or an end: those
  // happen in destructors.)
  virtual bool Step(Action next, ObjectId object) = 0;
  // Whether the run is being taken down: whatever a thread leaves behind is no mistake of its own then.
  virtual bool Abandoned() const = 0;

  virtual bool TryLock(Mutex& mutex) = 0;
  // All of it, with the step before, and what LockSteps has for it. `self` is the calling thread's.
  virtual void Lock(ThreadState& self, Mutex& mutex, SourcePlace place) = 0;
  virtual void Unlock(ThreadState& self, Mutex& mutex, SourcePlace place) = 0;

  // Lets the mutex go, waits for a signal (or wakes for no reason), takes the mutex again. False: `timeout_ns` has passed.
  virtual bool Wait(ConditionVariable& condition, Mutex& mutex, int64_t timeout_ns) = 0;
  virtual void Signal(ConditionVariable& condition) = 0;
  virtual void Broadcast(ConditionVariable& condition) = 0;

  // Starts `body` on a thread of this runtime whose state is `thread`; Join returns after body has.
  virtual void Start(ThreadState& thread, std::function<void()> body) = 0;
  virtual void Join(ThreadState& thread) = 0;

  virtual void SleepFor(int64_t ns) = 0;
  virtual int64_t NowNs() = 0;
};

}  // namespace lockscope::sync
