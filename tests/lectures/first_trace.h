// FirstTrace: the recording of lectures/00-first-trace, and the answers to its questions, read from its events.
//
// The lecture talks about three things in it: one call of alice that changes hands while the event loop still holds her
// lock, the moment at which dave's second call has waited longest, and the calls that overtake it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/explain.h"
#include "core/analysis/timeline.h"

namespace lockscope::lectures {

class FirstTrace {
 public:
  // Ends the program where the file is no recording: nothing else in these tests makes sense then.
  explicit FirstTrace(const std::string& file);

  const trace::Trace& trace() const { return *trace_; }
  const analysis::Timeline& timeline() const { return *timeline_; }

  // The first call of that name by that client, or null.
  const analysis::Job* Call(std::string_view client, std::string_view procedure) const;
  // The wait of the worker that the job's signal woke for the lock of the job's client, which the event loop still
  // held; null where there was none.
  const analysis::LockWait* WaitAtHandoff(const analysis::Job& job) const;
  // Workers in a driver call at a step.
  size_t WorkersInDriverCalls(size_t step) const;

  // "Answer 1: …": the line that answers.md must have. Empty where the recording has no such thing.
  std::string Answer(int question) const;
  // All that the viewer says where the lecture looks.
  std::vector<std::string> Sentences() const;

 private:
  std::string WhoStandsStill() const;
  std::string WhoIsInTheWay() const;
  std::string WhoIsTakenFirst() const;

  std::unique_ptr<const trace::Trace> trace_;
  std::unique_ptr<const analysis::Timeline> timeline_;
};

}  // namespace lockscope::lectures
