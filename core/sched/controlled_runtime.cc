#include "core/sched/controlled_runtime.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/sync/condition_variable.h"
#include "core/sync/lock_steps.h"
#include "core/sync/mutex.h"
#include "core/trace/watching.h"

namespace lockscope::sched {

using sync::Action;
using sync::LockSteps;

struct ControlledRuntime::Thread {
  Thread(ControlledRuntime& runtime, uint32_t index, sync::ThreadState& named, std::function<void()> to_do)
      : state(&named),
        body(std::move(to_do)),
        fiber(
            runtime.stacks_.Take(), [&runtime, index] { runtime.RunThread(index); },
            [&runtime]() -> Fiber& { return runtime.AfterEnd(); }) {}

  sync::ThreadState* const state;        // Named so in events; lives until the thread has been joined.
  sync::ThreadState* current = nullptr;  // What the OS thread's pointer is while this one runs.
  std::function<void()> body;
  Fiber fiber;
  bool timed_out = false;
  bool unwinding = false;
};

namespace {

// Who has a lock is known without its native one, as one thread runs at a time; but the race detector learns from that
// which threads are ordered by it. It is never waited for.
bool Take([[maybe_unused]] sync::Mutex& mutex) {
#if LS_RACE_DETECTOR
  return mutex.native().try_lock();
#else
  return !mutex.owner().held;
#endif
}
void Release([[maybe_unused]] sync::Mutex& mutex) {
#if LS_RACE_DETECTOR
  mutex.native().unlock();
#endif
}

// Actions that happen in destructors: nothing may be thrown out of them.
bool MayThrow(Action action) {
  return action != Action::kUnlock && action != Action::kSignal && action != Action::kBroadcast &&
         action != Action::kWakePoll && action != Action::kEnd;
}

}  // namespace

[[gnu::always_inline]] inline ControlledRuntime::Thread& ControlledRuntime::running() {
  return threads_[question_.running];
}

ControlledRuntime::ControlledRuntime(Strategy& strategy, RunOptions options)
    : strategy_(strategy),
      spurious_(strategy.wants_spurious_wakeups()),
      wants_standing_(strategy.wants_standing()),
      chance_(strategy.chance()),
      options_(options),
      clock_(options.tick_ns),
      stacks_(memory_),
      threads_(memory_),
      infos_(&memory_),
      waiting_(&memory_),
      lock_queues_(options.max_passed_over, memory_),
      question_{{runnable_, spurious_ ? on_condition_ : nobody_}, {}} {
  infos_.reserve(kUsualThreads);
  waiting_.reserve(kUsualThreads);
  if (options.log != nullptr) clock_.SetLog(&options.log->entries());
  if (strategy.wants_events()) clock_.SetObserver(this);
  LS_CHECK((trace::internal::Watching() & trace::internal::kContendedOnly) == 0,
           "a controlled run is recorded in full");
  trace::internal::CountControlledRun();
}

ControlledRuntime::~ControlledRuntime() {
  TakeDown();
  trace::internal::UncountControlledRun();
}

RunEnd ControlledRuntime::Run(const std::string& name, sync::Role role, std::function<void()> body, SourcePlace place) {
  LS_CHECK(threads_.size() == 0, "a ControlledRuntime runs once");
  first_.emplace(*this, name, role, std::move(body), place);
  {
    const UnseenByRaceDetector unseen;
    Add(first_->state, [this] { RunFirst(); });
    threads_[0].current = &first_->state;
  }
  sync::ThreadState* const before = sync::ThreadState::Exchange(nullptr);
  sync::ThreadState::Exchange(&first_->state);
  RaceRelease(&home_);
  threads_[0].fiber.Resume(home_);
  RaceAcquire(&home_);
  sync::ThreadState::Exchange(before);
  return end_;
}

void ControlledRuntime::RunFirst() {
  const sync::ThreadState& self = first_->state;
  sync::RecordRareEvent(trace::EventKind::kThreadStarted, self.id(), kNoObject, first_->place);
  if (self.role() != sync::Role::kNone) sync::TakeRole(self.role(), first_->place);
  const std::function<void()> body = std::move(first_->body);  // What it owns goes with this thread's stack.
  body();
  if (!Step(Action::kEnd, self.id())) return;
  sync::RecordRareEvent(trace::EventKind::kThreadEnded, self.id(), 0, first_->place);
}

void ControlledRuntime::Add(sync::ThreadState& state, std::function<void()> body) {
  const uint32_t index = threads_.size();
  state.UseVirtualClock(clock_);
  threads_.Add(*this, index, state, std::move(body));
  ThreadInfo& info = infos_.emplace_back();
  info.id = info.object = state.id();
  info.name = state.name();
  info.role = state.role();
  question_.threads = infos_;
  waiting_.emplace_back();
  runnable_.MakeRoom(index + 1);
  on_condition_.MakeRoom(index + 1);
  lock_queues_.MakeRoom(index + 1);
  runnable_.Set(index, true);
  ++alive_;
}

// All that the fiber of a thread does.
void ControlledRuntime::RunThread(uint32_t index) {
  RaceAcquire(&home_);
  Thread& self = threads_[index];
  RaceAcquire(self.state);  // After everything that its starter did before.
  try {
    if (!abandoned_) self.body();
  } catch (const TakenDown&) {  // The run is over: this is how its threads end.
  }
  if (abandoned_) LetLocksGo();
  RaceRelease(self.state);
  const UnseenByRaceDetector unseen;
  self.body = nullptr;
  RaceRelease(&home_);
  infos_[index].role = self.state->role();
  SetStatus(index, ThreadStatus::kEnded);
  --alive_;
  if (!abandoned_) WakeAt(self.state);
}

// Who goes on; kNobody where the run is over. The usual case: some can, and one of them does.
[[gnu::always_inline]] inline uint32_t ControlledRuntime::ChooseNext() {
  if (NowNs() >= first_deadline_ns_) [[unlikely]]
    WakeDue();
  const uint32_t runs = runnable_.size();
  if (chance_ == nullptr || runs == 0 || !on_condition_.empty()) [[unlikely]]
    return Ask(runs);
  const uint32_t answer = chance_->Below(runs);
  choices_.AppendIf(runs > 1, answer);
  return runnable_.Nth(answer);
}

// The same, of so many that can go on, where the strategy has to be asked.
[[gnu::noinline]] uint32_t ControlledRuntime::Ask(uint32_t runs) {
  if (runs == 0 || starved_ || wants_standing_) return ChooseNextSlowly(kNobody);
  const uint32_t answer = strategy_.Choose(question_);
  if (answer >= runs || !strategy_.complaint().empty()) return ChooseNextSlowly(answer);
  // Also where only this strategy had no choice: a replay is asked with all options.
  if (runs + on_condition_.size() > 1) choices_.Append(answer);
  return runnable_.Nth(answer);
}

// Who goes on when the running thread has ended.
Fiber& ControlledRuntime::AfterEnd() {
  const UnseenByRaceDetector unseen;
  if (abandoned_ || alive_ == 0) return home_;
  const uint32_t next = ChooseNext();
  if (next == kNobody) return home_;
  question_.running = next;
  sync::ThreadState::Exchange(running().current);
  return running().fiber;
}

void ControlledRuntime::OnEvent(ObjectId thread, trace::EventKind kind, ObjectId object, uint32_t arg) {
  const UnseenByRaceDetector unseen;
  strategy_.OnEvent(thread, kind, object, arg);
}

// Goes on with `next`; returns when the calling thread's turn comes again, or the run is being taken down. A part of its
// callers: see core/sched/fiber.h.
[[gnu::always_inline]] inline void ControlledRuntime::HandOver(uint32_t next) {
  if (next == question_.running) return;
  if (next == kNobody) [[unlikely]]
    return GoHome();
  Thread& self = running();
  question_.running = next;
  Thread& other = running();
  ++hand_overs_;
  self.current = sync::ThreadState::Exchange(other.current);
  other.fiber.Resume(self.fiber);
}

// The run is over: Run returns.
[[gnu::noinline]] void ControlledRuntime::GoHome() {
  Thread& self = running();
  self.current = sync::ThreadState::Exchange(nullptr);
  RaceRelease(&home_);
  home_.Resume(self.fiber);
  RaceAcquire(&home_);
}

[[gnu::always_inline]] inline bool ControlledRuntime::TakeStep(Action next, ObjectId object) {
  if (abandoned_) [[unlikely]]
    return StepAfterEnd(next);
  {
    const UnseenByRaceDetector unseen;
    ThreadInfo& info = running_info();
    info.next = next;
    info.object = object;
    if (++steps_ > last_step_ && !GetsMoreSteps()) [[unlikely]] {
      EndRun(RunEnd::kStepLimit);
    } else {
      HandOver(ChooseNext());
    }
    clock_.Advance(options_.tick_ns);
  }
  return !abandoned_ || StepAfterEnd(next);
}

bool ControlledRuntime::Step(Action next, ObjectId object) { return TakeStep(next, object); }

bool ControlledRuntime::StepAfterEnd(Action next) {
  if (running().unwinding) return false;
  LetLocksGo();
  if (!MayThrow(next)) return false;
  LeaveRun();
}

void ControlledRuntime::SetStatus(uint32_t thread, ThreadStatus status) {
  infos_[thread].status = status;
  runnable_.Set(thread, status == ThreadStatus::kRunnable);
  on_condition_.Set(thread, status == ThreadStatus::kOnCondition);
}

// What nobody needs who does not look.
void ControlledRuntime::BringInfosUpToDate() {
  const UnseenByRaceDetector unseen;
  for (uint32_t i = 0; i < infos_.size(); ++i) {
    ThreadInfo& info = infos_[i];
    if (info.status == ThreadStatus::kEnded) continue;
    info.role = threads_[i].state->role();  // A thread may take one later.
    const sync::Mutex* const lock = waiting_[i].lock;
    if (lock == nullptr) continue;
    info.status = runnable_.Has(i) ? ThreadStatus::kRunnable : ThreadStatus::kWantsLock;
    if (info.status == ThreadStatus::kWantsLock) info.holder = lock->holder();
  }
}

// In every case. `answer` is the strategy's; kNobody: it has not been asked.
uint32_t ControlledRuntime::ChooseNextSlowly(uint32_t answer) {
  while (true) {
    if (answer == kNobody) {
      if (runnable_.empty()) {
        end_ = JumpToNextTime();
        if (end_ == RunEnd::kFinished) continue;
        return kNobody;
      }
      if (starved_) {
        end_ = RunEnd::kStarved;
        return kNobody;
      }
      if (wants_standing_) BringInfosUpToDate();
      answer = strategy_.Choose(question_);
    }
    const uint32_t runs = runnable_.size();
    LS_CHECK(answer < question_.options.size(), "a strategy chose {} of {}", answer, question_.options.size());
    if (runs + on_condition_.size() > 1) choices_.Append(answer);
    if (!strategy_.complaint().empty()) {
      end_ = RunEnd::kComplained;
      return kNobody;
    }
    if (answer < runs) return runnable_.Nth(answer);
    MakeRunnable(on_condition_.Nth(answer - runs), false);  // For no reason. Who goes on is another question.
    answer = kNobody;
  }
}

void ControlledRuntime::WakeDue() {
  const int64_t now_ns = NowNs();
  first_deadline_ns_ = kNoDeadline;
  for (uint32_t i = 0; i < waiting_.size(); ++i) {
    const int64_t deadline_ns = waiting_[i].deadline_ns;
    if (deadline_ns < 0) continue;
    if (deadline_ns <= now_ns) {
      MakeRunnable(i, true);
    } else {
      first_deadline_ns_ = std::min(first_deadline_ns_, deadline_ns);
    }
  }
}

// kFinished: somebody can go on. Else it is how the run ends.
RunEnd ControlledRuntime::JumpToNextTime() {
  WakeDue();  // It is nobody's time; but now that of the first is known.
  if (!runnable_.empty()) return RunEnd::kFinished;
  if (first_deadline_ns_ == kNoDeadline) return RunEnd::kStuck;
  const auto next_ns = static_cast<uint64_t>(first_deadline_ns_);
  if (next_ns > trace::VirtualClock::kLastNs) return RunEnd::kTimeLimit;
  clock_.AdvanceTo(next_ns);
  WakeDue();
  return RunEnd::kFinished;
}

void ControlledRuntime::MakeRunnable(uint32_t thread, bool timed_out) {
  Waiting& woken = waiting_[thread];
  woken.deadline_ns = kForEver;
  woken.where = nullptr;
  threads_[thread].timed_out = timed_out;
  SetStatus(thread, ThreadStatus::kRunnable);
  infos_[thread].timed = false;
}

// Once in very many steps.
[[gnu::noinline]] bool ControlledRuntime::GetsMoreSteps() {
  if (!options_.still_moves || !options_.still_moves()) return false;
  last_step_ += options_.max_steps;
  return true;
}

void ControlledRuntime::EndRun(RunEnd end) {
  end_ = end;
  HandOver(kNobody);
}

// The running thread cannot go on: the others do, until its turn comes again.
[[gnu::always_inline]] inline void ControlledRuntime::Pause() {
  if (!abandoned_) {
    const UnseenByRaceDetector unseen;
    if (chance_ == nullptr) strategy_.OnBlocked(infos_, question_.running);
    HandOver(ChooseNext());
  }
  if (abandoned_) [[unlikely]]
    LeaveRun();
  clock_.Advance(options_.tick_ns);
}

// False: the deadline has come.
bool ControlledRuntime::Block(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns) {
  Thread& self = running();
  if (self.unwinding) return true;
  if (!abandoned_) {
    const UnseenByRaceDetector unseen;
    ThreadInfo& info = running_info();
    Waiting& waiting = waiting_[question_.running];
    SetStatus(question_.running, status);
    info.object = object;
    waiting.where = where;
    waiting.deadline_ns = deadline_ns;
    waiting.since = steps_;
    info.timed = deadline_ns >= 0;
    if (info.timed) first_deadline_ns_ = std::min(first_deadline_ns_, deadline_ns);
  }
  Pause();
  const UnseenByRaceDetector unseen;
  return !self.timed_out;
}

void ControlledRuntime::LeaveRun() {
  LetLocksGo();
  running().unwinding = true;
  throw TakenDown{};
}

// The locks that the calling thread still holds: none of its unlocks will run, and it may come to the end of what they
// guard, or free one, before it leaves. No event, no thread is woken.
void ControlledRuntime::LetLocksGo() {
  RaceAcquire(&home_);
  for (const sync::HeldLock& held : running().state->held()) Release(*const_cast<sync::Mutex*>(held.mutex));
  running().state->ForgetHeld();
}

bool ControlledRuntime::WaitAt(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns) {
  const bool in_time = Block(where, status, object, deadline_ns);
  RaceAcquire(const_cast<void*>(where));
  return in_time;
}

void ControlledRuntime::WakeAt(const void* where) {
  const UnseenByRaceDetector unseen;
  RaceRelease(const_cast<void*>(where));
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (waiting_[i].where == where) MakeRunnable(i, false);
  }
}

bool ControlledRuntime::TryLock(sync::Mutex& mutex) {
  if (!Take(mutex)) return false;
  PassOver(mutex);
  return true;
}

void ControlledRuntime::Lock(sync::ThreadState& self, sync::Mutex& mutex, SourcePlace place) {
  if (!TakeStep(Action::kLock, mutex.id())) return;
  const SiteId site = LockSteps::Ask(self, mutex, place);
  if (Take(mutex)) {
    PassOver(mutex);
  } else {
    LockSteps::HasToWait(self, mutex, site);
    WaitForLock(mutex);
  }
  LockSteps::HasTaken(self, mutex, site);
}

// The running thread, which found it taken, waits until it has it.
[[gnu::always_inline]] inline void ControlledRuntime::WaitForLock(sync::Mutex& mutex) {
  do {
    {
      const UnseenByRaceDetector unseen;
      if (chance_ == nullptr) {  // Somebody is told of it. Else it is said when it is looked at: BringInfosUpToDate.
        running_info().status = ThreadStatus::kWantsLock;
        running_info().holder = mutex.holder();
      }
      waiting_[question_.running].lock = &mutex;
      runnable_.Remove(question_.running);
      lock_queues_.Join(mutex, question_.running);
    }
    Pause();
    const UnseenByRaceDetector unseen;
    running_info().status = ThreadStatus::kRunnable;
    waiting_[question_.running].lock = nullptr;
    lock_queues_.Leave(mutex, question_.running);
  } while (!Take(mutex));
  PassOver(mutex);
}

// The running thread has taken the lock: those who wait for it, and could have gone on, cannot.
[[gnu::always_inline]] inline void ControlledRuntime::PassOver(const sync::Mutex& mutex) {
  if (lock_queues_.empty()) return;
  const UnseenByRaceDetector unseen;
  LockQueues::Queue* const queue = lock_queues_.Find(mutex);
  if (queue == nullptr) return;
  runnable_.SetAll(queue->waiting(), false);
  if (lock_queues_.PassOver(*queue)) [[likely]]
    return;
  starved_ = true;
  chance_ = nullptr;  // Nobody goes on.
}

// Who waits for it can go on; the first one to do so takes it.
[[gnu::always_inline]] inline void ControlledRuntime::LetLockGo(sync::Mutex& mutex) {
  Release(mutex);
  if (lock_queues_.empty()) return;
  const UnseenByRaceDetector unseen;
  if (const LockQueues::Queue* const queue = lock_queues_.Find(mutex)) runnable_.SetAll(queue->waiting(), true);
}

void ControlledRuntime::Unlock(sync::ThreadState& self, sync::Mutex& mutex, SourcePlace place) {
  if (!TakeStep(Action::kUnlock, mutex.id())) return;
  LockSteps::LetsGo(self, mutex, place);
  LetLockGo(mutex);
}

bool ControlledRuntime::Wait(sync::ConditionVariable& condition, sync::Mutex& mutex, int64_t timeout_ns) {
  LetLockGo(mutex);
  const int64_t deadline_ns = timeout_ns < 0 ? kForEver : TimeIn(timeout_ns);
  const bool in_time = Block(&condition, ThreadStatus::kOnCondition, condition.id(), deadline_ns);
  if (running().unwinding) return in_time;
  if (Take(mutex)) {
    PassOver(mutex);
  } else {
    {
      const UnseenByRaceDetector unseen;
      running_info().next = Action::kLock;
      running_info().object = mutex.id();
    }
    WaitForLock(mutex);
  }
  return in_time;
}

void ControlledRuntime::Signal(sync::ConditionVariable& condition) {
  const UnseenByRaceDetector unseen;
  std::vector<Option> options;
  for (uint32_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].where == &condition) options.push_back({Option::Kind::kSignal, i});
  }
  if (options.empty()) return;
  std::ranges::stable_sort(options, {}, [this](const Option& option) { return waiting_[option.thread].since; });
  if (wants_standing_) BringInfosUpToDate();
  const uint32_t choice = strategy_.Choose({std::span<const Option>(options), infos_, question_.running});
  LS_CHECK(choice < options.size(), "a strategy chose {} of {}", choice, options.size());
  if (options.size() > 1) choices_.Append(choice);
  MakeRunnable(options[choice].thread, false);
}

void ControlledRuntime::Broadcast(sync::ConditionVariable& condition) {
  const UnseenByRaceDetector unseen;
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (waiting_[i].where == &condition) MakeRunnable(i, false);
  }
}

void ControlledRuntime::Start(sync::ThreadState& thread, std::function<void()> body) {
  RaceRelease(&thread);
  const UnseenByRaceDetector unseen;
  Add(thread, std::move(body));
}

void ControlledRuntime::Join(sync::ThreadState& thread) {
  const auto ended = [&] {
    const UnseenByRaceDetector unseen;
    const auto info = std::ranges::find(infos_, thread.id(), &ThreadInfo::id);
    return info != infos_.end() && info->status == ThreadStatus::kEnded;
  };
  while (!ended()) Block(&thread, ThreadStatus::kJoining, thread.id(), kForEver);
  RaceAcquire(&thread);
}

void ControlledRuntime::SleepFor(int64_t ns) {
  if (!Step(Action::kSleep, kNoObject)) return;
  Block(nullptr, ThreadStatus::kSleeping, kNoObject, TimeIn(std::max<int64_t>(ns, 0)));
}

int64_t ControlledRuntime::TimeIn(int64_t ns) {
  return NowNs() + std::min(ns, std::numeric_limits<int64_t>::max() - NowNs());
}

int64_t ControlledRuntime::NowNs() { return static_cast<int64_t>(clock_.now_ns()); }

// The youngest first: what a thread has on its stack may be in use by those that it started.
void ControlledRuntime::TakeDown() {
  const UnseenByRaceDetector unseen;
  abandoned_ = true;
  sync::ThreadState* const before = sync::ThreadState::Exchange(nullptr);
  for (uint32_t i = threads_.size(); i-- > 0;) {
    Thread& thread = threads_[i];
    if (infos_[i].status == ThreadStatus::kEnded) continue;
    question_.running = i;
    sync::ThreadState::Exchange(thread.current);
    RaceRelease(&home_);
    thread.fiber.Resume(home_);
    RaceAcquire(&home_);
  }
  sync::ThreadState::Exchange(before);
}

}  // namespace lockscope::sched
