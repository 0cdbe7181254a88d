// How a thread is joined. Any thread.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>

#include "core/base/race_detector.h"

namespace lockscope {

// thread.join(). With ThreadSanitizer signals wait meanwhile: one that comes while it frees what the ended thread had makes its
// handler wait for a lock that the interrupted one has (https://github.com/google/sanitizers/issues/1540), for minutes or for
// ever.
inline void JoinThread(std::thread& thread) {
#if LS_RACE_DETECTOR
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread.join();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
#else
  thread.join();
#endif
}

}  // namespace lockscope
