#include "core/sync/thread.h"

#include <chrono>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/sync/guard.h"
#include "core/sync/runtime.h"

namespace lockscope::sync {

using trace::EventKind;

Thread::Thread(std::string name, Role role, std::function<void()> body, SourcePlace place)
    : state_(std::move(name), role, ThreadState::Current().runtime()), starter_runtime_(state_.runtime()) {
  const ObjectId parent = ThreadState::Current().id();
  auto run = [this, body = std::move(body), parent, site = trace::SiteFor(place)] { Run(body, parent, site); };
  if (starter_runtime_ != nullptr) {
    starter_runtime_->Start(state_, std::move(run));
  } else {
    native_ = std::thread(std::move(run));
  }
}

void Thread::Run(const std::function<void()>& body, ObjectId parent, SiteId site) {
  ThreadState* const before = ThreadState::Exchange(&state_);
  state_.Record(EventKind::kThreadStarted, state_.id(), parent, site);
  if (state_.role() != Role::kNone) TakeRole(state_.role());
  body();
  LS_CHECK(state_.held().empty(), "{} ends with {} locks held", name(), state_.held().size());
  state_.Record(EventKind::kThreadEnded, state_.id(), 0, site);
  ThreadState::Exchange(before);
}

Thread::~Thread() { LS_CHECK(joined_, "the thread {} is destroyed, but nobody joined it", name()); }

void Thread::Join(SourcePlace place) {
  LS_CHECK(!joined_, "the thread {} is joined a second time", name());
  ThreadState& self = ThreadState::Current();
  const SiteId site = trace::SiteFor(place);
  self.Record(EventKind::kJoinBegan, id(), 0, site);
  if (starter_runtime_ != nullptr) {
    starter_runtime_->Join(state_);
  } else {
    native_.join();
  }
  joined_ = true;
  self.Record(EventKind::kThreadJoined, id(), 0, site);
}

void SleepFor(int64_t ns) {
  ThreadState& self = ThreadState::Current();
  if (self.runtime() != nullptr) return self.runtime()->SleepFor(ns);
  std::this_thread::sleep_for(std::chrono::nanoseconds(ns));
}

int64_t NowNs() {
  Runtime* const runtime = ThreadState::Current().runtime();
  return runtime != nullptr ? runtime->NowNs() : MonotonicNs();
}

}  // namespace lockscope::sync
