#include "core/loop/poll_poller.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/sync/wake_queue.h"

namespace lockscope::loop {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

// The write end of the self-pipe. A signal handler can reach nothing but globals; -1 while no loop wants signals.
std::atomic<int> signal_write_fd{-1};
struct sigaction previous_actions[std::size(kSignals)];
std::atomic<bool> signalled_by_others{false};

// Only async-signal-safe calls. A full pipe has signals enough in it.
void OnSignal(int number, siginfo_t* info, void* /*context*/) {
  const int saved_errno = errno;
  if (info->si_pid != ::getpid()) signalled_by_others.store(true, std::memory_order_relaxed);  // The keyboard's is 0.
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const ssize_t written = ::write(signal_write_fd.load(std::memory_order_relaxed), &byte, 1);
  errno = saved_errno;
}

short ToPoll(uint32_t wanted) {
  return static_cast<short>(((wanted & kIoReadable) != 0 ? POLLIN : 0) | ((wanted & kIoWritable) != 0 ? POLLOUT : 0));
}

uint32_t FromPoll(short ready) {
  return ((ready & POLLIN) != 0 ? kIoReadable : 0) | ((ready & POLLOUT) != 0 ? kIoWritable : 0) |
         ((ready & (POLLHUP | POLLERR | POLLNVAL)) != 0 ? kIoHangup : 0);
}

// Milliseconds for poll(2), rounded up: a timer must not find that it is too early.
int ToMilliseconds(int64_t timeout_ns) {
  if (timeout_ns < 0) return -1;
  return static_cast<int>(std::min<int64_t>(timeout_ns / 1'000'000 + (timeout_ns % 1'000'000 != 0 ? 1 : 0), INT_MAX));
}

// Raises what the process allows itself, as far as it may. False: no further.
bool AllowDescriptors(size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < count) return false;
  limit.rlim_cur = count;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace

Result<std::unique_ptr<PollPoller>> PollPoller::Create() {
  unique_fd wake_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd.valid()) return Fail("cannot make an eventfd for the event loop: {}", ErrnoText(errno));
  return std::unique_ptr<PollPoller>(new PollPoller(std::move(wake_fd)));
}

PollPoller::PollPoller(unique_fd wake_fd)
    : wake_fd_(std::move(wake_fd)), polled_{{wake_fd_.get(), POLLIN, 0}}, place_of_{0} {}

PollPoller::~PollPoller() {
  if (!signal_read_fd_.valid()) return;
  for (size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &previous_actions[i], nullptr);
  ::close(signal_write_fd.exchange(-1));
}

Handle PollPoller::Add(int fd) {
  descriptors_[++last_handle_] = fd;
  return Handle{last_handle_};
}

void PollPoller::Forget(Handle handle) { descriptors_.erase(handle.value); }

void PollPoller::EntryChanged(size_t place, const PollEntry& entry) {
  if (place >= index_of_.size()) index_of_.resize(place + 1, 0);
  size_t& index = index_of_[place];
  if (entry.wanted == 0) {
    if (index != 0) TakeOut(std::exchange(index, 0));
    return;
  }
  const auto found = descriptors_.find(entry.handle.value);
  LS_CHECK(found != descriptors_.end(), "handle {} is watched, but no poller's", entry.handle.value);
  if (index == 0) {
    index = polled_.size();
    polled_.emplace_back();
    place_of_.push_back(place);
  }
  polled_[index] = {found->second, ToPoll(entry.wanted), 0};
}

// The last one moves up.
void PollPoller::TakeOut(size_t index) {
  if (index + 1 != polled_.size()) {
    polled_[index] = polled_.back();
    place_of_[index] = place_of_.back();
    index_of_[place_of_[index]] = index;
  }
  polled_.pop_back();
  place_of_.pop_back();
}

size_t PollPoller::Poll(std::span<PollEntry> entries, int64_t timeout_ns) {
  // A signal ends the call early (EINTR): then nothing is ready, and the next turn finds the self-pipe.
  int result = ::poll(polled_.data(), polled_.size(), ToMilliseconds(timeout_ns));
  // poll(2) takes as many as the process may have descriptors, and these are all open: but somebody may have lowered the limit
  // meanwhile.
  if (result < 0 && errno == EINVAL) {
    result = AllowDescriptors(polled_.size()) ? ::poll(polled_.data(), polled_.size(), ToMilliseconds(timeout_ns))
                                              : PollInParts(timeout_ns);
  }
  LS_CHECK(result >= 0 || errno == EINTR || errno == ENOMEM, "poll of {} handles: {}", polled_.size(),
           ErrnoText(errno));
  if (result <= 0) return 0;
  size_t found = static_cast<size_t>(result);
  if (polled_[0].revents != 0) {
    --found;
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_fd_.get(), &count, sizeof count);
  }
  for (size_t index = 1, left = found; left > 0; ++index) {
    if (polled_[index].revents == 0) continue;
    entries[place_of_[index]].ready = FromPoll(polled_[index].revents);
    --left;
  }
  return found;
}

// As many at a time as poll(2) takes. It sleeps for those that come first, and looks at the others now and then.
int PollPoller::PollInParts(int64_t timeout_ns) {
  constexpr int64_t kLookNs = 10'000'000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const size_t part = std::max<size_t>(limit.rlim_cur, 1);
  const int64_t until_ns = timeout_ns < 0 ? INT64_MAX : NowNs() + std::min(timeout_ns, INT64_MAX - NowNs());
  while (true) {
    int ready = 0;
    for (size_t first = 0; first < polled_.size(); first += part) {
      const int found = ::poll(polled_.data() + first, std::min(part, polled_.size() - first), 0);
      if (found < 0) return found;
      ready += found;
    }
    const int64_t left_ns = until_ns - NowNs();
    if (ready > 0 || left_ns <= 0) return ready;
    const int found =
        ::poll(polled_.data(), std::min(part, polled_.size()), ToMilliseconds(std::min(left_ns, kLookNs)));
    if (found < 0) return found;
  }
}

void PollPoller::WakeUp() {
  sync::WakeQueue::Add(
      [](void* self, int /*times*/) {
        const uint64_t one = 1;
        const int fd = static_cast<PollPoller*>(self)->wake_fd_.get();
        [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);  // Full: it is awake already.
      },
      this);
}

int64_t PollPoller::NowNs() { return MonotonicNs(); }

Result<Handle> PollPoller::WatchSignals() {
  int fds[2];
  if (::pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return Fail("cannot make a pipe for signals: {}", ErrnoText(errno));
  signal_read_fd_.reset(fds[0]);
  const int before = signal_write_fd.exchange(fds[1]);
  LS_CHECK(before == -1, "two event loops want the process's signals");
  signalled_by_others = false;
  struct sigaction action {};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_SIGINFO;
  ::sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &previous_actions[i]);
    const bool is_to_outlive_its_terminal =
        kSignals[i] == SIGHUP && previous_actions[i].sa_handler == SIG_IGN;  // nohup(1)
    if (!is_to_outlive_its_terminal) ::sigaction(kSignals[i], &action, nullptr);
  }
  return Add(signal_read_fd_.get());
}

bool PollPoller::WasSignalledByOthers() const { return signal_read_fd_.valid() && signalled_by_others; }

std::optional<int> PollPoller::NextSignal() {
  unsigned char number = 0;
  const ssize_t got = ::read(signal_read_fd_.get(), &number, 1);
  return got == 1 ? std::optional<int>(number) : std::nullopt;
}

}  // namespace lockscope::loop
