// Puts one bug's class in its part's place: one function for each file beside this one. For the catalog alone.
#pragma once

#include "core/daemon/parts.h"

namespace lockscope::daemon::bugs {

void InstallReplyLocksClientFirst(Parts& parts);
void InstallCallbackUnderLoopLock(Parts& parts);
void InstallDriverCallUnderLocks(Parts& parts);
void InstallClientWithoutServerLock(Parts& parts);
void InstallSignalAtShutdown(Parts& parts);
void InstallWaitWithoutWhile(Parts& parts);
void InstallLogUnderClientLock(Parts& parts);
void InstallPoolNeverGrows(Parts& parts);
void InstallWaitsForEverInACall(Parts& parts);
void InstallNoReference(Parts& parts);
void InstallNoThrottle(Parts& parts);
void InstallWatchNotUpdated(Parts& parts);
void InstallOldestClientFirst(Parts& parts);

}  // namespace lockscope::daemon::bugs
