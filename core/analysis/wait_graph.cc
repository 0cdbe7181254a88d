#include "core/analysis/wait_graph.h"

#include <algorithm>

namespace lockscope::analysis {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

size_t IndexOf(const std::vector<WaitEdge>& edges, ObjectId waiter) {
  const auto found = std::lower_bound(edges.begin(), edges.end(), waiter,
                                      [](const WaitEdge& edge, ObjectId wanted) { return edge.waiter < wanted; });
  return found != edges.end() && found->waiter == waiter ? static_cast<size_t>(found - edges.begin()) : kNone;
}

// Follows the edges from each thread that no walk has been at. A walk that comes back to itself has found a circle; as
// walks begin with the oldest thread but may enter a circle anywhere, the circle is then turned to its oldest.
void FindCircles(WaitGraph& graph) {
  std::vector<size_t> walk_of(graph.edges.size(), kNone);
  for (size_t start = 0; start < graph.edges.size(); ++start) {
    size_t at = start;
    while (at != kNone && walk_of[at] == kNone) {
      walk_of[at] = start;
      at = IndexOf(graph.edges, graph.edges[at].holder);
    }
    if (at == kNone || walk_of[at] != start) continue;
    std::vector<size_t> circle;
    for (size_t i = at; circle.empty() || i != at; i = IndexOf(graph.edges, graph.edges[i].holder)) circle.push_back(i);
    std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
    graph.circles.push_back(std::move(circle));
  }
}

}  // namespace

const WaitEdge* WaitGraph::EdgeOf(ObjectId waiter) const {
  const size_t index = IndexOf(edges, waiter);
  return index == kNone ? nullptr : &edges[index];
}

WaitGraph WaitGraphAt(const Timeline& timeline, size_t step) {
  WaitGraph graph;
  const std::span<const ObjectId> threads = timeline.trace().threads();
  for (size_t i = 0; i < threads.size(); ++i) {
    WaitEdge edge;
    edge.waiter = threads[i];
    edge.wait = timeline.WaitOf(edge.waiter, step);
    if (edge.wait >= 0) {
      edge.lock = timeline.waits()[static_cast<size_t>(edge.wait)].lock;
      edge.hold = timeline.HolderAt(edge.lock, step);
      if (edge.hold >= 0) {
        edge.holder = timeline.holds()[static_cast<size_t>(edge.hold)].thread;
      } else if (timeline.contended_only()) {
        edge.holder = timeline.waits()[static_cast<size_t>(edge.wait)].holder;
      }
    } else {
      const ActivitySpan now = timeline.ActivityAt(i, step);
      if (now.activity != Activity::kJoining) continue;
      edge.holder = now.what;
    }
    graph.edges.push_back(edge);
  }
  FindCircles(graph);
  return graph;
}

}  // namespace lockscope::analysis
