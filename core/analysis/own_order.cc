#include "core/analysis/own_order.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/phrases.h"

namespace lockscope::analysis {
namespace {

using trace::Trace;

bool IsOwnClass(std::string_view name) {
  return !name.empty() && name != kServerClass && name != kClientClass && name != kLoopClass && name != kDriverClass;
}

bool HasOwnClasses(const Trace& trace) {
  return std::any_of(trace.objects().begin(), trace.objects().end(), [](const trace::Object& object) {
    return object.type == trace::ObjectType::kMutex && IsOwnClass(object.lock_class);
  });
}

// Where classes were taken in the order of a circle, for the first time each.
Finding Contradiction(const Trace& trace, const std::vector<OrderEdge>& edges, const std::vector<std::string>& circle) {
  Finding finding;
  std::vector<std::string> orders;
  for (size_t i = 0; i < circle.size(); ++i) {
    const std::string& held = circle[i];
    const std::string& wanted = circle[(i + 1) % circle.size()];
    const auto edge = std::find_if(edges.begin(), edges.end(), [&](const OrderEdge& candidate) {
      return candidate.held_class == held && candidate.wanted_class == wanted;
    });
    finding.step = std::max(finding.step, edge->first_step);
    orders.push_back(fmt::format("{} before {} (at {})", held, wanted, trace.Place(edge->first_step)));
  }
  finding.thread = trace.thread(finding.step);
  finding.where = trace.Place(finding.step);
  finding.text = fmt::format("Locks are taken in orders that contradict one another: {}.", Listing(orders));
  return finding;
}

}  // namespace

void CheckOwnOrder(const Timeline& timeline, RuleReport& report) {
  const Trace& trace = timeline.trace();
  if (!HasOwnClasses(trace)) return;
  RuleVerdict verdict;
  verdict.rule = kOwnLockOrder;
  std::vector<OrderEdge> edges;
  for (const OrderEdge& edge : LockOrderSeen(timeline)) {
    if (!IsOwnClass(edge.held_class) && !IsOwnClass(edge.wanted_class)) continue;
    verdict.checked += edge.count;
    if (edge.held_class != edge.wanted_class) edges.push_back(edge);
  }
  const auto broken = [&] {
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const Finding& finding) { return finding.rule == kOwnLockOrder; });
  };
  if (!broken() && !timeline.contended_only() && trace.info().dropped_events == 0) {
    const std::vector<std::string> circle = FindOrderCycle(edges);
    if (!circle.empty()) {
      report.findings.push_back(Contradiction(trace, edges, circle));
      std::stable_sort(report.findings.begin(), report.findings.end(),
                       [](const Finding& a, const Finding& b) { return a.step < b.step; });
    }
  }
  if (broken()) {
    verdict.verdict = Verdict::kBroken;
  } else if (timeline.contended_only()) {
    verdict.why_not = "the recording has only acquisitions that had to wait";
  } else if (verdict.checked == 0) {
    verdict.why_not = "no lock is asked for while another is held";
  } else if (trace.info().dropped_events > 0) {
    verdict.why_not = fmt::format("{} missing from the recording", Counted(trace.info().dropped_events, "event"));
  } else {
    verdict.verdict = Verdict::kKept;
  }
  report.verdicts.push_back(std::move(verdict));
}

}  // namespace lockscope::analysis
