// RunLog: the recording of a run whose threads share one OS thread and one virtual clock (core/sched). Its events go into one
// array, in the order in which they happen: no file, no chunks, no order to be found later.
//
// Start, run, Stop; then Build, if the run is worth it. The memory is kept for the next Start. Nothing survives the process:
// where that matters, record with a Recorder. One recording at a time in a process. One OS thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/tape.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class RunLog {
 public:
  using Meta = std::vector<std::pair<std::string, std::string>>;

  RunLog() = default;
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  // Fails where another recording is on. The events of the run before are gone.
  Result<void> Start();
  // No more events. Names of objects that are gone are kept until the next Start.
  void Stop();

  // What was recorded, with the names that it needs. After Stop.
  Result<Trace> Build(Meta meta) const;

  size_t size() const { return entries_.size(); }
  // Where the run's events are to go.
  Tape<RunEntry>& entries() { return entries_; }

 private:
  Tape<RunEntry> entries_;
  bool on_ = false;
};

}  // namespace lockscope::trace
