// SignalStorm: while it lives, all threads of the process but its own are interrupted by a signal, again and again, with a
// handler that does not ask for interrupted calls to be begun anew (no SA_RESTART). One at a time.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "core/base/check.h"

namespace lockscope::testing {

class SignalStorm {
 public:
  static constexpr int kSignal = SIGUSR1;

  SignalStorm() {
    count_ = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { count_.fetch_add(1, std::memory_order_relaxed); };
    LS_CHECK(::sigaction(kSignal, &action, &before_) == 0);
    thread_ = std::thread([this] {
      while (!over_) InterruptAll();
    });
  }
  ~SignalStorm() {
    over_ = true;
    thread_.join();
    // A thread that was not on a processor meanwhile still has its last signal pending, which would now be delivered as `before_`
    // has it: it ends the process. Ignoring a signal throws away what is pending of it, in every thread (POSIX, sigaction).
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    LS_CHECK(::sigaction(kSignal, &ignore, nullptr) == 0);
    LS_CHECK(::sigaction(kSignal, &before_, nullptr) == 0);
  }
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  // How often a thread was interrupted since the storm began.
  static uint64_t count() { return count_; }

 private:
  static void InterruptAll();

  static inline std::atomic<uint64_t> count_ = 0;
  struct sigaction before_ {};
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace lockscope::testing
