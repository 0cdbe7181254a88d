#include "tests/support/recorded_run.h"

#include <unistd.h>

#include <thread>

#include "core/base/check.h"
#include "core/trace/trace_file.h"

namespace lockscope::testing {

RecordedRun::RecordedRun()
    : path_(std::filesystem::temp_directory_path() / fmt::format("recorded-run-{}.lockscope", ::getpid())) {
  Result<std::unique_ptr<trace::Recorder>> recorder = trace::Recorder::Start(path_, {});
  LS_CHECK(recorder.has_value(), "{}", recorder.error().message);
  recorder_ = std::move(*recorder);
}

RecordedRun::~RecordedRun() {
  recorder_.reset();
  std::filesystem::remove(path_);
}

void RecordedRun::Await(std::string_view thread, trace::EventKind kind, size_t times) const {
  while (true) {
    size_t found = 0;
    const Result<trace::Trace> trace = trace::ReadTrace(path_);
    LS_CHECK(trace.has_value(), "{}", trace.error().message);
    for (size_t step = 0; step < trace->size(); ++step) {
      if (trace->event(step).kind() == kind && trace->Name(trace->thread(step)) == thread) ++found;
    }
    if (found >= times) return;
    std::this_thread::yield();
  }
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
