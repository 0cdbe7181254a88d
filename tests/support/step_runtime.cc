#include "tests/support/step_runtime.h"

#include <algorithm>
#include <thread>

#include "core/base/check.h"
#include "core/sync/condition_variable.h"
#include "core/sync/mutex.h"
#include "core/trace/registry.h"

namespace lockscope::testing {

using trace::EventKind;

struct StepRuntime::Agent {
  std::string name;
  ObjectId id = kNoObject;
  State state = State::kRunnable;
  ObjectId awaited = kNoObject;  // The lock, condition or thread that it waits for.
  uint64_t due = 0;              // When it sleeps: until when.
  std::condition_variable turn;  // With mu_: the baton may have come.
  std::thread thread;            // Not the first agent's.
};

StepRuntime::StepRuntime(Options options) : options_(options), random_(options.seed) {}
StepRuntime::~StepRuntime() = default;

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t StepRuntime::Random(uint64_t below) {
  uint64_t z = random_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) % below;
}

StepRuntime::Agent& StepRuntime::Add(sync::ThreadState& thread) {
  thread.UseVirtualClock(clock_);
  agents_.push_back(std::make_unique<Agent>());
  agents_.back()->name = thread.name();
  agents_.back()->id = thread.id();
  return *agents_.back();
}

void StepRuntime::Run(const std::string& name, sync::Role role, const std::function<void()>& body) {
  LS_CHECK(agents_.empty(), "a StepRuntime runs once");
  sync::ThreadState first(name, role, this);
  current_ = &Add(first);
  sync::ThreadState* const before = sync::ThreadState::Exchange(&first);
  sync::RecordEvent(EventKind::kThreadStarted, first.id());
  if (role != sync::Role::kNone) sync::TakeRole(role);
  body();
  sync::RecordEvent(EventKind::kThreadEnded, first.id());
  sync::ThreadState::Exchange(before);
  for (const auto& agent : agents_) {
    if (agent->thread.joinable()) agent->thread.join();
  }
}

void StepRuntime::HandOver(Hold& hold) {
  Agent* const self = current_;
  current_ = Choose();
  if (current_ != self) {
    current_->turn.notify_one();
    self->turn.wait(hold, [&] { return current_ == self; });
  }
  clock_.AdvanceTo(clock_.now_ns() + options_.step_ns);  // What this thread does next has a time of its own.
}

void StepRuntime::Await(Hold& hold, State state, ObjectId awaited) {
  current_->state = state;
  current_->awaited = awaited;
  HandOver(hold);
}

bool StepRuntime::Step(sync::Action /*next*/, ObjectId /*object*/) {
  Hold hold(mu_);
  ++steps_;
  if (options_.spurious_wakeups && Random(16) == 0) WakeOneOf(State::kOnCondition, kNoObject);
  HandOver(hold);
  return true;
}

std::vector<StepRuntime::Agent*> StepRuntime::Those(State state, ObjectId awaited) const {
  std::vector<Agent*> found;
  for (const auto& agent : agents_) {
    if (agent->state == state && (awaited == kNoObject || agent->awaited == awaited)) found.push_back(agent.get());
  }
  return found;
}

StepRuntime::Agent* StepRuntime::Choose() {
  while (true) {
    const std::vector<Agent*> runnable = Those(State::kRunnable, kNoObject);
    if (!runnable.empty()) return runnable[Random(runnable.size())];
    if (!WakeSleepers()) Stall();
  }
}

bool StepRuntime::WakeSleepers() {
  const std::vector<Agent*> sleepers = Those(State::kSleeps, kNoObject);
  if (sleepers.empty()) return false;
  const uint64_t first = (*std::ranges::min_element(sleepers, {}, &Agent::due))->due;
  clock_.AdvanceTo(first);
  for (Agent* agent : sleepers) {
    if (agent->due <= clock_.now_ns()) agent->state = State::kRunnable;
  }
  return true;
}

void StepRuntime::Stall() {
  const bool hopeless = !moved_since_stall_ || Those(State::kOnCondition, kNoObject).empty();
  LS_CHECK(!hopeless, "seed {}, step {}: nobody can go on\n{}", options_.seed, steps_, Report());
  ++stalls_;
  moved_since_stall_ = false;
  WakeAll(State::kOnCondition, kNoObject);
}

std::string StepRuntime::Report() const {
  std::string report;
  for (const auto& agent : agents_) {
    const std::string awaited = trace::NameOfObject(agent->awaited);
    if (agent->state == State::kWantsLock) {
      report += fmt::format("  {} waits for the lock '{}', which {} holds\n", agent->name, awaited,
                            owners_.at(agent->awaited)->name);
    } else if (agent->state == State::kOnCondition) {
      report += fmt::format("  {} waits on the condition '{}'\n", agent->name, awaited);
    } else if (agent->state == State::kJoins) {
      report += fmt::format("  {} waits for the end of {}\n", agent->name, awaited);
    }
  }
  return report;
}

void StepRuntime::WakeAll(State state, ObjectId awaited) {
  for (Agent* agent : Those(state, awaited)) agent->state = State::kRunnable;
}

void StepRuntime::WakeOneOf(State state, ObjectId awaited) {
  const std::vector<Agent*> found = Those(state, awaited);
  if (!found.empty()) found[Random(found.size())]->state = State::kRunnable;
}

void StepRuntime::Acquire(Hold& hold, ObjectId mutex) {
  while (owners_.contains(mutex)) Await(hold, State::kWantsLock, mutex);
  owners_[mutex] = current_;
}

void StepRuntime::Release(ObjectId mutex) {
  const auto owner = owners_.find(mutex);
  LS_CHECK(owner != owners_.end() && owner->second == current_, "{} releases a lock that it does not hold",
           current_->name);
  owners_.erase(owner);
  WakeAll(State::kWantsLock, mutex);
}

bool StepRuntime::TryLock(sync::Mutex& mutex) {
  const Hold hold(mu_);
  return owners_.emplace(mutex.id(), current_).second;
}

void StepRuntime::Lock(sync::Mutex& mutex) {
  Hold hold(mu_);
  Acquire(hold, mutex.id());
}

void StepRuntime::Unlock(sync::Mutex& mutex) {
  const Hold hold(mu_);
  Release(mutex.id());
}

bool StepRuntime::Wait(sync::ConditionVariable& condition, sync::Mutex& mutex, int64_t timeout_ns) {
  LS_CHECK(timeout_ns < 0, "this runtime has no timed waits");
  Hold hold(mu_);
  Release(mutex.id());
  Await(hold, State::kOnCondition, condition.id());
  Acquire(hold, mutex.id());
  return true;
}

void StepRuntime::Signal(sync::ConditionVariable& condition) {
  const Hold hold(mu_);
  moved_since_stall_ = true;
  WakeOneOf(State::kOnCondition, condition.id());
}

void StepRuntime::Broadcast(sync::ConditionVariable& condition) {
  const Hold hold(mu_);
  moved_since_stall_ = true;
  WakeAll(State::kOnCondition, condition.id());
}

void StepRuntime::Start(sync::ThreadState& thread, std::function<void()> body) {
  const Hold hold(mu_);
  Agent& agent = Add(thread);
  agent.thread = std::thread([this, &agent, body = std::move(body)] {
    {
      Hold own(mu_);
      agent.turn.wait(own, [&] { return current_ == &agent; });
      clock_.AdvanceTo(clock_.now_ns() + options_.step_ns);
    }
    body();
    const Hold own(mu_);
    agent.state = State::kEnded;
    moved_since_stall_ = true;
    WakeAll(State::kJoins, agent.id);
    current_ = Choose();
    current_->turn.notify_one();
  });
}

void StepRuntime::Join(sync::ThreadState& thread) {
  Hold hold(mu_);
  const auto ended = [&] {
    return std::ranges::any_of(agents_,
                               [&](const auto& a) { return a->id == thread.id() && a->state == State::kEnded; });
  };
  while (!ended()) Await(hold, State::kJoins, thread.id());
}

void StepRuntime::SleepFor(int64_t ns) {
  Hold hold(mu_);
  current_->due = clock_.now_ns() + static_cast<uint64_t>(std::max<int64_t>(ns, 0));
  Await(hold, State::kSleeps, kNoObject);
}

int64_t StepRuntime::NowNs() {
  const Hold hold(mu_);
  return static_cast<int64_t>(clock_.now_ns());
}

}  // namespace lockscope::testing
