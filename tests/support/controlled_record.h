// A controlled run of a test's own threads, recorded to memory, with all that can be asked of it when it is over.
#pragma once

#include <functional>
#include <vector>

#include "core/base/check.h"
#include "core/sched/controlled_runtime.h"
#include "core/trace/run_log.h"
#include "tests/support/record_breaches.h"

namespace lockscope::testing {

struct ControlledRecord {
  sched::RunEnd end = sched::RunEnd::kFinished;
  trace::Trace trace;
  std::vector<uint32_t> choices;
  std::vector<sched::ThreadInfo> threads;
  uint64_t steps = 0;
};

// `body` may ask for the runtime that it runs under; `stopped` is called when the run has ended and is not yet taken down.
using ControlledBody = std::function<void(sched::ControlledRuntime&)>;
inline ControlledRecord RecordControlled(sched::Strategy& strategy, const ControlledBody& body,
                                         sched::RunOptions options = {}, sync::Role role = sync::Role::kNone,
                                         const ControlledBody& stopped = nullptr) {
  trace::RunLog log;
  LS_CHECK(log.Start().has_value());
  ControlledRecord record;
  options.log = &log;
  sched::ControlledRuntime runtime(strategy, options);
  record.end = runtime.Run("first", role, [&] { body(runtime); });
  if (stopped) stopped(runtime);
  log.Stop();
  Result<trace::Trace> trace = log.Build({});
  LS_CHECK(trace.has_value(), "{}", trace.error().message);
  record.trace = std::move(*trace);
  record.choices.assign(runtime.choices().begin(), runtime.choices().end());
  record.threads.assign(runtime.threads().begin(), runtime.threads().end());
  record.steps = runtime.steps();
  return record;
}

}  // namespace lockscope::testing
