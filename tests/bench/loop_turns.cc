// What a daemon did for each call of rpc_load, counted in a recording of it: turns of its loop, wake-ups of the loop from
// outside, locks taken, events recorded. From the first call of `hostname` to the last reply, per reply.
//
// Usage: loop_turns TRACE; the recording need not be finished. Prints one line of numbers, and in front of it, on standard
// error, what they are.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "core/trace/trace_file.h"

namespace lockscope {
namespace {

using trace::EventKind;

int Main(const char* path) {
  const Result<trace::Trace> trace = trace::ReadTrace(path);
  if (!trace) {
    fmt::print(stderr, "loop_turns: {}\n", trace.error().message);
    return 2;
  }
  const auto events = trace->events();
  const auto is_call = [&](const trace::Event& event) {
    return event.kind() == EventKind::kPacketRead && trace->Name(event.arg()) == "hostname";
  };
  const auto is_reply = [](const trace::Event& event) { return event.kind() == EventKind::kReplyWritten; };
  const auto first = std::ranges::find_if(events, is_call);
  const auto last = std::find_if(events.rbegin(), std::make_reverse_iterator(first), is_reply).base();
  double replies = 0, turns = 0, wake_ups = 0, locks = 0;
  for (auto event = first; event != last; ++event) {
    if (is_reply(*event)) ++replies;
    if (event->kind() == EventKind::kPollEntered) ++turns;
    if (event->kind() == EventKind::kLoopWoken) ++wake_ups;
    if (event->kind() == EventKind::kLockAcquired) ++locks;
  }
  if (replies == 0) {
    fmt::print(stderr, "loop_turns: {}: no call of hostname is answered in it\n", path);
    return 2;
  }
  fmt::print(stderr, "turns/reply wake_ups/reply locks/reply events/reply\n");
  fmt::print("{:.2f} {:.2f} {:.1f} {:.1f}\n", turns / replies, wake_ups / replies, locks / replies,
             static_cast<double>(last - first) / replies);
  return 0;
}

}  // namespace
}  // namespace lockscope

int main(int argc, char** argv) {
  if (argc == 2) return lockscope::Main(argv[1]);
  std::fputs("usage: loop_turns TRACE\n", stderr);
  return 2;
}
