#include "core/analysis/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/analysis/own_order.h"
#include "core/analysis/phrases.h"
#include "core/analysis/rule_checker.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Trace;

constexpr std::array<RuleInfo, 8> kRules{{
    {1, "server-before-client",
     "A client lock is asked for only while the server lock is held; the server lock never under a client lock; never "
     "two client locks.",
     "Take the server lock first, then the client's; once that is held, the server lock may go."},
    {2, "loop-lock-is-a-leaf", "Nothing is acquired under the event-loop lock, and no callback runs under it.",
     "Release the event-loop lock first; it guards the loop's own lists and nothing else."},
    {3, "no-lock-across-a-call", "No driver call while the server lock or a client lock is held.",
     "Keep a reference to the client, release its lock, call, then take the server lock and the client's again."},
    {4, "short-holds", "Server and client locks are held briefly. Advisory.",
     "Move the slow part out of the hold, or do it in smaller pieces."},
    {5, "wait-with-own-mutex-only", "A condition wait is entered holding exactly its own mutex.",
     "Release every other lock before the wait."},
    {6, "every-job-taken-once",
     "Every queued job is taken once or dropped with a reason, and no worker sleeps while a job is queued and "
     "signalled.",
     "Queue and signal under a client lock that was reached through the server lock; scan again after every wait."},
    {7, "only-the-loop-does-I/O", "Only the event loop accepts, reads, writes and closes client connections.",
     "Mark the client and wake the event loop, which does it."},
    {8, "leader-only-waits", "Between \"started\" and \"loop ended\" the leader only waits.",
     "Do it before the event loop starts, after it has ended, or in the event loop."},
}};

std::vector<LockKind> KindsOfLocks(const Trace& trace) {
  std::vector<LockKind> kinds(trace.objects().size() + 1, LockKind::kOther);
  for (size_t i = 0; i < trace.objects().size(); ++i) {
    const std::string& name = trace.objects()[i].lock_class;
    if (trace.objects()[i].type != trace::ObjectType::kMutex) continue;
    kinds[i + 1] = name == kServerClass   ? LockKind::kServer
                   : name == kClientClass ? LockKind::kClient
                   : name == kLoopClass   ? LockKind::kLoop
                                          : LockKind::kOther;
  }
  return kinds;
}

// A breach that the recorded program noticed itself, where the trace alone does not show it.
Finding FromRecorded(const Trace& trace, size_t step) {
  const Event& event = trace.event(step);
  const ObjectId held = trace::ObjectOfRule(event.arg());
  Finding finding;
  finding.rule = trace::RuleOf(event.arg());
  finding.step = step;
  finding.thread = trace.thread(step);
  finding.where = trace.Place(step);
  const std::string who = ThreadPhrase(trace, finding.thread);
  const bool about_lock = trace.object(event.object()).type == trace::ObjectType::kMutex;
  const std::string holding = held == kNoObject ? "" : fmt::format(" while it holds {}", LockPhrase(trace, held));
  if (finding.rule <= 2 && about_lock) {
    const char* const without = finding.rule == kOwnLockOrder ? " without the lock that must be held before it"
                                                              : " without holding the server lock";
    finding.text =
        fmt::format("{} asks for {}{}.", who, LockPhrase(trace, event.object()), held == kNoObject ? without : holding);
  } else if (finding.rule == 3) {
    finding.text = fmt::format("{} makes the driver call {}{}.", who, ObjectPhrase(trace, event.object()), holding);
  } else {
    const std::string_view rule =
        finding.rule == kOwnLockOrder ? "the order of locks" : kRules[static_cast<size_t>(finding.rule - 1)].name;
    finding.text = event.object() == kNoObject
                       ? fmt::format("{} breaks {}{}.", who, rule, holding)
                       : fmt::format("{} breaks {} at {}{}.", who, rule, ObjectPhrase(trace, event.object()), holding);
  }
  finding.text = AtStart(std::move(finding.text));
  return finding;
}

// Breaches that were recorded as they happened and those that the checkers find are matched, so that each is said once.
// The program notices a breach before it does what breaks the rule; a thread's first unmatched note of the same rule
// and object is that of its next breach. From R5 on the program names another object than the checker, or none.
class RecordedBreaches {
 public:
  void Note(const Trace& trace, size_t step) {
    const Event& event = trace.event(step);
    const int rule = trace::RuleOf(event.arg());
    if (rule > static_cast<int>(kRules.size())) return;
    notes_[KeyOf(rule, trace.thread(step), event.object())].steps.push_back(step);
  }

  void Match(const RuleChecker::Breach& breach) {
    const auto found = notes_.find(KeyOf(breach.finding.rule, breach.finding.thread, breach.object));
    if (found == notes_.end()) return;
    Notes& notes = found->second;
    if (notes.matched < notes.steps.size() && notes.steps[notes.matched] <= breach.finding.step) ++notes.matched;
  }

  std::vector<size_t> Unmatched() const {
    std::vector<size_t> steps;
    for (const auto& [key, notes] : notes_) {
      steps.insert(steps.end(), notes.steps.begin() + static_cast<std::ptrdiff_t>(notes.matched), notes.steps.end());
    }
    return steps;
  }

 private:
  struct Notes {
    std::vector<size_t> steps;  // In order …
    size_t matched = 0;         // … the first so many with a finding of their own.
  };
  using Key = std::tuple<int, ObjectId, ObjectId>;  // Rule, thread, object.
  static Key KeyOf(int rule, ObjectId thread, ObjectId object) {
    return {rule, thread, rule >= 5 ? kNoObject : object};
  }

  std::map<Key, Notes> notes_;
};

}  // namespace

std::span<const RuleInfo> AllRules() { return kRules; }

std::string RuleTitle(int rule) {
  if (rule == kOwnLockOrder) return "lock order";
  const RuleInfo& info = kRules[static_cast<size_t>(rule - 1)];
  return fmt::format("R{} {}", info.number, info.name);
}

std::string_view RuleMend(int rule) {
  if (rule == kOwnLockOrder) return "Take the locks in the order of their classes' ranks, everywhere.";
  return kRules[static_cast<size_t>(rule - 1)].mend;
}

RuleReport CheckRules(const Timeline& timeline, const RuleOptions& options) {
  const Trace& trace = timeline.trace();
  const std::vector<LockKind> kinds = KindsOfLocks(trace);
  HeldLocks held(timeline);
  const auto has = [&](LockKind kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); };
  const RuleView view{
      timeline, trace, held, kinds, has(LockKind::kServer), has(LockKind::kClient), has(LockKind::kLoop)};
  std::array<std::unique_ptr<RuleChecker>, kRules.size()> checkers{
      MakeServerBeforeClient(),   MakeLoopLockIsALeaf(),
      MakeNoLockAcrossACall(),    MakeShortHolds(options.hold_budget_ns),
      MakeWaitWithOwnMutexOnly(), MakeEveryJobTakenOnce(timeline),
      MakeOnlyTheLoopDoesIo(),    MakeLeaderOnlyWaits()};

  // Who holds what after a gap is not known, nor what happened in it: then only what the program itself saw is a finding.
  const bool has_gaps = trace.info().dropped_events > 0;
  RecordedBreaches recorded;
  for (size_t step = 0; step < trace.size(); ++step) {
    const Event& event = trace.event(step);
    if (event.kind() == EventKind::kRuleBroken) recorded.Note(trace, step);
    for (const auto& checker : checkers) {
      if (has_gaps || (timeline.contended_only() && checker->needs_all_holds())) continue;
      checker->OnEvent(view, step, event);
    }
    held.Apply(step);
  }

  RuleReport report;
  for (const auto& checker : checkers) {
    if (!has_gaps) checker->Finish(view);
    for (const RuleChecker::Breach& breach : checker->breaches()) {
      recorded.Match(breach);
      report.findings.push_back(breach.finding);
    }
  }
  std::array<uint64_t, kRules.size()> only_recorded{};  // Checked by the program itself.
  for (const size_t step : recorded.Unmatched()) {
    const Finding& finding = report.findings.emplace_back(FromRecorded(trace, step));
    if (finding.rule != kOwnLockOrder) ++only_recorded[static_cast<size_t>(finding.rule - 1)];
  }
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.step < b.step; });

  for (const auto& checker : checkers) {
    RuleVerdict verdict;
    verdict.rule = checker->rule();
    verdict.checked = std::max(checker->checked(), only_recorded[static_cast<size_t>(verdict.rule - 1)]);
    bool broken = false;
    bool advised = false;
    for (const Finding& finding : report.findings) {
      if (finding.rule == verdict.rule) (finding.advisory ? advised : broken) = true;
    }
    if (broken) {
      verdict.verdict = Verdict::kBroken;
    } else if (timeline.contended_only() && checker->needs_all_holds()) {
      verdict.why_not = "the recording has only acquisitions that had to wait";
    } else if (has_gaps) {
      verdict.why_not = fmt::format("{} missing from the recording", Counted(trace.info().dropped_events, "event"));
    } else if (verdict.checked == 0) {
      verdict.why_not = checker->WhyNot(view);
    } else if (advised) {
      verdict.verdict = Verdict::kAdvised;
    } else {
      verdict.verdict = Verdict::kKept;
    }
    report.verdicts.push_back(std::move(verdict));
  }
  CheckOwnOrder(timeline, report);
  return report;
}

}  // namespace lockscope::analysis
