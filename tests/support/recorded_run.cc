#include "tests/support/recorded_run.h"

#include <unistd.h>

#include <thread>

#include "core/base/check.h"
#include "core/trace/trace_file.h"

namespace lockscope::testing {

RecordedRun::RecordedRun(trace::Recorder::Detail detail)
    : path_(std::filesystem::temp_directory_path() / fmt::format("recorded-run-{}.lockscope", ::getpid())) {
  Result<std::unique_ptr<trace::Recorder>> recorder =
      trace::Recorder::Start(path_, {}, trace::Recorder::Clock::kReal, {}, detail);
  LS_CHECK(recorder.has_value(), "{}", recorder.error().message);
  recorder_ = std::move(*recorder);
}

RecordedRun::~RecordedRun() {
  recorder_.reset();
  std::filesystem::remove(path_);
}

template <typename Predicate>
void RecordedRun::AwaitSteps(const Predicate& wanted, size_t times) const {
  while (true) {
    const Result<trace::Trace> trace = trace::ReadTrace(path_);
    LS_CHECK(trace.has_value(), "{}", trace.error().message);
    if (StepsWhere(*trace, [&](size_t step) { return wanted(*trace, step); }).size() >= times) return;
    std::this_thread::yield();
  }
}

void RecordedRun::Await(std::string_view thread, trace::EventKind kind, size_t times) const {
  const auto is_it = [&](const trace::Trace& trace, size_t step) {
    return trace.event(step).kind() == kind && trace.Name(trace.thread(step)) == thread;
  };
  AwaitSteps(is_it, times);
}

void RecordedRun::AwaitPackets(std::string_view procedure, size_t times) const {
  const auto is_it = [&](const trace::Trace& trace, size_t step) {
    const trace::Event& event = trace.event(step);
    return event.kind() == trace::EventKind::kPacketRead && trace.Name(event.arg()) == procedure;
  };
  AwaitSteps(is_it, times);
}

trace::Trace RecordedRun::Finish() {
  Result<trace::Trace> trace = recorder_->Finish();
  LS_CHECK(trace.has_value(), "{}", trace.error().message);
  LS_CHECK(trace->info().dropped_events == 0);
  return std::move(*trace);
}

std::vector<size_t> StepsOfKind(const trace::Trace& trace, trace::EventKind kind) {
  return StepsWhere(trace, [&](size_t step) { return trace.event(step).kind() == kind; });
}

std::vector<std::string> Story(const trace::Trace& trace, std::string_view thread) {
  std::vector<std::string> story;
  for (size_t step = 0; step < trace.size(); ++step) {
    if (trace.Name(trace.thread(step)) != thread) continue;
    const trace::Event& event = trace.event(step);
    const trace::KindInfo* kind = trace::FindKind(event.kind());
    std::string line(kind->name);
    if (event.object() != kNoObject) line += fmt::format(" {}", trace.Name(event.object()));
    story.push_back(std::move(line));
  }
  return story;
}

}  // namespace lockscope::testing
