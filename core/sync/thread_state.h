// ThreadState: everything that belongs to one thread: its id and name, its role, the locks it holds, where its events go,
// and who decides when it runs. It hangs off the one current-thread pointer.
//
// Only the owning thread touches it, except for the constant members.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/base/annotations.h"
#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/sync/mutex.h"
#include "core/sync/runtime.h"
#include "core/trace/event.h"
#include "core/trace/registry.h"
#include "core/trace/thread_log.h"

namespace lockscope::sync {

class WakeQueue;

using trace::Role;

struct HeldLock {
  const Mutex* mutex = nullptr;
  SiteId site = kUnknownSite;  // Where it was acquired.
};

class ThreadState : private trace::RegisteredObject, public trace::ThreadLog {
 public:
  ThreadState(std::string name, Role role, Runtime* runtime);

  // The calling thread's. A thread that nobody gave a state (it was not started by sync::Thread) gets one here, named
  // "thread", which lives until the thread ends.
  static ThreadState& Current() {
    if (trace::internal::current_thread_log == nullptr) [[unlikely]]
      Adopt();
    return *static_cast<ThreadState*>(trace::internal::current_thread_log);
  }
  // Makes `state` the calling thread's, and gives back the one before it. A controlled runtime calls it at each switch.
  LS_UNSEEN_BY_RACE_DETECTOR static ThreadState* Exchange(ThreadState* state) {
    trace::ThreadLog* const before = trace::internal::current_thread_log;
    trace::internal::current_thread_log = state;
    return static_cast<ThreadState*>(before);
  }

  ObjectId id() const { return RegisteredObject::id(); }
  const std::string& name() const { return name_; }
  Role role() const { return role_; }
  void set_role(Role role) { role_ = role; }
  Runtime* runtime() const { return runtime_; }
  WakeQueue* wake_queue() const { return wake_queue_; }
  WakeQueue* ExchangeWakeQueue(WakeQueue* queue) { return std::exchange(wake_queue_, queue); }
  // Comes before every action that other threads can see. False: leave it out; see Runtime::Step.
  [[nodiscard]] bool Step(Action next, ObjectId object) {
    if (runtime_ == nullptr) [[likely]]
      return true;
    return runtime_->Step(next, object);
  }

  std::span<const HeldLock> held() const { return {held_.data(), held_count_}; }
  void PushHeld(const Mutex& mutex, SiteId site) {
    if (held_count_ == kMaxHeld) [[unlikely]]
      TooManyHeld(mutex);
    held_[held_count_++] = {&mutex, site};
  }
  // Wherever it is among those held: holds overlap without nesting.
  void PopHeld(const Mutex& mutex) {
    if (held_count_ > 0 && held_[held_count_ - 1].mutex == &mutex) [[likely]] {
      --held_count_;
    } else {
      PopFromBelow(mutex);
    }
  }
  void ForgetHeld() { held_count_ = 0; }  // Where a runtime has let them all go.
  // Whether a lock of that class may be asked for, by the order of locks: CheckAcquisition has the words where not.
  bool InOrder(const LockClass& wanted) const {
    bool has_required = wanted.requires_held == nullptr;
    for (size_t i = 0; i < held_count_; ++i) {
      const LockClass& held = held_[i].mutex->lock_class();
      has_required |= &held == wanted.requires_held;
      if (held.rank >= wanted.rank) return false;
    }
    return has_required;
  }

 private:
  static void Adopt();
  void PopFromBelow(const Mutex& mutex);
  [[noreturn]] void TooManyHeld(const Mutex& mutex) const;

  static constexpr size_t kMaxHeld = 8;  // Correct code holds three at most.
  const std::string name_;
  Role role_;
  Runtime* const runtime_;
  WakeQueue* wake_queue_ = nullptr;  // The innermost that lives.
  size_t held_count_ = 0;
  std::array<HeldLock, kMaxHeld> held_;
};

// Names the calling thread for the length of a scope: for threads that sync::Thread did not start, like the initial one.
class NamedThread {
 public:
  explicit NamedThread(std::string name, Role role = Role::kNone, SourcePlace place = SourcePlace::Here());
  ~NamedThread();
  NamedThread(const NamedThread&) = delete;
  NamedThread& operator=(const NamedThread&) = delete;

 private:
  ThreadState state_;
  ThreadState* previous_;
  const SourcePlace place_;
};

// Adds an event to the calling thread's log, with the place of the call. Any thread.
inline void RecordEvent(trace::EventKind kind, ObjectId object = kNoObject, uint32_t arg = 0,
                        SourcePlace place = SourcePlace::Here()) {
  if (!trace::IsRecording()) return;
  ThreadState::Current().Record(kind, object, arg, trace::SiteFor(place));
}

// The same, quicker in a controlled run, and slower elsewhere: for what a live thread seldom does.
inline void RecordRareEvent(trace::EventKind kind, ObjectId object, uint32_t arg, SourcePlace place) {
  if (!trace::IsRecording()) return;
  ThreadState::Current().RecordInRun(kind, object, arg, trace::SiteFor(place));
}

// The calling thread's role changes (a program's initial thread becomes the leader).
void TakeRole(Role role, SourcePlace place = SourcePlace::Here());

}  // namespace lockscope::sync
