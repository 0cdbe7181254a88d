#include "core/sync/thread_state.h"

#include <pthread.h>

#include "core/base/annotations.h"
#include "core/base/check.h"
#include "core/sync/mutex.h"

namespace lockscope::sync {

using trace::EventKind;

ThreadState::ThreadState(std::string name, Role role, Runtime* runtime)
    : RegisteredObject(trace::ObjectType::kThread, name),
      ThreadLog(RegisteredObject::id()),
      name_(std::move(name)),
      role_(role),
      runtime_(runtime) {}

void ThreadState::Adopt() {
  // The key is there for its destructor alone: it frees an adopted thread's state when that thread ends.
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    ::pthread_key_create(&made, [](void* state) {
      Exchange(nullptr);
      delete static_cast<ThreadState*>(state);
    });
    return made;
  }();
  auto state = std::make_unique<ThreadState>("thread", Role::kNone, nullptr);
  ::pthread_setspecific(key, state.get());
  Exchange(state.get());
  state->Record(EventKind::kThreadStarted, state->id(), kNoObject, kUnknownSite);
  state.release();  // The key's destructor owns it now.
}

LS_UNSEEN_BY_RACE_DETECTOR ThreadState* ThreadState::Exchange(ThreadState* state) {
  trace::ThreadLog* const before = trace::internal::current_thread_log;
  trace::internal::current_thread_log = state;
  return static_cast<ThreadState*>(before);
}

void ThreadState::PushHeld(const Mutex& mutex, SiteId site) {
  LS_CHECK(held_count_ < kMaxHeld, "{} acquires {} holding {} locks already", name_, mutex.name(), held_count_);
  held_[held_count_++] = {&mutex, site};
}

void ThreadState::PopHeld(const Mutex& mutex) {
  for (size_t i = held_count_; i-- > 0;) {
    if (held_[i].mutex != &mutex) continue;
    for (size_t next = i + 1; next < held_count_; ++next) held_[next - 1] = held_[next];
    --held_count_;
    return;
  }
  LS_CHECK(false, "{} releases {}, which it does not hold", name_, mutex.name());
}

NamedThread::NamedThread(std::string name, Role role, SourcePlace place)
    : state_(std::move(name), role, nullptr), previous_(ThreadState::Exchange(&state_)), place_(place) {
  RecordEvent(EventKind::kThreadStarted, state_.id(), kNoObject, place);
  if (role != Role::kNone) TakeRole(role, place);
}

NamedThread::~NamedThread() {
  RecordEvent(EventKind::kThreadEnded, state_.id(), 0, place_);
  ThreadState::Exchange(previous_);
}

void TakeRole(Role role, SourcePlace place) {
  ThreadState& self = ThreadState::Current();
  self.set_role(role);
  RecordEvent(EventKind::kThreadRole, self.id(), static_cast<uint32_t>(role), place);
}

}  // namespace lockscope::sync
