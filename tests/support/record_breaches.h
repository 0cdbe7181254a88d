// RecordBreaches: as `lockscope run` does it, a broken rule becomes an event and the run goes on. For the length of a test.
#pragma once

#include "core/sync/guard.h"

namespace lockscope::testing {

class RecordBreaches {
 public:
  RecordBreaches() { sync::SetGuardPolicy(sync::GuardPolicy::kRecord); }
  ~RecordBreaches() { sync::SetGuardPolicy(sync::GuardPolicy::kAbort); }
  RecordBreaches(const RecordBreaches&) = delete;
  RecordBreaches& operator=(const RecordBreaches&) = delete;
};

}  // namespace lockscope::testing
