#include "core/scenario/watchdog.h"

#include <utility>

namespace lockscope::scenario {
namespace {

constexpr int64_t kLookEveryNs = 20'000'000;  // A run that has ended waits for it so long at most.

}  // namespace

Watchdog::Watchdog() : thread_("watchdog", sync::Role::kNone, [this] { Run(); }) {
  begun_.wait(false);  // Its beginning would be an event of a recording that is begun meanwhile.
}

Watchdog::~Watchdog() {
  state_ = State::kOver;
  thread_.Join();
}

void Watchdog::Watch(int64_t limit_ns, std::function<bool()> has_moved, std::function<void()> bite) {
  limit_ns_ = limit_ns;
  has_moved_ = std::move(has_moved);
  bite_ = std::move(bite);
  state_ = State::kWatching;
}

void Watchdog::Stop() {
  State watching = State::kWatching;
  if (state_.compare_exchange_strong(watching, State::kOver)) return;
  while (state_ == State::kBiting) sync::SleepFor(kLookEveryNs);
}

void Watchdog::Run() {
  begun_ = true;
  begun_.notify_all();
  int64_t last_ns = sync::NowNs();
  for (State state = state_; state != State::kOver; sync::SleepFor(kLookEveryNs), state = state_) {
    const int64_t now_ns = sync::NowNs();
    // What Watch is given may be looked at only behind it.
    if (state == State::kIdle || has_moved_()) last_ns = now_ns;
    if (state == State::kIdle || now_ns - last_ns < limit_ns_) continue;
    State watching = State::kWatching;
    if (!state_.compare_exchange_strong(watching, State::kBiting)) continue;
    bite_();
    return;
  }
}

}  // namespace lockscope::scenario
