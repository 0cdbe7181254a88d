// Poller: how the event loop sleeps, what time it is, and what wakes it. The seam between the loop and the machine.
//
// Live it is poll(2) and CLOCK_MONOTONIC (poll_poller.h); in tests readiness and time are scripted; in a controlled run
// the schedule decides both. A Handle belongs to the Poller that gave it and is watched by one event loop.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/handle.h"
#include "core/base/result.h"
#include "core/trace/event.h"

namespace lockscope::loop {

// Bits of events, in and out: trace::kIoReadable, kIoWritable, kIoHangup (only out).
using trace::kIoHangup;
using trace::kIoReadable;
using trace::kIoWritable;

// One of the places in a loop's list of what it watches. The list stays from one turn to the next.
struct PollEntry {
  Handle handle;
  uint32_t wanted = 0;  // 0: the place is empty, or nothing is wanted now; then the handle is not looked at.
  uint32_t ready = 0;   // Set by Poll. It is 0 before.
};

class Poller {
 public:
  virtual ~Poller() = default;

  // `entries[place]` will be this in the next Poll, and stays so: for pollers that keep a list of their own. A place is emptied
  // before it falls away. Loop thread only.
  virtual void EntryChanged(size_t /*place*/, const PollEntry& /*entry*/) {}

  // Sleeps until a handle is ready, WakeUp was called (before or during the sleep), or `timeout_ns` has passed; negative:
  // for ever, 0: not at all. Returns how many entries are ready. Loop thread only.
  virtual size_t Poll(std::span<PollEntry> entries, int64_t timeout_ns) = 0;

  // Ends the current Poll, or the next one at once. Any thread.
  virtual void WakeUp() = 0;

  // Nanoseconds on a clock that never runs backwards. Any thread.
  virtual int64_t NowNs() = 0;

  // A handle that becomes readable when the process is sent a signal to end (SIGTERM, SIGINT, SIGHUP); NextSignal gives the
  // signals' numbers one after the other, then nothing. Before the loop runs, once; NextSignal: loop thread only.
  virtual Result<Handle> WatchSignals() = 0;
  virtual std::optional<int> NextSignal() = 0;

  // The handle's watch is gone; the handle will not be used again. Loop thread only.
  virtual void Forget(Handle handle) = 0;
};

}  // namespace lockscope::loop
