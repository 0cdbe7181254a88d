#include "core/sync/thread.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/base/race_detector.h"
#include "core/sync/guard.h"
#include "core/sync/runtime.h"

namespace lockscope::sync {

using trace::EventKind;

namespace {

// For debuggers and top(1): the kernel keeps the first 15 bytes of a thread's name.
void TellSystem(const std::string& name) {
  constexpr size_t kKept = 15;
  ::pthread_setname_np(::pthread_self(), name.substr(0, kKept).c_str());
}

}  // namespace

Thread::Thread(std::string name, Role role, std::function<void()> body, SourcePlace place)
    : state_(std::move(name), role, ThreadState::Current().runtime()),
      starter_runtime_(state_.runtime()),
      body_(std::move(body)),
      parent_(ThreadState::Current().id()),
      place_(place) {
  if (!ThreadState::Current().Step(Action::kStart, id())) return;
  if (starter_runtime_ != nullptr) {
    starter_runtime_->Start(state_, [this] { Run(); });
  } else {
    native_ = std::thread([this] {
      Run();
      LeaveSignalsToOthers();
    });
  }
}

void Thread::Run() {
  const std::function<void()> body = std::move(body_);  // What it owns goes with this thread's stack.
  ThreadState* const before = ThreadState::Exchange(&state_);
  if (starter_runtime_ == nullptr) TellSystem(name());
  RecordRareEvent(EventKind::kThreadStarted, id(), parent_, place_);
  if (state_.role() != Role::kNone) TakeRole(state_.role(), place_);
  body();
  LS_CHECK(state_.held().empty(), "{} ends with {} locks held", name(), state_.held().size());
  if (!state_.Step(Action::kEnd, id())) return;
  RecordRareEvent(EventKind::kThreadEnded, id(), 0, place_);
  ThreadState::Exchange(before);
}

Thread::~Thread() {
  const bool abandoned = starter_runtime_ != nullptr && starter_runtime_->Abandoned();
  LS_CHECK(joined_ || abandoned, "the thread {} is destroyed, but nobody joined it", name());
}

void Thread::Join(SourcePlace place) {
  LS_CHECK(!joined_, "the thread {} is joined a second time", name());
  if (!ThreadState::Current().Step(Action::kJoin, id())) return;
  RecordRareEvent(EventKind::kJoinBegan, id(), 0, place);
  if (starter_runtime_ != nullptr) {
    starter_runtime_->Join(state_);
  } else {
    native_.join();
  }
  joined_ = true;
  RecordRareEvent(EventKind::kThreadJoined, id(), 0, place);
}

void SleepFor(int64_t ns) {
  ThreadState& self = ThreadState::Current();
  if (self.runtime() != nullptr) return self.runtime()->SleepFor(ns);
  if (ns <= 0) return;
  // Up to a time, and not for what an interruption has left: who is interrupted again and again would sleep for ever.
  const timespec end = MonotonicAfter(ns);
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr) == EINTR) {
    RunSignalHandlersPutOff();
  }
}

int64_t NowNs() {
  Runtime* const runtime = ThreadState::Current().runtime();
  return runtime != nullptr ? runtime->NowNs() : MonotonicNs();
}

}  // namespace lockscope::sync
