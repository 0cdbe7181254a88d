#include "core/sync/thread_state.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/check.h"

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

void ThreadState::TooManyHeld(const Mutex& mutex) const {
  LS_CHECK(false, "{} acquires {} holding {} locks already", name_, mutex.name(), held_count_);
  std::abort();  // Not reached.
}

void ThreadState::PopFromBelow(const Mutex& mutex) {
  const auto end = held_.begin() + static_cast<std::ptrdiff_t>(held_count_);
  const auto found = std::find_if(held_.begin(), end, [&mutex](const HeldLock& held) { return held.mutex == &mutex; });
  LS_CHECK(found != end, "{} releases {}, which it does not hold", name_, mutex.name());
  std::copy(found + 1, end, found);
  --held_count_;
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
