// PollPoller: the live Poller, on poll(2), an eventfd for wake-ups and a self-pipe for signals.
//
// What poll(2) is given is kept from one call to the next, and only brought up to date: it has no empty places, of which there
// may be as many as descriptors. The rest of poll(2) remains: it looks at every handle, and says how many are ready, not which.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/base/unique_fd.h"
#include "core/loop/poller.h"

namespace lockscope::loop {

class PollPoller : public Poller {
 public:
  // Fails where the process is out of descriptors.
  static Result<std::unique_ptr<PollPoller>> Create();
  ~PollPoller() override;  // Gives signals back to whoever had them.

  // Makes a descriptor watchable. It stays the caller's, who keeps it open until Forget or the end of the watch. Loop
  // thread, or before the loop runs.
  Handle Add(int fd);

  void EntryChanged(size_t place, const PollEntry& entry) override;
  size_t Poll(std::span<PollEntry> entries, int64_t timeout_ns) override;
  void WakeUp() override;
  int64_t NowNs() override;
  Result<Handle> WatchSignals() override;
  std::optional<int> NextSignal() override;
  void Forget(Handle handle) override;

  // Whether one of these signals came from outside: from another process, or from the keyboard. Any thread.
  bool WasSignalledByOthers() const;

 private:
  explicit PollPoller(unique_fd wake_fd);
  void TakeOut(size_t index);
  int PollInParts(int64_t timeout_ns);  // What poll(2) gives.

  const unique_fd wake_fd_;
  unique_fd signal_read_fd_;
  std::unordered_map<uint64_t, int> descriptors_;  // By handle.
  uint64_t last_handle_ = 0;
  // First the wake-up, then one for each place of the loop's entries where something is wanted, in no order.
  std::vector<pollfd> polled_;
  std::vector<size_t> place_of_;  // polled_[i] is of place_of_[i];
  std::vector<size_t> index_of_;  // and of a place, where it is in polled_: 0, nowhere.
};

}  // namespace lockscope::loop
