// All that a program needs to record its own locks: #include <lockscope/lockscope.h>, and link lockscope::sync.
//
//   inline constexpr lockscope::LockClass kAccountLock{"account", 10};
//   lockscope::Mutex mutex(kAccountLock, "account 1");
//   auto recorder = lockscope::Recorder::Start("bank.lockscope", {{"title", "A bank"}});
//   { const lockscope::MutexLock lock(mutex); … }
//   (*recorder)->Finish();
//
// USING.md in this folder says the rest. For users: nothing in the tree includes it.
#pragma once

#include "core/base/result.h"
#include "core/sync/condition_variable.h"
#include "core/sync/guard.h"
#include "core/sync/lock_order.h"
#include "core/sync/mutex.h"
#include "core/sync/thread.h"
#include "core/trace/recorder.h"
#include "core/trace/ring_options.h"
#include "core/trace/trace_file.h"

namespace lockscope {

using sync::ConditionVariable;
using sync::GuardPolicy;
using sync::LockClass;
using sync::Mutex;
using sync::MutexLock;
using sync::NamedThread;
using sync::SetGuardPolicy;
using sync::Thread;
using trace::ReadTrace;
using trace::Recorder;
using trace::RingOptions;
using trace::Trace;
using trace::WhenFull;

}  // namespace lockscope
