#include "core/sync/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/race_detector.h"

namespace lockscope::sync {

SleepEnd SleepAt(const uint32_t* number, uint32_t seen, const timespec* deadline) {
  const int kept = errno;
  int error = EINTR;
  while (error == EINTR) {
    const long result =
        ::syscall(SYS_futex, number, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
    error = result == 0 ? 0 : errno;
    if (error == EINTR) RunSignalHandlersPutOff();
  }
  errno = kept;
  if (error == 0) return SleepEnd::kWoken;
  return error == ETIMEDOUT ? SleepEnd::kTimeout : SleepEnd::kChanged;
}

void WakeAt(const uint32_t* number, int most) {
  const int kept = errno;
  ::syscall(SYS_futex, number, FUTEX_WAKE_PRIVATE, most, nullptr, nullptr, 0);
  errno = kept;
}

}  // namespace lockscope::sync
