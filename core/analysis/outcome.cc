#include "core/analysis/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "core/analysis/outcome_finders.h"
#include "core/analysis/phrases.h"

namespace lockscope::analysis {
namespace {

using trace::Trace;

constexpr std::array<std::string_view, 10> kNames{"clean",        "findings",      "delay", "deadlock",
                                                  "lost wake-up", "stuck reply",   "hang",  "starvation",
                                                  "overrun",      "use after free"};

RunEnd EndOf(const Trace& trace) {
  const std::string_view end = trace.Meta("end");
  if (end == "finished") return RunEnd::kFinished;
  if (end == "stuck") return RunEnd::kStuck;
  if (end == "step limit") return RunEnd::kStepLimit;
  return end == "watchdog" ? RunEnd::kWatchdog : RunEnd::kUnknown;
}

// 0 where the key is not there or is no number.
int64_t NumberIn(const Trace& trace, std::string_view key) {
  const std::string_view text = trace.Meta(key);
  int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && rest == text.data() + text.size() ? std::max<int64_t>(number, 0) : 0;
}

Outcome Clean(const Timeline& timeline, RunEnd end) {
  const auto answered = std::count_if(timeline.jobs().begin(), timeline.jobs().end(),
                                      [](const Job& job) { return job.reply_written != Job::kNever; });
  Outcome outcome;
  outcome.step = timeline.trace().size() - 1;
  outcome.sentence = fmt::format(
      "Clean: {} answered, no rule is broken{}.",
      answered == 1 ? std::string("one call was") : fmt::format("{} calls were", static_cast<uint64_t>(answered)),
      end == RunEnd::kFinished ? ", and every thread has ended" : "");
  return outcome;
}

Outcome Judge(const Timeline& timeline, const RuleReport& report, RunEnd end, int64_t patience_ns) {
  if (auto found = FindUseAfterFree(timeline)) return *std::move(found);
  if (auto found = FindDeadlock(timeline)) return *std::move(found);
  if (auto found = FindLostWakeUp(timeline, end)) return *std::move(found);
  if (auto found = FindStuckReply(timeline, end)) return *std::move(found);
  if (auto found = FindHang(timeline, end)) return *std::move(found);
  if (auto found = FindStarvation(timeline, end)) return *std::move(found);
  if (auto found = FindOverrun(timeline, NumberIn(timeline.trace(), "max_client_requests"))) return *std::move(found);
  if (auto found = FindDelay(timeline, patience_ns)) return *std::move(found);
  if (auto found = FindBrokenRule(report)) return *std::move(found);
  return Clean(timeline, end);
}

std::vector<BlockedThread> BlockedForGood(const Timeline& timeline, RunEnd end, OutcomeKind kind) {
  const size_t last = timeline.trace().size() - 1;
  std::vector<BlockedThread> blocked = BlockedThreadsAt(timeline, last, Blocked::kInCircles);
  if (!blocked.empty() || end == RunEnd::kFinished) return blocked;
  const bool nobody_goes_on = end == RunEnd::kStuck || end == RunEnd::kWatchdog || kind == OutcomeKind::kLostWakeUp;
  if (nobody_goes_on) return BlockedThreadsAt(timeline, last, Blocked::kAtAll);
  return end == RunEnd::kStepLimit ? BlockedThreadsAt(timeline, last, Blocked::kOnLocks) : blocked;
}

}  // namespace

std::string_view OutcomeName(OutcomeKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<OutcomeKind> OutcomeFromName(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<OutcomeKind>(found - kNames.begin());
}

std::vector<std::string_view> OutcomeNames() { return {kNames.begin(), kNames.end()}; }

Outcome FindOutcome(const Timeline& timeline, const RuleReport& report, const OutcomeOptions& options) {
  const Trace& trace = timeline.trace();
  if (trace.empty()) return {OutcomeKind::kClean, "Clean: nothing was recorded.", 0, {}};
  const RunEnd end = EndOf(trace);
  const int64_t patience_ns = options.patience_ns > 0 ? options.patience_ns : NumberIn(trace, "patience_ns");
  Outcome outcome = Judge(timeline, report, end, patience_ns);
  outcome.blocked = BlockedForGood(timeline, end, outcome.kind);
  return outcome;
}

}  // namespace lockscope::analysis
