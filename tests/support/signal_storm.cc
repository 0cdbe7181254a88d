#include "tests/support/signal_storm.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "core/base/race_detector.h"

namespace lockscope::testing {

void SignalStorm::InterruptAll() {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(::opendir("/proc/self/task"), &::closedir);
  LS_CHECK(threads != nullptr);
  const auto own = static_cast<int>(::syscall(SYS_gettid));
  while (const dirent* entry = ::readdir(threads.get())) {
    const int thread = std::atoi(entry->d_name);
    // Who has ended meanwhile is not there any more, and does not matter.
    if (thread > 0 && thread != own) ::syscall(SYS_tgkill, ::getpid(), thread, kSignal);
  }
  std::this_thread::yield();
}

}  // namespace lockscope::testing

#if LS_RACE_DETECTOR

// ThreadSanitizer waits for itself when a signal's handler runs while pthread_join(3) frees the thread's memory
// (google/sanitizers, issue 1540). So the storm, and nothing else, is put off while a thread is joined. This function takes the place
// of ThreadSanitizer's own, which is a weak one, and goes on to it.
extern "C" int __interceptor_pthread_join(pthread_t thread, void** result);

extern "C" int pthread_join(pthread_t thread, void** result) {
  sigset_t storm;
  sigset_t before;
  ::sigemptyset(&storm);
  ::sigaddset(&storm, lockscope::testing::SignalStorm::kSignal);
  ::pthread_sigmask(SIG_BLOCK, &storm, &before);
  const int error = __interceptor_pthread_join(thread, result);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

#endif
