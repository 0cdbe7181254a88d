// ControlledRuntime: a run in which one thread runs at a time, on virtual time, and every choice of the scheduler is one of
// a Strategy. The code that runs has no idea: it locks, waits, starts and joins through core/sync as ever.
//
// Threads are fibers of the calling OS thread. Before each action (sync::Action) the strategy says who goes on. Virtual time
// moves on by a tick with each step and each event; when nobody can go on it jumps to the next time that somebody waits
// for. When there is none either, the run is stuck: a deadlock, a lost wake-up, a hang – the recording says which.
//
//   ControlledRuntime runtime(strategy, {});
//   RunEnd end = runtime.Run("leader", sync::Role::kNone, [&] { … });   // returns when all threads ended, or it is stuck
//   …finish the recording…
//   // the destructor takes down what is left: the youngest thread first, each by an exception from the action that it
//   // waits in, with unlocks, signals and the like left out
//
// One OS thread. Choices with a single option are not recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/source_place.h"
#include "core/sched/fiber.h"
#include "core/sched/strategy.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"
#include "core/trace/run_log.h"

namespace lockscope::sched {

struct RunOptions {
  trace::RunLog* log = nullptr;      // Where events go; null: to the Recorder that is on, if one is.
  uint64_t tick_ns = 1'000;          // What a step, and an event, takes.
  uint64_t max_steps = 1'000'000;    // Then it goes on for ever.
  uint64_t max_passed_over = 1'000;  // So often a thread that waits for a lock may find it taken by another one again.
};

enum class RunEnd : uint8_t {
  kFinished,  // Every thread has ended.
  kStuck,     // Nobody can go on, and nobody waits for a time.
  kStepLimit,
  kStarved,     // A thread waits for a lock that others take again and again.
  kComplained,  // The strategy cannot go on: see Strategy::complaint.
};

class ControlledRuntime final : public sync::Runtime, private trace::VirtualClock::Observer {
 public:
  ControlledRuntime(Strategy& strategy, RunOptions options);
  ~ControlledRuntime() override;

  // Runs `body` as the first thread, whose beginning and end have the place of this call. Once.
  RunEnd Run(const std::string& name, sync::Role role, std::function<void()> body,
             SourcePlace place = SourcePlace::Here());

  uint64_t steps() const { return steps_; }
  uint64_t hand_overs() const { return hand_overs_; }  // So often another thread went on than the one before.
  std::span<const ThreadInfo> threads() const { return infos_; }
  // The answers of the strategy to all questions with more than one option, waits that might end for no reason among them
  // (whether or not this strategy wants those): what MakeReplay takes.
  const std::vector<uint32_t>& choices() const { return choices_; }

  // For what blocks in its own way (a poller, a pipe). `where` names the place: Wake lets all who wait there go on. The
  // calling thread waits until then, or until `deadline_ns` (kForEver: none). False: that time has come.
  bool WaitAt(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns);
  void WakeAt(const void* where);

  bool Step(sync::Action next, ObjectId object) override;
  bool Abandoned() const override { return abandoned_; }
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
  struct Thread;
  struct TakenDown {};  // The exception. Of no standard type: nobody catches it by mistake.

  void Add(sync::ThreadState& state, std::function<void()> body);
  void RunThread(uint32_t index);
  Fiber& AfterEnd();
  void OnEvent(ObjectId thread, trace::EventKind kind, ObjectId object, uint32_t arg) override;
  Thread& running() { return *threads_[running_]; }
  void PassOver(sync::Mutex& mutex);
  bool Block(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns);
  void MakeRunnable(uint32_t thread, bool timed_out);
  void SetStatus(uint32_t thread, ThreadStatus status);
  uint32_t ChooseNext();
  void ListOptions();
  uint32_t Ask();
  void WakeDue();
  bool JumpToNextTime();
  void HandOver(uint32_t next);
  void EndRun(RunEnd end);
  [[noreturn]] void LeaveRun();
  void LetLocksGo();
  void TakeDown();

  Strategy& strategy_;
  const bool spurious_;  // Whether the strategy wants them among the options.
  const RunOptions options_;
  trace::VirtualClock clock_;
  std::unique_ptr<Fiber> home_;
  std::unique_ptr<sync::ThreadState> first_;
  std::vector<std::unique_ptr<Thread>> threads_;  // In order of creation, like infos_.
  std::vector<ThreadInfo> infos_;
  std::vector<ThreadStatus> statuses_;  // The same as in infos_, close together.
  std::vector<const void*> where_;      // What each waits at: a lock, a condition, a thread, a place of WaitAt.
  std::vector<Option> options_now_;     // The first option_count_ of them; room for two of each thread.
  uint32_t option_count_ = 0;
  uint32_t wakes_ = 0;  // So many of them are kWake.
  std::vector<uint32_t> choices_;
  uint32_t running_ = 0;
  size_t alive_ = 0;
  size_t timed_ = 0;             // Threads that wait for a time.
  size_t lock_waiters_ = 0;      // Threads that wait for a lock.
  bool options_valid_ = false;   // options_now_ is what can be done now.
  bool wakes_left_out_ = false;  // Of options_now_: the strategy does not want them.
  bool starved_ = false;
  uint64_t steps_ = 0;
  uint64_t hand_overs_ = 0;
  RunEnd end_ = RunEnd::kFinished;
  bool abandoned_ = false;
};

}  // namespace lockscope::sched
