#include "core/analysis/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/analysis/explain.h"
#include "core/analysis/outcome.h"
#include "core/analysis/phrases.h"
#include "core/analysis/text_layout.h"

namespace lockscope::analysis {
namespace {

using trace::Role;
using trace::Trace;

using Lines = std::vector<std::string>;
constexpr size_t kMostOrders = 3;  // Pairs of classes in the line on the order.
constexpr size_t kLabel = 9;       // Columns for the word at the left.

// "threads    leader, event loop": the label, then the text, wrapped beside it.
Lines Labelled(const std::string& label, const std::string& text) {
  Lines lines = Wrap(text, kReportColumns - kLabel);
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i] = fmt::format("{:<{}}{}", i == 0 ? label : "", kLabel, lines[i]);
  }
  return lines;
}

Lines WhatWasRun(const Trace& trace) {
  const std::string title(trace.Meta("title"));
  std::string command(trace.Meta("command"));
  if (command.empty()) command = std::string(trace.Meta("scenario"));
  if (title.empty() && command.empty()) return {"A recording without a title"};
  if (title.empty() || command.empty()) return {Cut(title + command, kReportColumns)};
  const std::string both = fmt::format("{} ({})", title, command);
  if (Columns(both) <= kReportColumns) return {both};
  return {Cut(title, kReportColumns), Cut(fmt::format("({})", command), kReportColumns)};
}

Lines Threads(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  std::map<Role, size_t> count;
  for (const ObjectId thread : trace.threads()) ++count[timeline.RoleOf(thread)];
  std::vector<std::string> parts;
  for (const Role role : {Role::kLeader, Role::kEventLoop, Role::kWorker, Role::kClientProgram, Role::kNone}) {
    const std::string name = role == Role::kNone ? "other thread" : std::string(trace::RoleName(role));
    const bool alone = role == Role::kLeader || role == Role::kEventLoop;
    if (count[role] > 0) parts.push_back(alone && count[role] == 1 ? name : Counted(count[role], name));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  if (text.empty()) text = "none";
  text += fmt::format("; {}, {}", Counted(trace.size(), "event"), FormatDuration(trace.end_ns()));
  if (!trace.info().finished) text += "; not finished";
  return Labelled("threads", text);
}

Lines Calls(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  std::vector<int64_t> lengths;
  int64_t longest_in_dx = 0;
  size_t dropped = 0;
  for (const Job& job : timeline.jobs()) {
    longest_in_dx = std::max(longest_in_dx, timeline.QueuedNs(job));
    dropped += job.dropped != Job::kNever ? 1 : 0;
    const uint32_t from = job.packet_read != Job::kNever ? job.packet_read : job.queued;
    if (from == Job::kNever || job.reply_written == Job::kNever) continue;
    lengths.push_back(std::max<int64_t>(trace.TimeNs(job.reply_written) - trace.TimeNs(from), 0));
  }
  if (timeline.jobs().empty()) return Labelled("calls", "none");
  std::sort(lengths.begin(), lengths.end());
  std::string text = fmt::format("{} answered", lengths.size());
  if (!lengths.empty()) {
    text += fmt::format(" in {} to {} (median {})", FormatDuration(lengths.front()), FormatDuration(lengths.back()),
                        FormatDuration(lengths[(lengths.size() - 1) / 2]));
  }
  if (dropped > 0) text += fmt::format(", {} dropped", dropped);
  text += fmt::format("; up to {} in dx", FormatDuration(longest_in_dx));
  return Labelled("calls", text);
}

struct LockRow {
  size_t locks = 0;
  uint64_t holds = 0;
  uint64_t waits = 0;
  int64_t longest_wait = 0;
  int64_t longest_hold = 0;
};

constexpr std::array<std::string_view, 3> kFirst{kServerClass, kClientClass, kLoopClass};

// The model's own classes first, in the order in which they are acquired.
size_t RankOf(const std::string& lock_class) {
  return static_cast<size_t>(std::find(kFirst.begin(), kFirst.end(), lock_class) - kFirst.begin());
}

// A row a class of locks; all locks of no class share one.
Lines Locks(const Timeline& timeline, size_t most_rows) {
  std::vector<std::pair<std::string, LockRow>> rows;
  for (const ObjectId lock : timeline.locks()) {
    const std::string& lock_class = timeline.trace().object(lock).lock_class;
    const std::string name = lock_class.empty() ? "other" : lock_class;
    auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& candidate) { return candidate.first == name; });
    if (row == rows.end()) row = rows.insert(rows.end(), {name, {}});
    LockRow& sums = row->second;
    ++sums.locks;
    for (const uint32_t hold : timeline.HoldsOf(lock)) {
      ++sums.holds;
      sums.longest_hold = std::max(sums.longest_hold, timeline.LengthNs(timeline.holds()[hold]));
    }
    for (const uint32_t wait : timeline.WaitsFor(lock)) {
      ++sums.waits;
      sums.longest_wait = std::max(sums.longest_wait, timeline.LengthNs(timeline.waits()[wait]));
    }
  }
  if (rows.empty()) return Labelled("locks", "none");
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return RankOf(a.first) < RankOf(b.first); });
  Lines lines{fmt::format("{:<16}{:>10}{:>10}{:>17}{:>17}", "locks", "holds", "waits", "longest wait", "longest hold")};
  for (size_t i = 0; i < std::min(rows.size(), most_rows); ++i) {
    const auto& [name, row] = rows[i];
    const std::string label = Cut(row.locks == 1 ? name : fmt::format("{} ({})", name, row.locks), 13);
    lines.push_back(fmt::format("  {:<14}{:>10}{:>10}{:>17}{:>17}", label, row.holds, row.waits,
                                row.waits == 0 ? "-" : FormatDuration(row.longest_wait),
                                row.holds == 0 ? "-" : FormatDuration(row.longest_hold)));
  }
  if (rows.size() > most_rows) lines.back() += fmt::format("  (+{})", rows.size() - most_rows);
  return lines;
}

Lines LongestWaitAsSentence(const Timeline& timeline) {
  const std::optional<LongestWait> wait = FindLongestWait(timeline);
  return wait ? Wrap("The longest wait: " + wait->text, kReportColumns)
              : Lines{"Nobody waited for a lock, and no job for a worker."};
}

// At most four characters up to a thousand million: columns must hold.
std::string Rough(uint64_t count) {
  if (count < 1000) return fmt::format("{}", count);
  return count < 1'000'000 ? fmt::format("{}k", count / 1000) : fmt::format("{}M", count / 1'000'000);
}

// "3 holds of 4,000, those that had to wait": a lock's numbers tell how many there were.
std::string ContendedHolds(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  std::vector<uint32_t> last(trace.objects().size() + 1, 0);
  for (const trace::Event& event : trace.events()) {
    const bool counts =
        event.kind() == trace::EventKind::kLockAcquired || event.kind() == trace::EventKind::kLockReleased;
    if (counts) last[event.object()] = std::max(last[event.object()], event.arg());
  }
  uint64_t all = 0;
  for (const uint32_t number : last) all += number;
  return fmt::format("{} of {}, those that had to wait", Counted(timeline.holds().size(), "hold"), all);
}

// "clocks within 30 ns, steps of 10 ns": how far times can be trusted.
std::string ClocksInWords(const Trace& trace) {
  const std::string within = FormatDuration(trace.clock_error_ns());
  if (trace.Meta("clock") == "virtual") return fmt::format("time is virtual, clocks within {}", within);
  const uint64_t ticks = trace.FinestTicks();
  if (ticks == 0) return fmt::format("clocks within {}", within);
  const int64_t step = (trace.TicksToNs(2 * ticks) + 1) / 2;  // Rounded.
  return fmt::format("clocks within {}, steps of {}", within, step == 0 ? "under 1 ns" : FormatDuration(step));
}

Lines OrderAndProof(const Timeline& timeline) {
  const std::vector<OrderEdge> edges = LockOrderSeen(timeline);
  std::vector<OrderEdge> often(edges);
  std::stable_sort(often.begin(), often.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  std::string text;
  for (size_t i = 0; i < std::min(often.size(), kMostOrders); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{} before {} {}x", often[i].held_class, often[i].wanted_class, Rough(often[i].count));
  }
  if (often.size() > kMostOrders) text += fmt::format(" and {} more", often.size() - kMostOrders);
  if (often.empty()) text = "no lock was acquired under another";
  const std::vector<std::string> circle = FindOrderCycle(edges);
  if (!circle.empty()) {
    text = "CONTRADICTS ITSELF: ";
    for (const std::string& lock_class : circle) text += lock_class + " before ";
    text += circle.front();
  }
  Lines lines = Labelled("order", text);
  const Lines proof = Labelled("proof", ProofInWords(timeline));
  lines.insert(lines.end(), proof.begin(), proof.end());
  return lines;
}

// Two rules a line: "R1 server-before-client      kept 72x".
Lines Rules(const RuleReport& report) {
  Lines cells;
  for (const RuleVerdict& verdict : report.verdicts) {
    const auto findings = std::count_if(report.findings.begin(), report.findings.end(),
                                        [&](const Finding& finding) { return finding.rule == verdict.rule; });
    std::string words;
    switch (verdict.verdict) {
      case Verdict::kKept:
        words = fmt::format("kept {}x", Rough(verdict.checked));
        break;
      case Verdict::kBroken:
        words = fmt::format("BROKEN {}x", Rough(static_cast<uint64_t>(findings)));
        break;
      case Verdict::kAdvised:
        words = fmt::format("advice {}x", Rough(static_cast<uint64_t>(findings)));
        break;
      case Verdict::kNotChecked:
        continue;
    }
    cells.push_back(fmt::format("{:<28}{}", RuleTitle(verdict.rule), words));
  }
  Lines lines;
  for (size_t i = 0; i < cells.size(); i += 2) {
    lines.push_back(i + 1 < cells.size() ? fmt::format("{:<40}{}", cells[i], cells[i + 1]) : cells[i]);
  }
  if (lines.empty()) lines.push_back("No rule could be checked on this recording.");
  return lines;
}

// At most `most` lines; what is too much is cut.
Lines AtMost(Lines lines, size_t most) {
  if (lines.size() <= most) return lines;
  lines.resize(most);
  if (most > 0) lines.back() = Cut(lines.back() + " ...", kReportColumns);
  return lines;
}

// The first finding that fails the run.
Lines FirstFinding(const RuleReport& report) {
  const auto first = std::find_if(report.findings.begin(), report.findings.end(),
                                  [](const Finding& finding) { return !finding.advisory; });
  if (first == report.findings.end()) return {};
  const std::string rule = first->rule == kOwnLockOrder ? RuleTitle(first->rule) : fmt::format("R{}", first->rule);
  return Wrap(fmt::format("{} at {}: {}", rule, first->where, first->text), kReportColumns);
}

// The paragraphs with an empty line between them, as long as there is room for one; the lower ones go first.
Lines Join(const std::vector<Lines>& paragraphs, size_t most_lines) {
  size_t total = 0;
  for (const Lines& paragraph : paragraphs) total += paragraph.size();
  size_t blanks = most_lines > total ? most_lines - total : 0;
  Lines lines;
  for (const Lines& paragraph : paragraphs) {
    if (paragraph.empty()) continue;
    if (!lines.empty() && blanks > 0) {
      lines.emplace_back();
      --blanks;
    }
    lines.insert(lines.end(), paragraph.begin(), paragraph.end());
  }
  return lines;
}

void Append(Lines& lines, const Lines& more) { lines.insert(lines.end(), more.begin(), more.end()); }

}  // namespace

std::string ProofInWords(const Timeline& timeline) {
  const Trace& trace = timeline.trace();
  const trace::OrderProof& proof = trace.proof();
  std::string holds = fmt::format("{}, no holds overlap", Counted(proof.acquisitions, "acquisition"));
  if (timeline.contended_only()) {
    holds = ContendedHolds(timeline) + ", none overlap";
  } else if (proof.missing > 0) {
    holds += fmt::format(" ({} more not recorded)", proof.missing);
  }
  return fmt::format("{}; {}", holds, ClocksInWords(trace));
}

std::vector<std::string> WriteReport(const Timeline& timeline, const RuleReport& rules, const Outcome& outcome,
                                     const std::vector<std::string>& try_next) {
  Lines next;
  for (size_t i = 0; i < std::min<size_t>(try_next.size(), 3); ++i) {
    next.push_back(fmt::format("{:<{}}{}", i == 0 ? "next" : "", kLabel, try_next[i]));
  }
  // What is printed in any case has a bounded length; what follows is cut to the lines that are left, the least
  // important last: the outcome, the first broken rule, the longest wait, the table of locks.
  Lines judged = OrderAndProof(timeline);
  Append(judged, Rules(rules));
  Lines who = Threads(timeline);
  Append(who, Calls(timeline));
  const Lines heading = WhatWasRun(timeline.trace());
  size_t left = kReportLines - std::min(kReportLines, heading.size() + who.size() + judged.size() + next.size() + 2);
  const auto take = [&left](Lines lines, size_t most) {
    lines = AtMost(std::move(lines), std::min(most, left));
    left -= lines.size();
    return lines;
  };

  Lines found;
  if (outcome.kind != OutcomeKind::kClean) found = take(Wrap(outcome.sentence, kReportColumns), 5);
  // A finding that is the outcome has been said.
  if (outcome.kind != OutcomeKind::kFindings) Append(judged, take(FirstFinding(rules), 3));
  // So have the waits of a deadlock, and one that was too long.
  const bool said = outcome.kind == OutcomeKind::kDeadlock || outcome.kind == OutcomeKind::kDelay;
  const Lines wait = said ? Lines{} : take(LongestWaitAsSentence(timeline), 4);
  Append(who, Locks(timeline, std::clamp<size_t>(left + 1, 1, 6)));
  return Join({heading, found, who, wait, judged, next}, kReportLines);
}

}  // namespace lockscope::analysis
