#include "tests/support/fake_poller.h"

#include <algorithm>
#include <iterator>

#include "core/base/check.h"

namespace lockscope::testing {

Handle FakePoller::Add(Source source) {
  const std::lock_guard lock(mu_);
  sources_[++last_handle_] = std::move(source);
  return Handle{last_handle_};
}

void FakePoller::SetSource(Handle handle, Source source) {
  const std::lock_guard lock(mu_);
  sources_[handle.value] = std::move(source);
}

void FakePoller::SetReady(Handle handle, uint32_t events) {
  SetSource(handle, [events] { return events; });
}

void FakePoller::Advance(int64_t ns) {
  const std::lock_guard lock(mu_);
  now_ns_ += ns;
}

void FakePoller::Raise(int signal) {
  const std::lock_guard lock(mu_);
  signals_.push_back(signal);
}

int FakePoller::wake_ups() const {
  const std::lock_guard lock(mu_);
  return wake_ups_;
}

std::vector<Handle> FakePoller::forgotten() const {
  const std::lock_guard lock(mu_);
  return forgotten_;
}

size_t FakePoller::Look(std::span<loop::PollEntry> entries) {
  size_t ready = 0;
  for (loop::PollEntry& entry : entries) {
    if (entry.wanted == 0) continue;
    const auto found = sources_.find(entry.handle.value);
    LS_CHECK(found != sources_.end(), "handle {} is polled, but not known (any more)", entry.handle.value);
    const uint32_t events = found->second == nullptr ? 0 : found->second();
    entry.ready = events & (entry.wanted | loop::kIoHangup);
    ready += entry.ready != 0 ? 1 : 0;
  }
  return ready;
}

size_t FakePoller::Poll(std::span<loop::PollEntry> entries, int64_t timeout_ns) {
  std::unique_lock lock(mu_);
  entries_.clear();
  std::ranges::copy_if(entries, std::back_inserter(entries_), [](const auto& entry) { return entry.wanted != 0; });
  timeout_ns_ = timeout_ns;
  if (Look(entries) == 0 && !woken_ && timeout_ns != 0 && happening_ != nullptr) {
    const std::function<void()> happening = std::exchange(happening_, nullptr);
    lock.unlock();
    happening();
    lock.lock();
  }
  const size_t ready = Look(entries);
  if (ready == 0 && !woken_) {
    LS_CHECK(timeout_ns >= 0, "the loop would sleep for ever");
    now_ns_ += timeout_ns;
  }
  woken_ = false;
  return ready;
}

void FakePoller::WakeUp() {
  const std::lock_guard lock(mu_);
  ++wake_ups_;
  woken_ = true;
  Woken();
}

int64_t FakePoller::NowNs() {
  const std::lock_guard lock(mu_);
  return now_ns_;
}

Result<Handle> FakePoller::WatchSignals() {
  return Add([this] { return signals_.empty() ? 0 : loop::kIoReadable; });
}

std::optional<int> FakePoller::NextSignal() {
  const std::lock_guard lock(mu_);
  if (signals_.empty()) return std::nullopt;
  const int signal = signals_.front();
  signals_.pop_front();
  return signal;
}

void FakePoller::Forget(Handle handle) {
  const std::lock_guard lock(mu_);
  sources_.erase(handle.value);
  forgotten_.push_back(handle);
}

}  // namespace lockscope::testing
