#include "core/analysis/deadlock.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/phrases.h"

namespace lockscope::analysis {

std::vector<bool> LeadingIntoCircles(const WaitGraph& graph) {
  std::vector<bool> stuck(graph.edges.size(), false);
  for (const std::vector<size_t>& circle : graph.circles) {
    for (const size_t edge : circle) stuck[edge] = true;
  }
  // Each round reaches the waiters one edge further away; chains of waits are short.
  for (bool changed = !graph.circles.empty(); changed;) {
    changed = false;
    for (size_t i = 0; i < graph.edges.size(); ++i) {
      const WaitEdge* next = graph.EdgeOf(graph.edges[i].holder);
      if (stuck[i] || next == nullptr || !stuck[static_cast<size_t>(next - graph.edges.data())]) continue;
      stuck[i] = changed = true;
    }
  }
  return stuck;
}

size_t ClosingStep(const Timeline& timeline, const WaitGraph& graph, const std::vector<size_t>& circle) {
  const trace::Trace& trace = timeline.trace();
  size_t closing = 0;
  for (const size_t index : circle) {
    const WaitEdge& edge = graph.edges[index];
    if (edge.hold >= 0) closing = std::max<size_t>(closing, timeline.holds()[static_cast<size_t>(edge.hold)].from);
    if (edge.wait >= 0) {
      closing = std::max<size_t>(closing, timeline.waits()[static_cast<size_t>(edge.wait)].from);
    } else {  // A wait for the end of a thread: the waiter's last span.
      const auto found = std::lower_bound(trace.threads().begin(), trace.threads().end(), edge.waiter);
      const auto spans = timeline.ActivitiesOf(static_cast<size_t>(found - trace.threads().begin()));
      if (!spans.empty()) closing = std::max<size_t>(closing, spans.back().from);
    }
  }
  return closing;
}

std::string DeadlockSentence(const Timeline& timeline, const WaitGraph& graph, const std::vector<size_t>& circle,
                             Places places) {
  const trace::Trace& trace = timeline.trace();
  std::string text = "Deadlock: ";
  for (size_t i = 0; i < circle.size(); ++i) {
    const WaitEdge& edge = graph.edges[circle[i]];
    const bool itself = edge.holder == edge.waiter;
    const std::string waiter = ThreadPhrase(trace, edge.waiter);
    const std::string holder = itself ? "it" : ThreadPhrase(trace, edge.holder);
    if (i > 0) text += "; ";
    if (edge.lock == kNoObject) {
      text += fmt::format("{} waits for the end of {}", waiter, itself ? "itself" : holder);
      continue;
    }
    text += fmt::format("{} waits for {}, which {} holds{}", waiter, LockPhrase(trace, edge.lock), holder,
                        itself ? " itself" : "");
    if (places == Places::kWith && edge.hold >= 0) {
      text += TakenAt(trace, timeline.holds()[static_cast<size_t>(edge.hold)].from);
    }
  }
  return text + (circle.size() == 1 ? ". It can never go on." : ". None of them can go on.");
}

}  // namespace lockscope::analysis
