// StepRuntime: a second implementation of sync::Runtime. One thread runs at a time; who goes on is decided by a
// pseudo-random generator before each action, and time is virtual: one step of it an action.
//
// The same seed gives the same run. Threads are OS threads that hand one baton round. Where nobody can go on the
// runtime first wakes every thread that waits on a condition, for no reason, as POSIX allows: correct code looks at its
// predicate and goes on if it can, and the stall is counted. If that helps nobody, it is a deadlock: the program ends
// with a list of who waits for what.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"

namespace lockscope::testing {

class StepRuntime final : public sync::Runtime {
 public:
  struct Options {
    uint64_t seed = 1;
    uint64_t step_ns = 1'000;
    bool spurious_wakeups = false;  // One in sixteen steps wakes a waiting thread that nobody signalled.
  };
  explicit StepRuntime(Options options);
  ~StepRuntime() override;

  // Runs `body` as the first thread of the run, in the calling OS thread. It joins the threads that it starts. Once.
  void Run(const std::string& name, sync::Role role, const std::function<void()>& body);

  uint64_t steps() const { return steps_; }
  uint64_t stalls() const { return stalls_; }  // How often nobody could go on until waits were ended for no reason.

  bool Step(sync::Action next, ObjectId object) override;
  bool Abandoned() const override { return false; }
  bool TryLock(sync::Mutex& mutex) override;
  void Lock(sync::Mutex& mutex) override;
  void Unlock(sync::Mutex& mutex) override;
  bool Wait(sync::ConditionVariable& condition, sync::Mutex& mutex, int64_t timeout_ns) override;
  void Signal(sync::ConditionVariable& condition) override;
  void Broadcast(sync::ConditionVariable& condition) override;
  void Start(sync::ThreadState& thread, std::function<void()> body) override;
  void Join(sync::ThreadState& thread) override;
  void SleepFor(int64_t ns) override;
  int64_t NowNs() override;

 private:
  using Hold = std::unique_lock<std::mutex>;
  enum class State { kRunnable, kWantsLock, kOnCondition, kJoins, kSleeps, kEnded };
  struct Agent;

  Agent& Add(sync::ThreadState& thread);
  void HandOver(Hold& hold);  // The calling thread's agent says already what it waits for.
  void Await(Hold& hold, State state, ObjectId awaited);
  void Acquire(Hold& hold, ObjectId mutex);
  void Release(ObjectId mutex);
  void WakeAll(State state, ObjectId awaited);
  void WakeOneOf(State state, ObjectId awaited);
  std::vector<Agent*> Those(State state, ObjectId awaited) const;
  Agent* Choose();
  bool WakeSleepers();
  void Stall();
  std::string Report() const;
  uint64_t Random(uint64_t below);

  const Options options_;
  mutable std::mutex mu_;                       // Private, never traced.
  std::vector<std::unique_ptr<Agent>> agents_;  // In order of their start.
  Agent* current_ = nullptr;                    // Who has the baton.
  std::map<ObjectId, const Agent*> owners_;     // Of the locks that are held.
  uint64_t random_;
  trace::VirtualClock clock_{0};
  uint64_t steps_ = 0;
  uint64_t stalls_ = 0;
  bool moved_since_stall_ = true;  // Somebody signalled or ended.
};

}  // namespace lockscope::testing
