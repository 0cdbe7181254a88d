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

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/source_place.h"
#include "core/base/tape.h"
#include "core/sched/fiber.h"
#include "core/sched/lock_queues.h"
#include "core/sched/stack_pool.h"
#include "core/sched/strategy.h"
#include "core/sched/thread_set.h"
#include "core/sched/thread_table.h"
#include "core/sync/runtime.h"
#include "core/sync/thread_state.h"
#include "core/trace/run_log.h"

namespace lockscope::sched {

struct RunOptions {
  trace::RunLog* log = nullptr;    // Where events go; null: to the Recorder that is on, if one is.
  uint64_t tick_ns = 1'000;        // What a step, and an event, takes.
  uint64_t max_steps = 1'000'000;  // Then it goes on for ever …
  // … unless this says that it does not: then there are as many again. Empty: it does.
  std::function<bool()> still_moves = {};
  uint64_t max_passed_over = 1'000;  // So often a thread that waits for a lock may find it taken by another one again.
};

enum class RunEnd : uint8_t {
  kFinished,  // Every thread has ended.
  kStuck,     // Nobody can go on, and nobody waits for a time.
  kStepLimit,
  kStarved,    // A thread waits for a lock that others take again and again.
  kTimeLimit,  // The next time that somebody waits for is one that no event can have: see trace::VirtualClock::kLastNs.
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
  std::span<const ThreadInfo> threads() {
    BringInfosUpToDate();
    return infos_;
  }
  // The answers of the strategy to all questions with more than one option, waits that might end for no reason among them
  // (whether or not this strategy wants those): what MakeReplay takes.
  std::span<const uint32_t> choices() const { return choices_.values(); }

  // So many nanoseconds (0 or more) from now; the last time there is where there are too many.
  int64_t TimeIn(int64_t ns);

  // For what blocks in its own way (a poller, a pipe). `where` names the place: Wake lets all who wait there go on. The
  // calling thread waits until then, or until `deadline_ns` (kForEver: none). False: that time has come.
  bool WaitAt(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns);
  void WakeAt(const void* where);

  bool Step(sync::Action next, ObjectId object) override;
  bool Abandoned() const override { return abandoned_; }
  bool TryLock(sync::Mutex& mutex) override;
  void Lock(sync::ThreadState& self, sync::Mutex& mutex, SourcePlace place) override;
  void Unlock(sync::ThreadState& self, sync::Mutex& mutex, SourcePlace place) override;
  bool Wait(sync::ConditionVariable& condition, sync::Mutex& mutex, int64_t timeout_ns) override;
  void Signal(sync::ConditionVariable& condition) override;
  void Broadcast(sync::ConditionVariable& condition) override;
  void Start(sync::ThreadState& thread, std::function<void()> body) override;
  void Join(sync::ThreadState& thread) override;
  void SleepFor(int64_t ns) override;
  int64_t NowNs() override;

 private:
  struct Thread;
  // The thread that the run begins with.
  struct First {
    First(ControlledRuntime& runtime, const std::string& name, sync::Role role, std::function<void()> to_do,
          const SourcePlace& run_at)
        : state(name, role, &runtime), body(std::move(to_do)), place(run_at) {}
    sync::ThreadState state;
    std::function<void()> body;
    SourcePlace place;
  };
  struct Waiting {
    const void* where = nullptr;        // A condition, a thread, a place of WaitAt.
    const sync::Mutex* lock = nullptr;  // Until it has it.
    int64_t deadline_ns = kForEver;
    uint64_t since = 0;  // The step in which the wait began: who waits longest is first.
  };
  static constexpr uint32_t kNobody = ~uint32_t{0};
  static constexpr size_t kUsualThreads = 8;
  static constexpr size_t kUsualBytes = 4096;
  static constexpr size_t kUsualChoices = 1024;
  static constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();
  struct TakenDown {};  // The exception. Of no standard type: nobody catches it by mistake.

  void Add(sync::ThreadState& state, std::function<void()> body);
  void RunFirst();
  void RunThread(uint32_t index);
  Fiber& AfterEnd();
  void OnEvent(ObjectId thread, trace::EventKind kind, ObjectId object, uint32_t arg) override;
  Thread& running();
  ThreadInfo& running_info() { return infos_[question_.running]; }
  bool TakeStep(sync::Action next, ObjectId object);
  bool StepAfterEnd(sync::Action next);
  void WaitForLock(sync::Mutex& mutex);
  void LetLockGo(sync::Mutex& mutex);
  void PassOver(const sync::Mutex& mutex);
  void BringInfosUpToDate();
  void Pause();
  bool Block(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns);
  void MakeRunnable(uint32_t thread, bool timed_out);
  void SetStatus(uint32_t thread, ThreadStatus status);
  uint32_t ChooseNext();
  uint32_t Ask(uint32_t runs);
  uint32_t ChooseNextSlowly(uint32_t answer);
  void WakeDue();
  RunEnd JumpToNextTime();
  void HandOver(uint32_t next);
  void GoHome();
  bool GetsMoreSteps();
  void EndRun(RunEnd end);
  [[noreturn]] void LeaveRun();
  void LetLocksGo();
  void TakeDown();

  Strategy& strategy_;
  const bool spurious_;        // Whether the strategy wants them among the options.
  const bool wants_standing_;  // Whether it looks at how the threads stand.
  Chance* chance_;             // What it answers by; null: it has to be asked.
  const RunOptions options_;
  trace::VirtualClock clock_;
  Fiber home_ = Fiber::OfThisThread();
  std::optional<First> first_;
  // What a usual run keeps of its threads finds room here: a short one would spend its time on getting memory and giving it back.
  alignas(64) std::array<std::byte, kUsualBytes> usual_bytes_;
  std::pmr::monotonic_buffer_resource memory_{usual_bytes_.data(), usual_bytes_.size()};
  StackSet stacks_;
  // In order of creation, all three.
  ThreadTable<Thread> threads_;
  std::pmr::vector<ThreadInfo> infos_;  // In part only up to date after BringInfosUpToDate.
  std::pmr::vector<Waiting> waiting_;
  ThreadSet runnable_;  // Those of that status; likewise:
  ThreadSet on_condition_;
  const ThreadSet nobody_;
  LockQueues lock_queues_;
  Question question_;  // Who goes on? Its options are what the sets above hold at the moment.
  Tape<uint32_t, kUsualChoices> choices_;
  size_t alive_ = 0;
  int64_t first_deadline_ns_ = kNoDeadline;  // No thread waits for an earlier time.
  bool starved_ = false;
  uint64_t steps_ = 0;
  uint64_t last_step_ = options_.max_steps;
  uint64_t hand_overs_ = 0;
  RunEnd end_ = RunEnd::kFinished;
  bool abandoned_ = false;
};

}  // namespace lockscope::sched
