// Why a queued job waits: what the present tense (SentencesAt) and the past tense (FindLongestWait) share. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

// How the workers stand at a step. Each that has begun and not ended is in one of the lists.
struct WorkerCensus {
  struct Call {
    ObjectId worker = kNoObject;
    ObjectId procedure = kNoObject;
  };
  std::vector<Call> in_calls;       // In a driver call, whatever happens inside it.
  std::vector<ObjectId> blocked;    // Wait for a lock outside of a call.
  std::vector<ObjectId> asleep;     // Wait on a condition outside of a call,
  std::vector<size_t> asleep_from;  // since these steps.
  std::vector<ObjectId> awake;      // None of that.
  size_t alive() const { return in_calls.size() + blocked.size() + asleep.size() + awake.size(); }
  bool AllInCalls() const { return !in_calls.empty() && in_calls.size() == alive(); }
};
WorkerCensus CountWorkers(const Timeline& timeline, size_t step);

// Why nobody takes a job, in both tenses, and what ends that. Empty where the trace does not say.
struct Reason {
  std::string is;  // "all 3 workers are in driver calls (worker-1: hostname, …)"
  std::string was;
  std::string then;  // "It is taken when one of them is done."
};
Reason WhyQueued(const Timeline& timeline, const Job& job, size_t step);

// "dave's call hostname", or "dave's job 4" where the call is not known.
std::string JobPhrase(const trace::Trace& trace, const Job& job);
// "dave's dx queue".
std::string DxPhrase(const trace::Trace& trace, const Job& job);
// What the first mention of dx on a screen says more.
inline constexpr const char* kDxMeans = " (dx: calls waiting)";

}  // namespace lockscope::analysis
