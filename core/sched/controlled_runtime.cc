#include "core/sched/controlled_runtime.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/trace/watching.h"

namespace lockscope::sched {

using sync::Action;

struct ControlledRuntime::Thread {
  Thread(ControlledRuntime& runtime, uint32_t index, sync::ThreadState& named, std::function<void()> to_do)
      : state(&named),
        body(std::move(to_do)),
        fiber([&runtime, index] { runtime.RunThread(index); }, [&runtime]() -> Fiber& { return runtime.AfterEnd(); }) {}

  sync::ThreadState* const state;        // Named so in events; lives until the thread has been joined.
  sync::ThreadState* current = nullptr;  // What the OS thread's pointer is while this one runs.
  std::function<void()> body;
  Fiber fiber;
  int64_t deadline_ns = kForEver;
  uint64_t since = 0;        // The step in which its wait began: who waits longest is first.
  uint64_t passed_over = 0;  // So often others took the lock that it waits for.
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
  return mutex.holder() == kNoObject;
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

ControlledRuntime::ControlledRuntime(Strategy& strategy, RunOptions options)
    : strategy_(strategy),
      spurious_(strategy.wants_spurious_wakeups()),
      options_(options),
      clock_(options.tick_ns),
      home_(Fiber::OfThisThread()) {
  // As much as a usual run needs, so that a short one does not spend its time on growing them.
  constexpr size_t kUsualThreads = 8;
  threads_.reserve(kUsualThreads);
  infos_.reserve(kUsualThreads);
  statuses_.reserve(kUsualThreads);
  where_.reserve(kUsualThreads);
  choices_.reserve(256);
  clock_.SetLog(options.log);
  if (strategy.wants_events()) clock_.SetObserver(this);
  trace::internal::CountControlledRun();
}

ControlledRuntime::~ControlledRuntime() {
  TakeDown();
  trace::internal::UncountControlledRun();
}

RunEnd ControlledRuntime::Run(const std::string& name, sync::Role role, std::function<void()> body, SourcePlace place) {
  LS_CHECK(threads_.empty(), "a ControlledRuntime runs once");
  first_ = std::make_unique<sync::ThreadState>(name, role, this);
  auto whole = [this, role, body = std::move(body), place] {
    sync::RecordEvent(trace::EventKind::kThreadStarted, first_->id(), kNoObject, place);
    if (role != sync::Role::kNone) sync::TakeRole(role, place);
    body();
    if (Step(Action::kEnd, first_->id())) sync::RecordEvent(trace::EventKind::kThreadEnded, first_->id(), 0, place);
  };
  {
    const UnseenByRaceDetector unseen;
    Add(*first_, std::move(whole));
    threads_.front()->current = first_.get();
  }
  sync::ThreadState* const before = sync::ThreadState::Exchange(nullptr);
  sync::ThreadState::Exchange(first_.get());
  RaceRelease(home_.get());
  threads_.front()->fiber.Resume(*home_);
  RaceAcquire(home_.get());
  sync::ThreadState::Exchange(before);
  return end_;
}

void ControlledRuntime::Add(sync::ThreadState& state, std::function<void()> body) {
  const auto index = static_cast<uint32_t>(threads_.size());
  state.UseVirtualClock(clock_);
  threads_.push_back(std::make_unique<Thread>(*this, index, state, std::move(body)));
  infos_.push_back({.id = state.id(), .name = state.name(), .role = state.role(), .object = state.id()});
  where_.push_back(nullptr);
  statuses_.push_back(ThreadStatus::kRunnable);
  options_now_.resize(2 * threads_.size());
  ++alive_;
  options_valid_ = false;
}

// All that the fiber of a thread does.
void ControlledRuntime::RunThread(uint32_t index) {
  RaceAcquire(home_.get());
  Thread& self = *threads_[index];
  RaceAcquire(self.state);  // After everything that its starter did before.
  try {
    if (!abandoned_) self.body();
  } catch (const TakenDown&) {  // The run is over: this is how its threads end.
  }
  if (abandoned_) LetLocksGo();
  RaceRelease(self.state);
  const UnseenByRaceDetector unseen;
  self.body = nullptr;
  RaceRelease(home_.get());
  SetStatus(index, ThreadStatus::kEnded);
  --alive_;
  if (!abandoned_) WakeAt(self.state);
}

// Who goes on when the running thread has ended.
Fiber& ControlledRuntime::AfterEnd() {
  const UnseenByRaceDetector unseen;
  if (abandoned_ || alive_ == 0) return *home_;
  const uint32_t next = ChooseNext();
  if (next == threads_.size()) return *home_;
  running_ = next;
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
  if (next == running_) return;
  Thread& self = running();
  if (next == threads_.size()) [[unlikely]] {
    self.current = sync::ThreadState::Exchange(nullptr);
    RaceRelease(home_.get());
    home_->Resume(self.fiber);
    RaceAcquire(home_.get());
  } else {
    running_ = next;
    Thread& other = running();
    ++hand_overs_;
    self.current = sync::ThreadState::Exchange(other.current);
    other.fiber.Resume(self.fiber);
  }
}

bool ControlledRuntime::Step(Action next, ObjectId object) {
  Thread& self = running();
  if (abandoned_) {
    if (self.unwinding) return false;
    LetLocksGo();
    if (!MayThrow(next)) return false;
    LeaveRun();
  }
  {
    const UnseenByRaceDetector unseen;
    ThreadInfo& info = infos_[running_];
    info.next = next;
    info.object = object;
    info.role = self.state->role();  // A thread may take one later.
    if (++steps_ > options_.max_steps) {
      EndRun(RunEnd::kStepLimit);
    } else {
      HandOver(ChooseNext());
    }
    clock_.Advance(options_.tick_ns);
  }
  return abandoned_ ? Step(next, object) : true;
}

void ControlledRuntime::SetStatus(uint32_t thread, ThreadStatus status) {
  statuses_[thread] = status;
  infos_[thread].status = status;
  options_valid_ = false;
}

// Without a branch on how a thread stands: nobody can foresee that, the processor neither.
void ControlledRuntime::ListOptions() {
  if (options_valid_) return;
  options_valid_ = true;
  const auto all = static_cast<uint32_t>(statuses_.size());
  uint32_t count = 0;
  uint32_t waiting = 0;
  for (uint32_t i = 0; i < all; ++i) {
    options_now_[count] = {Option::Kind::kRun, i};
    count += statuses_[i] == ThreadStatus::kRunnable ? 1 : 0;
    waiting += statuses_[i] == ThreadStatus::kOnCondition ? 1 : 0;
  }
  wakes_left_out_ = count > 0 && waiting > 0 && !spurious_;
  wakes_ = 0;
  if (count > 0 && waiting > 0 && spurious_) {
    wakes_ = waiting;
    for (uint32_t i = 0; i < all; ++i) {
      options_now_[count] = {Option::Kind::kWake, i};
      count += statuses_[i] == ThreadStatus::kOnCondition ? 1 : 0;
    }
  }
  option_count_ = count;
}

uint32_t ControlledRuntime::Ask() {
  const uint32_t choice = strategy_.Choose({{options_now_.data(), option_count_}, infos_, running_, wakes_});
  LS_CHECK(choice < option_count_, "a strategy chose {} of {}", choice, option_count_);
  // Also where only this strategy had no choice: a replay is asked with all options.
  if (option_count_ > 1 || wakes_left_out_) choices_.push_back(choice);
  return options_now_[choice].thread;
}

// threads_.size(): nobody, the run is over.
uint32_t ControlledRuntime::ChooseNext() {
  const auto nobody = static_cast<uint32_t>(threads_.size());
  if (timed_ > 0) WakeDue();
  while (true) {
    ListOptions();
    if (option_count_ == 0) {
      if (JumpToNextTime()) continue;
      end_ = RunEnd::kStuck;
      return nobody;
    }
    if (starved_) {
      end_ = RunEnd::kStarved;
      return nobody;
    }
    const uint32_t next = Ask();
    if (!strategy_.complaint().empty()) {
      end_ = RunEnd::kComplained;
      return nobody;
    }
    if (infos_[next].status == ThreadStatus::kRunnable) return next;
    MakeRunnable(next, false);  // A wait has ended for no reason. Who goes on is another question.
  }
}

void ControlledRuntime::WakeDue() {
  const auto now_ns = static_cast<int64_t>(clock_.now_ns());
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (threads_[i]->deadline_ns >= 0 && threads_[i]->deadline_ns <= now_ns) MakeRunnable(i, true);
  }
}

bool ControlledRuntime::JumpToNextTime() {
  int64_t first_ns = kForEver;
  for (const auto& thread : threads_) {
    if (thread->deadline_ns < 0) continue;
    if (first_ns < 0 || thread->deadline_ns < first_ns) first_ns = thread->deadline_ns;
  }
  if (first_ns < 0) return false;
  clock_.AdvanceTo(static_cast<uint64_t>(first_ns));
  WakeDue();
  return true;
}

void ControlledRuntime::MakeRunnable(uint32_t thread, bool timed_out) {
  Thread& woken = *threads_[thread];
  if (woken.deadline_ns >= 0) --timed_;
  woken.deadline_ns = kForEver;
  where_[thread] = nullptr;
  woken.timed_out = timed_out;
  SetStatus(thread, ThreadStatus::kRunnable);
  infos_[thread].timed = false;
}

void ControlledRuntime::EndRun(RunEnd end) {
  end_ = end;
  HandOver(static_cast<uint32_t>(threads_.size()));
}

// False: the deadline has come.
bool ControlledRuntime::Block(const void* where, ThreadStatus status, ObjectId object, int64_t deadline_ns) {
  Thread& self = running();
  if (self.unwinding) return true;
  if (!abandoned_) {
    const UnseenByRaceDetector unseen;
    ThreadInfo& info = infos_[running_];
    SetStatus(running_, status);
    info.object = object;
    where_[running_] = where;
    self.deadline_ns = deadline_ns;
    self.since = steps_;
    info.timed = deadline_ns >= 0;
    if (info.timed) ++timed_;
    strategy_.OnBlocked(infos_, running_);
    const uint32_t next = ChooseNext();
    if (next != running_) HandOver(next);
  }
  if (abandoned_) LeaveRun();
  const UnseenByRaceDetector unseen;
  if (status == ThreadStatus::kWantsLock) {  // Still marked as waiting, so that others could pass it over.
    where_[running_] = nullptr;
    --lock_waiters_;
  }
  clock_.Advance(options_.tick_ns);
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
  RaceAcquire(home_.get());
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
    if (where_[i] == where) MakeRunnable(i, false);
  }
}

bool ControlledRuntime::TryLock(sync::Mutex& mutex) {
  if (!Take(mutex)) return false;
  if (lock_waiters_ > 0) PassOver(mutex);
  return true;
}

[[gnu::flatten]] void ControlledRuntime::Lock(sync::Mutex& mutex) {
  Thread& self = running();
  while (!self.unwinding && !Take(mutex)) {
    {
      const UnseenByRaceDetector unseen;
      infos_[running_].holder = mutex.holder();
      ++lock_waiters_;
    }
    Block(&mutex, ThreadStatus::kWantsLock, mutex.id(), kForEver);
  }
  const UnseenByRaceDetector unseen;
  self.passed_over = 0;
  if (lock_waiters_ > 0) PassOver(mutex);
}

// The calling thread has taken the lock: those who waited for it, and could have gone on, cannot.
void ControlledRuntime::PassOver(sync::Mutex& mutex) {
  const UnseenByRaceDetector unseen;
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    Thread& other = *threads_[i];
    if (where_[i] != &mutex || infos_[i].status != ThreadStatus::kRunnable) continue;
    SetStatus(i, ThreadStatus::kWantsLock);
    infos_[i].holder = running().state->id();
    if (++other.passed_over > options_.max_passed_over) starved_ = true;
  }
}

// Who waits for it can go on; the first one to do so takes it.
void ControlledRuntime::Unlock(sync::Mutex& mutex) {
  Release(mutex);
  if (lock_waiters_ == 0) return;
  const UnseenByRaceDetector unseen;
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (where_[i] != &mutex) continue;
    SetStatus(i, ThreadStatus::kRunnable);
    infos_[i].next = Action::kLock;
  }
}

bool ControlledRuntime::Wait(sync::ConditionVariable& condition, sync::Mutex& mutex, int64_t timeout_ns) {
  Unlock(mutex);
  const int64_t deadline_ns = timeout_ns < 0 ? kForEver : NowNs() + timeout_ns;
  const bool in_time = Block(&condition, ThreadStatus::kOnCondition, condition.id(), deadline_ns);
  Lock(mutex);
  return in_time;
}

void ControlledRuntime::Signal(sync::ConditionVariable& condition) {
  const UnseenByRaceDetector unseen;
  wakes_left_out_ = false;
  options_valid_ = false;
  option_count_ = 0;
  wakes_ = 0;
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (where_[i] == &condition) options_now_[option_count_++] = {Option::Kind::kSignal, i};
  }
  if (option_count_ == 0) return;
  std::ranges::stable_sort(std::span(options_now_.data(), option_count_), {},
                           [this](const Option& option) { return threads_[option.thread]->since; });
  MakeRunnable(Ask(), false);
}

void ControlledRuntime::Broadcast(sync::ConditionVariable& condition) {
  const UnseenByRaceDetector unseen;
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    if (where_[i] == &condition) MakeRunnable(i, false);
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
  Block(nullptr, ThreadStatus::kSleeping, kNoObject, NowNs() + std::max<int64_t>(ns, 0));
}

int64_t ControlledRuntime::NowNs() { return static_cast<int64_t>(clock_.now_ns()); }

// The youngest first: what a thread has on its stack may be in use by those that it started.
void ControlledRuntime::TakeDown() {
  const UnseenByRaceDetector unseen;
  abandoned_ = true;
  sync::ThreadState* const before = sync::ThreadState::Exchange(nullptr);
  for (uint32_t i = static_cast<uint32_t>(threads_.size()); i-- > 0;) {
    Thread& thread = *threads_[i];
    if (infos_[i].status == ThreadStatus::kEnded) continue;
    running_ = i;
    sync::ThreadState::Exchange(thread.current);
    RaceRelease(home_.get());
    thread.fiber.Resume(*home_);
    RaceAcquire(home_.get());
  }
  sync::ThreadState::Exchange(before);
}

}  // namespace lockscope::sched
