#include "core/daemon/locks.h"

namespace lockscope::daemon {

// Audited: gives up the member through which the constructor acquired. Without the exemption:
// "releasing mutex 'lock_' that was not held".
void ServerLock::unlock(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS { lock_.unlock(place); }

// Audited: a caller that holds the class `server` holds the one server lock there is. Without the exemption:
// "calling function 'wait' requires holding mutex 'mutex_.mu_' exclusively".
void JobCondition::wait(SourcePlace place) LS_NO_THREAD_SAFETY_ANALYSIS { condition_.wait(mutex_.mu_, place); }

}  // namespace lockscope::daemon
