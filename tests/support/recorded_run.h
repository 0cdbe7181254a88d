// RecordedRun: records what happens while it lives, to a file of its own that goes with it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/trace/recorder.h"
#include "core/trace/trace.h"

namespace lockscope::testing {

class RecordedRun {
 public:
  explicit RecordedRun(trace::Recorder::Detail detail = trace::Recorder::Detail::kFull);
  ~RecordedRun();
  RecordedRun(const RecordedRun&) = delete;
  RecordedRun& operator=(const RecordedRun&) = delete;

  // Reads the recording as it grows until `thread` has recorded so many events of that kind: so a test knows that a
  // thread is about to block, which the thread itself cannot say.
  void Await(std::string_view thread, trace::EventKind kind, size_t times = 1) const;
  // The same, until so many packets with that call have been read: "keepalive_ping".
  void AwaitPackets(std::string_view procedure, size_t times) const;
  // What was recorded, in its proven order. Once.
  trace::Trace Finish();

 private:
  template <typename Predicate>
  void AwaitSteps(const Predicate& wanted, size_t times) const;

  std::filesystem::path path_;
  std::unique_ptr<trace::Recorder> recorder_;
};

// The steps of a trace that satisfy something, in order.
template <typename Predicate>
std::vector<size_t> StepsWhere(const trace::Trace& trace, const Predicate& wanted) {
  std::vector<size_t> steps;
  for (size_t step = 0; step < trace.size(); ++step) {
    if (wanted(step)) steps.push_back(step);
  }
  return steps;
}
std::vector<size_t> StepsOfKind(const trace::Trace& trace, trace::EventKind kind);

// The events of one thread as lines of words, "lock_acquired server", in order. For comparing with what is expected.
std::vector<std::string> Story(const trace::Trace& trace, std::string_view thread);

}  // namespace lockscope::testing
